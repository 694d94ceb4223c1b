/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmem_impl.h - the engine's data structures and what locks them
 *
 * Locks, outermost first; every one is a leaf for the rest of the kernel:
 *
 *   vmem_arenas_lock  all arenas, reference counts taken from there
 *   vmem.lock         one per arena, everything marked "lock" below
 *   vmem_qcpu.lock    one per arena and CPU: that CPU's quantum caches
 *
 * None is held while a driver's function runs, but for the callback of a
 * plain vmem_walk(), which the contract runs under vmem.lock. Of one arena's
 * vmem_qcpu.lock only vmem_verify() takes more than one, by CPU. Two arenas'
 * locks are held together only where such a callback uses another arena; in
 * which order is the driver's duty. All are taken with interrupts saved.
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
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <sys/vmem.h>

struct seq_file;

#define VMEM_NAMELEN	30

/* Sizes of 1 to this many quanta can be cached [V73]. */
#define VMEM_QC_MAX	16

/* Sizes of 1 to VMEM_BINS quanta have an exact bin each. */
#define VMEM_BINS	64

/*
 * What one operation takes from the arena's pool of descriptors, at most:
 * a cut out of the middle of a free segment leaves two remainders, one of
 * which keeps the descriptor; an import adds its free segment to that.
 */
#define VMEM_NEED_CUT		2
#define VMEM_NEED_ADD		1
#define VMEM_NEED_IMPORT	(VMEM_NEED_CUT + VMEM_NEED_ADD)

/* The pool is kept at this level when memory allows, so that an allocation
 * without atomic memory finds its descriptors [V107].
 */
#define VMEM_POOL_RESERVE	(2 * VMEM_NEED_IMPORT)
/* At this level the pool gives VMEM_POOL_BATCH descriptors back. */
#define VMEM_POOL_HIGH		128UL
/* How many descriptors one visit to the kernel's allocator brings. */
#define VMEM_POOL_REFILL	16
#define VMEM_POOL_BATCH		64UL

/* Places for segments that were freed last: even CPUs use the first, odd ones the second. */
#define VMEM_HOT		2

/*
 * A rest serves a request as it is if it is longer by up to this many quanta,
 * and by up to this part of the arena.
 */
#define VMEM_REMAINDER_MAX		(8UL * VMEM_BINS)
#define VMEM_REMAINDER_SHARE		64

/* Steps between two looks at whether an interrupt wants in. */
#define VMEM_STEPS		64
/* The same where a step is a descent in a tree. */
#define VMEM_STEPS_TREE		8
/* Segments that a search for a shape looks at in the bins. */
#define VMEM_STEPS_BINS		32
/* Those outside of its window that one by size tries: two for each bin that was. */
#define VMEM_HOPS		(2 * VMEM_BINS)

/* How long a waiter sleeps before it tries again unasked [V101]. */
#define VMEM_WAIT_RETRY		(15 * HZ)

enum vmem_seg_type {
	VMEM_SEG_FREE,
	VMEM_SEG_ALLOC,
	VMEM_SEG_SPAN,		/* marks the start of a span; also the list head */
};

#define VMEM_SEG_TYPE_MASK	3UL

/**
 * struct vmem_seg - descriptor of one segment
 * @start: first integer
 * @size: length, a multiple of the quantum
 * @next: next in the segment list
 * @prev_type: previous in the segment list, with the type in the low bits:
 *	that word saved keeps a descriptor at 11 words
 * @addr: place in the address index of its span
 * @max: largest size in the subtree below @addr; 0 while not in the tree
 * @bin: place among the free segments of the same small size
 * @in_bin: odd while @bin is in use; a pointer of @by_size otherwise
 * @by_size: place in the tree of free segments that are in no bin
 * @hash: place in the bucket of the address hash
 * @asize: size that was asked for
 * @qnext: next in a magazine
 * @qchain: next magazine in the depot, valid in a magazine's first object
 * @qtag: cached size that this is an object of, in quanta, 0 for none; with
 *	VMEM_SEG_CACHED while free as far as anybody outside can see
 * @qn: objects in the magazine that starts here, valid in the depot
 * @rcu: for a batch of descriptors on its way back to the kernel
 */
