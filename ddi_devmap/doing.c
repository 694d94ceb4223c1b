// SPDX-License-Identifier: GPL-2.0-only
/*
 * doing.c - what a task is doing further up on its stack
 *
 * A driver's function that we call may call us again, through an interface that does
 * not hand on the first call. A hash by task finds that call.
 */
#include "ddi_devmap/doing.h"

#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#define BUCKET_BITS	6

static struct doing_bucket {
	spinlock_t lock;	/* guards the list */
	struct hlist_head head;
} doing_buckets[1 << BUCKET_BITS] = {
	[0 ... (1 << BUCKET_BITS) - 1] = { .lock = __SPIN_LOCK_UNLOCKED(doing_buckets.lock) },
};

static struct doing_bucket *bucket_of(const struct task_struct *task)
{
	return &doing_buckets[hash_ptr(task, BUCKET_BITS)];
}

void devmap_doing_begin(struct devmap_doing *doing, const void *key)
{
	struct doing_bucket *bucket = bucket_of(current);

	doing->task = current;
	doing->key = key;
	spin_lock(&bucket->lock);
	hlist_add_head(&doing->node, &bucket->head);
	spin_unlock(&bucket->lock);
}

void devmap_doing_end(struct devmap_doing *doing)
{
	struct doing_bucket *bucket = bucket_of(current);

	spin_lock(&bucket->lock);
	hlist_del(&doing->node);
	spin_unlock(&bucket->lock);
}

/* It stays after the lock: only the task itself takes it away. */
struct devmap_doing *devmap_doing(const void *key)
{
	struct doing_bucket *bucket = bucket_of(current);
	struct devmap_doing *doing;

	spin_lock(&bucket->lock);
	hlist_for_each_entry(doing, &bucket->head, node)
		if (doing->task == current && doing->key == key)
			break;
	spin_unlock(&bucket->lock);
	return doing;
}
