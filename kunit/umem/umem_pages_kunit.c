// SPDX-License-Identifier: GPL-2.0-only
/* umem_pages_kunit.c - pages and contents while objects come and go */
#include <sys/sunddi.h>

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/pressure.h"

/* U22: a page that anybody holds is not handed out again */
static void freed_page_that_is_held_is_not_reused(struct kunit *test)
{
	ddi_umem_cookie_t first, others[40];
	struct page *page;
	u8 *held;
	int i;

	held = ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &first);
	page = virt_to_page(held);
	get_page(page);
	memset(held, 0x5a, PAGE_SIZE);
	ddi_umem_free(first);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_PTR_NE(test, ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &others[i]),
				    (void *)held);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		ddi_umem_free(others[i]);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(held, 0x5a, PAGE_SIZE));
	put_page(page);
}

#define BLOCK	8UL

/* Free a block of which somebody else holds the page number @i, and write to that page. */
static void free_around(struct kunit *test, unsigned long i)
{
	ddi_umem_cookie_t cookie, others[8];
	u8 *p = ddi_umem_alloc(BLOCK * PAGE_SIZE, DDI_UMEM_SLEEP, &cookie), *held, *at;
	int n;

	KUNIT_ASSERT_NOT_NULL(test, p);
	if (is_vmalloc_addr(p))
		kunit_skip(test, "no memory in one piece");
	held = p + i * PAGE_SIZE;
	get_page(virt_to_page(held));
	ddi_umem_free(cookie);
	umem_flush_deferred();
	KUNIT_EXPECT_EQ(test, page_count(virt_to_page(held)), 1);
	memset(held, 0x5a, PAGE_SIZE);
	for (n = 0; n < ARRAY_SIZE(others); n++) {
		at = ddi_umem_alloc(BLOCK * PAGE_SIZE, DDI_UMEM_SLEEP, &others[n]);
		KUNIT_EXPECT_FALSE(test, at <= held && held < at + BLOCK * PAGE_SIZE);
	}
	for (n = 0; n < ARRAY_SIZE(others); n++)
		ddi_umem_free(others[n]);
	KUNIT_EXPECT_NULL(test, memchr_inv(held, 0x5a, PAGE_SIZE));
	put_page(virt_to_page(held));
}

/* U16, U22: the other pages of its block come back, see balance_init() */
static void block_is_freed_around_a_page_that_is_held(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < BALANCE_OFTEN; i++)
		free_around(test, i % BLOCK);
}

/* U25, U33: few freed pages are kept, and they are given back on demand */
static void freed_pages_are_kept_within_bounds(struct kunit *test)
{
	ddi_umem_cookie_t cookies[64];
	unsigned long pages;
	int i;

	umem_page_cache_drain();
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookies[i]);
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_free(cookies[i]);
	pages = umem_page_cache_drain();
	KUNIT_EXPECT_GT(test, pages, 0);
	KUNIT_EXPECT_LE(test, pages, 16 * num_possible_cpus());
	KUNIT_EXPECT_EQ(test, umem_page_cache_drain(), 0);
}

/* U33: and when Linux asks for memory */
static void freed_pages_go_when_memory_is_short(struct kunit *test)
{
	ddi_umem_cookie_t cookies[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookies[i]);
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_free(cookies[i]);
	KUNIT_ASSERT_TRUE(test, drop_slabs());
	KUNIT_EXPECT_EQ(test, umem_page_cache_drain(), 0);
}

struct umem_slot {
	u8 *p;
	size_t size;
	ddi_umem_cookie_t cookie;
	u8 pattern;
};

/* One step: free a slot, having checked it, or fill it. */
static bool umem_step(struct umem_slot *s, struct rnd_state *rnd)
{
	static const int flags[] = { DDI_UMEM_SLEEP, DDI_UMEM_NOSLEEP, DDI_UMEM_PAGEABLE };

	if (s->cookie) {
		bool good = !memchr_inv(s->p, s->pattern, s->size);

		ddi_umem_free(s->cookie);
		s->cookie = NULL;
		return good;
	}
	s->size = (ddi_kunit_below(rnd, 24) + 1) * PAGE_SIZE;
	s->pattern = prandom_u32_state(rnd);
	s->p = ddi_umem_alloc(s->size, flags[ddi_kunit_below(rnd, 3)], &s->cookie);
	if (!s->cookie)
		return true;
	if (memchr_inv(s->p, 0, s->size))
		return false;
	memset(s->p, s->pattern, s->size);
	return true;
}

