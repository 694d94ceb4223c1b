// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - what the tracepoints of arenas tell; nobody is here while they are off */
#include "ddi_internal.h"
#include "ddi_trace.h"
#include "vmem_impl.h"

void vmem_trace_alloc(struct vmem *vm, const void *start, unsigned long size, int vmflag)
{
	trace_vmem_alloc(vm->id, vm->name, (unsigned long)start, size, vmflag, ddi_caller());
}

void vmem_trace_free(struct vmem *vm, unsigned long start, unsigned long size)
{
	trace_vmem_free(vm->id, vm->name, start, size, 0, ddi_caller());
}

void vmem_trace_fail(struct vmem *vm, unsigned long size, int vmflag)
{
	trace_vmem_fail(vm->id, vm->name, 0, size, vmflag, ddi_caller());
}

void vmem_trace_wait(struct vmem *vm, unsigned long size, int vmflag)
{
	trace_vmem_wait_begin(vm->id, vm->name, 0, size, vmflag, ddi_caller());
}
