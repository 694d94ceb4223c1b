// SPDX-License-Identifier: GPL-2.0-only
/* buf_kunit.c - transfers and scatterlists of a cookie's memory */
#include <ddi/umem.h>
#include <sys/buf.h>
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/faults.h"
#include "ddi_umem/umem_impl.h"

#define PAGES	20
#define LEN	(PAGES * PAGE_SIZE)

/* Each way in which memory can be had. */
enum kind { BLOCK, SCATTERED, PAGEABLE, TRASH, OWN, USER, KINDS };

struct kind_case {
	const char *name;
	enum kind kind;
	bool io;	/* ddi_umem_iosetup() takes it */
	bool pages;	/* it has pages of its own */
};

static const struct kind_case kinds[] = {
	{ "block", BLOCK, true, true },
	{ "scattered", SCATTERED, true, true },
	{ "pageable", PAGEABLE, false, true },
	{ "trash", TRASH, false, false },
	{ "driver-made", OWN, true, true },
	{ "locked user memory", USER, true, true },
};

KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static void free_cookie(void *cookie)
{
	ddi_umem_free(cookie);
	umem_user_flush();
	umem_flush_deferred();
}

static void free_memory(void *memory)
{
	vfree(memory);
}

static ddi_umem_cookie_t own_cookie(struct kunit *test)
{
	struct ddi_umem_cookie *own = kunit_kzalloc(test, sizeof(*own), GFP_KERNEL);
	void *memory = vzalloc(LEN);

	KUNIT_ASSERT_NOT_NULL(test, own);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_memory, memory), 0);
	own->type = KMEM_NON_PAGEABLE;
	own->size = LEN;
	own->cvaddr = memory;
	return own;
}

static ddi_umem_cookie_t user_cookie(struct kunit *test)
{
	unsigned long addr = kunit_vm_mmap(test, NULL, 0, LEN, PROT_READ | PROT_WRITE,
					   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	ddi_umem_cookie_t cookie;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_ASSERT_EQ(test, ddi_umem_lock((caddr_t)addr, LEN, DDI_UMEMLOCK_WRITE, &cookie), 0);
	return cookie;
}

/* LEN bytes of that kind; a block has a power of two more. */
static struct ddi_umem_cookie *cookie_of(struct kunit *test, enum kind kind)
{
	static const int flags[] = {
		[BLOCK] = DDI_UMEM_NOSLEEP, [PAGEABLE] = DDI_UMEM_PAGEABLE,
		[TRASH] = DDI_UMEM_TRASH, [OWN] = 0,
	};
	ddi_umem_cookie_t cookie;

	if (kind == OWN)
		return own_cookie(test);
	if (kind == USER)
		cookie = user_cookie(test);
	else
		ddi_umem_alloc(LEN, flags[kind], &cookie);
	KUNIT_ASSERT_NOT_NULL(test, cookie);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_cookie, cookie), 0);
	return cookie;
}

static struct buf *iosetup(ddi_umem_cookie_t cookie, off_t off, size_t len, int direction)
{
	return ddi_umem_iosetup(cookie, off, len, direction, 0x1234, 77, NULL, DDI_UMEM_SLEEP);
}

/* L20, L31 */
static void iosetup_takes_memory_that_stays(struct kunit *test)
{
	const struct kind_case *c = test->param_value;
	struct buf *bp;

	EXPECT_NO_MISUSE(test, bp = iosetup(cookie_of(test, c->kind), 0, LEN, B_READ));
	KUNIT_EXPECT_EQ(test, !!bp, c->io);
	if (bp)
		freerbuf(bp);
}

struct range_case {
	const char *name;
	off_t off;
	size_t len;
	int direction;
	int sleepflag;
	bool good;
};

static const struct range_case ranges[] = {
	{ "all, into memory", 0, LEN, B_READ, DDI_UMEM_SLEEP, true },
	{ "all, from memory", 0, LEN, B_WRITE, DDI_UMEM_NOSLEEP, true },
	{ "odd", 5, 7, B_READ, DDI_UMEM_SLEEP, true },
	{ "the last byte", LEN - 1, 1, B_READ, DDI_UMEM_SLEEP, true },
	{ "a byte too long", 0, LEN + 1, B_READ, DDI_UMEM_SLEEP, false },
	{ "a byte too far", LEN, 1, B_READ, DDI_UMEM_SLEEP, false },
	{ "negative", -1, 1, B_READ, DDI_UMEM_SLEEP, false },
	{ "negative, wraps into the memory", -PAGE_SIZE, 2 * PAGE_SIZE, B_READ,
	  DDI_UMEM_SLEEP, false },
	{ "length that wraps", PAGE_SIZE, -PAGE_SIZE, B_READ, DDI_UMEM_SLEEP, false },
	{ "length that wraps with its page", 5, SIZE_MAX, B_READ, DDI_UMEM_SLEEP, false },
	{ "no direction", 0, LEN, 0, DDI_UMEM_SLEEP, false },
	{ "both directions", 0, LEN, B_READ | B_WRITE, DDI_UMEM_SLEEP, false },
	{ "unknown sleep flag", 0, LEN, B_READ, 2, false },
};

