/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmem_impl.h - the engine's data structures and what locks them
 *
 * Locks, outermost first; drivers may hold any of theirs:
 *
 *   vmem_arenas_lock  all arenas, reference counts taken from there
 *   vmem.lock         one per arena; the fields that struct vmem lists under it
 *   vmem_qcpu.lock    one per arena and CPU: that CPU's quantum caches
 *
 * None is held while a driver's function runs, but for the callback of a
 * plain vmem_walk(), which the contract runs under vmem.lock. Of one arena's
 * vmem_qcpu.lock only vmem_verify() takes more than one, by CPU. Two arenas'
 * locks are held together only where such a callback uses another arena; in
 * which order is the driver's duty. All are taken with interrupts saved. Under
 * vmem.lock threads are woken and work is queued, which takes Linux's own locks.
 */
#ifndef _DDI_VMEM_IMPL_H
#define _DDI_VMEM_IMPL_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <sys/vmem.h>

#include "ddi_vmem/vmem_hash.h"
#include "ddi_vmem/vmem_seg.h"

struct vmem_request;

#define VMEM_NAMELEN	30

/* Sizes of 1 to VMEM_BINS quanta have an exact bin each. */
#define VMEM_BINS	64

/* Places for segments that were freed last: even CPUs fill the first, odd ones the second. */
#define VMEM_HOT		2

/* Steps between two lock breaks. */
#define VMEM_STEPS		64
/* The same where a step is a descent in a tree. */
#define VMEM_STEPS_TREE		8

/* An arena has at most this many sources above it: each takes stack in an import. */
#define VMEM_DEPTH_MAX		10

/* Of the index by address, or of that by size */
enum vmem_index_state {
	VMEM_INDEX_OFF,		/* no request has needed it yet */
	VMEM_INDEX_BUILDING,	/* new free segments go in, old ones follow */
	VMEM_INDEX_READY,	/* every free segment is in */
};

/* Counters with illumos's names [K1]. */
enum vmem_stat {
	VMEM_STAT_ALLOC,	/* these two first, for their cache line's sake */
	VMEM_STAT_FREE,
	VMEM_STAT_WAIT,
	VMEM_STAT_FAIL,
	VMEM_STAT_LOOKUP,
	VMEM_STAT_SEARCH,
	VMEM_STAT_POPULATE_WAIT,
	VMEM_STAT_POPULATE_FAIL,
	VMEM_STAT_CONTAINS,
	VMEM_STAT_CONTAINS_SEARCH,
	VMEM_STATS,
};

