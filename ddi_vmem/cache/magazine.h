/* SPDX-License-Identifier: GPL-2.0-only */
/* magazine.h - what a quantum cache consists of; magazine.c has the locking */
#ifndef _DDI_VMEM_MAGAZINE_H
#define _DDI_VMEM_MAGAZINE_H

#include <linux/percpu.h>

#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/report/trace_enabled.h"
#include "ddi_vmem/segment/hash.h"

/* Objects in a magazine, and full magazines in the depot for each size. */
#ifndef QC_MAGAZINE	/* make bench-magazine tries others */
#define QC_MAGAZINE	32
#endif
#define QC_DEPOT	32

/**
 * struct vmem_qclass - one cached size on one CPU
 * @loaded: the magazine in use
 * @prev: the one before it: full, or what is left of a full one
 * @hits: allocations served here
 * @loaded_n: objects in @loaded
 * @prev_n: objects in @prev
 */
struct vmem_qclass {
	struct vmem_seg *loaded;
	struct vmem_seg *prev;
	unsigned long hits;
	unsigned int loaded_n;
	unsigned int prev_n;
};

/**
 * struct vmem_qcpu - one CPU's caches of one arena
 * @lock: guards all of it; taken inside vmem.lock, and no lock is taken inside it
 * @room: objects that a magazine may hold; 0 while the CPU is closed. Written
 *	under vmem.lock, too.
 * @inuse: units allocated less units freed here
 * @frees: frees taken here
 * @class: by size in quanta, less one
 */
struct vmem_qcpu {
	unsigned int lock;
	unsigned int room;
	long inuse;
	unsigned long frees;
	struct vmem_qclass class[];
};

/**
 * struct vmem_qdepot - full magazines of one size, under vmem.lock
 * @full: their first objects, linked by vmem_seg.qchain
 * @n: how many
 * @misses: allocations that the segment layer had to serve
 */
struct vmem_qdepot {
	struct vmem_seg *full;
	unsigned int n;
	unsigned long misses;
};

/**
 * struct vmem_qcache - the caches of an arena
 * @classes: cached sizes
 * @depot: the part that all CPUs share
 * @open: CPUs that are open, or hold what they loaded from the depot; under vmem.lock
 */
struct vmem_qcache {
	unsigned int classes;
	struct vmem_qdepot depot[VMEM_QC_MAX];
	unsigned long open[];
};

/* Verbs of a magazine, inlined into vmem_alloc() and vmem_free(). */

static __always_inline void qc_lock(struct vmem_qcpu *cpu)
{
	unsigned int held = 1;

	/* While another CPU holds the lock, this reads 1 and writes 1 again. */
	while (unlikely(held = xchg_acquire(&cpu->lock, held)))
		cpu_relax();
}

static __always_inline void qc_unlock(struct vmem_qcpu *cpu)
{
	/* Pairs with xchg_acquire() in qc_lock(). */
	smp_store_release(&cpu->lock, 0);
}

/* For callers that hold vmem.lock, which leaves interrupts on under PREEMPT_RT. */
#define qc_lock_irqsave(cpu, flags)	\
	do { local_irq_save(flags); qc_lock(cpu); } while (0)
#define qc_unlock_irqrestore(cpu, flags)	\
	do { qc_unlock(cpu); local_irq_restore(flags); } while (0)

static __always_inline struct vmem_seg *qc_pop(struct vmem_qclass *class)
{
	struct vmem_seg *seg = class->loaded;

	class->loaded = seg->qnext;
	class->loaded_n--;
	return seg;
}

static __always_inline void qc_push(struct vmem_qclass *class, struct vmem_seg *seg)
{
	seg->qnext = class->loaded;
	class->loaded = seg;
	class->loaded_n++;
}

/* Look into the other magazine, too. */
static inline void qc_swap(struct vmem_qclass *class)
{
	swap(class->loaded, class->prev);
	swap(class->loaded_n, class->prev_n);
}

/* Turn a cached object of size @k + 1 into the caller's. */
static __always_inline void *qc_hand_out(struct vmem_qcpu *cpu, unsigned long k,
					 unsigned long size)
{
	struct vmem_qclass *class = &cpu->class[k];
	struct vmem_seg *seg = qc_pop(class);
	/* Read now: a wrong free may claim the object as soon as it has its tag. */
	void *got = (void *)seg->start;

	seg->asize = size;
	/* Pairs with try_cmpxchg_acquire() in seg_claim(), whose caller reads the size. */
	smp_store_release(&seg->qtag, k + 1);
	cpu->inuse += size;
	class->hits++;
	return got;
}

/* Take @seg, claimed from its owner, into the cache. */
static __always_inline void qc_take_in(struct vmem_qcpu *cpu, struct vmem_qclass *class,
				       struct vmem_seg *seg)
{
	cpu->inuse -= seg->asize;
	cpu->frees++;
	qc_push(class, seg);
}

/*
 * Allocate *@got from this CPU's magazine in use, or with @swap from either. Returns a
 * bool, because *@got is never NULL, and a test of it would be for nothing.
 */
static __always_inline bool qc_alloc(struct vmem *vm, unsigned long size, bool swap, void **got)
{
	unsigned long flags, k = (size - 1) >> vm->qshift;
	struct vmem_qcpu *cpu;

	local_irq_save(flags);
	cpu = this_cpu_ptr(vm->qcpu);
	qc_lock(cpu);
	if (swap && !cpu->class[k].loaded)
		qc_swap(&cpu->class[k]);
	if (unlikely(!cpu->class[k].loaded)) {
		qc_unlock(cpu);
		local_irq_restore(flags);
		return false;
	}
	*got = qc_hand_out(cpu, k, size);
	qc_unlock(cpu);
	local_irq_restore(flags);
	return true;
}

/*
 * Free into this CPU's magazine in use, or with @swap into either. False: not
 * possible here and now, or a wrong free; free.c finds out which.
 */
static __always_inline bool qc_free(struct vmem *vm, unsigned long start, unsigned long size,
				    bool swap)
{
	/* A copy, which the compiler need not read again behind local_irq_save(). */
	unsigned int qshift = vm->qshift;
	unsigned long flags, k = (size - 1) >> qshift, quanta = start >> qshift;
	struct vmem_qclass *class;
	struct vmem_qcpu *cpu;
	struct vmem_seg *seg;
	bool taken = false;

	local_irq_save(flags);
	seg = vmem_hash_peek(vm, start, quanta);
	if (unlikely(!seg))
		goto out;
	cpu = this_cpu_ptr(vm->qcpu);
	class = &cpu->class[k];
	qc_lock(cpu);
	if (swap && class->loaded_n == QC_MAGAZINE && !class->prev)
		qc_swap(class);
	if (likely(class->loaded_n < cpu->room && seg_claim(seg, k + 1))) {
		if (swap && vmem_trace_free_enabled())
			vmem_trace_free(vm, start, size);
		qc_take_in(cpu, class, seg);
		taken = true;
	}
	qc_unlock(cpu);
out:
	local_irq_restore(flags);
	return taken;
}

#endif /* _DDI_VMEM_MAGAZINE_H */
