// SPDX-License-Identifier: GPL-2.0-only
/*
 * reap.c - emptying quantum caches: on request, for threads that wait, when memory
 * is short, and when a CPU or the arena goes
 */
#include <sys/vmem.h>

#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/sched.h>

#include "ddi_core/shrinker.h"
#include "ddi_core/trace.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/magazine.h"
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

/* Work: empty the caches of an arena that vmem_qcache_reap() took a reference to. */
void vmem_qc_reap_work(struct work_struct *work)
{
	struct vmem *vm = container_of(work, struct vmem, qreap);

	vmem_qc_flush(vm);
	vmem_put(vm);
}

void vmem_qcache_reap(vmem_t *vm)
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
EXPORT_SYMBOL(vmem_qcache_reap);

/* After this no work item runs in the dead arena. */
void vmem_qc_stop(struct vmem *vm)
{
	if (!vm->qc)
		return;
	if (cancel_work_sync(&vm->qreap))
		vmem_put(vm);
	vmem_qc_flush(vm);
}

/*
 * May the caches of @vm hold what a thread waits for in @waiting? In the same family,
 * yes. In another one, if both or neither hold identifiers: a driver's import function
 * may get space from one arena for the other [V102].
 */
static bool qc_may_help(const struct vmem *vm, const struct vmem *waiting)
{
	if (vm == waiting || !vmem_imports(vm))
		return false;
	return vm->family == waiting->family || !((vm->flags ^ waiting->flags) & VMC_IDENTIFIER);
}

static void qc_reap_if_helpful(struct vmem *vm, const void *waiting)
{
	if (qc_may_help(vm, waiting))
		vmem_qcache_reap(vm);
}

/*
 * A thread is about to sleep in @vm [V102]. The caches of @vm are empty, but other
 * arenas may cache what they have imported from @vm, or from its source.
 */
void vmem_qc_reap_for(struct vmem *vm)
{
	if (vmem_qc_arenas() && (vmem_imports(vm) || atomic_read(&vm->children)))
		vmem_each_arena(qc_reap_if_helpful, vm);
}

static void qc_reap_any(struct vmem *vm, const void *unused)
{
	vmem_qcache_reap(vm);
}

/* A CPU has gone. Other CPUs can reach its caches, but they are of no more use: empty them. */
static int qc_cpu_dead(unsigned int cpu)
{
	vmem_each_arena(qc_reap_any, NULL);
	return 0;
}

static void qc_reap_if_memory(struct vmem *vm, const void *unused)
{
	if (vm->owns_memory)
		vmem_qcache_reap(vm);
}

static unsigned long qc_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return vmem_memory_arenas() * QC_MAGAZINE;
}

/* Freeing calls drivers' functions, which must not meet the locks of reclaim. */
static unsigned long qc_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	vmem_each_arena(qc_reap_if_memory, NULL);
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
