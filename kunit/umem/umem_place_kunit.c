// SPDX-License-Identifier: GPL-2.0-only
/* umem_place_kunit.c - ddi_umem_alloc_node(): near a node, or in a zone */
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"
#include "ddi_umem/umem_impl.h"

#define BLOCK_MAX	((size_t)MAX_ORDER_NR_PAGES << PAGE_SHIFT)

static const struct wrong_case {
	const char *name;
	int flag;
	int node;
	gfp_t zone;
} wrong_cases[] = {
	{ "pageable", DDI_UMEM_PAGEABLE, NUMA_NO_NODE, 0 },
	{ "trash", DDI_UMEM_TRASH, NUMA_NO_NODE, 0 },
	{ "unknown flag bits", 0x70, NUMA_NO_NODE, 0 },
	{ "negative node", DDI_UMEM_SLEEP, -2, 0 },
	{ "node above all", DDI_UMEM_SLEEP, MAX_NUMNODES, 0 },
	{ "largest node", DDI_UMEM_NOSLEEP, INT_MAX, 0 },
	{ "two zones", DDI_UMEM_SLEEP, NUMA_NO_NODE, GFP_DMA | GFP_DMA32 },
	{ "no zone", DDI_UMEM_SLEEP, NUMA_NO_NODE, GFP_KERNEL },
	{ "high memory", DDI_UMEM_SLEEP, NUMA_NO_NODE, __GFP_HIGHMEM },
};

KUNIT_ARRAY_PARAM_DESC(wrong, wrong_cases, name);

/* U3 */
static void wrong_place_is_misuse(struct kunit *test)
{
	const struct wrong_case *c = test->param_value;
	ddi_umem_cookie_t cookie = test;
	void *p = test;

	EXPECT_MISUSE(test, p = ddi_umem_alloc_node(PAGE_SIZE, c->flag, c->node, c->zone, &cookie));
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, cookie);
}

/* U3 */
static void no_room_for_a_placed_cookie_is_misuse(struct kunit *test)
{
	void *p = test;

	EXPECT_MISUSE(test, p = ddi_umem_alloc_node(PAGE_SIZE, DDI_UMEM_SLEEP, NUMA_NO_NODE, 0,
						    NULL));
	KUNIT_EXPECT_NULL(test, p);
}

/* U3, U32: the call ends where ddi_umem_alloc() would wait */
static void size_that_cannot_be_placed_gives_null(struct kunit *test)
{
	const size_t sizes[] = { 0, SIZE_MAX, SIZE_MAX / 2, totalram_pages() << PAGE_SHIFT };
	ddi_umem_cookie_t cookie;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cookie = test;
		KUNIT_EXPECT_NULL(test, ddi_umem_alloc_node(sizes[i], DDI_UMEM_SLEEP, NUMA_NO_NODE,
							    0, &cookie));
		KUNIT_EXPECT_NULL(test, cookie);
	}
}

static const struct place_case {
	const char *name;
	size_t size;
	int flag;
	gfp_t zone;
} place_cases[] = {
	{ "one byte", 1, DDI_UMEM_SLEEP, 0 },
	{ "a page below 4 GiB", PAGE_SIZE, DDI_UMEM_SLEEP, GFP_DMA32 },
	{ "a page of the DMA zone", PAGE_SIZE, DDI_UMEM_SLEEP, GFP_DMA },
	{ "nosleep, 5 pages of the DMA zone", 5 * PAGE_SIZE, DDI_UMEM_NOSLEEP, GFP_DMA },
	{ "17 pages less 5 bytes of the DMA zone", 17 * PAGE_SIZE - 5, DDI_UMEM_SLEEP, GFP_DMA },
	{ "a huge page below 4 GiB", SZ_2M, DDI_UMEM_SLEEP | DDI_UMEM_HUGE, GFP_DMA32 },
	{ "three huge pages less 5 bytes", 3 * SZ_2M - 5, DDI_UMEM_HUGE, 0 },
	{ "nosleep, a huge page", SZ_2M, DDI_UMEM_NOSLEEP | DDI_UMEM_HUGE, 0 },
	{ "largest block and a page", BLOCK_MAX + PAGE_SIZE, DDI_UMEM_SLEEP, GFP_DMA32 },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, name);

static void *place(struct kunit *test, int node, ddi_umem_cookie_t *cookie)
{
	const struct place_case *c = test->param_value;
	void *p;

	if (c->size > SZ_64M)
		kunit_skip(test, "blocks are very large");
	p = ddi_umem_alloc_node(c->size, c->flag, node, c->zone, cookie);
	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static struct page *page_at(void *p)
{
	return is_vmalloc_addr(p) ? vmalloc_to_page(p) : virt_to_page(p);
}

/* U1, U25: each page lies in the zone or a lower one, is clear, and can be written */
static void memory_is_of_the_zone(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	size_t size = PAGE_ALIGN(c->size), off;
	ddi_umem_cookie_t cookie;
	char *p = place(test, NUMA_NO_NODE, &cookie);

	for (off = 0; off < size; off += PAGE_SIZE)
		KUNIT_EXPECT_LE(test, page_zonenum(page_at(p + off)), gfp_zone(c->zone));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
	memset(p, 0xa5, size);
	ddi_umem_free(cookie);
}

/* U1: a node that is online is taken; which pages it gives is Linux's affair */
static void memory_is_near_the_node(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	int node;

	for_each_online_node(node) {
		place(test, node, &cookie);
		ddi_umem_free(cookie);
	}
}

/* U16: so often that the loss of a single page shows, see balance_init() */
static void placed_pages_come_back(struct kunit *test)
{
	ddi_umem_cookie_t cookie;
	int i;

	for (i = 0; i < BALANCE_OFTEN; i++) {
		place(test, NUMA_NO_NODE, &cookie);
		ddi_umem_free(cookie);
	}
}

/* U22: a scarce page goes back to Linux, others are kept for the next allocation */
static void placed_page_is_not_kept(struct kunit *test)
{
	ddi_umem_cookie_t cookie;

	umem_page_cache_drain();
	ddi_umem_alloc_node(PAGE_SIZE, DDI_UMEM_SLEEP, NUMA_NO_NODE, GFP_DMA, &cookie);
	ddi_umem_free(cookie);
	KUNIT_EXPECT_EQ(test, umem_page_cache_drain(), 0);
	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	ddi_umem_free(cookie);
	KUNIT_EXPECT_EQ(test, umem_page_cache_drain(), 1);
}

static struct kunit_case umem_place_cases[] = {
	KUNIT_CASE_PARAM(wrong_place_is_misuse, wrong_gen_params),
	KUNIT_CASE(no_room_for_a_placed_cookie_is_misuse),
	KUNIT_CASE(size_that_cannot_be_placed_gives_null),
	KUNIT_CASE_PARAM(memory_is_of_the_zone, place_gen_params),
	KUNIT_CASE_PARAM(memory_is_near_the_node, place_gen_params),
	KUNIT_CASE_PARAM(placed_pages_come_back, place_gen_params),
	KUNIT_CASE(placed_page_is_not_kept),
	{ }
};

static struct kunit_suite umem_place_suite = {
	.name = "ddi_umem_place",
	.init = balance_init,
	.test_cases = umem_place_cases,
};

kunit_test_suite(umem_place_suite);
