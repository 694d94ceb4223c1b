// SPDX-License-Identifier: GPL-2.0-only
/* pageable_kunit.c - ddi_umem_hold() and ddi_umem_release() */
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/faults.h"

#define SLEEP	(DDI_UMEM_PAGEABLE | DDI_UMEM_SLEEP)
#define NOSLEEP	(DDI_UMEM_PAGEABLE | DDI_UMEM_NOSLEEP)

/* Where pages are large, as many as a small guest has room for. */
enum {
	in_a_list = PAGE_SIZE / sizeof(void *),
	in_a_guest = SZ_16M / PAGE_SIZE,
	more_than_a_list = (in_a_list < in_a_guest ? in_a_list : in_a_guest) + 3,
};

struct pageable_case {
	const char *name;
	size_t pages;
	int flag;
};

static const struct pageable_case pageable_cases_table[] = {
	{ "one page", 1, SLEEP },
	{ "17 pages", 17, SLEEP },
	{ "more pages than one page can list", more_than_a_list, SLEEP },
	{ "nosleep, one page", 1, NOSLEEP },
	{ "nosleep, block with a tail", 5, NOSLEEP },
	{ "nosleep, larger than a block", MAX_ORDER_NR_PAGES + 1, NOSLEEP },
};

KUNIT_ARRAY_PARAM_DESC(pageable, pageable_cases_table, name);

static void free_cookie(void *cookie)
{
	ddi_umem_free(cookie);
}

/* A held object that goes with the test case. */
static void *alloc(struct kunit *test, size_t pages, int flag, ddi_umem_cookie_t *cookie)
{
	void *p;

	/* Releasing an object of a NOSLEEP call takes twice its size for a while. */
	if (pages > totalram_pages() / 8)
		kunit_skip(test, "too much for this machine");
	p = ddi_umem_alloc(pages << PAGE_SHIFT, flag, cookie);
	if (!p && pages > MAX_ORDER_NR_PAGES)
		kunit_skip(test, "no block is that large, or nothing tells that sleep is possible");
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_cookie, *cookie), 0);
	return p;
}

static void *alloc_case(struct kunit *test, ddi_umem_cookie_t *cookie)
{
	const struct pageable_case *c = test->param_value;

	return alloc(test, c->pages, c->flag, cookie);
}

/* Each page gets a pattern of its own, of its number and @seed. */
static void fill(void *p, size_t size, u32 seed)
{
	u32 *word;

	for (word = p; word < (u32 *)(p + size); word++)
		*word = seed ^ ((void *)word - p);
}

static bool is_filled(const void *p, size_t size, u32 seed)
{
	const u32 *word;

	for (word = p; word < (const u32 *)(p + size); word++)
		if (*word != (seed ^ ((const void *)word - p)))
			return false;
	return true;
}

static size_t size_of(ddi_umem_cookie_t cookie)
{
	return ((struct ddi_umem_cookie *)cookie)->size;
}

/* U10, X6 */
static void contents_survive_a_release(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p = alloc_case(test, &cookie);
	u32 seed;

	for (seed = 1; seed < 4; seed++) {
		fill(p, size_of(cookie), seed);
		ddi_umem_release(cookie);
		p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_filled(p, size_of(cookie), seed));
	}
}

/* U10: a device must not be given pages that Linux may take. */
static void pages_are_given_while_held_only(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	struct page *page;
	void *p = alloc_case(test, &cookie);

	KUNIT_ASSERT_EQ(test, ddi_umem_pages(cookie, 0, 1, &page), 0);
	KUNIT_EXPECT_PTR_EQ(test, page, is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p));
	ddi_umem_release(cookie);
	KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, 0, 1, &page), -EINVAL);
	KUNIT_ASSERT_NOT_NULL(test, ddi_umem_hold(cookie, DDI_UMEM_SLEEP));
	KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, 0, 1, &page), 0);
}

/* U10, U25: pages that were never touched are zero after a release, too */
static void untouched_memory_is_zero_after_a_release(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p;

	alloc_case(test, &cookie);
	ddi_umem_release(cookie);
	p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size_of(cookie)));
}

