// SPDX-License-Identifier: GPL-2.0-only
/* devmap_registers_kunit.c - which pages of a register set may be mapped, and how */
#include "ddi_devmap/registers.h"

#include <ddi/devmap.h>

#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

#define PAGES(n)	((n) * (phys_addr_t)PAGE_SIZE)
#define TOP		((phys_addr_t)-1)
#define NOWHERE		(-1)

/* A set, a range in it, and where its first page begins in the set. */
struct place_case {
	const char *name;
	phys_addr_t start;
	phys_addr_t set_len;
	offset_t off;
	size_t len;
	offset_t place;
	size_t pages;
};

static const struct place_case places[] = {
	{ "all", PAGES(100), PAGES(4), 0, 4 * PAGE_SIZE, 0, 4 },
	{ "a byte", PAGES(100), PAGES(4), 0, 1, 0, 1 },
	{ "its last byte", PAGES(100), PAGES(4), 4 * PAGE_SIZE - 1, 1, 3 * PAGE_SIZE, 1 },
	{ "over a boundary", PAGES(100), PAGES(4), PAGE_SIZE - 1, 2, 0, 2 },
	{ "second page", PAGES(100), PAGES(4), PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, 1 },
	{ "unaligned", PAGES(100), PAGES(4), PAGE_SIZE + 8, PAGE_SIZE, PAGE_SIZE, 2 },
	{ "no bytes", PAGES(100), PAGES(4), 0, 0, NOWHERE },
	{ "a byte too long", PAGES(100), PAGES(4), 0, 4 * PAGE_SIZE + 1, NOWHERE },
	{ "a byte too far", PAGES(100), PAGES(4), 4 * PAGE_SIZE, 1, NOWHERE },
	{ "last byte and one more", PAGES(100), PAGES(4), 4 * PAGE_SIZE - 1, 2, NOWHERE },
	{ "far beyond", PAGES(100), PAGES(4), 1LL << 40, 1, NOWHERE },
	{ "negative", PAGES(100), PAGES(4), -1, 1, NOWHERE },
	{ "negative that wraps into the set", PAGES(100), PAGES(4), -(offset_t)PAGE_SIZE,
	  2 * PAGE_SIZE, NOWHERE },
	{ "lowest offset", PAGES(100), PAGES(4), LLONG_MIN, 1, NOWHERE },
	{ "highest offset", PAGES(100), PAGES(4), LLONG_MAX, 1, NOWHERE },
	{ "highest length", PAGES(100), PAGES(4), 0, SIZE_MAX, NOWHERE },
	{ "length that wraps to the offset", PAGES(100), PAGES(4), PAGE_SIZE, -PAGE_SIZE,
	  NOWHERE },
	{ "length that wraps into the set", PAGES(100), PAGES(4), PAGE_SIZE,
	  2 - PAGE_SIZE, NOWHERE },
	{ "empty set", PAGES(100), 0, 0, 1, NOWHERE },
	{ "empty set at 0", 0, 0, 0, 1, NOWHERE },
	{ "set at 0", 0, PAGES(1), 0, PAGE_SIZE, 0, 1 },
	{ "set that ends at the top", TOP - PAGES(2) + 1, PAGES(2), 0, 2 * PAGE_SIZE, 0, 2 },
	{ "beyond the top", TOP - PAGES(2) + 1, PAGES(2), PAGE_SIZE, 2 * PAGE_SIZE, NOWHERE },
	{ "set that wraps", TOP - PAGES(1) + 1, PAGES(2), 0, 1, NOWHERE },
	{ "range that wraps with its set", TOP - PAGES(1) + 1, PAGES(2), 0, 2 * PAGE_SIZE,
	  NOWHERE },
	{ "set of the highest length", PAGES(1), TOP, 0, 1, NOWHERE },
	{ "set that is everything", 0, TOP, 0, PAGE_SIZE, 0, 1 },
	{ "negative in everything", 0, TOP, -2 * (offset_t)PAGE_SIZE, 1, NOWHERE },
	{ "set smaller than a page", PAGES(100), PAGE_SIZE / 2, 0, 1, NOWHERE },
	{ "small set inside a page", PAGES(100) + 64, 128, 0, 128, NOWHERE },
	{ "set of a page less one byte", PAGES(100), PAGE_SIZE - 1, 0, 1, NOWHERE },
	{ "incomplete first page", PAGES(100) + 16, PAGES(2), 0, 1, NOWHERE },
	{ "complete page behind it", PAGES(100) + 16, PAGES(2), PAGE_SIZE - 16, 1,
	  PAGE_SIZE - 16, 1 },
	{ "the same by its last byte", PAGES(100) + 16, PAGES(2), 2 * PAGE_SIZE - 17, 1,
	  PAGE_SIZE - 16, 1 },
	{ "incomplete last page", PAGES(100) + 16, PAGES(2), 2 * PAGE_SIZE - 16, 1, NOWHERE },
	{ "range into the last page", PAGES(100), PAGES(2) + 8, PAGE_SIZE, PAGE_SIZE + 1,
	  NOWHERE },
	{ "range up to the last page", PAGES(100), PAGES(2) + 8, PAGE_SIZE, PAGE_SIZE,
	  PAGE_SIZE, 1 },
};

