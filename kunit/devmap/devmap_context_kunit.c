// SPDX-License-Identifier: GPL-2.0-only
/* devmap_context_kunit.c - devmap_do_ctxmgt() as devmap_access(9E) calls it */
#include <sys/sunddi.h>

#include <linux/cpumask.h>
#include <linux/jiffies.h>

#include "ddi_devmap/devmap_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

#define HANDLES	3

/* Handles without a mapping: two of a device, one of another. One case at a time. */
static struct devmap_map map;
static struct devmap handles[HANDLES];
static int private[HANDLES];

/* The last call of the driver's function, and the result that it shall return. */
static struct {
	int calls;
	devmap_cookie_t dhp;
	void *pvtp;
	offset_t off;
	size_t len;
	uint_t type, rw;
	int result;
} seen;

static int fix_access(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len, uint_t type,
		      uint_t rw)
{
	return FC_NOSUPPORT;
}

static int fix_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len, uint_t type,
		      uint_t rw)
{
	seen.calls++;
	seen.dhp = dhp;
	seen.pvtp = pvtp;
	seen.off = off;
	seen.len = len;
	seen.type = type;
	seen.rw = rw;
	return seen.result;
}

static int switch_to(int i)
{
	return devmap_do_ctxmgt(&handles[i], NULL, 0, PAGE_SIZE, DEVMAP_ACCESS, DEVMAP_READ,
				fix_ctxmgt);
}

/* D35: the handle's pointer, whatever is passed */
static void ctxmgt_gets_what_access_got(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, devmap_do_ctxmgt(&handles[1], &seen, 0x5000, 0x2000,
					       DEVMAP_LOCK, DEVMAP_WRITE, fix_ctxmgt), 0);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, seen.dhp, (devmap_cookie_t)&handles[1]);
	KUNIT_EXPECT_PTR_EQ(test, seen.pvtp, (void *)&private[1]);
	KUNIT_EXPECT_EQ(test, seen.off, 0x5000);
	KUNIT_EXPECT_EQ(test, seen.len, 0x2000);
	KUNIT_EXPECT_EQ(test, seen.type, DEVMAP_LOCK);
	KUNIT_EXPECT_EQ(test, seen.rw, DEVMAP_WRITE);
}

/* D35, D34 */
static void failures_are_hardware_errors(struct kunit *test)
{
	static const int results[] = { 1, -1, EINVAL, FC_PROT, FC_MAKE_ERR(EINTR) };
	size_t i;

	KUNIT_EXPECT_EQ(test, devmap_do_ctxmgt(NULL, NULL, 0, 1, 0, 0, fix_ctxmgt), FC_HWERR);
	KUNIT_EXPECT_EQ(test, devmap_do_ctxmgt(&handles[0], NULL, 0, 1, 0, 0, NULL), FC_HWERR);
	KUNIT_EXPECT_EQ(test, seen.calls, 0);
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		seen.result = results[i];
		KUNIT_EXPECT_EQ(test, switch_to(0), FC_HWERR);
	}
	seen.result = 0;
	KUNIT_EXPECT_EQ(test, switch_to(0), 0);
}

/* D35: at least so many ticks lie between two switches */
static void device_stays_for_its_ticks(struct kunit *test)
{
	unsigned long begin = jiffies;
	int i;

	if (num_online_cpus() == 1)
		kunit_skip(test, "one processor does not wait");
	devmap_set_ctx_timeout(&handles[0], 3);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, switch_to(i % 2), 0);
	KUNIT_EXPECT_GE(test, jiffies - begin, 3 * 3);
}

/* D35: ages, which these do not wait for */
static void others_need_not_wait(struct kunit *test)
{
	devmap_set_ctx_timeout(&handles[0], LONG_MAX);
	KUNIT_EXPECT_EQ(test, switch_to(0), 0);
	KUNIT_EXPECT_EQ(test, switch_to(0), 0);		/* it has the device */
	KUNIT_EXPECT_EQ(test, switch_to(2), 0);		/* another device */
	devmap_set_ctx_timeout(&handles[1], 0);		/* of the same context */
	KUNIT_EXPECT_EQ(test, switch_to(1), 0);
	devmap_set_ctx_timeout(&handles[1], -5);
	KUNIT_EXPECT_EQ(test, switch_to(0), 0);
	devmap_set_ctx_timeout(&handles[1], LONG_MIN);
	KUNIT_EXPECT_EQ(test, switch_to(1), 0);
	devmap_set_ctx_timeout(NULL, 5);
	KUNIT_EXPECT_EQ(test, seen.calls, 6);
}

/* D35: nothing has the device before the first switch, or after one that failed */
static void failed_switch_changes_nothing(struct kunit *test)
{
	devmap_set_ctx_timeout(&handles[0], LONG_MAX);
	seen.result = EIO;
	KUNIT_EXPECT_EQ(test, switch_to(0), FC_HWERR);
	seen.result = 0;
	KUNIT_EXPECT_EQ(test, switch_to(1), 0);
	seen.result = EIO;
	KUNIT_EXPECT_EQ(test, switch_to(1), FC_HWERR);
	seen.result = 0;
	KUNIT_EXPECT_EQ(test, switch_to(1), 0);
}

static int nested_result;

static int nesting_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			  uint_t type, uint_t rw)
{
	nested_result = switch_to(1);
	return 0;
}

/* D36: it would wait for itself */
static void switch_within_a_switch_is_misuse(struct kunit *test)
{
	EXPECT_MISUSE(test, devmap_do_ctxmgt(&handles[0], NULL, 0, 1, 0, 0, nesting_ctxmgt));
	KUNIT_EXPECT_EQ(test, nested_result, FC_HWERR);
	KUNIT_EXPECT_EQ(test, seen.calls, 0);
	KUNIT_EXPECT_EQ(test, switch_to(1), 0);
}

static int fix_init(struct kunit *test)
{
	int i;

	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < HANDLES; i++)
		handles[i] = (struct devmap) {
			.map = &map, .dev = i / 2,
			.pub.dh_pvtp = &private[i],
			.pub.dh_callbackops.devmap_access = fix_access,
		};
	return balance_init(test);
}

static void fix_exit(struct kunit *test)
{
	int i;

	for (i = 0; i < HANDLES; i++)
		devmap_context_leave(&handles[i]);
}

static struct kunit_case devmap_context_cases[] = {
	KUNIT_CASE(ctxmgt_gets_what_access_got),
	KUNIT_CASE(failures_are_hardware_errors),
	KUNIT_CASE(device_stays_for_its_ticks),
	KUNIT_CASE(others_need_not_wait),
	KUNIT_CASE(failed_switch_changes_nothing),
	KUNIT_CASE(switch_within_a_switch_is_misuse),
	{ }
};

static struct kunit_suite devmap_context_suite = {
	.name = "ddi_devmap_context",
	.init = fix_init,
	.exit = fix_exit,
	.test_cases = devmap_context_cases,
};

kunit_test_suite(devmap_context_suite);
