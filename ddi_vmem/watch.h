/* SPDX-License-Identifier: GPL-2.0-only */
/* watch.h - does anybody want to know? Patched jumps, while nobody does */
#ifndef _DDI_VMEM_WATCH_H
#define _DDI_VMEM_WATCH_H

#include "ddi_audit.h"
#include "ddi_trace.h"

static __always_inline bool vmem_alloc_watched(void)
{
	return trace_vmem_alloc_enabled() || ddi_audit_on();
}

static __always_inline bool vmem_free_watched(void)
{
	return trace_vmem_free_enabled() || ddi_audit_on();
}

#endif /* _DDI_VMEM_WATCH_H */
