// SPDX-License-Identifier: GPL-2.0-only
/* map.c - the handles of a mapping: find, cut out, take pages away */
#include "ddi_devmap/devmap_impl.h"

#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

struct devmap_map *devmap_map_create(struct devmap_family *family,
				     struct mm_struct *mm, offset_t bias)
{
	struct devmap_map *map;

	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return NULL;
	refcount_set(&map->vmas, 1);
	map->mm = mm;
	map->bias = bias;
	map->family = family;
	init_rwsem(&map->lock);
	INIT_LIST_HEAD(&map->handles);
	refcount_inc(&family->refs);
	mutex_lock(&family->lock);
	list_add(&map->sibling, &family->maps);
	mutex_unlock(&family->lock);
	return map;
}

/* Handles that are left get no callback: their setup failed [D6]. */
void devmap_map_destroy(struct devmap_map *map)
{
	struct devmap *h, *next;

	list_for_each_entry_safe(h, next, &map->handles, node)
		devmap_handle_destroy(h);
	mutex_lock(&map->family->lock);
	list_del(&map->sibling);
	mutex_unlock(&map->family->lock);
	devmap_family_put(map->family);
	kfree(map);
}

/*
 * The child's map, with a count for one more vma. A fork opens the parent's
 * vmas one by one, and those of one mapping shall share one map again.
 */
struct devmap_map *devmap_map_of_child(struct devmap_map *parent,
				       struct mm_struct *mm)
{
	struct devmap_family *family = parent->family;
	struct devmap_map *map, *found = NULL;

	mutex_lock(&family->lock);
	list_for_each_entry(map, &family->maps, sibling)
		if (map->mm == mm)
			found = map;
	mutex_unlock(&family->lock);
	if (!found)
		return devmap_map_create(family, mm, parent->bias);
	refcount_inc(&found->vmas);
	return found;
}

struct devmap *devmap_handle_create(struct devmap_map *map, gfp_t gfp)
{
	struct devmap *h = kzalloc(sizeof(*h), gfp | __GFP_ACCOUNT);

	if (!h)
		return NULL;
	h->map = map;
	INIT_LIST_HEAD(&h->node);
	return h;
}

void devmap_handle_destroy(struct devmap *h)
{
	list_del(&h->node);
	umem_window_fini(&h->window);
	kfree(h);
}

struct devmap *devmap_find(struct devmap_map *map, offset_t off)
{
	struct devmap *h;

	lockdep_assert_held(&map->lock);
	list_for_each_entry(h, &map->handles, node)
		if (off >= h->pub.dh_uoff && off < devmap_end(h))
			return h;
	return NULL;
}

/* Drop the first @by bytes of a handle. */
static void devmap_trim_head(struct devmap *h, size_t by)
{
	h->pub.dh_uoff += by;
	h->pub.dh_len -= by;
	h->pub.dh_roff += by;
	h->pub.dh_uvaddr += by;
	umem_window_advance(&h->window, by);
}

/* A new handle for what @h covers from @off on; nothing may fail in munmap. */
static struct devmap *devmap_upper_part(struct devmap *h, offset_t off)
{
	struct devmap *upper;

	upper = devmap_handle_create(h->map, GFP_KERNEL | __GFP_NOFAIL);
	down_read(&h->map->lock);
	upper->pub = h->pub;
	upper->loaded_start = h->loaded_start;
	upper->loaded_end = h->loaded_end;
	upper->is_set_up = h->is_set_up;
	upper->is_dead = h->is_dead;
	umem_window_dup(&upper->window, &h->window);
	up_read(&h->map->lock);
	devmap_trim_head(upper, off - h->pub.dh_uoff);
	return upper;
}

static void devmap_call_unmap(struct devmap *h, offset_t off, size_t len,
			      struct devmap *lower, struct devmap *upper)
{
	if (h->is_dead || !h->pub.dh_callbackops.devmap_unmap)
		return;
	h->pub.dh_callbackops.devmap_unmap(h, h->pub.dh_pvtp, off, len,
					   lower, lower ? &lower->pub.dh_pvtp : NULL,
					   upper, upper ? &upper->pub.dh_pvtp : NULL);
}

/*
 * Unmap [start, end) of a handle. Its translations are gone. The old handle
 * lives on as one of the surviving pieces, and changes only after the driver
 * was told [D39].
 */
void devmap_cut(struct devmap *h, offset_t start, offset_t end)
{
	struct devmap *lower = start > h->pub.dh_uoff ? h : NULL;
	struct devmap *upper = NULL;

	if (end < devmap_end(h))
		upper = lower ? devmap_upper_part(h, end) : h;
	devmap_call_unmap(h, start, end - start, lower, upper);

	down_write(&h->map->lock);
	if (lower && upper)
		list_add(&upper->node, &h->node);
	if (lower)
		h->pub.dh_len = start - h->pub.dh_uoff;
	else if (upper)
		devmap_trim_head(h, end - h->pub.dh_uoff);
	else
		list_del_init(&h->node);
	up_write(&h->map->lock);
	if (!lower && !upper)
		devmap_handle_destroy(h);
}

/* Drop translations of [start, end), in whatever process they are. */
void devmap_zap(struct devmap *h, offset_t start, offset_t end)
{
	struct devmap_map *map = h->map;

	unmap_mapping_range(map->family->file->f_mapping, start - map->bias,
			    end - start, 1);
}
