// SPDX-License-Identifier: GPL-2.0-only
/* handle.c - the memory of handles: of one, or of those that an mmap(2) will make */
#include "ddi_devmap/devmap_impl.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ddi_core/core.h"

static struct kmem_cache *handle_cache;

static void handle_init(struct devmap *h, struct devmap_map *map)
{
	BUILD_BUG_ON(sizeof(*h) % sizeof(long));
	/* An assignment would clear it by halves of words. */
	memset_l((unsigned long *)h, 0, sizeof(*h) / sizeof(long));
	h->map = map;
	h->pub.dh_seg = &map->seg;
	INIT_LIST_HEAD(&h->cuts);
	INIT_LIST_HEAD(&h->todo);
}

struct devmap *devmap_handle_create(struct devmap_map *map, gfp_t gfp)
{
	struct devmap *h = kmem_cache_alloc(handle_cache, gfp);

	if (h)
		handle_init(h, map);
	return h;
}

static void handle_fini(struct devmap *h)
{
	devmap_view_fini(&h->view);
	devmap_context_leave(h);
	devmap_kin_put(h);
}

/* The caller has taken @h out of its tree, or no other thread can reach that tree. */
void devmap_handle_destroy(struct devmap *h)
{
	handle_fini(h);
	kmem_cache_free(handle_cache, h);
}

void devmap_batch_init(struct devmap_batch *batch, struct devmap_map *map)
{
	batch->map = map;
	batch->last = NULL;
	batch->size = 0;
	batch->made = 0;
}

/* Put what is made into the tree, in order. Nobody can take these handles away yet. */
static void batch_insert(struct devmap_batch *batch)
{
	struct devmap_map *map = batch->map;
	struct devmap *h;
	unsigned int i;

	if (!batch->made)
		return;
	down_write(&map->lock);
	for (i = 0; i < batch->made; i++) {
		h = batch->handles[i];
		if (batch->last)
			devmap_handle_insert_behind(batch->last, h);
		else
			devmap_handle_insert(h);
		batch->last = h;
	}
	up_write(&map->lock);
}

/*
 * Get memory for twice as many handles as before, if so many will come: those behind a
 * handle have its length, as a rule.
 */
static bool batch_refill(struct devmap_batch *batch, size_t left)
{
	const struct devmap *last;
	size_t size = 1;

	batch_insert(batch);
	last = batch->last;
	if (last)
		size = min3((size_t)DEVMAP_BATCH, 2 * (size_t)batch->size,
			    DIV_ROUND_UP(left, (size_t)(last->end - last->start)));
	batch->made = 0;
	batch->size = size;
	/* Linux gives all of them, or none. */
	if (!kmem_cache_alloc_bulk(handle_cache, GFP_KERNEL, batch->size,
				   (void **)batch->handles))
		batch->size = 0;
	return batch->size;
}

/* Begin a handle, for which @left bytes are left; NULL if memory is short. */
struct devmap *devmap_batch_begin(struct devmap_batch *batch, size_t left)
{
	struct devmap *h;

	if (batch->made == batch->size && !batch_refill(batch, left))
		return NULL;
	h = batch->handles[batch->made];
	handle_init(h, batch->map);
	return h;
}

/* Drop the handle that was begun: its setup has failed. */
void devmap_batch_undo(struct devmap_batch *batch)
{
	handle_fini(batch->handles[batch->made]);
}

/* Put the rest into the tree, and give back memory that no handle needed. */
void devmap_batch_end(struct devmap_batch *batch)
{
	batch_insert(batch);
	if (batch->made < batch->size)
		kmem_cache_free_bulk(handle_cache, batch->size - batch->made,
				     (void **)batch->handles + batch->made);
}

int ddi_devmap_init(void)
{
	/* Handles are charged to the memory cgroup of the process that maps. */
	handle_cache = kmem_cache_create("ddi_devmap", sizeof(struct devmap), 8, SLAB_ACCOUNT,
					 NULL);
	return handle_cache ? 0 : -ENOMEM;
}

void ddi_devmap_exit(void)
{
	kmem_cache_destroy(handle_cache);
}
