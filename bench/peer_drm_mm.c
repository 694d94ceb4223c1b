// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer_drm_mm.c - DRM's range manager, with the lock that its users add
 *
 * Drivers embed the nodes in objects of their own; here a list recycles them,
 * at a cost of a few instructions.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <drm/drm_mm.h>

#include "bench.h"

static struct drm_mm mm;
static DEFINE_SPINLOCK(lock);
static struct kmem_cache *nodes;
static struct drm_mm_node *spare;	/* linked by .color */

int bench_drm_init(void)
{
	nodes = KMEM_CACHE(drm_mm_node, 0);
	return nodes ? 0 : -ENOMEM;
}

void bench_drm_exit(void)
{
	kmem_cache_destroy(nodes);
}

static int open(void)
{
	drm_mm_init(&mm, bench.base, bench.units);
	return 0;
}

static void close(void)
{
	while (spare) {
		struct drm_mm_node *node = spare;

		spare = (struct drm_mm_node *)node->color;
		kmem_cache_free(nodes, node);
	}
	drm_mm_takedown(&mm);
}

static __always_inline unsigned long get(unsigned long units, unsigned long align,
					 unsigned long lo, unsigned long hi,
					 enum drm_mm_insert_mode mode)
{
	struct drm_mm_node *node;
	unsigned long flags;
	int err;

	spin_lock_irqsave(&lock, flags);
	node = spare;
	if (node) {
		spare = (struct drm_mm_node *)node->color;
		node->color = 0;
	} else {
		node = kmem_cache_zalloc(nodes, GFP_NOWAIT);
	}
	err = drm_mm_insert_node_in_range(&mm, node, units, align, 0, lo, hi, mode);
	if (err) {
		node->color = (unsigned long)spare;
		spare = node;
		node = NULL;
	}
	spin_unlock_irqrestore(&lock, flags);
	return (unsigned long)node;
}

static void put(unsigned long handle, unsigned long units)
{
	struct drm_mm_node *node = (struct drm_mm_node *)handle;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	drm_mm_remove_node(node);
	node->color = (unsigned long)spare;
	spare = node;
	spin_unlock_irqrestore(&lock, flags);
}

static unsigned long address(unsigned long handle)
{
	return ((struct drm_mm_node *)handle)->start;
}

#define MODE(suffix, mode)							\
static unsigned long get_##suffix(unsigned long units)				\
{										\
	return get(units, 0, 0, U64_MAX, mode);					\
}										\
										\
static unsigned long aligned_##suffix(unsigned long units)			\
{										\
	return get(units, bench.align, 0, U64_MAX, mode);			\
}										\
										\
static unsigned long within_##suffix(unsigned long units)			\
{										\
	return get(units, 0, bench.lo, bench.hi, mode);				\
}

MODE(best, DRM_MM_INSERT_BEST)
MODE(low, DRM_MM_INSERT_LOW)

#define ALLOCATOR(var, label, suffix)						\
const struct bench_allocator var = {						\
	.name = label,								\
	.unit = 1,								\
	.open = open,								\
	.close = close,								\
	.alloc = get_##suffix,							\
	.alloc_aligned = aligned_##suffix,					\
	.alloc_within = within_##suffix,					\
	.free = put,								\
	.address = address,							\
}

ALLOCATOR(bench_drm_best, "drm_mm-best", best);
ALLOCATOR(bench_drm_low, "drm_mm-low", low);
