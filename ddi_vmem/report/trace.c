// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - fire tracepoints and record owners for arenas */
#include "ddi_core/audit.h"
#include "ddi_core/core.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/report/trace_enabled.h"

void vmem_trace_alloc(struct vmem *vm, const void *start, unsigned long size, int vmflag)
{
	if (trace_vmem_alloc_enabled())
		trace_vmem_alloc(vm->id, vm->name, (unsigned long)start, size, vmflag,
				 ddi_caller());
	if (ddi_audit_on())
		ddi_audit_own(vm, (unsigned long)start);
}

void vmem_trace_free(struct vmem *vm, unsigned long start, unsigned long size)
{
	if (trace_vmem_free_enabled())
		trace_vmem_free(vm->id, vm->name, start, size, 0, ddi_caller());
	if (ddi_audit_on())
		ddi_audit_disown(vm, start);
}

void vmem_trace_fail(struct vmem *vm, unsigned long size, int vmflag)
{
	trace_vmem_fail(vm->id, vm->name, 0, size, vmflag, ddi_caller());
}

void vmem_trace_wait(struct vmem *vm, unsigned long size, int vmflag)
{
	trace_vmem_wait_begin(vm->id, vm->name, 0, size, vmflag, ddi_caller());
}
