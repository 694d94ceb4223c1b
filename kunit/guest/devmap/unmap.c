// SPDX-License-Identifier: GPL-2.0-only
/* unmap.c - munmap, mprotect and mremap: what the driver hears of it */
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Ten pages at user offset 0x20 pages, each marked; the map event is taken. */
static u8 *ten_pages(u64 *pvt)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 10 * page, 0);
	set_plan(&plan);
	p = map(10 * page, 32 * page);
	for (int i = 0; i < 10; i++)
		p[i * page] = i + 1;
	*pvt = only_event(PROBE_MAP)->pvt;
	return p;
}

static void expect_unmap(const struct probe_event *e, int first, int pages, u64 pvt)
{
	CHECK_EQ(e->op, PROBE_UNMAP);
	CHECK_EQ(e->off, (32 + first) * page);
	CHECK_EQ(e->len, pages * page);
	CHECK_EQ(e->pvt, pvt);
	CHECK(e->live);
}

static void expect_marks(const u8 *p, int from, int to)
{
	for (int i = from; i < to; i++) {
		CHECK_EQ(touch((void *)(p + i * page)), 0);
		CHECK_EQ(p[i * page], i + 1);
	}
}

/* D39 */
static void unmap_of_all_leaves_no_handle(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(munmap(p, 10 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 0, 10, pvt);
	CHECK(!e->new1 && !e->new2);
}

/* D39: the tail lives on in the old handle */
static void unmap_of_the_head_leaves_the_tail(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(munmap(p, 3 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 0, 3, pvt);
	CHECK_EQ(e->new1, 0);
	CHECK_EQ(e->new2, e->handle);
	CHECK_EQ(e->pvt2, pvt);
	expect_marks(p, 3, 10);
	CHECK_EQ(munmap(p + 3 * page, 7 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 3, 7, pvt);
}

/* D39: the head lives on in the old handle */
static void unmap_of_the_tail_leaves_the_head(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(munmap(p + 6 * page, 4 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 6, 4, pvt);
	CHECK_EQ(e->new1, e->handle);
	CHECK_EQ(e->pvt1, pvt);
	CHECK_EQ(e->new2, 0);
	expect_marks(p, 0, 6);
	CHECK_EQ(munmap(p, 6 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 0, 6, pvt);
}

/* D39, X14, C43 */
static void unmap_of_the_middle_leaves_two_handles(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 4, 2, pvt);
	CHECK_EQ(e->new1, e->handle);
	CHECK(e->new2 && e->new2 != e->handle);
	CHECK_EQ(e->pvt1, pvt);
	CHECK_EQ(e->pvt2, pvt);
	expect_marks(p, 0, 4);
	expect_marks(p, 6, 10);
	CHECK_EQ(touch(p + 4 * page), SIGSEGV);
	/* The driver gave the new handle a pointer of its own, 300 + number. */
	CHECK_EQ(munmap(p + 8 * page, 2 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 8, 2, 302);
	CHECK_EQ(e->new1, 2);
	CHECK_EQ(munmap(p, 10 * page), 0);
	CHECK_EQ(take_log()->count, 2);
}

/* D39: a new mapping over the middle unmaps it as well */
static void mapping_over_the_middle_unmaps_it(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK(mmap(p + 4 * page, 2 * page, PROT_READ,
		   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 4, 2, pvt);
	CHECK(e->new1 && e->new2);
}

/*
 * D39, X14: over pieces that mprotect has split. On 32-bit machines Linux does
 * not let on which of them go together.
 */
static void mapping_over_a_split_is_told_once(void)
{
	const struct probe_event *e;
	u64 pvt, pages = 1;
	u8 *p = ten_pages(&pvt);
	struct probe_log *log;

	CHECK_EQ(mprotect(p + 2 * page, 3 * page, PROT_READ), 0);
	CHECK(mmap(p + page, 6 * page, PROT_READ,
		   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	log = take_log();
	CHECK(log->count == 1 || sizeof(long) == 4);
	for (u32 i = 0; i < log->count; i++) {
		e = &log->event[i];
		CHECK_EQ(e->op, PROBE_UNMAP);
		CHECK_EQ(e->off, (32 + pages) * page);
		pages += e->len / page;
	}
	CHECK_EQ(pages, 7);
	expect_marks(p, 0, 1);
	expect_marks(p, 7, 10);
	CHECK_EQ(look(p + 3 * page), 0);
}

static void map_and_exit(void *unused)
{
	u64 pvt;

	(void)unused;
	ten_pages(&pvt);
}

/* D39: exit */
static void exit_unmaps_all(void)
{
	const struct probe_event *e;

	reap(spawn(map_and_exit, NULL));
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 0, 10, e->pvt);
	CHECK(!e->new1 && !e->new2);
}

/* D39: two handles, cut in one call */
static void unmap_across_handles_calls_each_once(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 6 * page, 0);
	plan.piece[0].maplen = 3 * page;
	p = map_plan(&plan, 6 * page);
	CHECK_EQ(take_log()->count, 2);
	CHECK_EQ(munmap(p + 2 * page, 2 * page), 0);
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].off, 2 * page);
	CHECK_EQ(log->event[0].new1, 1);
	CHECK_EQ(log->event[0].new2, 0);
	CHECK_EQ(log->event[1].off, 3 * page);
	CHECK_EQ(log->event[1].new1, 0);
	CHECK_EQ(log->event[1].new2, 2);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(touch(p + 5 * page), 0);
}

/* X14: a split by mprotect is not the driver's business */
static void mprotect_splits_without_callbacks(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(mprotect(p + 2 * page, 3 * page, PROT_READ), 0);
	CHECK_EQ(take_log()->count, 0);
	expect_marks(p, 0, 10);
	CHECK_EQ(poke(p + 2 * page, 1), SIGSEGV);
	CHECK_EQ(munmap(p, 10 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 0, 10, pvt);
}

/* D39, X14: however mprotect has split it, one munmap is one callback */
static void unmap_across_a_split_is_told_once(void)
{
	const struct probe_event *e;
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(mprotect(p + 2 * page, 3 * page, PROT_READ), 0);
	CHECK_EQ(munmap(p + page, 3 * page), 0);
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 1, 3, pvt);
	CHECK_EQ(e->new1, e->handle);
	CHECK(e->new2 && e->new2 != e->handle);
	expect_marks(p, 0, 1);
	expect_marks(p, 4, 10);
	CHECK_EQ(touch(p + 3 * page), SIGSEGV);
	CHECK_EQ(munmap(p + 4 * page, 6 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 4, 6, 302);
	CHECK_EQ(munmap(p, page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 0, 1, pvt);
}

static void split_and_exit(void *unused)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	(void)unused;
	CHECK_EQ(mprotect(p + 2 * page, 3 * page, PROT_READ), 0);
}

/* D39, X14 */
static void exit_of_a_split_mapping_is_told_once(void)
{
	const struct probe_event *e;

	reap(spawn(split_and_exit, NULL));
	e = only_event(PROBE_UNMAP);
	expect_unmap(e, 0, 10, e->pvt);
	CHECK(!e->new1 && !e->new2);
}

/* X14, D43 */
static void mremap_may_not_grow(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK(mremap(p, 10 * page, 11 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mremap(p, 0, 10 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	expect_marks(p, 0, 10);
	CHECK_EQ(take_log()->count, 0);
}

/* X14 */
static void mremap_moves_without_callbacks(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt), *q;

	q = mmap(NULL, 10 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED);
	CHECK(mremap(p, 10 * page, 10 * page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(take_log()->count, 0);
	expect_marks(q, 0, 10);
	CHECK_EQ(touch(p), SIGSEGV);
	/* Its handle moved along: pieces are told from the new place. */
	CHECK_EQ(munmap(q + 4 * page, 2 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 4, 2, pvt);
	CHECK_EQ(munmap(q, 10 * page), 0);
	CHECK_EQ(take_log()->count, 2);
}

/* X14: a handle stays in one piece */
static void mremap_of_a_part_is_refused(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt), *q;

	q = mmap(NULL, 4 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED);
	CHECK(mremap(p + 4 * page, 2 * page, 2 * page,
		     MREMAP_MAYMOVE | MREMAP_FIXED, q) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
	CHECK_EQ(take_log()->count, 0);
	expect_marks(p, 0, 10);
	CHECK_EQ(munmap(p, 10 * page), 0);
	expect_unmap(only_event(PROBE_UNMAP), 0, 10, pvt);
}

/* D39 by mremap */
static void mremap_may_shrink(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK(mremap(p, 10 * page, 7 * page, 0) == p);
	expect_unmap(only_event(PROBE_UNMAP), 7, 3, pvt);
	expect_marks(p, 0, 7);
}

/* A process that drops its translations gets them again, with the contents */
static void madvise_dontneed_loses_nothing(void)
{
	u64 pvt;
	u8 *p = ten_pages(&pvt);

	CHECK_EQ(madvise(p, 10 * page, MADV_DONTNEED), 0);
	expect_marks(p, 0, 10);
}

const struct guest_case unmap_cases[] = {
	{ "unmap_of_all_leaves_no_handle", unmap_of_all_leaves_no_handle },
	{ "unmap_of_the_head_leaves_the_tail", unmap_of_the_head_leaves_the_tail },
	{ "unmap_of_the_tail_leaves_the_head", unmap_of_the_tail_leaves_the_head },
	{ "unmap_of_the_middle_leaves_two_handles", unmap_of_the_middle_leaves_two_handles },
	{ "mapping_over_the_middle_unmaps_it", mapping_over_the_middle_unmaps_it },
	{ "mapping_over_a_split_is_told_once", mapping_over_a_split_is_told_once },
	{ "exit_unmaps_all", exit_unmaps_all },
	{ "unmap_across_handles_calls_each_once", unmap_across_handles_calls_each_once },
	{ "mprotect_splits_without_callbacks", mprotect_splits_without_callbacks },
	{ "unmap_across_a_split_is_told_once", unmap_across_a_split_is_told_once },
	{ "exit_of_a_split_mapping_is_told_once", exit_of_a_split_mapping_is_told_once },
	{ "mremap_may_not_grow", mremap_may_not_grow },
	{ "mremap_moves_without_callbacks", mremap_moves_without_callbacks },
	{ "mremap_of_a_part_is_refused", mremap_of_a_part_is_refused },
	{ "mremap_may_shrink", mremap_may_shrink },
	{ "madvise_dontneed_loses_nothing", madvise_dontneed_loses_nothing },
	{ }
};
