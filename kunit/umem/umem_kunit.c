// SPDX-License-Identifier: GPL-2.0-only
/* umem_kunit.c - ddi_umem_alloc() and ddi_umem_free(), seen from the kernel */
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "kunit/ddi_kunit.h"
#include "ddi_umem/umem_impl.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"

#define BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)

struct umem_size_case {
	const char *name;
	size_t size;
	int flag;
};

/* One for each way of getting memory. */
static const struct umem_size_case umem_sizes[] = {
	{ "one byte", 1, DDI_UMEM_SLEEP },
	{ "one page", PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "a page and a byte", PAGE_SIZE + 1, DDI_UMEM_SLEEP },
	{ "block of 16 pages", 16 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "17 pages less 5 bytes", 17 * PAGE_SIZE - 5, DDI_UMEM_SLEEP },
	{ "largest block and a page", BLOCK_MAX + PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "pageable", 3 * PAGE_SIZE, DDI_UMEM_PAGEABLE },
	{ "nosleep, one page", PAGE_SIZE, DDI_UMEM_NOSLEEP },
	{ "nosleep, 5 pages", 5 * PAGE_SIZE, DDI_UMEM_NOSLEEP },
	{ "nosleep, pageable", 2 * PAGE_SIZE, DDI_UMEM_NOSLEEP | DDI_UMEM_PAGEABLE },
	{ "unknown flag bits", 2 * PAGE_SIZE, 0x70 },
};

KUNIT_ARRAY_PARAM_DESC(umem_size, umem_sizes, name);

static void free_cookie(void *cookie)
{
	ddi_umem_free(cookie);
}

/* Memory that goes with the test case. */
static void *alloc(struct kunit *test, size_t size, int flag, ddi_umem_cookie_t *cookie)
{
	void *p = ddi_umem_alloc(size, flag, cookie);

	KUNIT_ASSERT_NOT_NULL(test, *cookie);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_cookie, *cookie), 0);
	return p;
}

static bool is_filled(const void *p, u8 byte, size_t size)
{
	return !memchr_inv(p, byte, size);
}

/* U2: KM_SLEEP and KM_NOSLEEP are passed as well */
static void flags_have_the_documented_values(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, DDI_UMEM_SLEEP, 0);
	KUNIT_EXPECT_EQ(test, DDI_UMEM_NOSLEEP, 1);
	KUNIT_EXPECT_EQ(test, DDI_UMEM_PAGEABLE, 2);
	KUNIT_EXPECT_EQ(test, DDI_UMEM_TRASH, 4);
}

/* U3 */
static void cookie_is_null_after_failure(struct kunit *test)
{
	ddi_umem_cookie_t cookie = test;

	KUNIT_EXPECT_NULL(test, ddi_umem_alloc(0, DDI_UMEM_SLEEP, &cookie));
	KUNIT_EXPECT_NULL(test, cookie);
}

/* U3 */
static void no_place_for_the_cookie_is_misuse(struct kunit *test)
{
	void *p = test;

	EXPECT_MISUSE(test, p = ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, NULL));
	KUNIT_EXPECT_NULL(test, p);
}

/* U4, U6, U10, U11, U20, U26, X6 */
static void size_is_rounded_to_pages_and_usable(struct kunit *test)
{
	const struct umem_size_case *c = test->param_value;
	size_t size = PAGE_ALIGN(c->size);
	struct ddi_umem_cookie *k;
	ddi_umem_cookie_t cookie;
	void *p = alloc(test, c->size, c->flag, &cookie);

	k = cookie;
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(p));
	KUNIT_EXPECT_EQ(test, k->size, size);
	KUNIT_EXPECT_PTR_EQ(test, (void *)k->cvaddr, p);
	KUNIT_EXPECT_EQ(test, k->type, c->flag & DDI_UMEM_PAGEABLE ?
				       KMEM_PAGEABLE : KMEM_NON_PAGEABLE);
	KUNIT_EXPECT_TRUE(test, is_filled(p, 0, size));
	memset(p, 0x5a, size);
	KUNIT_EXPECT_TRUE(test, is_filled(p, 0x5a, size));
}