KUNIT_ARRAY_PARAM_DESC(range, ranges, name);

/* L20 */
static void iosetup_checks_its_arguments(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	ddi_umem_cookie_t cookie = cookie_of(test, USER);
	struct buf *bp = ddi_umem_iosetup(cookie, c->off, c->len, c->direction, 0, 0, NULL,
					  c->sleepflag);

	KUNIT_EXPECT_EQ(test, !!bp, c->good);
	if (bp)
		freerbuf(bp);
}

/* L20, U22 */
static void iosetup_of_no_cookie_gives_null(struct kunit *test)
{
	ddi_umem_cookie_t cookie;

	EXPECT_NO_MISUSE(test, KUNIT_EXPECT_NULL(test, iosetup(NULL, 0, 1, B_READ)));
	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	ddi_umem_free(cookie);
	EXPECT_MISUSE(test, KUNIT_EXPECT_NULL(test, iosetup(cookie, 0, 1, B_READ)));
}

static int done_calls;

static int note_done(struct buf *bp)
{
	done_calls++;
	return 0;
}

/* L1, L21, L22 */
static void buf_says_what_iosetup_was_told(struct kunit *test)
{
	struct ddi_umem_cookie *c = cookie_of(test, USER);
	struct buf *bp = ddi_umem_iosetup(c, PAGE_SIZE + 5, 100, B_WRITE, 0x12345678UL, 42,
					  note_done, DDI_UMEM_SLEEP);

	KUNIT_ASSERT_NOT_NULL(test, bp);
	KUNIT_EXPECT_EQ(test, bp->b_flags, B_BUSY | B_PHYS | B_WRITE | B_SHADOW);
	KUNIT_EXPECT_EQ(test, bp->b_edev, 0x12345678UL);
	KUNIT_EXPECT_EQ(test, bp->b_blkno, 42);
	KUNIT_EXPECT_EQ(test, bp->b_lblkno, 42);
	KUNIT_EXPECT_EQ(test, bp->b_bcount, 100);
	KUNIT_EXPECT_PTR_EQ(test, bp->b_un.b_addr, c->cvaddr + PAGE_SIZE + 5);
	KUNIT_EXPECT_PTR_EQ(test, bp->b_shadow, c->pparray + 1);
	KUNIT_EXPECT_PTR_EQ(test, bp->b_proc, (proc_t *)c->procp);
	done_calls = 0;
	biodone(bp);
	KUNIT_EXPECT_EQ(test, done_calls, 1);
	freerbuf(bp);
}

/* L21: kernel memory has an address that needs no pages */
static void buf_of_kernel_memory_has_no_shadow(struct kunit *test)
{
	struct ddi_umem_cookie *c = cookie_of(test, SCATTERED);
	struct buf *bp = iosetup(c, 5, 7, B_READ);

	KUNIT_ASSERT_NOT_NULL(test, bp);
	KUNIT_EXPECT_EQ(test, bp->b_flags, B_BUSY | B_PHYS | B_READ);
	KUNIT_EXPECT_PTR_EQ(test, bp->b_un.b_addr, c->cvaddr + 5);
	KUNIT_EXPECT_NULL(test, bp->b_proc);
	freerbuf(bp);
}

/* L21: pages stay while a buf is there, though the cookie is dead */
static void buf_keeps_what_is_unlocked(struct kunit *test)
{
	ddi_umem_cookie_t cookie = user_cookie(test);
	unsigned long before;
	struct sg_table sgt;
	struct buf *bp;

	umem_user_flush();
	before = current->mm->locked_vm;
	bp = iosetup(cookie, 0, LEN, B_READ);
	KUNIT_ASSERT_NOT_NULL(test, bp);
	ddi_umem_unlock(cookie);
	umem_user_flush();
	KUNIT_EXPECT_EQ(test, current->mm->locked_vm, before);
	KUNIT_EXPECT_GE(test, page_count(bp->b_shadow[0]), GUP_PIN_COUNTING_BIAS);
	KUNIT_EXPECT_EQ(test, ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL), -ENXIO);
	freerbuf(bp);
	umem_user_flush();
	KUNIT_EXPECT_EQ(test, before - current->mm->locked_vm, PAGES);
}

