// SPDX-License-Identifier: GPL-2.0-only
/* umem_contexts_kunit.c - ddi_umem_alloc() and ddi_umem_free() in every context */
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/sizes.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "kunit/ddi_kunit.h"
#include "ddi_umem/umem_impl.h"

#define BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)

struct umem_call {
	size_t size;
	int flag;
	ddi_umem_cookie_t cookie;
	void *p;
};

static void call_alloc(void *arg)
{
	struct umem_call *c = arg;

	c->p = ddi_umem_alloc(c->size, c->flag, &c->cookie);
}

static void call_free(void *arg)
{
	struct umem_call *c = arg;

	ddi_umem_free(c->cookie);
}

static void call_count_up(void *arg)
{
	struct umem_call *c = arg;

	++*(u8 *)(c->p + c->size - 1);
}

/* U7, U18, X3: one page, a block, a block with a tail that goes back, TRASH */
static void nosleep_object_comes_and_goes(struct kunit *test)
{
	static const struct umem_call calls[] = {
		{ PAGE_SIZE, DDI_UMEM_NOSLEEP },
		{ 4 * PAGE_SIZE, DDI_UMEM_NOSLEEP },
		{ 5 * PAGE_SIZE, DDI_UMEM_NOSLEEP | DDI_UMEM_PAGEABLE },
		{ SZ_1G, DDI_UMEM_NOSLEEP | DDI_UMEM_TRASH },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		struct umem_call c = calls[i];

		ddi_run_in(ddi_context_of(test), call_alloc, &c);
		KUNIT_ASSERT_NOT_NULL(test, c.cookie);
		KUNIT_EXPECT_EQ(test, !c.p, !!(c.flag & DDI_UMEM_TRASH));
		if (c.p)
			KUNIT_EXPECT_NULL(test, memchr_inv(c.p, 0, c.size));
		EXPECT_NO_MISUSE(test, ddi_run_in(ddi_context_of(test), call_free, &c));
	}
}

/* U18, X4: memory that only process context can unmap */
static void scattered_memory_is_freed(struct kunit *test)
{
	struct umem_call c = { 100 * PAGE_SIZE, DDI_UMEM_SLEEP };

	call_alloc(&c);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(c.p));
	EXPECT_NO_MISUSE(test, ddi_run_in(ddi_context_of(test), call_free, &c));
	EXPECT_MISUSE(test, ddi_run_in(ddi_context_of(test), call_free, &c));
	umem_flush_deferred();
}

/* U28 */
static void memory_is_usable(struct kunit *test)
{
	struct umem_call c = { 100 * PAGE_SIZE, DDI_UMEM_SLEEP };

	call_alloc(&c);
	KUNIT_ASSERT_NOT_NULL(test, c.p);
	*(u8 *)(c.p + c.size - 1) = 41;
	ddi_run_in(ddi_context_of(test), call_count_up, &c);
	KUNIT_EXPECT_EQ(test, *(u8 *)(c.p + c.size - 1), 42);
	call_free(&c);
}

/* U7, X2: where sleep is impossible there are no scattered pages */
static void more_than_a_block_fails_without_a_trace(struct kunit *test)
{
	struct umem_call c = { BLOCK_MAX + PAGE_SIZE, DDI_UMEM_NOSLEEP };

	if (!ddi_context_is_known_atomic(ddi_context_of(test)))
		kunit_skip(test, "sleep is possible here");
	ddi_run_in(ddi_context_of(test), call_alloc, &c);
	KUNIT_EXPECT_NULL(test, c.p);
	KUNIT_EXPECT_NULL(test, c.cookie);
}

static struct kunit_case umem_context_cases[] = {
	KUNIT_CASE_PARAM(nosleep_object_comes_and_goes, ddi_next_context),
	KUNIT_CASE_PARAM(scattered_memory_is_freed, ddi_next_context),
	KUNIT_CASE_PARAM(memory_is_usable, ddi_next_context),
	KUNIT_CASE_PARAM(more_than_a_block_fails_without_a_trace, ddi_next_context),
	{ }
};

static struct kunit_suite umem_context_suite = {
	.name = "ddi_umem_contexts",
	.init = balance_init,
	.test_cases = umem_context_cases,
};

kunit_test_suite(umem_context_suite);