/* U20: the driver sees the address that is valid in the cookie */
static void cookie_has_the_address_while_held(struct kunit *test)
{
	struct ddi_umem_cookie *k;
	ddi_umem_cookie_t cookie;

	alloc_case(test, &cookie);
	k = cookie;
	ddi_umem_release(cookie);
	KUNIT_EXPECT_NULL(test, (void *)k->cvaddr);
	KUNIT_EXPECT_EQ(test, k->type, KMEM_PAGEABLE);
	KUNIT_EXPECT_PTR_EQ(test, ddi_umem_hold(cookie, DDI_UMEM_SLEEP), (void *)k->cvaddr);
	KUNIT_EXPECT_NOT_NULL(test, (void *)k->cvaddr);
}

/* X6: nothing is mapped at the old address, so a debugging kernel reports its use */
static void released_address_is_dead(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p = alloc(test, 3, SLEEP, &cookie);

	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_NOT_NULL(test, vmalloc_to_page(p));
	ddi_umem_release(cookie);
	KUNIT_EXPECT_NULL(test, vmalloc_to_page(p));
}

/* U10 */
static void holds_nest(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	u8 *p = alloc(test, 2, SLEEP, &cookie);

	KUNIT_EXPECT_PTR_EQ(test, ddi_umem_hold(cookie, DDI_UMEM_SLEEP), (void *)p);
	KUNIT_EXPECT_PTR_EQ(test, ddi_umem_hold(cookie, DDI_UMEM_NOSLEEP), (void *)p);
	ddi_umem_release(cookie);
	ddi_umem_release(cookie);
	*p = 1;
	EXPECT_NO_MISUSE(test, ddi_umem_release(cookie));
	EXPECT_MISUSE(test, ddi_umem_release(cookie));
}

static void expect_hold_misuse(struct kunit *test, ddi_umem_cookie_t cookie)
{
	void *p = test;

	EXPECT_MISUSE(test, p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP));
	KUNIT_EXPECT_NULL(test, p);
	EXPECT_MISUSE(test, ddi_umem_release(cookie));
}

/* G5: what is not pageable, not live, not ours or nothing */
static void other_cookies_are_misuse(struct kunit *test)
{
	struct ddi_umem_cookie own = { .size = PAGE_SIZE, .type = KMEM_PAGEABLE };
	ddi_umem_cookie_t locked, trash, freed;

	alloc(test, 1, DDI_UMEM_SLEEP, &locked);
	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_TRASH, &trash);
	ddi_umem_alloc(PAGE_SIZE, SLEEP, &freed);
	ddi_umem_free(freed);
	umem_flush_deferred();
	expect_hold_misuse(test, locked);
	expect_hold_misuse(test, trash);
	expect_hold_misuse(test, freed);
	expect_hold_misuse(test, &own);
	expect_hold_misuse(test, NULL);
	ddi_umem_free(trash);
}

struct hold_call {
	ddi_umem_cookie_t cookie;
	void *p;
};

static void call_hold(void *arg)
{
	struct hold_call *c = arg;

	c->p = ddi_umem_hold(c->cookie, DDI_UMEM_NOSLEEP);
}

static void call_free(void *arg)
{
	struct hold_call *c = arg;

	ddi_umem_free(c->cookie);
}

/* U7, U10, X1: the flag says whether it may sleep */
static void nosleep_hold_gets_what_needs_no_sleep(struct kunit *test)
{
	struct hold_call c = { };
	void *p = alloc(test, 3, SLEEP, &c.cookie);

	ddi_run_in(ddi_context_of(test), call_hold, &c);
	KUNIT_EXPECT_PTR_EQ(test, c.p, p);
	fill(p, size_of(c.cookie), 7);
	ddi_umem_release(c.cookie);
	ddi_umem_release(c.cookie);
	ddi_run_in(ddi_context_of(test), call_hold, &c);
	if (ddi_context_is_known_atomic(ddi_context_of(test))) {
		KUNIT_EXPECT_NULL(test, c.p);
		c.p = ddi_umem_hold(c.cookie, DDI_UMEM_SLEEP);
	} else if (!c.p) {
		kunit_skip(test, "nothing tells that sleep is possible, or a page was busy");
	}
	KUNIT_ASSERT_NOT_NULL(test, c.p);
	KUNIT_EXPECT_TRUE(test, is_filled(c.p, size_of(c.cookie), 7));
}

