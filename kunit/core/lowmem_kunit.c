// SPDX-License-Identifier: GPL-2.0-only
/*
 * lowmem_kunit.c - page-aligned memory where there is little of it
 *
 * For a guest of 128 MiB, see make check-lowmem; elsewhere the suite is skipped.
 * While memory is exhausted a case allocates only what it tests. If Linux wants
 * to kill a process for memory that it needs itself, the suite gives it a piece of
 * a reserve. An OOM kill for this module's requests is a failure.
 */
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "kunit/ddi_kunit.h"
#include "ddi_umem/umem_impl.h"

#define LITTLE		SZ_256M
#define PIECE		SZ_64K
#define SLEEPERS	4

/* An eaten piece of memory, in the piece itself. */
struct piece {
	struct piece *next;
	ddi_umem_cookie_t cookie;
};

static struct piece *eaten;

/* Take all that is there without sleeping; how many pieces? */
static unsigned long eat(void)
{
	unsigned long n = 0;
	ddi_umem_cookie_t cookie;
	struct piece *piece;

	while ((piece = ddi_umem_alloc(PIECE, DDI_UMEM_NOSLEEP, &cookie))) {
		piece->next = eaten;
		piece->cookie = cookie;
		eaten = piece;
		n++;
	}
	return n;
}

static void give_back(unsigned long pieces)
{
	while (eaten && pieces--) {
		ddi_umem_cookie_t cookie = eaten->cookie;

		eaten = eaten->next;
		ddi_umem_free(cookie);
	}
	umem_flush_deferred();
}

/* Enough for the rest of the system, too little for the request under test. */
static void eat_nearly_all(void)
{
	eat();
	give_back(SZ_2M / PIECE);
}

/* U7, U31: NULL when memory is short, and all of it is there again afterwards */
static void nosleep_gets_null_and_nothing_leaks(struct kunit *test)
{
	unsigned long first, again, before;
	int i;

	eat();
	give_back(ULONG_MAX);
	before = si_mem_available();
	first = eat();
	KUNIT_EXPECT_GT(test, first, SZ_16M / PIECE);
	for (i = 0; i < 4; i++) {
		give_back(ULONG_MAX);
		again = eat();
		KUNIT_EXPECT_GT(test, again, first / 10 * 9);
	}
	give_back(ULONG_MAX);
	ssleep(1);	/* until what CPUs keep is counted again */
	KUNIT_EXPECT_GT(test, si_mem_available(), before - (SZ_4M >> PAGE_SHIFT));
}

struct sleeper {
	size_t size;
	struct completion start;
	struct completion done;
	bool has_it;
};

static int sleep_for_memory(void *arg)
{
	struct sleeper *s = arg;
	ddi_umem_cookie_t cookie;
	u8 *p;

	wait_for_completion(&s->start);
	p = ddi_umem_alloc(s->size, DDI_UMEM_SLEEP, &cookie);
	WRITE_ONCE(s->has_it, p && !memchr_inv(p, 0, s->size));
	ddi_umem_free(cookie);
	kthread_complete_and_exit(&s->done, 0);
}

/* U8, U33: each thread waits until memory is free, and gets it */
static void sleepers_wait_and_then_succeed(struct kunit *test)
{
	static const size_t sizes[SLEEPERS] = { 1, SZ_64K, SZ_4M + 1, SZ_16M };
	struct sleeper *s = kunit_kcalloc(test, SLEEPERS, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < SLEEPERS; i++) {
		s[i].size = sizes[i];
		init_completion(&s[i].start);
		init_completion(&s[i].done);
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(sleep_for_memory, &s[i],
							    "sleeper/%d", i)));
	}
	eat_nearly_all();
	for (i = 0; i < SLEEPERS; i++)
		complete(&s[i].start);
	msleep(500);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(s[3].has_it));
	give_back(ULONG_MAX);
	for (i = 0; i < SLEEPERS; i++) {
		wait_for_completion(&s[i].done);
		KUNIT_EXPECT_TRUE(test, s[i].has_it);
	}
}