/* U22, X3: what a process maps can outlive the object page by page */
static void each_page_has_its_own_reference(struct kunit *test)
{
	const struct umem_size_case *c = test->param_value;
	ddi_umem_cookie_t cookie;
	void *p = alloc(test, c->size, c->flag, &cookie);
	size_t off;

	if (((struct umem *)cookie)->pageable)
		kunit_skip(test, "the pages are a file's");
	for (off = 0; off < c->size; off += PAGE_SIZE) {
		struct page *page = is_vmalloc_addr(p) ? vmalloc_to_page(p + off) :
							 virt_to_page(p + off);

		KUNIT_ASSERT_EQ(test, page_count(page), 1);
		KUNIT_ASSERT_FALSE(test, PageCompound(page));
	}
}

/* U25 */
static void memory_is_zeroed_on_reuse(struct kunit *test)
{
	const struct umem_size_case *c = test->param_value;
	ddi_umem_cookie_t cookie;
	int i;

	for (i = 0; i < 20; i++) {
		u8 *p = ddi_umem_alloc(c->size, c->flag, &cookie);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_filled(p, 0, PAGE_ALIGN(c->size)));
		memset(p, 0xff, PAGE_ALIGN(c->size));
		ddi_umem_free(cookie);
		umem_flush_deferred();
	}
}

/* U5 */
static void size_zero_gives_null(struct kunit *test)
{
	static const int flags[] = { 0, DDI_UMEM_NOSLEEP, DDI_UMEM_PAGEABLE, DDI_UMEM_TRASH };
	ddi_umem_cookie_t cookie;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		cookie = test;
		KUNIT_EXPECT_NULL(test, ddi_umem_alloc(0, flags[i], &cookie));
		KUNIT_EXPECT_NULL(test, cookie);
	}
}

/* U5 */
static void size_that_rounds_to_zero_gives_null(struct kunit *test)
{
	ddi_umem_cookie_t cookie = test;

	KUNIT_EXPECT_NULL(test, ddi_umem_alloc(SIZE_MAX, DDI_UMEM_SLEEP, &cookie));
	KUNIT_EXPECT_NULL(test, cookie);
	KUNIT_EXPECT_NULL(test, ddi_umem_alloc(SIZE_MAX - PAGE_SIZE + 2, DDI_UMEM_SLEEP, &cookie));
}

/* U7, U31, X2: no sleep, no splat, nothing left behind */
static void nosleep_above_the_largest_block_gives_null(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	ddi_umem_cookie_t cookie = test;
	void *p;

	spin_lock(&lock);
	p = ddi_umem_alloc(BLOCK_MAX + 1, DDI_UMEM_NOSLEEP, &cookie);
	spin_unlock(&lock);
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, cookie);
}

/* X2: a read side of RCU must not sleep, though it may be preempted */
static void nosleep_under_rcu_gives_no_scattered_pages(struct kunit *test)
{
	ddi_umem_cookie_t cookie = test;
	void *p;

	rcu_read_lock();
	p = ddi_umem_alloc(BLOCK_MAX + 1, DDI_UMEM_NOSLEEP, &cookie);
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, cookie);
}

/* X2: a caller that could sleep gets scattered pages, at once */
static void nosleep_where_sleep_is_safe_gets_scattered_pages(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	size_t size = BLOCK_MAX + PAGE_SIZE;
	void *p;

	if (!IS_ENABLED(CONFIG_PREEMPT_COUNT) || size > SZ_64M)
		kunit_skip(test, "nothing tells that it is safe, or blocks are very large");
	p = alloc(test, size, DDI_UMEM_NOSLEEP, &cookie);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_TRUE(test, is_filled(p, 0, size));
	KUNIT_EXPECT_NULL(test, ddi_umem_alloc(totalram_pages() << PAGE_SHIFT, DDI_UMEM_NOSLEEP,
					       &cookie));
}

/* U32: Q8 */
static void sleep_for_more_than_there_is_gives_null(struct kunit *test)
{
	ddi_umem_cookie_t cookie = test;

	KUNIT_EXPECT_NULL(test, ddi_umem_alloc(SIZE_MAX / 2, DDI_UMEM_SLEEP, &cookie));
	KUNIT_EXPECT_NULL(test, cookie);
	KUNIT_EXPECT_NULL(test, ddi_umem_alloc((totalram_pages() + 1) << PAGE_SHIFT,
					       DDI_UMEM_PAGEABLE, &cookie));
}

