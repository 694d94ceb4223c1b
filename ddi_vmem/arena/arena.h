/* SPDX-License-Identifier: GPL-2.0-only */
/* arena.h - requests, releases, imports, and arenas as a whole */
#ifndef _DDI_VMEM_ARENA_H
#define _DDI_VMEM_ARENA_H

#include "ddi_vmem/search/search.h"

/* Result of a free, reported after the lock was dropped */
enum vmem_free_error {
	VMEM_FREE_OK,
	VMEM_FREE_UNKNOWN,	/* nothing allocated starts there */
	VMEM_FREE_SIZE,		/* something else was allocated there */
	VMEM_FREE_FAMILY,	/* vmem_free for vmem_xalloc or the reverse [V63] */
};

/* Result of adding a span */
enum vmem_add_result {
	VMEM_ADD_DONE,
	VMEM_ADD_OVERLAP,
	VMEM_ADD_POOL,		/* no descriptor, or no memory for the span */
};

/* How long a waiter sleeps before it tries again unasked [V101]. */
#define VMEM_WAIT_RETRY		(15 * HZ)

/*
 * With the flags of a request that an arena below makes while it imports: the thread
 * sleeps there, so that space in both wakes it. Not for drivers to set.
 */
#define VMEM_NOWAIT		BIT(30)

/**
 * struct vmem_call - a request that was not served at once
 * @vm: the arena that was asked
 * @req: for what
 * @vmflag: VM_* flags, or VMEM_NOWAIT
 * @inside: the thread is counted in vmem.inside
 * @kept: start of the imported span that the caches gave back for it, or 0
 * @fn: the public function that was called
 * @caller: and from where
 */
struct vmem_call {
	struct vmem *vm;
	const struct vmem_request *req;
	int vmflag;
	bool inside;
	unsigned long kept;
	const char *fn;
	const void *caller;
};

/* alloc.c, free.c */
void *vmem_alloc_segment(struct vmem *vm, unsigned long size, int vmflag, const void *caller);
void vmem_free_segment(struct vmem *vm, unsigned long start, unsigned long size,
		       const void *caller);
void *vmem_alloc_missed(struct vmem *vm, unsigned long size, int vmflag, const void *caller);

/* attempt.c */
void *vmem_attempt(struct vmem_call *call);
void vmem_count(struct vmem *vm, enum vmem_stat stat);

/* add.c */
const char *vmem_span_error(unsigned long quantum, unsigned long base, unsigned long size);
enum vmem_add_result vmem_add_range(struct vmem *vm, unsigned long base, unsigned long size,
				    int vmflag);

/* wait.c */
void *vmem_wait(struct vmem_call *call);
void vmem_wake(struct vmem *vm);

/* import.c */
bool vmem_can_import(const struct vmem *vm, const struct vmem_request *req);
bool vmem_import_overflows(const struct vmem *vm, const struct vmem_request *req);
void *vmem_import(struct vmem *vm, const struct vmem_request *req, int vmflag);
struct vmem_span *vmem_collect_idle(struct vmem *vm, struct vmem_seg *seg,
				    struct vmem_span *idle);
void vmem_export_all(struct vmem *vm, struct vmem_span *idle);

/* arena.c */
unsigned long vmem_live(struct vmem *vm, unsigned long *inuse);

/* audit_report.c: see also vmem_map.h */
void vmem_log_leaks(struct vmem *vm);

/* arena_list.c */
extern struct rb_root vmem_arenas;
u32 vmem_next_id(void);
void vmem_list_add(struct vmem *vm);
void vmem_list_del(struct vmem *vm);
u64 vmem_youngest(void);
struct vmem *vmem_get_next(struct vmem *vm, u64 youngest);
unsigned long vmem_qc_arenas(void);
unsigned long vmem_memory_arenas(void);

/*
 * Units in use, of which the caches' part was added up CPU by CPU: what moves
 * from one to another meanwhile may count twice, or less than nothing.
 */
static inline unsigned long vmem_inuse(const struct vmem *vm, unsigned long cached)
{
	unsigned long inuse = vm->inuse + cached;

	if (likely(inuse <= vm->total))
		return inuse;
	return (long)inuse < 0 ? 0 : vm->total;
}

#endif /* _DDI_VMEM_ARENA_H */
