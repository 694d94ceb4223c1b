// SPDX-License-Identifier: GPL-2.0-only
/* ddi_kunit_main.c - what the suites share: the module, seed and effort */
#include <linux/kmsg_dump.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/string.h>

#include "kunit/ddi_kunit.h"

static unsigned long seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "Seed of the random cases (default 0: a new one, printed)");

static unsigned int effort = 100;
module_param(effort, uint, 0444);
MODULE_PARM_DESC(effort, "Length of the random cases in percent (default: 100)");

/* Checkers make everything slower; the cases stay the same. */
#if IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN)
#define SLOWDOWN	20
#elif IS_ENABLED(CONFIG_PROVE_LOCKING)
#define SLOWDOWN	5
#else
#define SLOWDOWN	1
#endif

unsigned long ddi_kunit_steps(unsigned long lean)
{
	return max(lean / 100 * effort / SLOWDOWN, 1000UL);
}

void ddi_kunit_seed(struct kunit *test, struct rnd_state *rnd)
{
	unsigned long use = seed ? seed : get_random_u32();

	kunit_info(test, "seed %lu (repeat with ddi_kunit.seed=%lu)", use, use);
	prandom_seed_state(rnd, use);
}

static void report_waits_as_ever(void *before)
{
	ddi_wait_report = (unsigned long)before;
}

void ddi_kunit_report_waits(struct kunit *test, unsigned long ticks)
{
	void *before = (void *)ddi_wait_report;

	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, report_waits_as_ever, before), 0);
	ddi_wait_report = ticks;
}

unsigned int ddi_kunit_logged(const char *text)
{
	struct kmsg_dump_iter at;
	unsigned int n = 0;
	char line[256];
	size_t len;

	kmsg_dump_rewind(&at);
	/* A line that is too long is cut by the kernel as well. */
	while (kmsg_dump_get_line(&at, false, line, sizeof(line), &len))
		n += !!strnstr(line, text, len);
	return n;
}

MODULE_DESCRIPTION("KUnit suites of ddi.ko");
MODULE_LICENSE("GPL");
/* MODULE_IMPORT_NS(), which takes a string or a token. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
