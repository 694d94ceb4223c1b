// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - the tracepoints, and the call address of a driver */
#define CREATE_TRACE_POINTS
#include "ddi_core/trace.h"

#include <linux/module.h>
#include <linux/stacktrace.h>

#include "ddi_core/core.h"

/* The first address on the stack outside of this module. */
const void *ddi_caller(void)
{
#if IS_ENABLED(CONFIG_STACKTRACE)
	unsigned long frame[12];
	unsigned int i, n = stack_trace_save(frame, ARRAY_SIZE(frame), 1);

	for (i = 0; i < n; i++)
		if (!within_module(frame[i], THIS_MODULE))
			return (void *)frame[i];
#endif
	return NULL;
}

#if IS_ENABLED(CONFIG_TRACEPOINTS)
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_alloc);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_free);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_fail);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_wait_begin);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_wait_end);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_import);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_release);
DDI_EXPORT_FOR_KUNIT(__tracepoint_vmem_reap);
DDI_EXPORT_FOR_KUNIT(__tracepoint_misuse);
DDI_EXPORT_FOR_KUNIT(__tracepoint_umem_alloc);
DDI_EXPORT_FOR_KUNIT(__tracepoint_umem_free);
#endif