/**
 * struct vmem - an arena
 *
 * Constant after creation, but see module_exit.c for the functions:
 * @quantum: unit of alignment and rounding
 * @qshift: its logarithm
 * @qc_max: largest cached size, 0 without caches
 * @qc: quantum caches, or NULL
 * @qcpu: their per-CPU part
 * @min_import: least size of an import
 * @limit: allocations that may be outstanding (resource maps)
 * @fair: waiters are served in order of arrival
 * @pool_high: the pool's level at which a batch goes back, leaving a reserve
 * @flags: VMC_* of the creation
 * @merge: touching spans merge (resource maps)
 * @afunc: import function of vmem_create()
 * @xafunc: import function of vmem_xcreate()
 * @ffunc: gives imported spans back
 * @source: first argument of these functions; may be NULL
 * @id: number of this arena
 * @name: what the creator called it
 * @family: the arena at the top of the sources that this one imports from, or itself
 * @depth: number of arenas above this one
 * @owns_memory: an exported span frees memory, as far as the functions and flags show
 *
 * Read and written under @lock:
 * @lock: see the top of this file
 * @bin_map: bit n set: @bin[n] is not empty
 * @bin: free segments of n + 1 quanta, but for @hot, @remainder and @coalesced
 * @bins: sizes of 1 to this many quanta have a bin: VMEM_BINS, or 0 until @sizes is
 *	ready, and once they were emptied for good; see size_tree.c
 * @by_size: free segments of sizes without a bin, by size and address; likewise
 * @hash: allocated segments
 * @max_live: @limit, or 0 while @turn is set: then nothing but that request is served,
 *	and the quick path needs no look at @turn
 * @inuse: sum of the sizes asked for, but for what vmem_qcpu.inuse counts
 * @total: sizes of all spans
 * @import: sizes of imported spans
 * @pool: descriptors not in use, through vmem_seg.next
 * @pool_n: how many
 * @slow_at: at this many a free takes its slow path: @pool_high, or 0 while there are
 *	@waiters or imported spans; see vmem_set_slow()
 * @seg_n: descriptors in all, in use or not
 * @head: sentinel of the segment list
 * @spans: spans by address
 * @spans_seq: spans by sequence number
 * @span_seq: the last sequence number given
 * @index: state of the address trees of all spans
 * @sizes: state of @bin and @by_size
 * @hot: the segments freed last, by even and by odd CPUs: free in the segment
 *	list, but no index has them yet and the hash has them still; see
 *	vmem_flush_one()
 * @remainder_max: @remainder is cut without a search if it is longer than the request by up
 *	to this
 * @remainder: what is left of the segment that was cut last, in no index
 * @coalesced: what a free has joined last, or the remainder before the last, in no index;
 *	see deferred.c for both
 * @shrunk: the indexed segment that has shrunk last: maxima above it may be too
 *	large; see vmem_addr_shrunk()
 * @offer: called for each segment that becomes free or changes while free; NULL if no
 *	search is registered or kept
 * @searches: struct vmem_search, those in progress without the lock and those kept
 * @searches_idle: memory of kept searches that are forgotten
 * @searches_n: how much of this memory there is
 * @rotor: last integer of the last next-fit allocation
 * @rotor_seq: number of the span that @rotor was in, once that has gone; or 0
 * @next_fit: the first segment behind @rotor, or one before that; the list keeps it
 *	valid
 * @cursors: struct vmem_cursor
 * @seams: struct vmem_seam
 * @waiters: threads that sleep here or in an arena which may import from here, searches
 *	that have dropped the lock, and spans that are being joined. While it is not 0,
 *	frees take their slow path, and no CPU begins to cache; see vmem_add_waiters()
 * @queue: in a @fair arena its sleepers, the first one first
 * @turn: the request of that one, which is served before all others; or NULL
 * @spare: span for an addition without memory (resource maps) [R23]
 * @growing: @grow is on its way
 * @dead: being destroyed
 * @stat: counters
 *
 * With locks of their own:
 * @reclaiming: of a @family: while it is not 0, no CPU begins to cache in it: threads
 *	sleep, or empty caches
 * @inside: threads that are about to go on with the arena without having the lock;
 *	raised under @lock or before anything is done, see vmem_enter()
 * @wait: of a @family: where its waiters sleep
 * @children: arenas that import from this one, or are being created to do so
 * @ref: one for the creator, each reader of debugfs, and each arena whose @source this
 *	is: debugfs may show that arena after both have been destroyed
 * @grow: allocates the next chunk of the hash; has a reference meanwhile
 * @qreap: empties the quantum caches
 * @reap: frees the arena when @ref has gone
 * @node: in vmem_arenas, under vmem_arenas_lock
 * @serial: constant while it is there; no other arena has had the same
 * @caller: who created it; constant
 * @owner: the module of @caller, if its init function created this, ourselves
 *	once it has gone; under a mutex of module_exit.c
 */
struct vmem {
	/* First: lock and arena have one address, which takes one register. */
	spinlock_t lock;
	unsigned int waiters;
	struct vmem_seg *hot[VMEM_HOT];
	unsigned long inuse;
	unsigned long slow_at;
	unsigned long pool_n;
	u64 stat[VMEM_STATS];
	/* The first cache line has all that taking or freeing a hot segment changes. */
	u64 bin_map;
	struct vmem_seg *pool;
	enum vmem_index_state index;
	enum vmem_index_state sizes;
	unsigned int bins;
	bool growing;
	bool dead;
	unsigned long remainder_max;
	struct vmem_seg *remainder;
	struct vmem_seg *coalesced;
	unsigned long max_live;
	struct vmem_seg *next_fit;
	struct hlist_head cursors;
	void (*offer)(struct vmem *vm, const struct vmem_seg *seg);
	struct vmem_seg *shrunk;
	struct rb_root_cached by_size;
	struct rb_root_cached spans;
	struct vmem_hash hash;
	struct hlist_head bin[VMEM_BINS];
	struct vmem_seg head;
	unsigned long seg_n;
	struct vmem_span *spare;
	unsigned long limit;
	struct list_head queue;
	const struct vmem_request *turn;
	struct list_head searches;
	struct list_head searches_idle;
	unsigned int searches_n;
	struct list_head seams;
	struct rb_root spans_seq;
	u64 span_seq;
	u64 rotor_seq;
	unsigned long rotor;
	unsigned long total;
	unsigned long import;

