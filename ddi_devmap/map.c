// SPDX-License-Identifier: GPL-2.0-only
/* map.c - the handles of a mapping, as a tree; the maps of a family */
#include "ddi_devmap/devmap_impl.h"

#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ddi_devmap/setup.h"

static struct devmap_map *map_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct devmap_map, relative);
}

static struct devmap_map *family_find(struct devmap_family *family, const struct mm_struct *mm)
{
	struct rb_node *node = family->maps.rb_node;

	lockdep_assert_held(&family->lock);
	while (node && map_of(node)->mm != mm)
		node = mm < map_of(node)->mm ? node->rb_left : node->rb_right;
	return map_of(node);
}

static void family_insert(struct devmap_family *family, struct devmap_map *map)
{
	struct rb_node **link = &family->maps.rb_node, *parent = NULL;

	lockdep_assert_held(&family->lock);
	while (*link) {
		parent = *link;
		link = map->mm < map_of(parent)->mm ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&map->relative, parent, link);
	rb_insert_color(&map->relative, &family->maps);
}

static struct devmap_map *devmap_map_create(struct devmap_family *family,
					    struct mm_struct *mm, offset_t bias)
{
	struct devmap_map *map;

	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		return NULL;
	refcount_set(&map->refs, 1);
	map->mm = mm;
	map->bias = bias;
	map->seg.s_as = (struct as *)mm;
	map->family = family;
	init_rwsem(&map->lock);
	map->handles = RB_ROOT;
	init_waitqueue_head(&map->wait);
	INIT_LIST_HEAD(&map->answers);
	refcount_inc(&family->refs);
	mutex_lock(&family->lock);
	family_insert(family, map);
	mutex_unlock(&family->lock);
	return map;
}

/* The map of a new mmap(2), whose first byte has user offset @off. */
struct devmap_map *devmap_map_new(const struct as *as, offset_t off)
{
	struct devmap_family *family = devmap_family_create(as->file, as->len >> PAGE_SHIFT);
	struct devmap_map *map;

	if (!family)
		return NULL;
	family->ops = as->ops;
	family->dev = as->dev;
	map = devmap_map_create(family, as->mm, off - ((offset_t)family->pgoff << PAGE_SHIFT));
	devmap_family_put(family);
	return map;
}

void devmap_map_get(struct devmap_map *map)
{
	refcount_inc(&map->refs);
}

/*
 * Handles that are left get no callback: their setup failed [D6]. The process
 * may outlive its map, and map nothing of the family, but not the reverse.
 */
void devmap_map_put(struct devmap_map *map)
{
	struct devmap_family *family = map->family;
	struct devmap *h, *next;

	if (!refcount_dec_and_mutex_lock(&map->refs, &family->lock))
		return;
	rb_erase(&map->relative, &family->maps);
	mutex_unlock(&family->lock);
	rbtree_postorder_for_each_entry_safe(h, next, &map->handles, node)
		devmap_handle_destroy(h);
	devmap_ranges_clear(&map->loaded);
	devmap_drop_answers(map);
	devmap_family_put(family);
	kfree(map);
}

/*
 * The child's map, with a reference for one more vma. A fork opens the parent's
 * vmas one by one, and those of one mapping shall share one map again.
 */
struct devmap_map *devmap_map_of_child(struct devmap_map *parent,
				       struct mm_struct *mm)
{
	struct devmap_family *family = parent->family;
	struct devmap_map *map;

	mutex_lock(&family->lock);
	map = family_find(family, mm);
	if (map)
		devmap_map_get(map);
	mutex_unlock(&family->lock);
	return map ?: devmap_map_create(family, mm, parent->bias);
}

static struct devmap *handle_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct devmap, node);
}

/* Put @h right behind @before. */
void devmap_handle_insert_behind(struct devmap *before, struct devmap *h)
{
	struct rb_node *parent = &before->node, **link = &parent->rb_right;

	lockdep_assert_held_write(&h->map->lock);
	while (*link) {
		parent = *link;
		link = &parent->rb_left;
	}
	rb_link_node(&h->node, parent, link);
	rb_insert_color(&h->node, &h->map->handles);
}

void devmap_handle_insert(struct devmap *h)
{
	struct rb_node **link = &h->map->handles.rb_node, *parent = NULL;

	lockdep_assert_held_write(&h->map->lock);
	while (*link) {
		parent = *link;
		link = h->start < handle_of(parent)->start ? &parent->rb_left :
							     &parent->rb_right;
	}
	rb_link_node(&h->node, parent, link);
	rb_insert_color(&h->node, &h->map->handles);
}

/* The first handle that ends behind @off. */
struct devmap *devmap_first(struct devmap_map *map, offset_t off)
{
	struct rb_node *node = map->handles.rb_node;
	struct devmap *found = NULL;

	lockdep_assert_held(&map->lock);
	while (node) {
		struct devmap *h = handle_of(node);

		if (h->end > off) {
			found = h;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct devmap *devmap_next(struct devmap *h)
{
	lockdep_assert_held(&h->map->lock);
	return handle_of(rb_next(&h->node));
}

struct devmap *devmap_find(struct devmap_map *map, offset_t off)
{
	struct devmap *h = devmap_first(map, off);

	return h && h->start <= off ? h : NULL;
}

/* Copy to @to what @h is in [start, end). @to is in no tree yet. */
void devmap_copy_state(struct devmap *to, const struct devmap *h,
		       offset_t start, offset_t end)
{
	struct seg *seg = to->pub.dh_seg;
	size_t skip = start - h->pub.dh_uoff;

	lockdep_assert_held(&h->map->lock);
	to->pub = h->pub;
	to->pub.dh_seg = seg;
	to->pub.dh_uoff = start;
	to->pub.dh_len = end - start;
	to->pub.dh_roff += skip;
	to->pub.dh_uvaddr += skip;
	to->start = start;
	to->end = end;
	to->dev = h->dev;
	devmap_view_dup(&to->view, &h->view);
	devmap_view_advance(&to->view, start - h->start);
	devmap_context_inherit(to, h);
	devmap_kin_get(to, h);
	to->is_set_up = h->is_set_up;
	to->is_dead = h->is_dead;
}
