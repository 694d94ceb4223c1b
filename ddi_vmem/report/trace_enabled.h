/* SPDX-License-Identifier: GPL-2.0-only */
/* trace_enabled.h - does anybody want to know? Patched jumps, while nobody does */
#ifndef _DDI_VMEM_WATCH_H
#define _DDI_VMEM_WATCH_H

#include "ddi_core/audit.h"
#include "ddi_core/trace.h"

static __always_inline bool vmem_trace_alloc_enabled(void)
{
	return trace_vmem_alloc_enabled() || ddi_audit_on();
}

static __always_inline bool vmem_trace_free_enabled(void)
{
	return trace_vmem_free_enabled() || ddi_audit_on();
}

#endif /* _DDI_VMEM_WATCH_H */
