// SPDX-License-Identifier: GPL-2.0-only
/*
 * cut.c - parts of handles that munmap(2) takes away: devmap_unmap(9E)
 *
 * A cut is asked for when a vma is closed and made when no other callback uses
 * the handle: at once, as a rule, else by the last of those that use it. While
 * it is made, the handle's is_cutting keeps faults from using it.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/lockdep.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

/* @spare: for what stays loaded above the cut */
struct devmap_cut {
	struct list_head node;
	offset_t start;
	offset_t end;
	struct devmap_range *spare;
};

/* It is in no list, or in one that is given up. */
static void cut_free(struct devmap_cut *cut)
{
	list_del(&cut->node);
	devmap_range_free(cut->spare);
	kfree(cut);
}

/*
 * Leave out of [*@start, *@end) what will be cut out of the handle anyway, so
 * that @off stays in it; false if that is to be cut itself.
 */
bool devmap_clip_cuts(const struct devmap *h, offset_t off, offset_t *start, offset_t *end)
{
	const struct devmap_cut *cut;

	lockdep_assert_held(&h->map->lock);
	list_for_each_entry(cut, &h->cuts, node) {
		if (cut->end <= off)
			*start = max(*start, cut->end);
		else if (cut->start > off)
			*end = min(*end, cut->start);
		else
			return false;
	}
	return true;
}

/*
 * The highest first: so what is above a cut has no cuts itself. What is asked
 * for twice is one cut.
 */
static void cut_enqueue(struct devmap *h, struct devmap_cut *new)
{
	struct devmap_cut *cut, *next;
	struct list_head *at = &h->cuts;

	lockdep_assert_held_write(&h->map->lock);
	list_for_each_entry_safe(cut, next, &h->cuts, node) {
		if (cut->start >= new->end)
			continue;
		if (cut->end <= new->start) {
			at = &cut->node;
			break;
		}
		new->start = min(new->start, cut->start);
		new->end = max(new->end, cut->end);
		cut_free(cut);
	}
	list_add_tail(&new->node, at);
}

/*
 * The handle is to be changed, if it is not in use: true for the caller that
 * shall do it.
 */
static bool cut_begin(struct devmap *h)
{
	lockdep_assert_held_write(&h->map->lock);
	if (list_empty(&h->cuts) || h->is_cutting || atomic_read(&h->users))
		return false;
	h->is_cutting = true;
	return true;
}

/*
 * Take [cut->start, cut->end) out of the tree. If @h is longer at one end, @h itself
 * becomes what is left there; if at both ends, @upper becomes the part above [D39].
 */
static void cut_make(struct devmap *h, struct devmap_cut *cut, struct devmap *upper)
{
	lockdep_assert_held_write(&h->map->lock);
	if (upper) {
		devmap_copy_state(upper, h, cut->end, h->end);
		upper->is_cutting = true;
		h->end = cut->start;
		devmap_handle_insert_behind(h, upper);
		h->twin = upper;
	} else if (cut->start > h->start) {
		h->end = cut->start;
	} else if (cut->end < h->end) {
		devmap_view_advance(&h->view, cut->end - h->start);
		h->start = cut->end;
	} else {
		rb_erase(&h->node, &h->map->handles);
		h->end = h->start;
	}
	cut->spare = devmap_ranges_remove(&h->map->loaded, cut->start, cut->end, cut->spare);
}

static void cut_call(struct devmap *h, const struct devmap_cut *cut, struct devmap *lower,
		     struct devmap *upper)
{
	if (h->is_dead || !h->pub.dh_callbackops.devmap_unmap)
		return;
	h->pub.dh_callbackops.devmap_unmap(h, h->pub.dh_pvtp, cut->start, cut->end - cut->start,
					   lower, lower ? &lower->pub.dh_pvtp : NULL,
					   upper, upper ? &upper->pub.dh_pvtp : NULL);
}

/* The driver has been told: its idea of the handle becomes ours. */
static void cut_end(struct devmap *h)
{
	size_t by = h->start - h->pub.dh_uoff;

	lockdep_assert_held_write(&h->map->lock);
	h->pub.dh_uoff += by;
	h->pub.dh_roff += by;
	h->pub.dh_uvaddr += by;
	h->pub.dh_len = h->end - h->start;
	h->twin = NULL;
}

/* Returns whether any of the handle is left; @todo gets a new one that has cuts. */
static bool cut_one(struct devmap *h, struct devmap_cut *cut, struct list_head *todo)
{
	bool lower = cut->start > h->start, upper = cut->end < h->end;
	struct devmap *new = NULL;

	/* Nothing may fail in munmap. */
	if (lower && upper)
		new = devmap_handle_create(h->map, GFP_KERNEL | __GFP_NOFAIL);
	down_write(&h->map->lock);
	cut_make(h, cut, new);
	up_write(&h->map->lock);
	cut_call(h, cut, lower ? h : NULL, upper ? new ?: h : NULL);
	down_write(&h->map->lock);
	cut_end(h);
	if (new && list_empty(&new->cuts))
		new->is_cutting = false;
	else if (new)
		list_add(&new->todo, todo);
	up_write(&h->map->lock);
	return lower || upper;
}

