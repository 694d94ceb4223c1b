// SPDX-License-Identifier: GPL-2.0-only
/*
 * magazine.c - freed segments kept per CPU for the next request
 *
 * vmem_alloc() and vmem_free(), in alloc.c and free.c, turn to these first; the
 * verbs in magazine.h are inlined there.
 *
 * A magazine is a chain of allocated segments, linked through their own
 * descriptors, so it costs no memory and moving it is a few stores. Each CPU
 * has two for each cached size, and the arena a depot of full ones. A cached
 * segment is an allocated one to the segment layer; to everybody else it is
 * free, and a request that finds no space takes it back before it fails.
 *
 * The per-CPU lock is one word, taken with interrupts off for a handful of
 * instructions. It is there because another CPU must be able to get at what
 * lies here, at once and from any context: no failure and no sleep while a
 * cached segment could serve [V76].
 *
 * A CPU caches only while it is open. It is opened under vmem.lock, by the first free
 * there, and closed under it by a request that takes back what is cached, which moves
 * the CPU's magazines to the depot. So a thread that holds vmem.lock, finds no CPU open, and
 * nothing in the depot, knows that nothing is cached; and what this costs has nothing
 * to do with CPUs that are closed, however many these are.
 *
 * Freeing finds the descriptor in the address hash without vmem.lock; see
 * vmem_hash_peek().
 */
#include "ddi_vmem/cache/magazine.h"

#include <linux/percpu.h>
#include <linux/sched.h>

#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"
#include "ddi_vmem/space/span_add.h"

/* From either magazine of this CPU, or NULL. */
void *vmem_qc_alloc(struct vmem *vm, unsigned long size, int vmflag)
{
	void *got;

	if (!qc_alloc(vm, size, true, &got))
		return NULL;
	if (vmem_trace_alloc_enabled())
		vmem_trace_alloc(vm, got, size, vmflag);
	return got;
}

/* Into either; false if the segment layer has to see to it. */
bool vmem_qc_free(struct vmem *vm, unsigned long start, unsigned long size)
{
	return qc_free(vm, start, size, true);
}

/* Load a full magazine from the depot and allocate from it. Under vmem.lock. */
void *vmem_qc_alloc_depot(struct vmem *vm, unsigned long size)
{
	unsigned long k = (size - 1) >> vm->qshift;
	struct vmem_qdepot *depot = &vm->qc->depot[k];
	struct vmem_seg *full = depot->full;
	int id = raw_smp_processor_id();
	struct vmem_qclass *class;
	struct vmem_qcpu *cpu;
	void *got = NULL;
	unsigned long flags;

	lockdep_assert_held(&vm->lock);
	if (!full) {
		depot->misses++;
		return NULL;
	}
	cpu = per_cpu_ptr(vm->qcpu, id);
	class = &cpu->class[k];
	qc_lock_irqsave(cpu, flags);
	if (!class->loaded) {
		__set_bit(id, vm->qc->open);
		depot->full = full->qchain;
		depot->n--;
		class->loaded = full;
		class->loaded_n = full->qn;
	}
	got = qc_hand_out(cpu, k, size);
	qc_unlock_irqrestore(cpu, flags);
	return got;
}

/*
 * May no CPU be opened, because a thread waits for space in the family, takes back what
 * is cached, or searches without the lock? A thread that takes back raises the count
 * before it closes the CPUs under vmem.lock, and a CPU is opened under that lock. So
 * either the thread finds the CPU open, or the count is seen here.
 */
static bool qc_is_off(const struct vmem *vm)
{
	return vm->waiters | atomic_read(&vm->family->reclaiming);
}

/* Into the depot with a magazine of @n objects, if it has any. */
static void qc_store(struct vmem_qdepot *depot, struct vmem_seg *magazine, unsigned int n)
{
	if (!magazine)
		return;
	magazine->qn = n;
	magazine->qchain = depot->full;
	depot->full = magazine;
	depot->n++;
}

/* Open this CPU, or move a full magazine to the depot to make room. Under vmem.lock. */
bool vmem_qc_free_depot(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long k = seg_qclass(seg) - 1;
	struct vmem_qdepot *depot = &vm->qc->depot[k];
	int id = raw_smp_processor_id();
	struct vmem_qclass *class;
	struct vmem_qcpu *cpu;
	bool taken = false;
	unsigned long flags;

	lockdep_assert_held(&vm->lock);
	if (vm->dead)
		return false;
	cpu = per_cpu_ptr(vm->qcpu, id);
	class = &cpu->class[k];
	qc_lock_irqsave(cpu, flags);
	if (qc_is_off(vm))
		goto unlock;
	cpu->room = QC_MAGAZINE;
	__set_bit(id, vm->qc->open);
	if (class->prev_n == QC_MAGAZINE && depot->n < QC_DEPOT) {
		qc_store(depot, class->prev, QC_MAGAZINE);
		class->prev = NULL;
		class->prev_n = 0;
	}
	if (class->loaded_n == QC_MAGAZINE && !class->prev)
		qc_swap(class);
	taken = class->loaded_n < QC_MAGAZINE;
	if (taken) {
		if (vmem_trace_free_enabled())
			vmem_trace_free(vm, seg->start, seg->asize);
		qc_take_in(cpu, class, seg);
	}
unlock:
	qc_unlock_irqrestore(cpu, flags);
	return taken;
}