struct vmem_seg {
	union {
		struct {	/* free */
			struct rb_node addr;
			unsigned long max;
			union {
				struct {
					struct hlist_node bin;
					unsigned long in_bin;
				};
				struct rb_node by_size;
			};
		};
		struct {	/* allocated */
			struct hlist_node hash;
			struct vmem_seg *qchain;
			u32 qn;
			/* A cached pair touches from here to @start. */
			unsigned long asize;
			struct vmem_seg *qnext;
			u32 qtag;
		};
		struct rcu_head rcu;
	};
	unsigned long start;
	unsigned long size;
	struct vmem_seg *next;
	unsigned long prev_type;
};

#define VMEM_SEG_CACHED		BIT(31)

/**
 * struct vmem_span - a range that was added or imported
 * @seg: its marker in the segment list, with the span's start and size
 * @seq: running number; spans are in the list in this order
 * @imported: goes back to the source when all of it is free
 * @max: size of the largest free segment, as far as the address index knows
 * @free: address index of the free segments
 * @by_addr: place in vmem.spans
 * @addr_max: largest @max in the subtree below @by_addr
 * @by_seq: place in vmem.spans_seq
 * @seq_max: largest @max in the subtree below @by_seq
 */
struct vmem_span {
	struct vmem_seg seg;
	u64 seq;
	bool imported;
	unsigned long max;
	struct rb_root_cached free;
	struct rb_node by_addr;
	unsigned long addr_max;
	struct rb_node by_seq;
	unsigned long seq_max;
};

/* The address hash grows by whole chunks, each as large as all before it. */
#define VMEM_HASH_FIRST_SHIFT	6
#define VMEM_HASH_FIRST		BIT(VMEM_HASH_FIRST_SHIFT)
#define VMEM_HASH_CHUNKS	28
#define VMEM_HASH_LOAD		2

/**
 * struct vmem_hash - allocated segments by start address; linear hashing
 * @seq: odd while segments leave their chains; see vmem_hash_peek()
 * @room: how many more go in before a bucket is split; negative while a chunk
 *	was missing and that is not made up for
 * @buckets: buckets in use
 * @mask: the smallest 2^n - 1 not below @buckets - 1
 * @chunk: addresses of the bucket arrays, each less what lies before it, so
 *	that the bucket's number is the index; the first is @first
 * @first: the smallest table, part of the arena
 *
 * An insert that finds the load above VMEM_HASH_LOAD splits one bucket or
 * two; the table never moves. A missing chunk is allocated by vmem.grow.
 */
struct vmem_hash {
	seqcount_t seq;
	long room;
	unsigned long buckets;
	unsigned long mask;
	unsigned long chunk[VMEM_HASH_CHUNKS];
	struct hlist_head first[VMEM_HASH_FIRST];
};

static inline unsigned long vmem_hash_count(const struct vmem_hash *hash)
{
	return hash->buckets * VMEM_HASH_LOAD - hash->room;
}

/**
 * struct vmem_cursor - a place in the segment list that survives unlocking
 * @node: in vmem.cursors
 * @next: the segment to look at next; the list keeps it valid
 */
struct vmem_cursor {
	struct hlist_node node;
	struct vmem_seg *next;
};

/**
 * struct vmem_hunt - a search that lets go of the lock before it is over
 * @fit: what it looks for; NULL while it has not let go of the lock
 * @node: in vmem.hunts, unless @fit is NULL
 * @missed: a place came free meanwhile, perhaps where it had looked already
 */
struct vmem_hunt {
	const struct vmem_fit *fit;
	struct list_head node;
	bool missed;
};

/**
 * struct vmem_fit - what a request asks of the segment it is cut from
 * @size: length, rounded to the quantum
 * @asize: length as asked for
 * @align: power of two
 * @phase: offset from @align
 * @nocross: power of two not to straddle, or 0
 * @min: lowest start
 * @last: highest last integer
 * @policy: VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT or 0
 * @high: take the highest position (VM_ENDALLOC)
 * @windowed: @min or @last says something
 * @shaped: @align, @phase or @nocross says something
 * @cuts: descriptors that the cut may take
 * @qclass: cached size that the result is an object of, or 0
 * @hunt: for a search that may let go of the lock, else NULL
 */