/* L21 */
static void raw_buf_is_free_for_any_use(struct kunit *test)
{
	struct buf *bp = getrbuf(0);
	struct sg_table sgt;

	KUNIT_ASSERT_NOT_NULL(test, bp);
	KUNIT_EXPECT_EQ(test, bp->b_flags, B_BUSY);
	KUNIT_EXPECT_EQ(test, ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL), -EINVAL);
	bioerror(bp, EIO);
	KUNIT_EXPECT_EQ(test, geterror(bp), EIO);
	biodone(bp);
	KUNIT_EXPECT_EQ(test, biowait(bp), EIO);
	bioerror(bp, 0);
	KUNIT_EXPECT_EQ(test, geterror(bp), 0);
	freerbuf(bp);
}

/* L20: with NOSLEEP and no memory */
static void iosetup_unwinds_from_each_fault(struct kunit *test)
{
	ddi_umem_cookie_t cookie = cookie_of(test, USER);
	struct buf *bp;

	need_faults(test);
	fail_nth(1);
	bp = ddi_umem_iosetup(cookie, 0, LEN, B_READ, 0, 0, NULL, DDI_UMEM_NOSLEEP);
	fail_nth(0);
	KUNIT_EXPECT_NULL(test, bp);
}

static struct page *page_behind(struct ddi_umem_cookie *c, enum kind kind, unsigned long i)
{
	if (kind == USER)
		return c->pparray[i];
	if (is_vmalloc_addr(c->cvaddr))
		return vmalloc_to_page(c->cvaddr + i * PAGE_SIZE);
	return virt_to_page(c->cvaddr + i * PAGE_SIZE);
}

/* U20, U21, L7 */
static void pages_are_those_behind_the_cookie(struct kunit *test)
{
	const struct kind_case *c = test->param_value;
	struct ddi_umem_cookie *cookie = cookie_of(test, c->kind);
	struct page *pages[3];
	int i;

	if (!c->pages) {
		KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, 0, 1, pages), -EINVAL);
		return;
	}
	KUNIT_ASSERT_EQ(test, ddi_umem_pages(cookie, 4 * PAGE_SIZE + 9, 2 * PAGE_SIZE, pages), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, pages[i], page_behind(cookie, c->kind, 4 + i));
	KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, LEN, 1, pages), -ENXIO);
	KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, -1, 1, pages), -EINVAL);
	KUNIT_EXPECT_EQ(test, ddi_umem_pages(cookie, 0, 0, pages), -EINVAL);
}

/* L7, U10: a process or a file holds its pages, whatever others do */
static void pages_of_others_are_not_asked_for(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(cookie_of(test, USER), 0, LEN), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(cookie_of(test, PAGEABLE), 0, LEN), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(cookie_of(test, SCATTERED), 0, LEN), 0);
}

/* Does the list show [off, off + len) of the memory, and nothing else? */
static void expect_list(struct kunit *test, const struct sg_table *sgt,
			struct ddi_umem_cookie *c, enum kind kind, size_t off, size_t len)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(sgt, sg, i) {
		size_t done = 0, n = sg->length;

		for (; done < n; done += PAGE_SIZE - offset_in_page(off + done))
			KUNIT_EXPECT_PTR_EQ(test, sg_page(sg) + ((sg->offset + done) >> PAGE_SHIFT),
					    page_behind(c, kind, (off + done) >> PAGE_SHIFT));
		KUNIT_EXPECT_EQ(test, offset_in_page(sg->offset), offset_in_page(off));
		off += n;
		len -= n;
	}
	KUNIT_EXPECT_EQ(test, len, 0);
}

/* U20, U21, L7 */
static void scatterlist_is_of_the_range(struct kunit *test)
{
	const struct kind_case *c = test->param_value;
	struct ddi_umem_cookie *cookie = cookie_of(test, c->kind);
	struct sg_table sgt;

	if (!c->pages) {
		KUNIT_EXPECT_EQ(test, ddi_umem_sg_alloc(&sgt, cookie, 0, 1, GFP_KERNEL), -EINVAL);
		return;
	}
	KUNIT_ASSERT_EQ(test, ddi_umem_sg_alloc(&sgt, cookie, 0, LEN, GFP_KERNEL), 0);
	expect_list(test, &sgt, cookie, c->kind, 0, LEN);
	if (c->kind == BLOCK)
		KUNIT_EXPECT_EQ(test, sgt.orig_nents, 1);
	sg_free_table(&sgt);
	KUNIT_ASSERT_EQ(test, ddi_umem_sg_alloc(&sgt, cookie, 2 * PAGE_SIZE - 3, PAGE_SIZE + 5,
						GFP_ATOMIC), 0);
	expect_list(test, &sgt, cookie, c->kind, 2 * PAGE_SIZE - 3, PAGE_SIZE + 5);
	sg_free_table(&sgt);
	KUNIT_EXPECT_EQ(test, ddi_umem_sg_alloc(&sgt, cookie, 1, LEN, GFP_KERNEL), -ENXIO);
	KUNIT_EXPECT_EQ(test, ddi_umem_sg_alloc(&sgt, cookie, 0, 0, GFP_KERNEL), -EINVAL);
}