KUNIT_ARRAY_PARAM_DESC(place, places, name);

/* D28: pages of a register set, and not a byte beside it */
static void pages_lie_inside_the_set(struct kunit *test)
{
	const struct place_case *c = test->param_value;
	const struct ddi_register_set set = { .start = c->start, .len = c->set_len };
	struct devmap_regs_place place = { };
	bool found = devmap_regs_find(&set, c->off, c->len, &place);

	KUNIT_ASSERT_EQ(test, found, c->place != NOWHERE);
	if (!found)
		return;
	KUNIT_EXPECT_EQ(test, place.roff, c->place);
	KUNIT_EXPECT_EQ(test, place.pages, c->pages);
	KUNIT_EXPECT_EQ(test, PAGES(place.pfn), c->start + c->place);
}

/* Each set, offset and length near an edge: what was found covers the range, inside the set. */
static void expect_inside(struct kunit *test, const struct ddi_register_set *set,
			  offset_t off, size_t len)
{
	struct devmap_regs_place place;
	phys_addr_t from, last, end = set->start + set->len - 1;

	if (!devmap_regs_find(set, off, len, &place))
		return;
	from = PAGES(place.pfn);
	last = from + (PAGES(place.pages) - 1);
	KUNIT_EXPECT_TRUE(test, from >= set->start && from <= set->start + off);
	KUNIT_EXPECT_TRUE(test, last <= end && last >= set->start + off + (len - 1));
	KUNIT_EXPECT_EQ(test, place.roff, from - set->start);
}

/* D28 */
static void edges_are_never_passed(struct kunit *test)
{
	static const phys_addr_t edges[] = {
		0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE, 3 * PAGE_SIZE + 5,
		TOP / 2, TOP - PAGE_SIZE, TOP - PAGE_SIZE + 1, TOP - 1, TOP,
	};
	size_t n = ARRAY_SIZE(edges), i;

	for (i = 0; i < n * n * n * n; i++) {
		const struct ddi_register_set set = {
			.start = edges[i % n], .len = edges[i / n % n],
		};

		expect_inside(test, &set, (offset_t)edges[i / n / n % n],
			      (size_t)edges[i / n / n / n]);
	}
}

#define ATTR(order)	{ DDI_DEVICE_ATTR_V0, DDI_NEVERSWAP_ACC, order, DDI_DEFAULT_ACC }

static const ddi_device_acc_attr_t orders[] = {
	ATTR(DDI_STRICTORDER_ACC), ATTR(DDI_UNORDERED_OK_ACC), ATTR(DDI_MERGING_OK_ACC),
	ATTR(DDI_LOADCACHING_OK_ACC), ATTR(DDI_STORECACHING_OK_ACC),
};

/* D28: for each order; the last one without any. */
struct caching_case {
	const char *name;
	uint_t flags;
	enum devmap_caching caching[ARRAY_SIZE(orders) + 1];
};

#define UC	DEVMAP_UNCACHED
#define WC	DEVMAP_WRITE_COMBINE
#define WB	DEVMAP_CACHED

static const struct caching_case cachings[] = {
	{ "no flag", 0, { UC, UC, WC, WC, WC, UC } },
	{ "other flags", DEVMAP_ALLOW_REMAP | DEVMAP_USE_PAGESIZE, { UC, UC, WC, WC, WC, UC } },
	{ "uncached", IOMEM_DATA_UNCACHED, { UC, UC, UC, UC, UC, UC } },
	{ "write-combining", IOMEM_DATA_UC_WR_COMBINE, { WC, WC, WC, WC, WC, WC } },
	{ "cached", IOMEM_DATA_CACHED | DEVMAP_ALLOW_REMAP, { WB, WB, WB, WB, WB, WB } },
};

KUNIT_ARRAY_PARAM_DESC(caching, cachings, name);

/* D28, D23: uncached unless asked for otherwise; the flag wins */
static void attributes_are_what_was_asked_for(struct kunit *test)
{
	const struct caching_case *c = test->param_value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		KUNIT_EXPECT_EQ_MSG(test, devmap_regs_caching(c->flags, &orders[i]),
				    c->caching[i], "order %zu", i);
	KUNIT_EXPECT_EQ(test, devmap_regs_caching(c->flags, NULL), c->caching[i]);
}

static struct kunit_case devmap_registers_cases[] = {
	KUNIT_CASE_PARAM(pages_lie_inside_the_set, place_gen_params),
	KUNIT_CASE(edges_are_never_passed),
	KUNIT_CASE_PARAM(attributes_are_what_was_asked_for, caching_gen_params),
	{ }
};

static struct kunit_suite devmap_registers_suite = {
	.name = "ddi_devmap_registers",
	.init = balance_init,
	.test_cases = devmap_registers_cases,
};

kunit_test_suite(devmap_registers_suite);