struct glutton {
	struct rnd_state rnd;
	size_t most;
	struct completion done;
	bool good;
};

static int want_much(void *arg)
{
	struct glutton *g = arg;
	ddi_umem_cookie_t cookie;
	int i;

	g->good = true;
	for (i = 0; i < 8; i++) {
		size_t size = ddi_kunit_below(&g->rnd, g->most) + 1;
		u8 *p = ddi_umem_alloc(size, DDI_UMEM_SLEEP, &cookie);

		if (!p)
			g->good = false;
		else
			memset(p, i, size);
		msleep(ddi_kunit_below(&g->rnd, 10));
		ddi_umem_free(cookie);
	}
	kthread_complete_and_exit(&g->done, 0);
}

/* U8, U30, X5: together the threads want twice the memory, and all finish */
static void threads_that_want_more_than_memory_all_finish(struct kunit *test)
{
	struct glutton *g = kunit_kcalloc(test, SLEEPERS, sizeof(*g), GFP_KERNEL);
	struct rnd_state rnd;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	ddi_kunit_seed(test, &rnd);
	for (i = 0; i < SLEEPERS; i++) {
		prandom_seed_state(&g[i].rnd, prandom_u32_state(&rnd));
		g[i].most = (si_mem_available() << PAGE_SHIFT) / 10 * 8;
		init_completion(&g[i].done);
	}
	for (i = 0; i < SLEEPERS; i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(want_much, &g[i], "glutton/%d", i)));
	for (i = 0; i < SLEEPERS; i++) {
		wait_for_completion(&g[i].done);
		KUNIT_EXPECT_TRUE(test, g[i].good);
	}
	umem_flush_deferred();
}

#define DRIVERS	10

/*
 * Ask for a page again and again, as reclaim does: below the watermarks and without
 * waiting. Returns how often there was none.
 */
static unsigned long reclaim_without_a_page(struct glutton *g, unsigned long *lowest)
{
	unsigned long failures = 0;
	int i;

	for (i = 0; i < DRIVERS; i++)
		while (!try_wait_for_completion(&g[i].done)) {
			struct page *page = alloc_page(GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC);

			*lowest = min(*lowest, global_zone_page_state(NR_FREE_PAGES));
			if (page)
				__free_page(page);
			else
				failures++;
			usleep_range(100, 200);
		}
	return failures;
}

/* U8: ten drivers ask for more than there is, and reclaim still gets its pages */
static void reserves_stay_with_reclaim_when_ten_want_more_than_memory(struct kunit *test)
{
	struct glutton *g = kunit_kcalloc(test, DRIVERS, sizeof(*g), GFP_KERNEL);
	unsigned long lowest = ULONG_MAX;
	struct rnd_state rnd;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	ddi_kunit_seed(test, &rnd);
	for (i = 0; i < DRIVERS; i++) {
		prandom_seed_state(&g[i].rnd, prandom_u32_state(&rnd));
		g[i].most = (totalram_pages() << PAGE_SHIFT) / 4;
		init_completion(&g[i].done);
		KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(want_much, &g[i], "driver/%d", i)));
	}
	KUNIT_EXPECT_EQ(test, reclaim_without_a_page(g, &lowest), 0UL);
	kunit_info(test, "%lu pages free at the least\n", lowest);
	for (i = 0; i < DRIVERS; i++)
		KUNIT_EXPECT_TRUE(test, g[i].good);
	umem_flush_deferred();
}

/* Make Linux reclaim all it can without killing: allocate everything and free it. */
static void press(void)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	while ((page = alloc_page(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)))
		list_add(&page->lru, &pages);
	list_for_each_entry_safe(page, next, &pages, lru)
		__free_page(page);
}

/* U25, U33: pages kept for reuse are freed when memory is short */
static void kept_pages_go_back_under_pressure(struct kunit *test)
{
	ddi_umem_cookie_t cookies[16];
	int i;

	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookies[i]);
	for (i = 0; i < ARRAY_SIZE(cookies); i++)
		ddi_umem_free(cookies[i]);
	press();
	KUNIT_EXPECT_EQ(test, umem_page_cache_drain(), 0);
}