	unsigned long quantum ____cacheline_aligned;
	unsigned int qshift;
	unsigned int flags;
	unsigned long qc_max;
	struct vmem_qcache *qc;
	struct vmem_qcpu __percpu *qcpu;
	unsigned long min_import;
	unsigned long pool_high;
	bool merge;
	bool fair;
	vmem_alloc_t *afunc;
	vmem_ximport_t *xafunc;
	vmem_free_t *ffunc;
	struct vmem *source;
	struct vmem *family;
	u32 id;
	unsigned int depth;
	bool owns_memory;
	char name[VMEM_NAMELEN];

	atomic_t reclaiming ____cacheline_aligned;
	atomic_t inside;
	wait_queue_head_t wait;
	atomic_t children;
	refcount_t ref;
	struct work_struct grow;
	struct work_struct qreap;
	struct work_struct reap;
	struct rb_node node;
	u64 serial;
	const void *caller;
	const struct module *owner;
};

/*
 * What is read without the lock that guards it: a hint, a sum that is exact
 * once the writers have stopped, or a word whose use is checked afterwards.
 */
#define vmem_unlocked(x)	data_race(x)

/*
 * Keep the arena for a thread that drops the lock and takes it again, or calls a
 * driver's function: vmem_destroy() refuses meanwhile [V110]. Called under
 * vmem.lock, or by a public function before it does anything.
 */
static inline void vmem_enter(struct vmem *vm)
{
	atomic_inc(&vm->inside);
}

/* The thread's last access to the arena. */
static inline void vmem_leave(struct vmem *vm)
{
	/* Pairs with atomic_read_acquire() in vmem_kill(). */
	smp_mb__before_atomic();
	atomic_dec(&vm->inside);
}

/* Drop and retake the lock so that pending interrupts can run. */
static inline void vmem_lock_break(struct vmem *vm, unsigned long *irqflags)
{
	vmem_enter(vm);
	spin_unlock_irqrestore(&vm->lock, *irqflags);
	spin_lock_irqsave(&vm->lock, *irqflags);
	vmem_leave(vm);
}

static inline bool vmem_is_hot(const struct vmem *vm, const struct vmem_seg *seg)
{
	static_assert(VMEM_HOT == 2);
	return seg == vm->hot[0] || seg == vm->hot[1];
}

static inline bool vmem_is_deferred(const struct vmem *vm, const struct vmem_seg *seg)
{
	return seg == vm->remainder || seg == vm->coalesced;
}

static inline bool vmem_imports(const struct vmem *vm)
{
	return READ_ONCE(vm->afunc) || READ_ONCE(vm->xafunc);
}

/* The arena that @vm imports from; it is shown below that [K4]. */
static inline struct vmem *vmem_parent(const struct vmem *vm)
{
	return vmem_imports(vm) ? vm->source : NULL;
}

/* The size that @size takes; 0 if it is 0 or overflows. */
static inline unsigned long vmem_round(const struct vmem *vm, unsigned long size)
{
	return (size + vm->quantum - 1) & ~(vm->quantum - 1);
}

/* The cached size, in quanta, that a request for @size without a policy is served with; or 0. */
static inline unsigned int vmem_qclass(const struct vmem *vm, unsigned long size)
{
	return size - 1 < vm->qc_max ? vmem_round(vm, size) >> vm->qshift : 0;
}

/* Allocations outstanding, less what the quantum caches know better. */
static inline unsigned long vmem_held(const struct vmem *vm)
{
	return vm->stat[VMEM_STAT_ALLOC] - vm->stat[VMEM_STAT_FREE];
}

#endif /* _DDI_VMEM_IMPL_H */
