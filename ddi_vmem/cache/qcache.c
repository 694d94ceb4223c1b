// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcache.c - quantum caches as a whole: created, counted, shown
 *
 * The path of a single object is in magazine.c; arena/reap.c empties them.
 */
#include "ddi_vmem/cache/qcache.h"

#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "ddi_core/fault.h"
#include "ddi_vmem/cache/magazine.h"

/* Units in use as the CPUs count them; exact when nothing runs. No lock: it takes time. */
unsigned long vmem_qc_inuse(struct vmem *vm)
{
	unsigned long inuse = 0;
	int i;

	if (vm->qc)
		for_each_possible_cpu(i)
			inuse += vmem_unlocked(per_cpu_ptr(vm->qcpu, i)->inuse);
	return inuse;
}

/* Sum of the CPUs' counters; likewise. A CPU without a bit in @open holds nothing. */
struct vmem_qsum vmem_qc_sum(struct vmem *vm)
{
	struct vmem_qsum sum = { .inuse = vmem_qc_inuse(vm) };
	unsigned int k;
	int i;

	if (!vm->qc)
		return sum;
	for_each_possible_cpu(i) {
		struct vmem_qcpu *cpu = per_cpu_ptr(vm->qcpu, i);
		bool open = vmem_unlocked(test_bit(i, vm->qc->open));

		sum.frees += vmem_unlocked(cpu->frees);
		for (k = 0; k < vm->qc->classes; k++) {
			sum.allocs += vmem_unlocked(cpu->class[k].hits);
			if (!open)
				continue;
			sum.cached += vmem_unlocked(cpu->class[k].loaded_n);
			sum.cached += vmem_unlocked(cpu->class[k].prev_n);
		}
	}
	return sum;
}

/* Objects in the depot. Under vmem.lock. */
unsigned long vmem_qc_in_depot(struct vmem *vm)
{
	struct vmem_seg *seg;
	unsigned long n = 0;
	unsigned int k;

	for (k = 0; vm->qc && k < vm->qc->classes; k++)
		for (seg = vm->qc->depot[k].full; seg; seg = seg->qchain)
			n += seg->qn;
	return n;
}

/* One line for each cached size: what it holds and how well it does. */
void vmem_qc_show(struct seq_file *m, struct vmem *vm)
{
	unsigned long hits, held;
	unsigned int k;
	int i;

	for (k = 0; vm->qc && k < vm->qc->classes; k++) {
		hits = 0;
		held = 0;
		for_each_possible_cpu(i) {
			struct vmem_qclass *class = &per_cpu_ptr(vm->qcpu, i)->class[k];

			hits += vmem_unlocked(class->hits);
			held += vmem_unlocked(class->loaded_n) + vmem_unlocked(class->prev_n);
		}
		seq_printf(m, "%-10u %-30s %8lu %12lu %8u %12lu %12lu\n", vm->id, vm->name,
			   vm->quantum * (k + 1), held, vmem_unlocked(vm->qc->depot[k].n), hits,
			   vmem_unlocked(vm->qc->depot[k].misses));
	}
}

/* Caches are a hint: without memory for them the arena does without. */
void vmem_qc_create(struct vmem *vm, size_t qcache_max)
{
	unsigned int classes = min_t(size_t, qcache_max >> vm->qshift, VMEM_QC_MAX);
	struct vmem_qcache *qc;

	if (ddi_should_fail(DDI_FAIL_MAGAZINES, GFP_KERNEL))
		return;
	qc = kzalloc(struct_size(qc, open, BITS_TO_LONGS(nr_cpu_ids)), GFP_KERNEL);
	if (!qc)
		return;
	qc->classes = classes;
	if (!ddi_should_fail(DDI_FAIL_MAGAZINES, GFP_KERNEL))
		vm->qcpu = __alloc_percpu(struct_size(vm->qcpu, class, classes),
					  SMP_CACHE_BYTES);
	if (!vm->qcpu) {
		kfree(qc);
		return;
	}
	vm->qc = qc;
	vm->qc_max = (unsigned long)classes << vm->qshift;
}

void vmem_qc_free_all(struct vmem *vm)
{
	if (vm->qc)
		free_percpu(vm->qcpu);
	kfree(vm->qc);
}
