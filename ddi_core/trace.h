/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - the tracepoints of ddi.ko, ddi:* in tracefs
 *
 * A name has at most 29 characters and a terminator [V7]. Callers are found by
 * unwinding, so that no function passes them down while tracing is off.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ddi

#if !defined(_DDI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DDI_TRACE_H

#include <linux/tracepoint.h>

#define DDI_TRACE_NAMELEN	30

/* Assign the fields that name an arena, or a segment of one. */
#define DDI_ASSIGN_ARENA(id_, name_)					\
do {									\
	__entry->id = id_;						\
	strscpy(__entry->name, name_, DDI_TRACE_NAMELEN);		\
} while (0)

#define DDI_ASSIGN_SEGMENT(id_, name_, start_, size_)			\
do {									\
	DDI_ASSIGN_ARENA(id_, name_);					\
	__entry->start = start_;					\
	__entry->size = size_;						\
} while (0)

DECLARE_EVENT_CLASS(ddi_segment,
	TP_PROTO(u32 id, const char *name, unsigned long start, unsigned long size, int flags,
		 const void *caller),
	TP_ARGS(id, name, start, size, flags, caller),
	TP_STRUCT__entry(
		__field(u32, id)
		__array(char, name, DDI_TRACE_NAMELEN)
		__field(unsigned long, start)
		__field(unsigned long, size)
		__field(int, flags)
		__field(const void *, caller)
	),
	TP_fast_assign(
		DDI_ASSIGN_SEGMENT(id, name, start, size);
		__entry->flags = flags;
		__entry->caller = caller;
	),
	TP_printk("arena=%u:%s start=%#lx size=%lu flags=%#x caller=%pS", __entry->id,
		  __entry->name, __entry->start, __entry->size, __entry->flags, __entry->caller)
);

#define DDI_SEGMENT_EVENT(event)							\
DEFINE_EVENT(ddi_segment, event,							\
	TP_PROTO(u32 id, const char *name, unsigned long start, unsigned long size,	\
		 int flags, const void *caller),					\
	TP_ARGS(id, name, start, size, flags, caller))

/* A segment was allocated or freed; a request failed, or begins to wait. */
DDI_SEGMENT_EVENT(vmem_alloc);
DDI_SEGMENT_EVENT(vmem_free);
DDI_SEGMENT_EVENT(vmem_fail);
DDI_SEGMENT_EVENT(vmem_wait_begin);
/* A span was imported from the source, or exported to it. */
DDI_SEGMENT_EVENT(vmem_import);
DDI_SEGMENT_EVENT(vmem_release);

TRACE_EVENT(vmem_wait_end,
	TP_PROTO(u32 id, const char *name, unsigned long start, unsigned long size, u64 ns),
	TP_ARGS(id, name, start, size, ns),
	TP_STRUCT__entry(
		__field(u32, id)
		__array(char, name, DDI_TRACE_NAMELEN)
		__field(unsigned long, start)
		__field(unsigned long, size)
		__field(u64, ns)
	),
	TP_fast_assign(
		DDI_ASSIGN_SEGMENT(id, name, start, size);
		__entry->ns = ns;
	),
	TP_printk("arena=%u:%s start=%#lx size=%lu ns=%llu", __entry->id, __entry->name,
		  __entry->start, __entry->size, __entry->ns)
);

/* The caches of an arena are about to be emptied. */
TRACE_EVENT(vmem_reap,
	TP_PROTO(u32 id, const char *name),
	TP_ARGS(id, name),
	TP_STRUCT__entry(
		__field(u32, id)
		__array(char, name, DDI_TRACE_NAMELEN)
	),
	TP_fast_assign(
		DDI_ASSIGN_ARENA(id, name);
	),
	TP_printk("arena=%u:%s", __entry->id, __entry->name)
);

TRACE_EVENT(misuse,
	TP_PROTO(const char *func, const char *name, const void *caller),
	TP_ARGS(func, name, caller),
	TP_STRUCT__entry(
		__array(char, func, DDI_TRACE_NAMELEN)
		__array(char, name, DDI_TRACE_NAMELEN)
		__field(const void *, caller)
	),
	TP_fast_assign(
		strscpy(__entry->func, func, DDI_TRACE_NAMELEN);
		strscpy(__entry->name, name, DDI_TRACE_NAMELEN);
		__entry->caller = caller;
	),
	TP_printk("func=%s object=%s caller=%pS", __entry->func, __entry->name, __entry->caller)
);

DECLARE_EVENT_CLASS(ddi_umem,
	TP_PROTO(const void *cookie, size_t size, int flags, const void *caller),
	TP_ARGS(cookie, size, flags, caller),
	TP_STRUCT__entry(
		__field(const void *, cookie)
		__field(size_t, size)
		__field(int, flags)
		__field(const void *, caller)
	),
	TP_fast_assign(
		__entry->cookie = cookie;
		__entry->size = size;
		__entry->flags = flags;
		__entry->caller = caller;
	),
	TP_printk("cookie=%p size=%zu flags=%#x caller=%pS", __entry->cookie, __entry->size,
		  __entry->flags, __entry->caller)
);

DEFINE_EVENT(ddi_umem, umem_alloc,
	TP_PROTO(const void *cookie, size_t size, int flags, const void *caller),
	TP_ARGS(cookie, size, flags, caller)
);

DEFINE_EVENT(ddi_umem, umem_free,
	TP_PROTO(const void *cookie, size_t size, int flags, const void *caller),
	TP_ARGS(cookie, size, flags, caller)
);

/* A process touched a page that its page table does not have yet. */
TRACE_EVENT(fault,
	TP_PROTO(unsigned long address, unsigned long offset, bool write, unsigned int result),
	TP_ARGS(address, offset, write, result),
	TP_STRUCT__entry(
		__field(unsigned long, address)
		__field(unsigned long, offset)
		__field(bool, write)
		__field(unsigned int, result)
	),
	TP_fast_assign(
		__entry->address = address;
		__entry->offset = offset;
		__entry->write = write;
		__entry->result = result;
	),
	TP_printk("address=%#lx offset=%#lx write=%d result=%#x", __entry->address,
		  __entry->offset, __entry->write, __entry->result)
);

#endif /* _DDI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ddi_core
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