static bool umem_run(struct rnd_state *rnd, unsigned long steps)
{
	struct umem_slot slots[16] = { };
	bool good = true;
	unsigned long i;

	for (i = 0; i < steps; i++) {
		good &= umem_step(&slots[ddi_kunit_below(rnd, 16)], rnd);
		cond_resched();
	}
	for (i = 0; i < 16; i++)
		if (slots[i].cookie)
			good &= umem_step(&slots[i], rnd);
	return good;
}

/* U4, U25: objects neither overlap nor show old data */
static void random_objects_keep_their_contents(struct kunit *test)
{
	struct rnd_state rnd;

	ddi_kunit_seed(test, &rnd);
	KUNIT_EXPECT_TRUE(test, umem_run(&rnd, ddi_kunit_steps(20000)));
}

struct umem_worker {
	struct rnd_state rnd;
	unsigned long steps;
	struct completion done;
	bool good;
};

static int umem_worker(void *arg)
{
	struct umem_worker *w = arg;

	w->good = umem_run(&w->rnd, w->steps);
	kthread_complete_and_exit(&w->done, 0);
}

/* U30 */
static void threads_do_not_disturb_each_other(struct kunit *test)
{
	struct umem_worker *w = kunit_kcalloc(test, 4, sizeof(*w), GFP_KERNEL);
	struct rnd_state rnd;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, w);
	ddi_kunit_seed(test, &rnd);
	for (i = 0; i < 4; i++) {
		prandom_seed_state(&w[i].rnd, prandom_u32_state(&rnd));
		w[i].steps = ddi_kunit_steps(5000);
		init_completion(&w[i].done);
		if (IS_ERR(kthread_run(umem_worker, &w[i], "umem/%d", i)))
			complete(&w[i].done);
	}
	for (i = 0; i < 4; i++) {
		wait_for_completion(&w[i].done);
		KUNIT_EXPECT_TRUE(test, w[i].good);
	}
}

static const struct back_case {
	const char *desc;
	size_t size;
	int flag;
} back_cases[] = {
	{ "one page", PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "two pages", 2 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "three pages", 3 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "five pages, at once", 5 * PAGE_SIZE, DDI_UMEM_NOSLEEP },
	{ "seven pages", 7 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "nine pages", 9 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "33 pages, at once", 33 * PAGE_SIZE, DDI_UMEM_NOSLEEP },
	{ "a block of 64 pages", 64 * PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "2 MiB and a page", SZ_2M + PAGE_SIZE, DDI_UMEM_SLEEP },
	{ "huge pages", 3 * SZ_2M, DDI_UMEM_SLEEP | DDI_UMEM_HUGE },
	{ "a huge page", SZ_2M, DDI_UMEM_SLEEP | DDI_UMEM_HUGE },
	{ "a huge page, at once", SZ_2M, DDI_UMEM_NOSLEEP | DDI_UMEM_HUGE },
	{ "a huge page and a page", SZ_2M + PAGE_SIZE, DDI_UMEM_SLEEP | DDI_UMEM_HUGE },
	{ "trash", 3 * PAGE_SIZE, DDI_UMEM_SLEEP | DDI_UMEM_TRASH },
	{ "pageable", 3 * PAGE_SIZE, DDI_UMEM_SLEEP | DDI_UMEM_PAGEABLE },
};

KUNIT_ARRAY_PARAM_DESC(back, back_cases, desc);

/* U16: so often that the loss of a single page shows, see balance_init() */
static void all_pages_come_back(struct kunit *test)
{
	const struct back_case *c = test->param_value;
	ddi_umem_cookie_t cookie;
	int i;

	for (i = 0; i < BALANCE_OFTEN; i++) {
		cookie = NULL;
		ddi_umem_alloc(c->size, c->flag, &cookie);
		KUNIT_ASSERT_NOT_NULL(test, cookie);
		ddi_umem_free(cookie);
	}
}

static struct kunit_case umem_pages_cases[] = {
	KUNIT_CASE(freed_page_that_is_held_is_not_reused),
	KUNIT_CASE(block_is_freed_around_a_page_that_is_held),
	KUNIT_CASE(freed_pages_are_kept_within_bounds),
	KUNIT_CASE(freed_pages_go_when_memory_is_short),
	KUNIT_CASE(random_objects_keep_their_contents),
	KUNIT_CASE(threads_do_not_disturb_each_other),
	KUNIT_CASE_PARAM(all_pages_come_back, back_gen_params),
	{}
};

static struct kunit_suite umem_pages_suite = {
	.name = "ddi_umem_pages",
	.init = balance_init,
	.test_cases = umem_pages_cases,
};

kunit_test_suite(umem_pages_suite);
