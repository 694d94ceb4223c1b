// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_cache.c - freed one-page objects, kept on each CPU for the next allocation
 *
 * Allocating a page from Linux and freeing it costs more than clearing it, so each
 * CPU keeps a few objects with their pages. They count as freed. No driver knows
 * them, and no process, since only objects that never had a window come here.
 * Their old contents are cleared when they are handed out, not before [U25]. An
 * object rests until others were freed after it on its CPU, so that its old cookie
 * is recognised as stale for a while.
 *
 * When memory is short they are freed: the shrinker, and threads that wait for
 * memory, drain all CPUs, offline ones too.
 */
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "ddi_core/core.h"
#include "ddi_core/shrinker.h"
#include "ddi_umem/umem_impl.h"

#define UMEM_PAGE_CACHE_MAX	16	/* a power of two */

static unsigned int umem_page_cache = UMEM_PAGE_CACHE_MAX;
module_param(umem_page_cache, uint, 0644);
MODULE_PARM_DESC(umem_page_cache, "Freed pages kept on each CPU, 16 at most; 0 lets debugging kernels see late accesses (default: 16)");

struct umem_page_cache_cpu {
	spinlock_t lock;	/* guards the rest but @cpu; irq-safe [U18] */
	unsigned int cpu;
	unsigned int n;
	unsigned int oldest;
	struct umem *objects[UMEM_PAGE_CACHE_MAX];	/* a ring */
};

static struct umem_page_cache_cpu __percpu *umem_page_caches;
/* CPUs that hold something; each is marked and unmarked under its lock. */
static struct cpumask umem_page_holders;
static struct shrinker *umem_shrinker;

static unsigned int cache_room(void)
{
	return min(READ_ONCE(umem_page_cache), UMEM_PAGE_CACHE_MAX);
}

static unsigned int next_holder(int cpu)
{
	/* Without a lock: this may skip a CPU that gets its first object just now. */
	return data_race(cpumask_next(cpu, &umem_page_holders));
}

/* The oldest object, if there are more than @rest. */
static struct umem *cache_pop(struct umem_page_cache_cpu *cache, unsigned int rest)
{
	struct umem *umem = NULL;
	unsigned long flags;

	spin_lock_irqsave(&cache->lock, flags);
	if (cache->n > rest) {
		umem = cache->objects[cache->oldest++ % UMEM_PAGE_CACHE_MAX];
		WRITE_ONCE(cache->n, cache->n - 1);
	} else if (!cache->n) {
		cpumask_clear_cpu(cache->cpu, &umem_page_holders);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return umem;
}

/* An object with a page that is not cleared, or NULL. */
struct umem *umem_page_cache_get(void)
{
	struct umem_page_cache_cpu *cache = raw_cpu_ptr(umem_page_caches);
	unsigned int rest = cache_room() / 2;

	/* Only a hint: a thread that migrates goes on with this CPU's. */
	return READ_ONCE(cache->n) > rest ? cache_pop(cache, rest) : NULL;
}

/* Take a freed object; false if there is no room for it. */
bool umem_page_cache_put(struct umem *umem)
{
	struct umem_page_cache_cpu *cache = raw_cpu_ptr(umem_page_caches);
	unsigned int room = cache_room();
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&cache->lock, flags);
	taken = cache->n < room;
	if (taken) {
		if (!cache->n)
			cpumask_set_cpu(cache->cpu, &umem_page_holders);
		cache->objects[(cache->oldest + cache->n) % UMEM_PAGE_CACHE_MAX] = umem;
		WRITE_ONCE(cache->n, cache->n + 1);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	return taken;
}

/* Free everything. Returns the number of pages. */
unsigned long umem_page_cache_drain(void)
{
	unsigned long pages = 0;
	unsigned int cpu;
	struct umem *umem;

	for (cpu = next_holder(-1); cpu < nr_cpu_ids; cpu = next_holder(cpu))
		while ((umem = cache_pop(per_cpu_ptr(umem_page_caches, cpu), 0))) {
			umem_destroy(umem);
			pages++;
		}
	return pages;
}

DDI_EXPORT_FOR_KUNIT(umem_page_cache_drain);

static unsigned long cached_pages_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for (cpu = next_holder(-1); cpu < nr_cpu_ids; cpu = next_holder(cpu))
		pages += READ_ONCE(per_cpu_ptr(umem_page_caches, cpu)->n);
	return pages ?: SHRINK_EMPTY;
}

static unsigned long cached_pages_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	return umem_page_cache_drain() ?: SHRINK_STOP;
}

int umem_page_cache_init(void)
{
	int cpu;

	umem_page_caches = alloc_percpu(struct umem_page_cache_cpu);
	if (!umem_page_caches)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct umem_page_cache_cpu *cache = per_cpu_ptr(umem_page_caches, cpu);

		spin_lock_init(&cache->lock);
		cache->cpu = cpu;
	}
	umem_shrinker = ddi_shrinker_start("ddi-umem", cached_pages_count, cached_pages_scan);
	if (!umem_shrinker) {
		free_percpu(umem_page_caches);
		return -ENOMEM;
	}
	return 0;
}

void umem_page_cache_exit(void)
{
	shrinker_free(umem_shrinker);
	umem_page_cache_drain();
	free_percpu(umem_page_caches);
}
