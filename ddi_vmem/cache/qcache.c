// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcache.c - quantum caches as a whole: created, counted, shown, and emptied on
 * request, when memory is short, and when a CPU or the arena goes
 *
 * The path of a single object is in magazine.c.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "ddi_core/fault.h"
#include "ddi_core/shrinker.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/magazine.h"
#include "ddi_vmem/segment/segment.h"
#include "ddi_vmem/segment/work.h"

/* Give back some of what is cached; false if there was nothing. */
static bool qc_flush_some(struct vmem *vm)
{
	struct vmem_span *idle = NULL;
	struct vmem_seg *surplus;
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&vm->lock, flags);
	n = vmem_qc_reclaim(vm, NULL, &idle, NULL);
	if (n)
		vmem_wake(vm);
	surplus = vmem_pool_trim(vm);
	spin_unlock_irqrestore(&vm->lock, flags);
	vmem_export_all(vm, idle);
	vmem_pool_discard(surplus);
	return n;
}

/* Empty the caches. Nothing is cached meanwhile, so this comes to an end. */
void vmem_qc_flush(struct vmem *vm)
{
	if (!vm->qc)
		return;
	atomic_inc(&vm->family->reclaiming);
	while (qc_flush_some(vm))
		;
	atomic_dec(&vm->family->reclaiming);
}

/* Work: empty the caches of an arena that vmem_qc_reap() took a reference to. */
static void qc_reap_work(struct work_struct *work)
{
	struct vmem *vm = container_of(work, struct vmem, qreap);

	vmem_qc_flush(vm);
	vmem_put(vm);
}

void vmem_qc_reap(struct vmem *vm)
{
	unsigned long flags;

	if (!vm->qc)
		return;
	trace_vmem_reap(vm->id, vm->name);
	spin_lock_irqsave(&vm->lock, flags);
	if (!vm->dead) {
		refcount_inc(&vm->ref);
		/* Not the last reference: as long as the arena is not dead its creator has one. */
		if (!queue_work(vmem_wq, &vm->qreap))
			refcount_dec(&vm->ref);
	}
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* After this no work item runs in the dead arena. */
void vmem_qc_stop(struct vmem *vm)
{
	if (!vm->qc)
		return;
	if (cancel_work_sync(&vm->qreap))
		vmem_put(vm);
	vmem_qc_flush(vm);
}

/* Sum of the CPUs' counters; exact when nothing runs. */
struct vmem_qsum vmem_qc_sum(struct vmem *vm)
{
	struct vmem_qsum sum = {};
	unsigned int k;
	int i;

	if (!vm->qc)
		return sum;
	for_each_possible_cpu(i) {
		struct vmem_qcpu *cpu = per_cpu_ptr(vm->qcpu, i);

		sum.inuse += vmem_unlocked(cpu->inuse);
		sum.frees += vmem_unlocked(cpu->frees);
		for (k = 0; k < vm->qc->classes; k++) {
			sum.allocs += vmem_unlocked(cpu->class[k].hits);
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
	qc = kzalloc(sizeof(*qc), GFP_KERNEL);
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
	INIT_WORK(&vm->qreap, qc_reap_work);
	vm->qc = qc;
	vm->qc_max = (unsigned long)classes << vm->qshift;
}

void vmem_qc_free_all(struct vmem *vm)
{
	if (vm->qc)
		free_percpu(vm->qcpu);
	kfree(vm->qc);
}

/*
 * May the caches of @vm hold what a thread waits for in @waiting? In the family,
 * yes; elsewhere if a driver's functions hand on the one and the other [V102].
 */
static bool qc_may_help(const struct vmem *vm, const struct vmem *waiting)
{
	if (vm == waiting || !vmem_imports(vm))
		return false;
	return vm->family == waiting->family || !((vm->flags ^ waiting->flags) & VMC_IDENTIFIER);
}

/* Empty the caches of all arenas that @wanted is true for. */
static void qc_reap_arenas(bool (*wanted)(const struct vmem *vm, const struct vmem *waiting),
			   const struct vmem *waiting)
{
	u64 youngest = vmem_youngest();
	struct vmem *vm, *next;

	for (vm = vmem_get_next(NULL, youngest); vm; vm = next) {
		if (wanted(vm, waiting))
			vmem_qc_reap(vm);
		next = vmem_get_next(vm, youngest);
		vmem_put(vm);
	}
}

/*
 * A thread is about to sleep in @vm [V102]. The caches of @vm are empty, but other
 * arenas may cache what they have imported from @vm, or from its source.
 */
void vmem_qc_reap_for(struct vmem *vm)
{
	if (vmem_qc_arenas() && (vmem_imports(vm) || atomic_read(&vm->children)))
		qc_reap_arenas(qc_may_help, vm);
}

static bool qc_any(const struct vmem *vm, const struct vmem *unused)
{
	return true;
}

/* A CPU has gone. Its caches could be reached all the same; now they are emptied. */
static int qc_cpu_dead(unsigned int cpu)
{
	qc_reap_arenas(qc_any, NULL);
	return 0;
}

static bool qc_owns_memory(const struct vmem *vm, const struct vmem *unused)
{
	return vm->owns_memory;
}

static unsigned long qc_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return vmem_memory_arenas() * QC_MAGAZINE;
}

/* Freeing calls drivers' functions, which must not meet the locks of reclaim. */
static unsigned long qc_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	qc_reap_arenas(qc_owns_memory, NULL);
	return SHRINK_STOP;
}

static struct shrinker *qc_shrinker;
static int qc_cpuhp_state;

int __init vmem_qc_init(void)
{
	qc_cpuhp_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "ddi/vmem:dead", NULL,
						   qc_cpu_dead);
	if (qc_cpuhp_state < 0)
		return qc_cpuhp_state;
	qc_shrinker = ddi_shrinker_start("ddi-vmem", qc_shrink_count, qc_shrink_scan);
	if (!qc_shrinker) {
		cpuhp_remove_state_nocalls(qc_cpuhp_state);
		return -ENOMEM;
	}
	return 0;
}

void vmem_qc_exit(void)
{
	shrinker_free(qc_shrinker);
	cpuhp_remove_state_nocalls(qc_cpuhp_state);
}
