// SPDX-License-Identifier: GPL-2.0-only
/*
 * access.c - who may have which pages: devmap_load(9F),
 * devmap_unload(9F), devmap_default_access(9F)
 *
 * A driver with a devmap_access(9E) callback decides on each page. What it has
 * loaded is remembered as one range per handle; a load that does not touch the
 * range replaces it, which costs another question and nothing else.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

/* A devmap_access(9E) callback that is running. */
struct devmap_question {
	struct list_head node;
	const struct task_struct *task;
	const struct mm_struct *mm;
};

static LIST_HEAD(devmap_questions);
static DEFINE_SPINLOCK(devmap_questions_lock);	/* guards the list */

/* Does this task run a devmap_access(9E) callback for that process? */
static bool devmap_is_asking(const struct mm_struct *mm)
{
	struct devmap_question *q;
	bool found = false;

	spin_lock(&devmap_questions_lock);
	list_for_each_entry(q, &devmap_questions, node)
		found |= q->task == current && q->mm == mm;
	spin_unlock(&devmap_questions_lock);
	return found;
}

int devmap_ask(struct devmap *h, offset_t off, uint_t rw)
{
	struct devmap_question q = { .task = current, .mm = h->map->mm };
	int rc;

	spin_lock(&devmap_questions_lock);
	list_add(&q.node, &devmap_questions);
	spin_unlock(&devmap_questions_lock);

	rc = h->pub.dh_callbackops.devmap_access(h, h->pub.dh_pvtp, off,
						 PAGE_SIZE, DEVMAP_ACCESS, rw);

	spin_lock(&devmap_questions_lock);
	list_del(&q.node);
	spin_unlock(&devmap_questions_lock);
	return rc;
}

bool devmap_is_loaded(const struct devmap *h, offset_t off)
{
	lockdep_assert_held(&h->map->lock);
	return off >= h->loaded_start && off < h->loaded_end;
}

static void devmap_remember(struct devmap *h, offset_t start, offset_t end)
{
	lockdep_assert_held_write(&h->map->lock);
	if (start <= h->loaded_end && end >= h->loaded_start) {
		start = min(start, h->loaded_start);
		end = max(end, h->loaded_end);
	}
	h->loaded_start = start;
	h->loaded_end = end;
}

/* Of a range with a hole in it the lower part is kept. */
static void devmap_forget(struct devmap *h, offset_t start, offset_t end)
{
	lockdep_assert_held_write(&h->map->lock);
	if (start >= h->loaded_end || end <= h->loaded_start)
		return;
	if (start > h->loaded_start)
		h->loaded_end = start;
	else
		h->loaded_start = min(end, h->loaded_end);
}

/* Another memory is behind the handle: nothing of it was asked for yet. */
void devmap_forget_all(struct devmap *h)
{
	devmap_forget(h, h->loaded_start, h->loaded_end);
}

/* The whole pages of [off, off + len), if they lie inside the handle. */
static bool devmap_range(const struct devmap *h, offset_t off, size_t len,
			 offset_t *start, offset_t *end)
{
	offset_t from = round_down(off, PAGE_SIZE);
	size_t room;

	lockdep_assert_held(&h->map->lock);
	if (off < h->pub.dh_uoff || off >= devmap_end(h))
		return false;
	room = devmap_end(h) - from;
	if (len > room - (off - from))
		return false;
	*start = from;
	*end = from + (len ? PAGE_ALIGN(off - from + len) : room);
	return true;
}

int devmap_load(devmap_cookie_t dhp, offset_t off, size_t len, uint_t type,
		uint_t rw)
{
	struct devmap *h = dhp;
	offset_t start, end;
	int rc = 0;

	if (!h || !devmap_is_asking(h->map->mm))
		return FC_MAKE_ERR(EINVAL);

	down_write(&h->map->lock);
	if (!devmap_range(h, off, len, &start, &end))
		rc = FC_MAKE_ERR(EINVAL);
	else if (!h->window.cookie)
		rc = FC_NOMAP;
	else
		devmap_remember(h, start, end);
	up_write(&h->map->lock);
	return rc;
}
EXPORT_SYMBOL(devmap_load);

int devmap_default_access(devmap_cookie_t dhp, void *pvtp, offset_t off,
			  size_t len, uint_t type, uint_t rw)
{
	return devmap_load(dhp, off, len, type, rw);
}
EXPORT_SYMBOL(devmap_default_access);

int devmap_unload(devmap_cookie_t dhp, offset_t off, size_t len)
{
	struct devmap *h = dhp;
	offset_t start, end;
	bool valid;

	might_sleep();
	if (!h)
		return FC_MAKE_ERR(EINVAL);
	down_write(&h->map->lock);
	valid = devmap_range(h, off, len, &start, &end);
	if (valid)
		devmap_forget(h, start, end);
	up_write(&h->map->lock);
	if (!valid)
		return FC_MAKE_ERR(EINVAL);
	/* Who entered a page before this has released the lock: none is missed. */
	devmap_zap(h, start, end);
	return 0;
}
EXPORT_SYMBOL(devmap_unload);