struct vmem_fit {
	unsigned long size;
	unsigned long asize;
	unsigned long align;
	unsigned long phase;
	unsigned long nocross;
	unsigned long min;
	unsigned long last;
	int policy;
	bool high;
	bool windowed;
	bool shaped;
	unsigned int cuts;
	unsigned int qclass;
	struct vmem_hunt *hunt;
};

/* How many kinds of requests an arena remembers. */
#define VMEM_MEMOS		4
/* How many places that came free behind a search it remembers of each. */
#define VMEM_PLACES		8

/**
 * struct vmem_place - where in an order of free segments one of these is
 * @size: its size
 * @start: its start
 */
struct vmem_place {
	unsigned long size;
	unsigned long start;
};

/**
 * struct vmem_memo - up to where a search finds nothing; see resume.c
 * @fit: what was searched for, without its hunt; size 0 in a memo not in use
 * @by_addr: in order of addresses; otherwise of sizes, and addresses among equals
 * @all: nothing serves at all, but what is in @told
 * @reached: nothing serves before this, but what is in @told
 * @told: what has come free before that, in order; may have gone again
 * @n: how many
 * @used: when it was, by vmem.memo_uses
 */
struct vmem_memo {
	struct vmem_fit fit;
	bool by_addr;
	bool all;
	struct vmem_place reached;
	struct vmem_place told[VMEM_PLACES];
	unsigned int n;
	u64 used;
};

enum vmem_addr_state {
	VMEM_INDEX_OFF,		/* nobody asked by address yet */
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
 * @max_live: allocations that may be outstanding (resource maps)
 * @pool_high: the pool's level at which a batch goes back, leaving a reserve
 * @flags: VMC_* of the creation
 * @merge: touching spans merge (resource maps)
 * @afunc: import function of vmem_create()
 * @xafunc: import function of vmem_xcreate()
 * @ffunc: gives imported spans back
 * @source: their first argument
 * @id: number of this arena
 * @name: what the creator called it
 *
 * Read and written under @lock:
 * @lock: see the top of this file
 * @bin_map: bit n set: @bin[n] is not empty
 * @bin: free segments of n + 1 quanta, but for @hot, @remainder and @coalesced
 * @bins: sizes of 1 to this many quanta have a bin: VMEM_BINS, or 0 once they
 *	were emptied for good; see size_tree.c
 * @by_size: free segments of sizes without a bin, by size and address; likewise
 * @hash: allocated segments
 * @inuse: what is allocated, as asked for, less what the quantum caches know better
 * @total: sizes of all spans
 * @import: sizes of imported spans
 * @pool: descriptors not in use, through vmem_seg.next
 * @pool_n: how many
 * @seg_n: descriptors in all, in use or not
 * @head: sentinel of the segment list
 * @spans: spans by address
 * @spans_seq: spans by sequence number
 * @span_seq: the last sequence number given
 * @index: state of the address index
 * @hot: the segments freed last, by even and by odd CPUs: free in the segment
 *	list, but no index has them yet and the hash has them still; see
 *	vmem_flush_one()
 * @remainder_max: how much longer than a request @remainder may be to serve it as it is
 * @remainder: what is left of the segment that was cut last, in no index
 * @coalesced: what a free has joined last, in no index; see deferred.c for both
 * @shrunk: the indexed segment that has shrunk last: maxima above it may be too
 *	large; see vmem_addr_resized()
 * @memo: what is known of the last kinds of requests for a shape or a window
 * @memos: is there any?
 * @memo_uses: how often one was used, for telling which is the oldest
 * @rotor_seq: span of the last next-fit allocation
 * @rotor: last integer of that allocation
 * @cursors: struct vmem_cursor
 * @hunts: struct vmem_hunt
 * @waiters: threads in vmem_wait(), and @hunts: who has to hear of free space
 * @spare: span for an addition without memory (resource maps) [R23]
 * @growing: @grow is on its way
 * @dead: being destroyed
 * @stat: counters
 *
 * With locks of their own:
 * @wait: where waiters sleep
 * @children: arenas that import from this one
 * @ref: one for the creator, each reader of debugfs, each arena whose @source
 *	this is, which may be shown when it and this have been destroyed
 * @grow: allocates the next chunk of the hash
 * @qreap: empties the quantum caches
 * @reap: frees the arena when @ref has gone
 * @node: in vmem_arenas, under vmem_arenas_lock
 * @serial: constant while it is there; no other arena has had the same
 * @caller: who created it; constant
 * @owner: the module of @caller, if its init function created this, ourselves
 *	once it has gone; under a mutex of module_exit.c
 */
struct vmem {
	unsigned long quantum;
	unsigned int qshift;
	unsigned int flags;
	unsigned long qc_max;
	struct vmem_qcache *qc;
	struct vmem_qcpu __percpu *qcpu;
	unsigned long max_live;
	unsigned long min_import;
	unsigned long pool_high;
	bool merge;
	vmem_alloc_t *afunc;
	vmem_ximport_t *xafunc;
	vmem_free_t *ffunc;
	struct vmem *source;
	u32 id;
	char name[VMEM_NAMELEN];

