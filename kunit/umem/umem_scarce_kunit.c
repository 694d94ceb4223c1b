// SPDX-License-Identifier: GPL-2.0-only
/*
 * umem_scarce_kunit.c - ddi_umem_alloc() of more than half of the memory that is free
 *
 * These cases take so much that the page tables of vmalloc(), which stay, would look
 * like a loss: balance_init() is not for them.
 */
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "kunit/ddi_kunit.h"
#include "ddi_umem/umem_impl.h"

#define BALLAST_ORDER	get_order(SZ_1M)

static void drop_ballast(void *arg)
{
	struct list_head *ballast = arg;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, ballast, lru)
		__free_pages(page, BALLAST_ORDER);
}

/* Half of the machine's free memory is gone until the case ends. */
static void take_ballast(struct kunit *test)
{
	struct list_head *ballast = kunit_kzalloc(test, sizeof(*ballast), GFP_KERNEL);
	unsigned long rest = si_mem_available() / 2;
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, ballast);
	INIT_LIST_HEAD(ballast);
	while (si_mem_available() > rest) {
		page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, BALLAST_ORDER);
		if (!page)
			break;
		list_add(&page->lru, ballast);
	}
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, drop_ballast, ballast), 0);
}

/* Two objects of this size need more memory than there is, unless VMALLOC_TOTAL is small. */
static size_t more_than_half(void)
{
	size_t size = (si_mem_available() / 100 * 66) << PAGE_SHIFT;

	return min_t(size_t, size, VMALLOC_TOTAL / 4);
}

/* What CPUs keep for themselves, an eighth at most, counts neither as free nor as used. */
static bool is_surely_too_much(size_t size)
{
	return size >> PAGE_SHIFT > si_mem_available() + totalram_pages() / 8;
}

/* U16, U33: a request waits for freed memory that its work item has not given back yet */
static void sleep_gets_what_was_freed_just_now(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	size_t size;
	int i;

	take_ballast(test);
	size = more_than_half();
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_NOT_NULL(test, ddi_umem_alloc(size, DDI_UMEM_SLEEP, &cookie));
		ddi_umem_free(cookie);
	}
	umem_flush_deferred();
}

struct late_free {
	struct delayed_work work;
	ddi_umem_cookie_t cookie;
};

static void free_late(struct work_struct *work)
{
	struct late_free *late = container_of(work, struct late_free, work.work);

	ddi_umem_free(late->cookie);
}

/* U8, U33, X5: the request waits for memory that is freed later; no process is killed */
static void sleep_waits_for_what_is_freed_later(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	struct late_free late;
	bool must_wait;
	size_t size;

	take_ballast(test);
	size = more_than_half();
	INIT_DELAYED_WORK_ONSTACK(&late.work, free_late);
	ddi_umem_alloc(size, DDI_UMEM_SLEEP, &late.cookie);
	must_wait = is_surely_too_much(size);
	schedule_delayed_work(&late.work, HZ / 2);
	KUNIT_EXPECT_NOT_NULL(test, ddi_umem_alloc(size, DDI_UMEM_SLEEP, &cookie));
	if (must_wait)
		KUNIT_EXPECT_FALSE(test, delayed_work_pending(&late.work));
	flush_delayed_work(&late.work);
	destroy_delayed_work_on_stack(&late.work);
	ddi_umem_free(cookie);
	umem_flush_deferred();
}

static struct kunit_case umem_scarce_cases[] = {
	KUNIT_CASE(sleep_gets_what_was_freed_just_now),
	KUNIT_CASE(sleep_waits_for_what_is_freed_later),
	{ }
};

static struct kunit_suite umem_scarce_suite = {
	.name = "ddi_umem_scarce",
	.test_cases = umem_scarce_cases,
};

kunit_test_suite(umem_scarce_suite);