static struct devmap_cut *cut_next(struct devmap *h)
{
	struct devmap_cut *cut;

	down_write(&h->map->lock);
	cut = list_first_entry_or_null(&h->cuts, struct devmap_cut, node);
	if (cut)
		list_del_init(&cut->node);
	else
		h->is_cutting = false;
	up_write(&h->map->lock);
	return cut;
}

/* Make all cuts of a handle, also those that are asked for meanwhile. */
static void cut_handle(struct devmap *h, struct list_head *todo)
{
	struct devmap_cut *cut;
	bool left = true;

	while (left && (cut = cut_next(h))) {
		left = cut_one(h, cut, todo);
		cut_free(cut);
	}
	if (!left)
		devmap_handle_destroy(h);
}

/* The map stays: the caller has a reference. */
static void cut_all(struct devmap *h)
{
	struct devmap_map *map = h->map;
	LIST_HEAD(todo);

	list_add(&h->todo, &todo);
	while ((h = list_first_entry_or_null(&todo, struct devmap, todo))) {
		list_del_init(&h->todo);
		cut_handle(h, &todo);
	}
	wake_up_all(&map->wait);
}

static struct devmap_cut *cut_create(void)
{
	struct devmap_cut *cut = kmalloc(sizeof(*cut), GFP_KERNEL | __GFP_NOFAIL);

	INIT_LIST_HEAD(&cut->node);
	cut->spare = devmap_range_alloc(GFP_KERNEL | __GFP_NOFAIL);
	return cut;
}

/* Ask for what the first handle has of [*start, end), and let *start move behind that. */
static struct devmap *cut_first(struct devmap_map *map, struct devmap_cut *cut, offset_t *start,
				offset_t end)
{
	struct devmap *h = devmap_first(map, *start);

	if (!h || h->start >= end)
		return NULL;
	cut->start = max(*start, h->start);
	cut->end = min(end, h->end);
	*start = cut->end;
	cut_enqueue(h, cut);
	return h;
}

/*
 * Unmap [start, end), whose translations are gone. The caller names no handle:
 * until the lock is taken here, the last user of one may have split or freed it.
 */
void devmap_cut(struct devmap_map *map, offset_t start, offset_t end)
{
	while (start < end) {
		struct devmap_cut *cut = cut_create();
		struct devmap *h;
		bool now;

		down_write(&map->lock);
		h = cut_first(map, cut, &start, end);
		now = h && cut_begin(h);
		up_write(&map->lock);
		if (!h)
			return cut_free(cut);
		if (now)
			cut_all(h);
	}
}

/* A callback has returned; the handle may be gone after this. */
void devmap_unuse(struct devmap *h)
{
	struct devmap_map *map = h->map;
	bool now;

	down_write(&map->lock);
	atomic_dec(&h->users);
	now = cut_begin(h);
	up_write(&map->lock);
	if (now)
		cut_all(h);
}

/* A handle that was set up on first touch goes to work, with what was cut since. */
void devmap_settle(struct devmap *h)
{
	down_write(&h->map->lock);
	h->is_new = false;
	up_write(&h->map->lock);
	cut_all(h);
}

/* It never went to work: no callback. */
void devmap_discard(struct devmap *h)
{
	struct devmap_cut *cut, *next;

	down_write(&h->map->lock);
	rb_erase(&h->node, &h->map->handles);
	list_for_each_entry_safe(cut, next, &h->cuts, node)
		cut_free(cut);
	up_write(&h->map->lock);
	devmap_handle_destroy(h);
}

static bool devmap_is_settled(struct devmap_map *map, offset_t off)
{
	struct devmap *h;
	bool settled;

	down_read(&map->lock);
	h = devmap_find(map, off);
	settled = h ? !h->is_cutting : !READ_ONCE(map->is_setting_up);
	up_read(&map->lock);
	return settled;
}

/* Until no devmap_unmap(9E) and no setup runs there; not 0 if a fatal signal came first. */
int devmap_wait(struct devmap_map *map, offset_t off)
{
	/* The condition takes a lock that sleeps, so wait_event() will not do. */
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(&map->wait, &wait);
	while (!err && !devmap_is_settled(map, off)) {
		wait_woken(&wait, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT);
		err = fatal_signal_pending(current) ? -EINTR : 0;
	}
	remove_wait_queue(&map->wait, &wait);
	return err;
}