static unsigned int live_pageables(struct kunit *test)
{
	const char *text = debugfs_text(test, "umem");
	unsigned int n = 0;

	while ((text = strstr(text, " released ")) && text++)
		n++;
	return n;
}

/* U18: a released object and a held one, with a file and without */
static void object_is_freed_in_any_context(struct kunit *test)
{
	static const int flags[] = { SLEEP, NOSLEEP };
	struct hold_call c;
	int i;

	for (i = 0; i < ARRAY_SIZE(flags) * 2; i++) {
		ddi_umem_alloc(3 * PAGE_SIZE, flags[i / 2], &c.cookie);
		KUNIT_ASSERT_NOT_NULL(test, c.cookie);
		if (i % 2)
			ddi_umem_release(c.cookie);
		EXPECT_NO_MISUSE(test, ddi_run_in(ddi_context_of(test), call_free, &c));
		EXPECT_MISUSE(test, ddi_run_in(ddi_context_of(test), call_free, &c));
		umem_flush_deferred();
	}
	KUNIT_EXPECT_EQ(test, live_pageables(test), 0);
}

static bool is_listed(struct kunit *test, const char *line)
{
	return strstr(debugfs_text(test, "umem"), line);
}

/* K5: with what is in memory and what is swapped out */
static void list_tells_what_is_released(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	char held[128], released[128];
	size_t size = 77 * PAGE_SIZE;

	snprintf(held, sizeof(held), "%16zu %-8s %10u %8u %10u %10u ", size, "pageable",
		 77, 0, 77, 0);
	snprintf(released, sizeof(released), "%16zu %-8s %10u %8u %10u %10u ", size, "released",
		 77, 0, 77, 0);
	alloc(test, 77, SLEEP, &cookie);
	KUNIT_EXPECT_TRUE(test, is_listed(test, held));
	ddi_umem_release(cookie);
	KUNIT_EXPECT_TRUE(test, is_listed(test, released));
	ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
	KUNIT_EXPECT_TRUE(test, is_listed(test, held));
}

/* U24: the pages are pinned while held, and then not */
static void released_pages_are_linux_own(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	struct umem *umem;
	void *p = alloc(test, 40, SLEEP, &cookie);
	struct page *page = vmalloc_to_page(p + 20 * PAGE_SIZE);
	int held = page_count(page);

	umem = cookie;
	KUNIT_EXPECT_NOT_NULL(test, umem->pageable->pages);
	ddi_umem_release(cookie);
	KUNIT_EXPECT_NULL(test, umem->pageable->pages);
	KUNIT_EXPECT_LT(test, page_count(page), held);
	KUNIT_EXPECT_EQ(test, umem->pageable->file->f_mapping->nrpages, 40);
}

/* U7, U31: nothing is lost */
static void hold_that_finds_no_memory_changes_nothing(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p = alloc(test, 9, SLEEP, &cookie);
	unsigned int nth;

	need_faults(test);
	fill(p, size_of(cookie), 5);
	for (nth = 1; nth < 50; nth++) {
		ddi_umem_release(cookie);
		fail_nth(nth);
		p = ddi_umem_hold(cookie, DDI_UMEM_NOSLEEP);
		fail_nth(0);
		if (!p)
			p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_ASSERT_TRUE(test, is_filled(p, size_of(cookie), 5));
	}
}

/* U8: where NOSLEEP fails, SLEEP tries again until it has the object */
static void sleep_waits_where_nosleep_fails(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	void *p = alloc(test, 2, SLEEP, &cookie);
	unsigned int n;

	need_faults(test);
	fill(p, size_of(cookie), 3);
	ddi_umem_release(cookie);
	fail_percent(DDI_FAIL_PAGES, 100);
	KUNIT_EXPECT_NULL(test, ddi_umem_hold(cookie, DDI_UMEM_NOSLEEP));
	KUNIT_EXPECT_EQ(test, fail_percent(DDI_FAIL_PAGES, 0) > 0,
			IS_ENABLED(CONFIG_PREEMPT_COUNT));
	/* At once, in its turn, and after it has waited */
	for (n = 1; n <= 3; n++) {
		fail_next(DDI_FAIL_PAGES, n);
		p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
		KUNIT_EXPECT_EQ(test, fail_left(DDI_FAIL_PAGES), 0);
		fail_percent(DDI_FAIL_PAGES, 0);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_filled(p, size_of(cookie), 3));
		ddi_umem_release(cookie);
	}
}

