/* SPDX-License-Identifier: GPL-2.0-only */
/* arena.h - requests, releases, imports, and arenas as a whole */
#ifndef _DDI_VMEM_ARENA_H
#define _DDI_VMEM_ARENA_H

#include "ddi_vmem/search/search.h"
#include "ddi_vmem/segment/segment.h"
#include "ddi_vmem/vmem_map.h"

/* Result of a free, reported after the lock was dropped */
enum vmem_free_error {
	VMEM_FREE_OK,
	VMEM_FREE_UNKNOWN,	/* nothing allocated starts there */
	VMEM_FREE_SIZE,		/* something else was allocated there */
	VMEM_FREE_FAMILY,	/* vmem_free for vmem_xalloc or the reverse [V63] */
};

/* How long a waiter sleeps before it tries again unasked [V101]. */
#define VMEM_WAIT_RETRY		(15 * HZ)

/*
 * With the flags of a request that an arena below makes while it imports: the thread
 * sleeps there, so that space in both wakes it. Not for drivers to set.
 */
#define VMEM_NOWAIT		BIT(30)

/**
 * struct vmem_terms - how a request of <ddi/vmem.h> gets memory, and waits
 * @gfp: for bookkeeping memory
 * @state: TASK_* state in which the thread waits for space
 * @timeout: for how many jiffies at most; 0 for no wait
 * @error: why the request failed: -ENOMEM if memory was short in the last attempt
 */
struct vmem_terms {
	gfp_t gfp;
	unsigned int state;
	long timeout;
	int error;
};

/**
 * struct vmem_call - a request that was not served at once
 * @vm: the arena that was asked
 * @req: for what
 * @vmflag: VM_* flags, or VMEM_NOWAIT
 * @inside: the thread is counted in vmem.inside
 * @kept: start of the imported span that the caches gave back for it, or 0
 * @terms: of a request of <ddi/vmem.h>; otherwise NULL, and the flags decide
 * @fn: the public function that was called
 * @caller: and from where
 */
struct vmem_call {
	struct vmem *vm;
	const struct vmem_request *req;
	int vmflag;
	bool inside;
	unsigned long kept;
	struct vmem_terms *terms;
	const char *fn;
	const void *caller;
};

static inline gfp_t vmem_call_gfp(const struct vmem_call *call)
{
	return call->terms ? call->terms->gfp : vmem_gfp(call->vmflag);
}

/* Bookkeeping memory is short. */
static inline void vmem_call_short(const struct vmem_call *call)
{
	if (call->terms)
		call->terms->error = -ENOMEM;
}

/* terms.c: requests of <ddi/vmem.h> */
int vmem_flags_of(gfp_t gfp);
void *vmem_alloc_terms(struct vmem *vm, unsigned long size, int vmflag,
		       struct vmem_terms *terms, const void *caller);
void *vmem_xalloc_terms(struct vmem *vm, struct vmem_request *req, int vmflag,
			struct vmem_terms *terms, const void *caller);

/* alloc.c, free.c */
void *vmem_alloc_at_hand(struct vmem *vm, unsigned long size);
void *vmem_serve(struct vmem_call *call);
void *vmem_alloc_nowait(struct vmem *vm, unsigned long size, int vmflag);
void vmem_free_any(struct vmem *vm, unsigned long start, unsigned long size,
		   const void *caller);

/* attempt.c */
void *vmem_attempt(struct vmem_call *call);
void vmem_count(struct vmem *vm, enum vmem_stat stat);

/* add.c */
const char *vmem_span_error(unsigned long quantum, unsigned long base, unsigned long size);
enum vmem_map_result vmem_add_range(struct vmem *vm, unsigned long base, unsigned long size,
				    gfp_t gfp);
int vmem_add_as(const char *fn, struct vmem *vm, unsigned long base, unsigned long size,
		gfp_t gfp, const void *caller);

/* Does a fair arena serve another thread's request before @req? */
static inline bool vmem_comes_later(const struct vmem *vm, const struct vmem_request *req)
{
	const struct vmem_request *turn = READ_ONCE(vm->turn);

	return turn && turn != req;
}

/* wait.c */
void *vmem_wait(struct vmem_call *call);
void vmem_wake(struct vmem *vm);

/* import.c */
bool vmem_can_import(const struct vmem *vm, const struct vmem_request *req);
bool vmem_import_overflows(const struct vmem *vm, const struct vmem_request *req);
void *vmem_import(const struct vmem_call *call);
void vmem_export_all(struct vmem *vm, struct vmem_span *idle);

/* reap.c */
int vmem_qc_init(void);
void vmem_qc_exit(void);
void vmem_qc_reap_work(struct work_struct *work);
void vmem_qc_reap_for(struct vmem *vm);
void vmem_qc_flush(struct vmem *vm);
void vmem_qc_stop(struct vmem *vm);

/* arena.c */
struct vmem *vmem_create_args(const struct vmem_args *args);
void vmem_set_class(struct vmem *vm, struct lock_class_key *key);
unsigned long vmem_live(struct vmem *vm, unsigned long *inuse);

/* audit_report.c */
void vmem_log_leaks(struct vmem *vm);

/* arena_list.c */
extern struct rb_root vmem_arenas;
u32 vmem_next_id(void);
void vmem_list_add(struct vmem *vm);
void vmem_list_del(struct vmem *vm);
u64 vmem_youngest(void);
struct vmem *vmem_get_next(struct vmem *vm, u64 youngest);
void vmem_each_arena(void (*visit)(struct vmem *vm, const void *arg), const void *arg);
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
