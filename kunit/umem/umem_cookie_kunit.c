// SPDX-License-Identifier: GPL-2.0-only
/* umem_cookie_kunit.c - live, freed, driver-made and wild cookies */
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/slab.h>

#include "kunit/ddi_kunit.h"
#include "ddi_umem/umem_impl.h"
#include "kunit/lib/balance.h"

/* A window on the first page behind @cookie; how that ended. */
static int open_page(ddi_umem_cookie_t cookie)
{
	struct umem_window window;
	int err = umem_window_init(&window, cookie, 0, 1, "kunit");

	if (!err)
		umem_window_fini(&window);
	return err;
}

static void expect_stale(struct kunit *test, ddi_umem_cookie_t cookie)
{
	int err = 0;

	EXPECT_MISUSE(test, err = open_page(cookie));
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
}

#define STALE	1000

/* U21, U22: KASAN would report a read of the freed cookie */
static void freed_cookies_are_never_read(struct kunit *test)
{
	ddi_umem_cookie_t *cookies = kunit_kcalloc(test, STALE, sizeof(*cookies), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cookies);
	for (i = 0; i < STALE; i++)
		ddi_umem_alloc((1 + i % 3) * PAGE_SIZE, DDI_UMEM_SLEEP, &cookies[i]);
	for (i = 0; i < STALE; i++)
		ddi_umem_free(cookies[i]);
	umem_page_cache_drain();
	umem_flush_deferred();
	for (i = 0; i < STALE; i++)
		expect_stale(test, cookies[i]);
}

/* U22: the next object has another cookie, so a stale one is recognised */
static void freed_cookie_is_not_the_next_objects(struct kunit *test)
{
	ddi_umem_cookie_t stale, next;
	size_t size = PAGE_SIZE;

	for (; size <= 16 * PAGE_SIZE; size *= 2) {
		ddi_umem_alloc(size, DDI_UMEM_SLEEP, &stale);
		ddi_umem_free(stale);
		ddi_umem_alloc(size, DDI_UMEM_SLEEP, &next);
		KUNIT_EXPECT_PTR_NE(test, next, stale);
		expect_stale(test, stale);
		ddi_umem_free(next);
	}
}

/* U21: inside of a cookie, and where the next one would not fit into the page any more */
static void address_inside_a_cookie_is_misuse(struct kunit *test)
{
	size_t behind = rounddown(PAGE_SIZE, sizeof(struct umem));
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	expect_stale(test, cookie + sizeof(long));
	if (behind < PAGE_SIZE)
		expect_stale(test, (void *)((unsigned long)cookie & PAGE_MASK) + behind);
	KUNIT_EXPECT_EQ(test, open_page(cookie), 0);
	ddi_umem_free(cookie);
}

/* U21 */
static void wild_pointer_is_misuse(struct kunit *test)
{
	const unsigned long wild[] = {
		1, PAGE_SIZE, ~0UL, ~0UL - sizeof(struct ddi_umem_cookie), ~0UL >> 1,
		PAGE_OFFSET - PAGE_SIZE,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(wild); i++)
		expect_stale(test, (ddi_umem_cookie_t)wild[i]);
	KUNIT_EXPECT_EQ(test, open_page(NULL), -EINVAL);
}

struct own_case {
	const char *name;
	uint_t type;
	size_t size;
	bool no_memory;
	bool well_formed;
};

static const struct own_case own_cases[] = {
	{ "as xsvc makes it", KMEM_NON_PAGEABLE, PAGE_SIZE, false, true },
	{ "pageable", KMEM_PAGEABLE, PAGE_SIZE, false, true },
	{ "no type", 0, PAGE_SIZE, false, false },
	{ "trash", UMEM_TRASH, PAGE_SIZE, false, false },
	{ "locked user memory", UMEM_LOCKED, PAGE_SIZE, false, false },
	{ "freed", UMEM_FREED, PAGE_SIZE, false, false },
	{ "no size", KMEM_NON_PAGEABLE, 0, false, false },
	{ "past the top of memory", KMEM_NON_PAGEABLE, SIZE_MAX, false, false },
	{ "no address", KMEM_NON_PAGEABLE, PAGE_SIZE, true, false },
};

KUNIT_ARRAY_PARAM_DESC(own, own_cases, name);

static void free_own_page(void *addr)
{
	free_page((unsigned long)addr);
}

/* U20, U21: only type, cvaddr and size are read */
static void driver_made_cookie_must_be_well_formed(struct kunit *test)
{
	const struct own_case *c = test->param_value;
	struct ddi_umem_cookie *own = kunit_kzalloc(test, sizeof(*own), GFP_KERNEL);
	void *memory = (void *)__get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, own);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_own_page, memory), 0);
	own->type = c->type;
	own->size = c->size;
	own->cvaddr = c->no_memory ? NULL : memory;
	if (!c->well_formed) {
		expect_stale(test, own);
		return;
	}
	EXPECT_NO_MISUSE(test, KUNIT_EXPECT_EQ(test, open_page(own), 0));
	EXPECT_MISUSE(test, ddi_umem_free(own));
}

static struct kunit_case umem_cookie_cases[] = {
	KUNIT_CASE(freed_cookies_are_never_read),
	KUNIT_CASE(freed_cookie_is_not_the_next_objects),
	KUNIT_CASE(address_inside_a_cookie_is_misuse),
	KUNIT_CASE(wild_pointer_is_misuse),
	KUNIT_CASE_PARAM(driver_made_cookie_must_be_well_formed, own_gen_params),
	{ }
};

static struct kunit_suite umem_cookie_suite = {
	.name = "ddi_umem_cookie",
	.init = balance_init,
	.test_cases = umem_cookie_cases,
};

kunit_test_suite(umem_cookie_suite);