/* U12, U14 */
static void trash_has_a_cookie_and_no_address(struct kunit *test)
{
	struct ddi_umem_cookie *k;
	ddi_umem_cookie_t cookie;
	size_t size = (SIZE_MAX >> 1) - 2 * PAGE_SIZE + 1;

	KUNIT_EXPECT_NULL(test, alloc(test, size, DDI_UMEM_TRASH, &cookie));
	k = cookie;
	KUNIT_EXPECT_EQ(test, k->size, size);
	KUNIT_EXPECT_EQ(test, k->type, UMEM_TRASH);
	KUNIT_EXPECT_NULL(test, alloc(test, 1, DDI_UMEM_TRASH | DDI_UMEM_NOSLEEP, &cookie));
}

/* U13 */
static void pageable_trash_is_misuse_and_pageable(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p;

	EXPECT_MISUSE(test, p = alloc(test, 1, DDI_UMEM_PAGEABLE | DDI_UMEM_TRASH, &cookie));
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, ((struct ddi_umem_cookie *)cookie)->type, KMEM_PAGEABLE);
}

/* U17 */
static void free_of_null_does_nothing(struct kunit *test)
{
	EXPECT_NO_MISUSE(test, ddi_umem_free(NULL));
}

/* U19 */
static void double_free_is_misuse(struct kunit *test)
{
	const struct umem_size_case *c = test->param_value;
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(c->size, c->flag, &cookie);
	KUNIT_ASSERT_NOT_NULL(test, cookie);
	EXPECT_NO_MISUSE(test, ddi_umem_free(cookie));
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
	umem_flush_deferred();
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
}

/* U19 */
static void free_with_an_unknown_type_is_misuse_and_no_change(struct kunit *test)
{
	struct ddi_umem_cookie *k;
	ddi_umem_cookie_t cookie;
	u8 *p = alloc(test, PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);

	k = cookie;
	k->type = 0x12345;
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
	k->type = KMEM_NON_PAGEABLE;
	*p = 1;
}

/* U19, U21: a driver frees its own cookies itself */
static void free_of_a_driver_made_cookie_is_misuse(struct kunit *test)
{
	struct ddi_umem_cookie own = { .size = PAGE_SIZE, .type = KMEM_NON_PAGEABLE };

	EXPECT_MISUSE(test, ddi_umem_free(&own));
}

/* U19: small numbers lie where no descriptor is, though one could be at such an offset */
static void free_of_a_small_number_is_misuse(struct kunit *test)
{
	unsigned long at;

	for (at = sizeof(struct umem); at < PAGE_SIZE; at += sizeof(struct umem))
		EXPECT_MISUSE(test, ddi_umem_free((ddi_umem_cookie_t)at));
}

/* U9, U22: memory that could not be had in one piece is mapped page by page, one page, too */
static void memory_without_a_block_is_usable(struct kunit *test)
{
	static const int flags[] = { DDI_UMEM_SLEEP, DDI_UMEM_NOSLEEP };
	ddi_umem_cookie_t cookie;
	unsigned int i, pages;
	void *p;

	need_faults(test);
	umem_page_cache_drain();
	for (i = 0; i < 2 * ARRAY_SIZE(flags); i++) {
		pages = i & 1 ? 3 : 1;
		fail_percent(DDI_FAIL_BLOCKS, 100);
		p = ddi_umem_alloc(pages * PAGE_SIZE, flags[i / 2], &cookie);
		KUNIT_EXPECT_GT(test, fail_percent(DDI_FAIL_BLOCKS, 0), 0);
		KUNIT_EXPECT_TRUE(test, p || flags[i / 2] == DDI_UMEM_NOSLEEP);
		if (!p)
			continue;
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		memset(p, 1, pages * PAGE_SIZE);
		ddi_umem_free(cookie);
	}
}