	spinlock_t lock ____cacheline_aligned;
	unsigned int waiters;
	struct vmem_seg *hot[VMEM_HOT];
	u64 bin_map;
	struct vmem_seg *pool;
	unsigned long pool_n;
	unsigned long inuse;
	u64 stat[VMEM_STATS];
	enum vmem_addr_state index;
	unsigned int bins;
	unsigned long remainder_max;
	struct vmem_seg *remainder;
	struct vmem_seg *coalesced;
	struct rb_root_cached by_size;
	unsigned long seg_n;
	struct vmem_seg *shrunk;
	bool memos;
	bool growing;
	bool dead;
	struct vmem_span *spare;
	struct hlist_head cursors;
	struct vmem_hash hash;
	struct hlist_head bin[VMEM_BINS];
	struct vmem_seg head;
	struct list_head hunts;
	struct rb_root_cached spans;
	struct rb_root spans_seq;
	struct vmem_memo memo[VMEM_MEMOS];
	u64 memo_uses;
	u64 span_seq;
	u64 rotor_seq;
	unsigned long rotor;
	unsigned long total;
	unsigned long import;

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

/* What a wrong free met, for the report that is made without the lock. */
enum vmem_free_error {
	VMEM_FREE_OK,
	VMEM_FREE_UNKNOWN,	/* nothing allocated starts there */
	VMEM_FREE_SIZE,		/* something else was allocated there */
	VMEM_FREE_FAMILY,	/* vmem_free for vmem_xalloc or the reverse [V63] */
};

/*
 * What is read without the lock that guards it: a hint, a sum that is exact
 * once the writers have stopped, or a word whose use is checked afterwards.
 */
#define vmem_unlocked(x)	data_race(x)

/* Let interrupts in. */
static inline void vmem_lock_break(struct vmem *vm, unsigned long *irqflags)
{
	spin_unlock_irqrestore(&vm->lock, *irqflags);
	spin_lock_irqsave(&vm->lock, *irqflags);
}

static inline enum vmem_seg_type seg_type(const struct vmem_seg *seg)
{
	return seg->prev_type & VMEM_SEG_TYPE_MASK;
}

static inline struct vmem_seg *seg_prev(const struct vmem_seg *seg)
{
	return (struct vmem_seg *)(seg->prev_type & ~VMEM_SEG_TYPE_MASK);
}

static inline unsigned long seg_last(const struct vmem_seg *seg)
{
	return seg->start + seg->size - 1;
}

/* Owners free cached sizes without vmem.lock, so this may change under it. */
static inline bool seg_is_cached(const struct vmem_seg *seg)
{
	return READ_ONCE(seg->qtag) & VMEM_SEG_CACHED;
}

static inline unsigned int seg_qclass(const struct vmem_seg *seg)
{
	return READ_ONCE(seg->qtag) & ~VMEM_SEG_CACHED;
}

/*
 * Take a segment of the cached size @qclass from its owner; false if somebody
 * has done that already: of two that free it at the same moment, one.
 */
static __always_inline bool seg_claim(struct vmem_seg *seg, unsigned int qclass)
{
	return cmpxchg_relaxed(&seg->qtag, qclass, qclass | VMEM_SEG_CACHED) == qclass;
}

static inline bool seg_is_free(const struct vmem_seg *seg)
{
	return seg_type(seg) == VMEM_SEG_FREE;
}

static inline struct vmem_span *seg_span(struct vmem_seg *marker)
{
	return container_of(marker, struct vmem_span, seg);
}

static inline unsigned long span_last(const struct vmem_span *span)
{
	return seg_last(&span->seg);
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

static inline unsigned long vmem_round(const struct vmem *vm, unsigned long size)
{
	return (size + vm->quantum - 1) & ~(vm->quantum - 1);
}

/* Allocations outstanding, less what the quantum caches know better. */
static inline unsigned long vmem_held(const struct vmem *vm)
{
	return vm->stat[VMEM_STAT_ALLOC] - vm->stat[VMEM_STAT_FREE];
}

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

/* segment.c: descriptors, the segment list; see segment.h */
int vmem_seg_cache_init(void);
void vmem_seg_cache_exit(void);
gfp_t vmem_gfp(int vmflag);
bool vmem_pool_fill(struct vmem *vm, unsigned long need, gfp_t gfp);
void vmem_pool_refill(struct vmem *vm);
void vmem_pool_trim(struct vmem *vm);
void vmem_pool_free(struct vmem *vm);
struct vmem_span *vmem_span_alloc(gfp_t gfp);
void vmem_span_free(struct vmem_span *span);
struct vmem_seg *vmem_cut_part(struct vmem *vm, struct vmem_seg *seg,
			       unsigned long addr, unsigned long size);
struct vmem_seg *vmem_join_neighbours(struct vmem *vm, struct vmem_seg *seg);
void vmem_flush_one(struct vmem *vm, struct vmem_seg **fresh);
void vmem_cursors_move(struct vmem *vm, struct vmem_seg *from, struct vmem_seg *to);
void vmem_cursor_start(struct vmem *vm, struct vmem_cursor *cur);
void vmem_cursor_stop(struct vmem *vm, struct vmem_cursor *cur);

static inline bool vmem_is_hot(const struct vmem *vm, const struct vmem_seg *seg)
{
	static_assert(VMEM_HOT == 2);
	return seg == vm->hot[0] || seg == vm->hot[1];
}

static __always_inline void vmem_flush_hot(struct vmem *vm)
{
	if (vm->hot[0])
		vmem_flush_one(vm, &vm->hot[0]);
	if (vm->hot[1])
		vmem_flush_one(vm, &vm->hot[1]);
}

/* deferred.c: free segments that wait for the next request in no index */
void vmem_flush_cold(struct vmem *vm);
struct vmem_seg *vmem_cut_smallest(struct vmem *vm, unsigned long size);
void vmem_defer(struct vmem *vm, struct vmem_seg *seg);
void vmem_detach(struct vmem *vm, struct vmem_seg *seg);

static inline bool vmem_is_loose(const struct vmem *vm, const struct vmem_seg *seg)
{
	return seg == vm->remainder || seg == vm->coalesced;
}

/* Put all free segments into their places, for whatever needs them there. */
static __always_inline void vmem_flush_deferred(struct vmem *vm)
{
	vmem_flush_hot(vm);
	if (vm->remainder || vm->coalesced)
		vmem_flush_cold(vm);
}

/* size_tree.c: free segments by size */
bool vmem_seg_in_tree(const struct vmem *vm, const struct vmem_seg *seg);
void vmem_tree_insert(struct vmem *vm, struct vmem_seg *seg);
void vmem_tree_remove(struct vmem *vm, struct vmem_seg *seg);
void vmem_free_resize(struct vmem *vm, struct vmem_seg *seg, unsigned long start,
		      unsigned long size);
struct vmem_seg *vmem_tree_from(struct vmem *vm, unsigned long size, unsigned long start);
struct vmem_seg *vmem_tree_find(struct vmem *vm, unsigned long size);
struct vmem_seg *vmem_size_next(struct vmem *vm, struct vmem_seg *seg);
void vmem_unbin(struct vmem *vm, unsigned long *irqflags);

static inline bool vmem_seg_less(const struct vmem_seg *seg, unsigned long size,
				 unsigned long start)
{
	return seg->size != size ? seg->size < size : seg->start < start;
}

/* resume.c: what searches have found out */
struct vmem_memo *vmem_memo_find(struct vmem *vm, const struct vmem_fit *fit, bool by_addr);
struct vmem_memo *vmem_memo_new(struct vmem *vm, const struct vmem_fit *fit, bool by_addr);
bool vmem_memo_is_of(const struct vmem_memo *memo, const struct vmem_fit *fit, bool by_addr);
void vmem_memo_set(struct vmem_memo *memo, unsigned long size, unsigned long start);
void vmem_memo_gone(struct vmem_memo *memo);
void vmem_memo_end(struct vmem_memo *memo, const struct vmem_seg *seg);
void vmem_memo_tell_all(struct vmem *vm, const struct vmem_seg *seg, bool by_addr);
bool vmem_memo_verify(struct vmem *vm, const struct vmem_seg *seg);

/* @seg has entered the tree by size, or the address index, or has moved there. */
static inline void vmem_memo_tell(struct vmem *vm, const struct vmem_seg *seg, bool by_addr)
{
	if (vm->memos)
		vmem_memo_tell_all(vm, seg, by_addr);
}

/* span.c: spans */
struct vmem_span *vmem_span_first(struct vmem *vm);
struct vmem_span *vmem_span_find(struct vmem *vm, unsigned long addr);
bool vmem_span_overlaps(struct vmem *vm, unsigned long start, unsigned long last);
struct vmem_seg *vmem_span_insert(struct vmem *vm, struct vmem_span *span,
				  unsigned long start, unsigned long size,
				  bool imported);
void vmem_span_remove(struct vmem *vm, struct vmem_span *span);
struct vmem_span *vmem_span_idle(struct vmem *vm, struct vmem_seg *seg);
void vmem_span_set_max(struct vmem *vm, struct vmem_span *span);
struct vmem_span *vmem_span_next_addr(struct vmem *vm, unsigned long addr,
				      unsigned long size);
struct vmem_span *vmem_span_next_seq(struct vmem *vm, u64 seq, unsigned long size);
bool vmem_span_extend(struct vmem *vm, unsigned long start, unsigned long size,
		      struct vmem_span **gone, unsigned long *irqflags);

/* addr_tree.c: free segments by address */
struct vmem_seg *vmem_addr_lowest(struct vmem *vm, unsigned long size);
void vmem_addr_add(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_del(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_resized(struct vmem *vm, struct vmem_seg *seg);
void vmem_addr_settle(struct vmem *vm);

/* Before a search for @size: no maximum misleads it. */
static inline void vmem_addr_prepare(struct vmem *vm, unsigned long size)
{
	if (vm->shrunk && vm->shrunk->size < size)
		vmem_addr_settle(vm);
}

struct vmem_seg *vmem_addr_from(struct vmem_span *span, unsigned long addr,
				 unsigned long size);
struct vmem_seg *vmem_addr_next(struct vmem_seg *seg, unsigned long size);
void vmem_addr_build(struct vmem *vm, unsigned long *irqflags);

/* hash.c: allocated segments by address; see hash.h */
void vmem_hash_init(struct vmem_hash *hash);
void vmem_hash_free(struct vmem_hash *hash);
void vmem_hash_expand(struct vmem *vm);
void vmem_hash_grow(struct work_struct *work);

/* policy.c: choosing a free segment */
unsigned long vmem_fit_at(const struct vmem_fit *fit, const struct vmem_seg *seg);
struct vmem_seg *vmem_fit_find(struct vmem *vm, const struct vmem_fit *fit,
			       unsigned long *addr, unsigned long *irqflags);

/* smallest.c, scan.c: the ways to search for a shape or in a window */
struct vmem_seg *vmem_find_smallest(struct vmem *vm, const struct vmem_fit *fit,
				    unsigned long *addr, unsigned long *irqflags, bool *sure);
struct vmem_seg *vmem_scan_first(struct vmem *vm, const struct vmem_fit *fit,
				 unsigned long *addr, unsigned long *irqflags);
struct vmem_seg *vmem_scan_best(struct vmem *vm, const struct vmem_fit *fit,
				unsigned long *addr, unsigned long *irqflags);

/* restart.c: searches that let go of the lock */
void vmem_hunt_pause(struct vmem *vm, const struct vmem_fit *fit, unsigned long *irqflags);
void vmem_hunt_tell(struct vmem *vm, const struct vmem_seg *seg);
bool vmem_hunt_over(struct vmem_hunt *hunt, struct vmem *vm);

/* alloc.c */
void *vmem_commit(struct vmem *vm, struct vmem_seg *seg, unsigned long addr,
		const struct vmem_fit *fit);
void *vmem_alloc_segment(struct vmem *vm, unsigned long size, int vmflag, const void *caller);
void vmem_free_segment(struct vmem *vm, unsigned long start, unsigned long size,
		       const void *caller);
void *vmem_alloc_missed(struct vmem *vm, unsigned long size, int vmflag, const void *caller);

/* import.c */
unsigned long vmem_import_size(const struct vmem *vm, const struct vmem_fit *fit);
bool vmem_can_import(const struct vmem *vm, const struct vmem_fit *fit);
void *vmem_import(struct vmem *vm, const struct vmem_fit *fit, int vmflag);
struct vmem_span *vmem_collect_idle(struct vmem *vm, struct vmem_seg *seg,
				    struct vmem_span *idle);
void vmem_export_all(struct vmem *vm, struct vmem_span *idle);

/* magazine.c: cached objects one at a time */
void *vmem_qc_alloc_depot(struct vmem *vm, unsigned long size);
bool vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg);
unsigned long vmem_qc_freeze(struct vmem *vm);
void vmem_qc_thaw(struct vmem *vm, unsigned long flags);
unsigned int vmem_qc_reclaim(struct vmem *vm, const struct vmem_fit *fit,
			     struct vmem_span **idle);

/* qcache.c: the caches as a whole, and what they add to the arena's figures */
struct vmem_qsum {
	unsigned long inuse, allocs, frees, cached;
};

int vmem_qc_init(void);
void vmem_qc_exit(void);
void vmem_qc_create(struct vmem *vm, size_t qcache_max);
void vmem_qc_stop(struct vmem *vm);
void vmem_qc_free_all(struct vmem *vm);
void vmem_qc_flush(struct vmem *vm);
void vmem_qc_reap(struct vmem *vm);
void vmem_qc_reap_for(struct vmem *vm);
struct vmem_qsum vmem_qc_sum(struct vmem *vm);
unsigned long vmem_qc_in_depot(struct vmem *vm);
void vmem_qc_show(struct seq_file *m, struct vmem *vm);

/* arena.c */
extern struct workqueue_struct *vmem_wq;
void vmem_put(struct vmem *vm);
unsigned long vmem_live(struct vmem *vm, unsigned long *inuse);

/* arena_list.c */
extern struct rb_root vmem_arenas;
u32 vmem_next_id(void);
void vmem_list_add(struct vmem *vm);
void vmem_list_del(struct vmem *vm);
u64 vmem_youngest(void);
struct vmem *vmem_get_next(struct vmem *vm, u64 youngest);
unsigned long vmem_qc_arenas(void);

/* stats.c */
void vmem_show_pointer(struct seq_file *m, const void *p);
void vmem_debugfs_init(void);

/* debugfs_segments.c */
void vmem_debugfs_segments_init(void);

/* trace.c: out of the way of who finds nobody watching */
void vmem_trace_alloc(struct vmem *vm, const void *start, unsigned long size, int vmflag);
void vmem_trace_free(struct vmem *vm, unsigned long start, unsigned long size);
void vmem_trace_fail(struct vmem *vm, unsigned long size, int vmflag);
void vmem_trace_wait(struct vmem *vm, unsigned long size, int vmflag);

/* owner.c: see also vmem_map.h */
void vmem_log_leaks(struct vmem *vm);

/* verify.c */
bool vmem_verify(struct vmem *vm);

#endif /* _DDI_VMEM_IMPL_H */
