/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_enabled.h - tracepoints and audit of arenas
 *
 * Test vmem_trace_*_enabled() first: a patched jump while both are off.
 */
#ifndef _DDI_VMEM_TRACE_ENABLED_H
#define _DDI_VMEM_TRACE_ENABLED_H

#include "ddi_core/audit.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/vmem_impl.h"

static __always_inline bool vmem_trace_alloc_enabled(void)
{
	return trace_vmem_alloc_enabled() || ddi_audit_on();
}

static __always_inline bool vmem_trace_free_enabled(void)
{
	return trace_vmem_free_enabled() || ddi_audit_on();
}

/* trace.c: functions of their own, so that callers need no stack frame for them */
void vmem_trace_alloc(struct vmem *vm, const void *start, unsigned long size, int vmflag);
void vmem_trace_free(struct vmem *vm, unsigned long start, unsigned long size);
void vmem_trace_fail(struct vmem *vm, unsigned long size, int vmflag);
void vmem_trace_wait(struct vmem *vm, unsigned long size, int vmflag);

#endif /* _DDI_VMEM_TRACE_ENABLED_H */