static atomic_t imported = ATOMIC_INIT(0);

static void *import_pages(vmem_t *unused, size_t size, int vmflag)
{
	void *p = alloc_pages_exact(size, GFP_KERNEL | __GFP_NOWARN);

	if (p)
		atomic_inc(&imported);
	return p;
}

static void export_pages(vmem_t *unused, void *p, size_t size)
{
	free_pages_exact(p, size);
	atomic_dec(&imported);
}

/* V102: the same for objects of quantum caches, if pages go back with them */
static void cached_objects_go_back_under_pressure(struct kunit *test)
{
	vmem_t *cached = vmem_create("lowmem", NULL, 0, PAGE_SIZE, import_pages, export_pages,
				     NULL, PAGE_SIZE, VM_SLEEP);
	void *p[64];
	int i;

	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = vmem_alloc(cached, PAGE_SIZE, VM_SLEEP);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		vmem_free(cached, p[i], PAGE_SIZE);
	KUNIT_EXPECT_GT(test, atomic_read(&imported), 0);
	press();
	for (i = 0; i < 50 && atomic_read(&imported); i++)
		msleep(100);
	KUNIT_EXPECT_EQ(test, atomic_read(&imported), 0);
	vmem_destroy(cached);
}

/* Whole or gone; Linux calls for one at a time. */
static struct page *reserve[SZ_2M / PIECE];
static unsigned int killings;
static struct task_struct *suite;

/* Does this run for a case, rather than beside it? */
static bool is_of_the_suite(void)
{
	if (current == suite)
		return true;
	if (!(current->flags & PF_KTHREAD))
		return false;
	return kthread_func(current) == sleep_for_memory || kthread_func(current) == want_much;
}

static bool give_from_reserve(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(reserve); i++) {
		if (reserve[i]) {
			__free_pages(reserve[i], get_order(PIECE));
			reserve[i] = NULL;
			return true;
		}
	}
	return false;
}

/* A process is to be killed, unless some pages are found. */
static int spare_it(struct notifier_block *nb, unsigned long unused, void *found)
{
	if (is_of_the_suite())
		killings++;
	if (give_from_reserve())
		*(unsigned long *)found += PIECE >> PAGE_SHIFT;
	return NOTIFY_OK;
}

static struct notifier_block sparing = { .notifier_call = spare_it };

static int lowmem_init(struct kunit *test)
{
	int i;

	if (totalram_pages() > LITTLE >> PAGE_SHIFT)
		kunit_skip(test, "this machine has memory");
	for (i = 0; i < ARRAY_SIZE(reserve); i++)
		reserve[i] = alloc_pages(GFP_KERNEL, get_order(PIECE));
	killings = 0;
	suite = current;
	return register_oom_notifier(&sparing);
}

static void lowmem_exit(struct kunit *test)
{
	if (!suite)
		return;
	unregister_oom_notifier(&sparing);
	suite = NULL;
	while (give_from_reserve())
		;
	KUNIT_EXPECT_EQ(test, killings, 0);
}

static struct kunit_case lowmem_cases[] = {
	KUNIT_CASE(nosleep_gets_null_and_nothing_leaks),
	KUNIT_CASE(sleepers_wait_and_then_succeed),
	KUNIT_CASE(threads_that_want_more_than_memory_all_finish),
	KUNIT_CASE(reserves_stay_with_reclaim_when_ten_want_more_than_memory),
	KUNIT_CASE(kept_pages_go_back_under_pressure),
	KUNIT_CASE(cached_objects_go_back_under_pressure),
	{ }
};

static struct kunit_suite lowmem_suite = {
	.name = "ddi_lowmem",
	.init = lowmem_init,
	.exit = lowmem_exit,
	.test_cases = lowmem_cases,
};

kunit_test_suite(lowmem_suite);
