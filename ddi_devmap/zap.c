// SPDX-License-Identifier: GPL-2.0-only
/*
 * zap.c - take pages away from processes, and know when there are none
 *
 * Taking the pages of one process away by file offset visits all relatives that
 * fork has made of it, and takes theirs as well. A driver that unloads a thousand
 * relatives one by one would make a million visits. So a handle and its copies
 * count how often pages of all of them were taken, and a handle remembers the
 * count at which a page was last entered: if all were taken after that, it has
 * none.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/atomic.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>

/**
 * struct devmap_kin - what a handle and the copies that fork made of it share
 * @refs: one for each of these handles
 * @start: user offset of the first byte that any of them may show
 * @end: where that ends
 * @begun: how often the pages of all of them were about to be taken
 * @done: the highest of these numbers for which they were
 */
struct devmap_kin {
	refcount_t refs;
	offset_t start;
	offset_t end;
	atomic_long_t begun;
	atomic_long_t done;
};

static void raise_to(atomic_long_t *number, long to)
{
	long old = atomic_long_read(number);

	while (old < to && !atomic_long_try_cmpxchg(number, &old, to))
		;
}

/* Before a copy of @h is made for a fork. If memory is short, they share no kin. */
void devmap_kin_create(struct devmap *h)
{
	struct devmap_kin *kin;

	if (h->kin)
		return;
	kin = kmalloc(sizeof(*kin), GFP_KERNEL_ACCOUNT);
	if (!kin)
		return;
	*kin = (struct devmap_kin) { .start = h->start, .end = h->end };
	refcount_set(&kin->refs, 1);
	atomic_long_set(&kin->begun, 1);
	down_write(&h->map->lock);
	/* It may have entered pages already. */
	atomic_long_set(&h->entered, 1);
	WRITE_ONCE(h->kin, kin);
	up_write(&h->map->lock);
}

/* @to is a copy of @h, in the same process or, without any pages, in a child. */
void devmap_kin_get(struct devmap *to, const struct devmap *h)
{
	lockdep_assert_held(&h->map->lock);
	to->kin = h->kin;
	if (to->kin)
		refcount_inc(&to->kin->refs);
	atomic_long_set(&to->entered,
			to->map == h->map ? atomic_long_read(&h->entered) : -1);
}

void devmap_kin_put(struct devmap *h)
{
	if (h->kin && refcount_dec_and_test(&h->kin->refs))
		kfree(h->kin);
}

/*
 * A page was entered. The count is read after that: a zap that has begun later
 * finds the page. Pairs with the increment in devmap_zap().
 */
void devmap_note_entered(struct devmap *h)
{
	lockdep_assert_held(&h->map->lock);
	if (!h->kin)
		return;
	smp_mb();	/* the page before the count; see above */
	raise_to(&h->entered, atomic_long_read(&h->kin->begun));
}

/* Linux enters a page of @h when this fault has let go of the lock: nobody knows when. */
void devmap_note_entering(struct devmap *h)
{
	lockdep_assert_held(&h->map->lock);
	if (h->kin)
		raise_to(&h->entered, LONG_MAX);
}

/* May the process have pages of it, or of what the driver takes for it? */
bool devmap_must_zap(const struct devmap *h)
{
	lockdep_assert_held_write(&h->map->lock);
	return !h->kin || h->twin ||
	       atomic_long_read(&h->kin->done) <= atomic_long_read(&h->entered);
}

/*
 * Drop translations of [start, end) of a handle. The caller has made sure that
 * no more of them are entered, under the map's lock.
 */
void devmap_zap(struct devmap *h, offset_t start, offset_t end)
{
	struct devmap_kin *kin = READ_ONCE(h->kin);
	long number;

	if (!kin || start > kin->start || end < kin->end) {
		devmap_zap_offsets(h->map, start, end);
		return;
	}
	number = atomic_long_inc_return(&kin->begun);
	devmap_zap_offsets(h->map, start, end);
	raise_to(&kin->done, number);
}
