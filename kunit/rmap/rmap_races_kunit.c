// SPDX-License-Identifier: GPL-2.0-only
/* rmap_races_kunit.c - what interrupts do to a map in the middle of an addition */
#include <linux/hrtimer.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/rmap_helpers.h"

/* Units before the gap that the addition fills, and behind it. */
#define BEFORE	64UL
#define BEHIND	4096UL
#define GAP	(1 + BEFORE)
#define FIRST	(GAP + 1)
#define LAST	(FIRST + BEHIND - 1)

struct joining {
	struct hrtimer timer;
	struct map *mp;
	unsigned long held;	/* where the interrupt has two units, or 0 */
	unsigned long seen, failed, destroyed;
};

/* The address at which the two spans that are being joined meet, behind the gap. */
static unsigned long seam_now(struct joining *j)
{
	vmem_t *vm = j->mp->arena;
	unsigned long flags, at;

	spin_lock_irqsave(&vm->lock, flags);
	at = rb_entry(rb_last(&vm->spans.rb_root), struct vmem_span, by_addr)->seg.start;
	spin_unlock_irqrestore(&vm->lock, flags);
	return at > FIRST + 1 && at < LAST ? at : 0;
}

/* Free the units at both sides of the seam: then the two fit there at once. */
static enum hrtimer_restart joining_tick(struct hrtimer *timer)
{
	struct joining *j = container_of(timer, struct joining, timer);
	unsigned long at = seam_now(j), got;

	hrtimer_forward_now(timer, 50 * NSEC_PER_USEC);
	if (!at || at - 1 < j->held + 2)
		return HRTIMER_RESTART;
	j->seen++;
	rmfree(j->mp, 1, j->seen & 1 ? at - 1 : at);
	rmfree(j->mp, 1, j->seen & 1 ? at : at - 1);
	got = rmalloc(j->mp, 2);
	j->failed += got != at - 1;
	j->held = at - 1;
	if (j->seen == 1) {
		unsigned long before = ddi_misuse_count();

		rmfreemap(j->mp);
		j->destroyed += ddi_misuse_count() == before;
	}
	return HRTIMER_RESTART;
}

static struct joining *joining_make(struct kunit *test)
{
	struct joining *j = kunit_kzalloc(test, sizeof(*j), GFP_KERNEL);
	unsigned long at;

	KUNIT_ASSERT_NOT_NULL(test, j);
	j->mp = map_make(test, 2 * BEHIND, BEFORE, 1);
	rmfree(j->mp, BEHIND, FIRST);
	for (at = 0; at < BEFORE + BEHIND; at++)
		rmalloc(j->mp, 1);
	return j;
}

/* R22, R24, V34, V61, V110: the moving seam hides no free space */
static void free_at_the_seam_joins_at_once(struct kunit *test)
{
	unsigned long seen = 0;
	struct joining *j;
	int round;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "interrupts cannot take the arena's lock here [X7]");
	/* An emulated timer may come too late in many rounds. */
	for (round = 0; round < 200 && seen <= 10; round++) {
		j = joining_make(test);
		hrtimer_setup(&j->timer, joining_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED);
		migrate_disable();
		hrtimer_start(&j->timer, 0, HRTIMER_MODE_REL_PINNED);
		rmfree(j->mp, 1, GAP);
		migrate_enable();
		hrtimer_cancel(&j->timer);
		KUNIT_EXPECT_EQ(test, j->failed, 0);
		KUNIT_EXPECT_EQ(test, j->destroyed, 0);
		KUNIT_EXPECT_EQ(test, rmalloc(j->mp, 1), GAP);
		KUNIT_EXPECT_TRUE(test, vmem_verify(j->mp->arena));
		seen += j->seen;
		map_drop(test, j->mp);
	}
	KUNIT_EXPECT_GT(test, seen, 0);
}

static struct kunit_case rmap_races_cases[] = {
	KUNIT_CASE(free_at_the_seam_joins_at_once),
	{}
};

static struct kunit_suite rmap_races_suite = {
	.name = "ddi_rmap_races",
	.init = balance_init,
	.test_cases = rmap_races_cases,
};

kunit_test_suite(rmap_races_suite);