/* L21 */
static void scatterlist_of_a_buf_is_what_it_describes(struct kunit *test)
{
	struct ddi_umem_cookie *cookie = cookie_of(test, USER);
	struct buf *bp = iosetup(cookie, 3 * PAGE_SIZE + 17, 2 * PAGE_SIZE, B_READ);
	struct sg_table sgt;

	KUNIT_ASSERT_NOT_NULL(test, bp);
	KUNIT_ASSERT_EQ(test, ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL), 0);
	expect_list(test, &sgt, cookie, USER, 3 * PAGE_SIZE + 17, 2 * PAGE_SIZE);
	sg_free_table(&sgt);
	bp->b_bcount = 4 * PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL), -ENXIO);
	bp->b_bcount = 0;
	KUNIT_EXPECT_EQ(test, ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL), -EINVAL);
	freerbuf(bp);
}

/* K6: no memory for the list */
static void scatterlist_unwinds_from_each_fault(struct kunit *test)
{
	ddi_umem_cookie_t cookie = cookie_of(test, SCATTERED);
	int n, err, failed = 0;
	struct sg_table sgt;

	need_faults(test);
	for (n = 1; n < 6; n++) {
		fail_nth(n);
		err = ddi_umem_sg_alloc(&sgt, cookie, 0, LEN, GFP_ATOMIC);
		fail_nth(0);
		if (err)
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		else
			sg_free_table(&sgt);
		failed += !!err;
	}
	KUNIT_EXPECT_GT(test, failed, 0);
}

/* K6, L21: no memory for the list; the buf stays as it is */
static void scatterlist_of_a_buf_unwinds_from_each_fault(struct kunit *test)
{
	struct ddi_umem_cookie *cookie = cookie_of(test, USER);
	struct buf *bp = iosetup(cookie, 17, 2 * PAGE_SIZE, B_READ);
	int n, err, failed = 0;
	struct sg_table sgt;

	need_faults(test);
	KUNIT_ASSERT_NOT_NULL(test, bp);
	/* Linux allocates for itself at times, so that each number is tried again. */
	for (n = 0; n < 50; n++) {
		fail_nth(1 + n % 10);
		err = ddi_buf_sg_alloc(&sgt, bp, GFP_KERNEL);
		fail_nth(0);
		failed += !!err;
		if (err) {
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			continue;
		}
		expect_list(test, &sgt, cookie, USER, 17, 2 * PAGE_SIZE);
		sg_free_table(&sgt);
	}
	/* The array of pages, and the list itself */
	KUNIT_EXPECT_GE(test, failed, 2);
	freerbuf(bp);
}

static struct kunit_case buf_cases[] = {
	KUNIT_CASE_PARAM(iosetup_takes_memory_that_stays, kind_gen_params),
	KUNIT_CASE_PARAM(iosetup_checks_its_arguments, range_gen_params),
	KUNIT_CASE(iosetup_of_no_cookie_gives_null),
	KUNIT_CASE(buf_says_what_iosetup_was_told),
	KUNIT_CASE(buf_of_kernel_memory_has_no_shadow),
	KUNIT_CASE(buf_keeps_what_is_unlocked),
	KUNIT_CASE(raw_buf_is_free_for_any_use),
	KUNIT_CASE(iosetup_unwinds_from_each_fault),
	KUNIT_CASE_PARAM(pages_are_those_behind_the_cookie, kind_gen_params),
	KUNIT_CASE(pages_of_others_are_not_asked_for),
	KUNIT_CASE_PARAM(scatterlist_is_of_the_range, kind_gen_params),
	KUNIT_CASE(scatterlist_of_a_buf_is_what_it_describes),
	KUNIT_CASE(scatterlist_unwinds_from_each_fault),
	KUNIT_CASE(scatterlist_of_a_buf_unwinds_from_each_fault),
	{ }
};

static struct kunit_suite buf_suite = {
	.name = "ddi_umem_buf",
	.init = balance_init,
	.test_cases = buf_cases,
};

kunit_test_suite(buf_suite);
