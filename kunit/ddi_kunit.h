/* SPDX-License-Identifier: GPL-2.0-only */
/* ddi_kunit.h - helpers that all suites share */
#ifndef _DDI_KUNIT_H
#define _DDI_KUNIT_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "ddi_core/core.h"

/* Steps of a random case that takes @lean steps on a kernel without checkers. */
unsigned long ddi_kunit_steps(unsigned long lean);

/* Seed @rnd from the module parameter or anew, and say so. */
void ddi_kunit_seed(struct kunit *test, struct rnd_state *rnd);

/* Let long waits be reported after @ticks, until the case ends. */
void ddi_kunit_report_waits(struct kunit *test, unsigned long ticks);

/* How many lines of the kernel's log have @text in them? */
unsigned int ddi_kunit_logged(const char *text);

static inline unsigned long ddi_kunit_below(struct rnd_state *rnd, unsigned long n)
{
	return prandom_u32_state(rnd) % n;
}

/*
 * Of a timer on the CPU of the thread that it interrupts. Where spinlocks sleep, a hard
 * interrupt may not take one [X7].
 */
#define TICK_MODE	(IS_ENABLED(CONFIG_PREEMPT_RT) ? HRTIMER_MODE_REL_PINNED_SOFT :	\
							 HRTIMER_MODE_REL_PINNED)

/* @stmt is misuse: it is counted exactly once. */
#define EXPECT_MISUSE(test, stmt)					\
do {									\
	unsigned long __before = ddi_misuse_count();			\
									\
	stmt;								\
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - __before, 1);	\
} while (0)

/* @stmt is no misuse. */
#define EXPECT_NO_MISUSE(test, stmt)					\
do {									\
	unsigned long __before = ddi_misuse_count();			\
									\
	stmt;								\
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - __before, 0);	\
} while (0)

#endif /* _DDI_KUNIT_H */
