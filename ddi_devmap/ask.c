// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.c - running devmap_access(9E) callbacks, and what they have answered
 *
 * devmap_load(9F) is for the current process during its fault, and a driver may
 * call it for any handle of the process: so running callbacks are found by
 * task.
 *
 * A refusal must be kept for a moment. The callback runs without the mmap lock,
 * and a fault handler that has dropped it cannot say anything but that the fault
 * is to be made again. The fault that comes again takes the answer.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ddi_core/core.h"
#include "ddi_devmap/doing.h"

/**
 * struct devmap_question - a devmap_access(9E) callback that is running
 * @doing: by the process
 * @h: the handle that it was called for
 * @off: user offset of the page that was touched
 * @depth: how many others of the process it runs in, whose callbacks touch memory
 * @loaded: the page was loaded by the task, which has not taken it away since
 * @replaced: how often the task replaced the memory of @h itself
 * @interruptible: a signal may end it, and the access is made again
 *
 * On the stack of the task, which alone changes it.
 */
struct devmap_question {
	struct devmap_doing doing;
	const struct devmap *h;
	offset_t off;
	unsigned int depth;
	bool loaded;
	unsigned int replaced;
	bool interruptible;
};

static struct devmap_question *question_of(const struct mm_struct *mm)
{
	struct devmap_doing *doing = devmap_doing(mm);

	return doing ? container_of(doing, struct devmap_question, doing) : NULL;
}

/* Does this task run a devmap_access(9E) callback for that process? */
bool devmap_is_asking(const struct mm_struct *mm)
{
	return question_of(mm);
}

/* The task has loaded pages, or taken them away again. */
void devmap_note_load(const struct devmap_map *map, offset_t start, offset_t end, bool loaded)
{
	struct devmap_question *q = question_of(map->mm);

	if (q && q->h->map == map && q->off >= start && q->off < end)
		q->loaded = loaded;
}

void devmap_note_replace(const struct devmap *h)
{
	struct devmap_question *q = question_of(h->map->mm);

	if (!q || q->h != h)
		return;
	q->replaced++;
	/* Where nothing is left to be loaded the access fails. */
	q->loaded = devmap_view_is_empty(&h->view);
}

/* May a wait of the callback for @h end with EINTR before a signal kills the task? */
bool devmap_is_interruptible(const struct devmap *h)
{
	struct devmap_question *q = question_of(h->map->mm);

	return q && q->interruptible;
}

/*
 * A callback may copy to memory of the process that the driver must be asked for,
 * too. One that is given the address of its own page would be called for ever.
 */
#define DEPTH_MAX	3U

static int devmap_is_too_deep(struct devmap *h, offset_t off)
{
	if (!xchg(&h->is_reported, true))
		ddi_misuse("devmap_access", "devmap", h->pub.dh_callbackops.devmap_access,
			   "touches memory for which it is called itself, at last offset %#llx: the access fails",
			   off);
	return FC_MAKE_ERR(EDEADLK);
}

/*
 * Ask the driver for a page; the handle is in use. *@changed: another thread
 * has put other memory behind it meanwhile, so that a refusal means nothing.
 */
int devmap_ask(struct devmap *h, offset_t off, uint_t rw, bool interruptible, bool *changed)
{
	const struct devmap_question *outer = question_of(h->map->mm);
	struct devmap_question q = {
		.h = h, .off = off, .depth = outer ? outer->depth + 1 : 0,
		.interruptible = interruptible,
	};
	unsigned int changes = READ_ONCE(h->changes);
	int rc;

	*changed = false;
	if (q.depth > DEPTH_MAX)
		return devmap_is_too_deep(h, off);
	devmap_doing_begin(&q.doing, h->map->mm);
	rc = h->pub.dh_callbackops.devmap_access(h, h->pub.dh_pvtp, off,
						 PAGE_SIZE, DEVMAP_ACCESS, rw);
	devmap_doing_end(&q.doing);
	*changed = READ_ONCE(h->changes) - changes != q.replaced;
	if (!rc && !q.loaded && !*changed && !xchg(&h->is_reported, true))
		ddi_misuse("devmap_access", "devmap", h->pub.dh_callbackops.devmap_access,
			   "returned 0 for offset %#llx, which is not loaded then: the access is made again, for ever",
			   off);
	return rc;
}

/**
 * struct devmap_answer - a refusal, for the fault that comes again
 * @node: in map->answers
 * @task: whose fault that is
 * @off: user offset of the page
 * @rc: the fault code
 * @until: jiffies up to which a fault that does not say that it comes again may
 *	have it
 */
struct devmap_answer {
	struct list_head node;
	const struct task_struct *task;
	offset_t off;
	int rc;
	unsigned long until;
};

/* More than that were not waited for: tasks that got a signal first. */
#define ANSWERS_MAX	64

static struct devmap_answer *answer_find(struct devmap_map *map)
{
	struct devmap_answer *answer;

	lockdep_assert_held_write(&map->lock);
	list_for_each_entry(answer, &map->answers, node)
		if (answer->task == current)
			return answer;
	return NULL;
}

static void answer_drop(struct devmap_map *map, struct devmap_answer *answer)
{
	list_del(&answer->node);
	WRITE_ONCE(map->nr_answers, map->nr_answers - 1);
	kfree(answer);
}

/* Without memory for it, the driver is asked once more. */
void devmap_keep_answer(struct devmap_map *map, offset_t off, int rc)
{
	struct devmap_answer *new = kmalloc(sizeof(*new), GFP_KERNEL_ACCOUNT), *old;

	if (!new)
		return;
	*new = (struct devmap_answer) {
		.task = current, .off = off, .rc = rc, .until = jiffies + HZ,
	};
	down_write(&map->lock);
	old = answer_find(map);
	if (!old && map->nr_answers == ANSWERS_MAX)
		old = list_last_entry(&map->answers, struct devmap_answer, node);
	if (old)
		answer_drop(map, old);
	list_add(&new->node, &map->answers);
	WRITE_ONCE(map->nr_answers, map->nr_answers + 1);
	up_write(&map->lock);
}

/*
 * Only for a fault that comes again: others would get what is out of date, of an
 * access that a signal has ended. Linux says so of each but those of MAP_POPULATE
 * and mlock(2), which would come again for ever: the kernel itself may have a
 * refusal that is new.
 */
bool devmap_take_answer(struct devmap_map *map, offset_t off, unsigned int flags, int *rc)
{
	bool again = flags & FAULT_FLAG_TRIED, by_kernel = !(flags & FAULT_FLAG_USER);
	struct devmap_answer *answer;
	bool found = false;

	if (!READ_ONCE(map->nr_answers))
		return false;
	down_write(&map->lock);
	answer = answer_find(map);
	if (answer) {
		found = answer->off == off &&
			(again || (by_kernel && time_before(jiffies, answer->until)));
		*rc = answer->rc;
		answer_drop(map, answer);
	}
	up_write(&map->lock);
	return found;
}

void devmap_drop_answers(struct devmap_map *map)
{
	struct devmap_answer *answer, *next;

	list_for_each_entry_safe(answer, next, &map->answers, node)
		kfree(answer);
}