/* U8: a process that is being killed gets its memory too */
static void sleep_succeeds_for_a_killed_thread(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	bool fatal;
	void *p;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	fatal = fatal_signal_pending(current);
	p = ddi_umem_alloc(100 * PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_TRUE(test, fatal);
	KUNIT_EXPECT_NOT_NULL(test, p);
	ddi_umem_free(cookie);
}

/* U7, U31: whichever allocation fails, all or nothing */
static void nosleep_failure_leaves_no_trace(struct kunit *test)
{
	int n, failed = 0;

	need_faults(test);
	for (n = 1; n < 30; n++) {
		ddi_umem_cookie_t cookie = test;
		void *p;

		fail_nth(n);
		p = ddi_umem_alloc(4 * PAGE_SIZE, DDI_UMEM_NOSLEEP, &cookie);
		fail_nth(0);
		KUNIT_EXPECT_EQ(test, !p, !cookie);
		failed += !p;
		ddi_umem_free(cookie);
	}
	KUNIT_EXPECT_GT(test, failed, 0);
}

static void memory_is_back(struct work_struct *work)
{
	fail_percent(DDI_FAIL_PAGES, 0);
}

/* U8, X24: a thread that waits long for memory is named in the log, and gets it */
static void long_wait_for_memory_is_reported(struct kunit *test)
{
	struct delayed_work later;
	ddi_umem_cookie_t cookie;
	unsigned int before;
	char text[64];

	need_faults(test);
	snprintf(text, sizeof(text), " s for %lu KiB", 7 * PAGE_SIZE >> 10);
	before = ddi_kunit_logged(text);
	ddi_kunit_report_waits(test, HZ / 10);
	INIT_DELAYED_WORK_ONSTACK(&later, memory_is_back);
	fail_percent(DDI_FAIL_PAGES, 100);
	schedule_delayed_work(&later, HZ / 2);
	KUNIT_EXPECT_NOT_NULL(test, ddi_umem_alloc(7 * PAGE_SIZE, DDI_UMEM_SLEEP, &cookie));
	flush_delayed_work(&later);
	destroy_delayed_work_on_stack(&later);
	KUNIT_EXPECT_GT(test, ddi_kunit_logged(text), before);
	ddi_umem_free(cookie);
}

static struct kunit_case umem_cases[] = {
	KUNIT_CASE(flags_have_the_documented_values),
	KUNIT_CASE(cookie_is_null_after_failure),
	KUNIT_CASE(no_place_for_the_cookie_is_misuse),
	KUNIT_CASE_PARAM(size_is_rounded_to_pages_and_usable, umem_size_gen_params),
	KUNIT_CASE_PARAM(each_page_has_its_own_reference, umem_size_gen_params),
	KUNIT_CASE_PARAM(memory_is_zeroed_on_reuse, umem_size_gen_params),
	KUNIT_CASE(size_zero_gives_null),
	KUNIT_CASE(size_that_rounds_to_zero_gives_null),
	KUNIT_CASE(nosleep_above_the_largest_block_gives_null),
	KUNIT_CASE(nosleep_under_rcu_gives_no_scattered_pages),
	KUNIT_CASE(nosleep_where_sleep_is_safe_gets_scattered_pages),
	KUNIT_CASE(sleep_for_more_than_there_is_gives_null),
	KUNIT_CASE(trash_has_a_cookie_and_no_address),
	KUNIT_CASE(pageable_trash_is_misuse_and_pageable),
	KUNIT_CASE(free_of_null_does_nothing),
	KUNIT_CASE_PARAM(double_free_is_misuse, umem_size_gen_params),
	KUNIT_CASE(free_with_an_unknown_type_is_misuse_and_no_change),
	KUNIT_CASE(free_of_a_driver_made_cookie_is_misuse),
	KUNIT_CASE(free_of_a_small_number_is_misuse),
	KUNIT_CASE(memory_without_a_block_is_usable),
	KUNIT_CASE(sleep_succeeds_for_a_killed_thread),
	KUNIT_CASE(nosleep_failure_leaves_no_trace),
	KUNIT_CASE(long_wait_for_memory_is_reported),
	{ }
};

static struct kunit_suite umem_suite = {
	.name = "ddi_umem",
	.init = balance_init,
	.test_cases = umem_cases,
};

kunit_test_suite(umem_suite);