/* Move what an open CPU holds to the depot, and keep it from caching; false if none is open. */
static bool qc_close(struct vmem *vm)
{
	unsigned int k, id = find_first_bit(vm->qc->open, nr_cpu_ids);
	struct vmem_qcpu *cpu;
	unsigned long flags;

	if (id >= nr_cpu_ids)
		return false;
	cpu = per_cpu_ptr(vm->qcpu, id);
	qc_lock_irqsave(cpu, flags);
	cpu->room = 0;
	for (k = 0; k < vm->qc->classes; k++) {
		struct vmem_qclass *class = &cpu->class[k];

		if (!class->loaded && !class->prev)
			continue;
		qc_store(&vm->qc->depot[k], class->loaded, class->loaded_n);
		qc_store(&vm->qc->depot[k], class->prev, class->prev_n);
		class->loaded = NULL;
		class->loaded_n = 0;
		class->prev = NULL;
		class->prev_n = 0;
	}
	qc_unlock_irqrestore(cpu, flags);
	__clear_bit(id, vm->qc->open);
	return true;
}

/* Any object of the depot, or NULL. */
static struct vmem_seg *qc_steal(struct vmem_qcache *qc)
{
	unsigned int k;

	for (k = 0; k < qc->classes; k++) {
		struct vmem_qdepot *depot = &qc->depot[k];
		struct vmem_seg *seg = depot->full, *rest;

		if (!seg)
			continue;
		/* What is left of a magazine stays until it is used up. */
		rest = seg->qnext;
		if (rest) {
			rest->qchain = seg->qchain;
			rest->qn = seg->qn - 1;
			depot->full = rest;
		} else {
			depot->full = seg->qchain;
			depot->n--;
		}
		return seg;
	}
	return NULL;
}

/* Is the imported span that starts at @start, if there is one, free as a whole? */
static bool is_idle_at(struct vmem *vm, unsigned long start)
{
	struct vmem_span *span = start ? vmem_span_find(vm, start) : NULL;

	return span && seg_is_free(span->seg.next) && vmem_span_idle(vm, span->seg.next);
}

/*
 * Give a cached object back to the segment layer. An imported span that is free now
 * goes on *@idle, but one that serves @req stays, and its start goes to *@kept.
 */
static void qc_give_back(struct vmem *vm, struct vmem_seg *seg, const struct vmem_request *req,
			 struct vmem_span **idle, unsigned long *kept)
{
	vmem_hash_remove(vm, seg);
	seg = vmem_join(vm, seg);
	if (req && vmem_span_idle(vm, seg) && vmem_place_in_seg(&req->want, seg) &&
	    !is_idle_at(vm, *kept))
		*kept = seg->start;
	else
		*idle = vmem_collect_idle(vm, seg, *idle);
}

/*
 * Give cached objects back to the segment layer, in VMEM_QC_BATCH steps at most, of
 * which each closes a CPU or gives back one object. Spans that are free now are taken
 * out of the arena and put on *@idle, but one that serves @req stays, and its start
 * goes to *@kept: the caller has to see to it if the request chooses another. Returns
 * how many steps; 0 means that the caches were empty, all at the same time: the caller
 * has switched caching off by vmem.reclaiming, so a closed CPU stays closed.
 */
unsigned int vmem_qc_reclaim(struct vmem *vm, const struct vmem_request *req,
			     struct vmem_span **idle, unsigned long *kept)
{
	struct vmem_seg *seg;
	unsigned int n = 0;

	lockdep_assert_held(&vm->lock);
	while (n < VMEM_QC_BATCH && qc_close(vm))
		n++;
	while (n < VMEM_QC_BATCH) {
		seg = qc_steal(vm->qc);
		if (!seg)
			break;
		qc_give_back(vm, seg, req, idle, kept);
		n++;
	}
	return n;
}

/* Keep every CPU out of its caches; interrupts are off from here on. Under vmem.lock. */
unsigned long vmem_qc_freeze(struct vmem *vm)
{
	unsigned long flags;
	int cpu;

	lockdep_assert_held(&vm->lock);
	local_irq_save(flags);
	if (vm->qc)
		for_each_possible_cpu(cpu)
			qc_lock(per_cpu_ptr(vm->qcpu, cpu));
	return flags;
}

void vmem_qc_thaw(struct vmem *vm, unsigned long flags)
{
	int cpu;

	if (vm->qc)
		for_each_possible_cpu(cpu)
			qc_unlock(per_cpu_ptr(vm->qcpu, cpu));
	local_irq_restore(flags);
}