/* U7: an object that begins without a file is given one in spite of failures */
static void first_release_finds_memory_in_the_end(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	unsigned int nth;
	void *p;

	need_faults(test);
	for (nth = 1; nth < 40; nth++) {
		p = ddi_umem_alloc(5 * PAGE_SIZE, NOSLEEP, &cookie);
		KUNIT_ASSERT_NOT_NULL(test, p);
		fill(p, size_of(cookie), nth);
		fail_nth(nth);
		ddi_umem_release(cookie);
		fail_nth(0);
		p = ddi_umem_hold(cookie, DDI_UMEM_SLEEP);
		KUNIT_EXPECT_TRUE(test, p && is_filled(p, size_of(cookie), nth));
		ddi_umem_free(cookie);
	}
}

#define THREADS	3

/* Counts up, under a lock, in an object that it holds only meanwhile. */
struct counter {
	ddi_umem_cookie_t cookie;
	spinlock_t lock;	/* guards the count in the object */
	unsigned int steps;
	struct completion done;
};

static void count_up(struct counter *c, int flag)
{
	unsigned long *count = ddi_umem_hold(c->cookie, flag);

	if (!count)
		count = ddi_umem_hold(c->cookie, DDI_UMEM_SLEEP);
	spin_lock(&c->lock);
	count[0]++;
	count[PAGE_SIZE / sizeof(*count)]++;
	spin_unlock(&c->lock);
	ddi_umem_release(c->cookie);
}

static int count_thread(void *arg)
{
	struct counter *c = arg;
	unsigned int i;

	for (i = 0; i < c->steps; i++)
		count_up(c, i % 3 ? DDI_UMEM_SLEEP : DDI_UMEM_NOSLEEP);
	kthread_complete_and_exit(&c->done, 0);
}

/* U30: holds and releases of threads that know nothing of each other */
static void threads_hold_and_release(struct kunit *test)
{
	const struct pageable_case *param = test->param_value;
	struct counter c = { .steps = 10 + 2000 / (param->pages + 7) };
	unsigned long *count = alloc(test, max_t(size_t, param->pages, 2), param->flag, &c.cookie);
	int i;

	spin_lock_init(&c.lock);
	init_completion(&c.done);
	ddi_umem_release(c.cookie);
	for (i = 0; i < THREADS; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(count_thread, &c, "pageable")));
	for (i = 0; i < THREADS; i++)
		wait_for_completion(&c.done);
	count = ddi_umem_hold(c.cookie, DDI_UMEM_SLEEP);
	KUNIT_ASSERT_NOT_NULL(test, count);
	KUNIT_EXPECT_EQ(test, count[0], THREADS * c.steps);
	KUNIT_EXPECT_EQ(test, count[PAGE_SIZE / sizeof(*count)], THREADS * c.steps);
}

static struct kunit_case pageable_cases[] = {
	KUNIT_CASE_PARAM(contents_survive_a_release, pageable_gen_params),
	KUNIT_CASE_PARAM(pages_are_given_while_held_only, pageable_gen_params),
	KUNIT_CASE_PARAM(untouched_memory_is_zero_after_a_release, pageable_gen_params),
	KUNIT_CASE_PARAM(cookie_has_the_address_while_held, pageable_gen_params),
	KUNIT_CASE(released_address_is_dead),
	KUNIT_CASE(holds_nest),
	KUNIT_CASE(other_cookies_are_misuse),
	KUNIT_CASE_PARAM(nosleep_hold_gets_what_needs_no_sleep, ddi_next_context),
	KUNIT_CASE_PARAM(object_is_freed_in_any_context, ddi_next_context),
	KUNIT_CASE(list_tells_what_is_released),
	KUNIT_CASE(released_pages_are_linux_own),
	KUNIT_CASE(hold_that_finds_no_memory_changes_nothing),
	KUNIT_CASE(sleep_waits_where_nosleep_fails),
	KUNIT_CASE(first_release_finds_memory_in_the_end),
	KUNIT_CASE_PARAM(threads_hold_and_release, pageable_gen_params),
	{ }
};

static struct kunit_suite pageable_suite = {
	.name = "ddi_umem_pageable",
	.init = balance_init,
	.test_cases = pageable_cases,
};

kunit_test_suite(pageable_suite);
