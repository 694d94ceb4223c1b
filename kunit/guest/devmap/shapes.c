// SPDX-License-Identifier: GPL-2.0-only
/* shapes.c - mappings in pieces: cut, moved, overlaid, locked and protected in any way */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIX	6

/* Three handles of two pages each, which show 1 to 6. */
static u8 *six_pages(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, SIX * page, 0);
	for (int i = 0; i < SIX; i++)
		umem_poke(0, i * page, i + 1);
	for (u32 i = 0; i < 3; i++)
		plan.piece[i] = (struct probe_piece){ .off = 2 * i * page, .maplen = 2 * page };
	plan.pieces = 3;
	set_plan(&plan);
	return map(SIX * page, 0);
}

static u64 unmapped_pages(void)
{
	struct probe_log *log = take_log();
	u64 pages = 0;

	for (u32 i = 0; i < log->count; i++)
		if (log->event[i].op == PROBE_UNMAP)
			pages += log->event[i].len / page;
	return pages;
}

static void check_holes(u8 *p, unsigned int holes)
{
	for (int i = 0; i < SIX; i++) {
		bool hole = holes >> i & 1;

		CHECK_EQ(touch(p + i * page), hole ? SIGSEGV : 0);
		if (!hole)
			CHECK_EQ(look(p + i * page), i + 1);
	}
}

/* D39: whatever pages go one by one, in whatever order, the rest stays */
static void munmap_in_every_pattern(void)
{
	u8 *p = six_pages();

	for (unsigned int holes = 0; holes < 1U << SIX; holes++) {
		take_log();
		for (int k = 0; k < SIX; k++) {
			int i = holes & 1 ? k : SIX - 1 - k;

			if (holes >> i & 1)
				CHECK_EQ(munmap(p + i * page, page), 0);
		}
		CHECK_EQ(unmapped_pages(), __builtin_popcount(holes));
		check_holes(p, holes);
		CHECK_EQ(munmap(p, SIX * page), 0);
		CHECK_EQ(unmapped_pages(), SIX - __builtin_popcount(holes));
		p = map(SIX * page, 0);
	}
}

/* D39: each range that one munmap(2) may take, of what mprotect(2) has split */
static void munmap_of_every_range_of_a_split_mapping(void)
{
	u8 *p = six_pages();

	for (int from = 0; from < SIX; from++)
		for (int to = from + 1; to <= SIX; to++) {
			unsigned int holes = ((1U << to) - 1) & ~((1U << from) - 1);

			CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
			CHECK_EQ(mprotect(p + 4 * page, page, PROT_READ), 0);
			take_log();
			CHECK_EQ(munmap(p + from * page, (to - from) * page), 0);
			CHECK_EQ(unmapped_pages(), to - from);
			check_holes(p, holes);
			CHECK_EQ(munmap(p, SIX * page), 0);
			CHECK_EQ(unmapped_pages(), SIX - (to - from));
			p = map(SIX * page, 0);
		}
}

/* D39, D13: a mapping over a part of another one of the same device */
static void mapping_over_a_mapping_replaces_that_part(void)
{
	u8 *p = few_pages(0);
	struct probe_log *log;

	check_pages(p);
	take_log();
	CHECK(mmap(p + page, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, 0) ==
	      p + page);
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_UNMAP);
	CHECK_EQ(log->event[0].off, page);
	CHECK_EQ(log->event[0].len, 2 * page);
	CHECK_EQ(log->event[1].op, PROBE_MAP);
	CHECK_EQ(look(p + page), 1);
	CHECK_EQ(look(p + 2 * page), 2);
	CHECK_EQ(look(p + 3 * page), 4);
}

/* D13 */
static void mapping_over_nothing_else_is_kept_apart(void)
{
	u8 *p = few_pages(0);

	CHECK(mmap(p + page, page, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, dev, 0) ==
	      MAP_FAILED);
	CHECK_EQ(errno, EEXIST);
	check_pages(p);
}

/* D39, X14 */
static void move_onto_another_mapping_unmaps_that(void)
{
	u8 *p = few_pages(0), *q = map(FEW * page, 0);
	size_t len = FEW * page;

	check_pages(q);
	take_log();
	CHECK(mremap(p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(only_event(PROBE_UNMAP)->handle, 2);
	check_pages(q);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(munmap(q, len), 0);
	CHECK_EQ(only_event(PROBE_UNMAP)->handle, 1);
}

/* D39, X14 */
static void move_may_shrink_as_well(void)
{
	u8 *p = few_pages(0), *q = map(FEW * page, 0);

	take_log();
	CHECK_EQ(munmap(q, FEW * page), 0);
	take_log();
	CHECK(mremap(p, FEW * page, 2 * page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(only_event(PROBE_UNMAP)->off, 2 * page);
	CHECK_EQ(look(q), 1);
	CHECK_EQ(look(q + page), 2);
	CHECK_EQ(touch(q + 2 * page), SIGSEGV);
	CHECK_EQ(touch(p), SIGSEGV);
}

/* X14: what mprotect(2) has split stays where it is */
static void move_of_a_split_mapping_is_refused(void)
{
	u8 *p = few_pages(0), *q = map(FEW * page, 0);
	size_t len = FEW * page;

	CHECK_EQ(munmap(q, len), 0);
	CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
	take_log();
	CHECK(mremap(p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, q) == MAP_FAILED);
	CHECK(mremap(p, page, page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == MAP_FAILED);
	check_pages(p);
	check_count(0, 0);
}

static void move_in_child(void *arg)
{
	u8 *p = arg, *q = p - 64 * page;

	CHECK(mremap(p, FEW * page, FEW * page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	check_pages(q);
}

/* D38, X14 */
static void child_may_move_its_mapping(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	reap(spawn(move_in_child, p));
	check_pages(p);
}

/* D33: memory that the process has locked is taken away all the same */
static void locked_pages_are_taken_away(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	CHECK_EQ(mlock(p, FEW * page), 0);
	syscall(SYS_mlock2, p + page, page, 1);		/* MLOCK_ONFAULT */
	CHECK_EQ(munlock(p + 2 * page, page), 0);
	check_pages(p);
	take_log();
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
	check_pages(p);
	check_count(PROBE_ACCESS, FEW);
	CHECK_EQ(invalidate(1), 0);
	for (int i = 0; i < FEW; i++)
		CHECK_EQ(touch(p + i * page), SIGSEGV);
}

/* D32: what makes Linux touch all pages ends where the driver refuses them */
static void touching_all_of_it_ends_at_a_refusal(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);

	plan.policy = PROBE_REFUSE;
	plan.callbacks |= PROBE_ACCESS;
	set_plan(&plan);
	CHECK_EQ(madvise(p, FEW * page, 22), -1);	/* MADV_POPULATE_READ */
	CHECK_EQ(madvise(p, FEW * page, 23), -1);	/* MADV_POPULATE_WRITE */
	mlock(p, FEW * page);
	CHECK_EQ(touch(p), SIGSEGV);
}

/* D37, D39: any protection of any part, any number of times */
static void protections_come_and_go(void)
{
	u8 *p = few_pages(0);
	unsigned int seed = 5;

	check_pages(p);
	take_log();
	for (int round = 0; round < 300; round++) {
		int from = rand_r(&seed) % FEW, pages = rand_r(&seed) % (FEW - from) + 1;
		int prot = rand_r(&seed) % 4;
		u8 *q = p + from * page;

		CHECK_EQ(mprotect(q, pages * page, prot), 0);
		CHECK_EQ(touch(q), prot ? 0 : SIGSEGV);
		CHECK_EQ(poke(q, from + 1), prot & PROT_WRITE ? 0 : SIGSEGV);
	}
	CHECK_EQ(mprotect(p, FEW * page, PROT_READ), 0);
	check_pages(p);
	CHECK_EQ(munmap(p, FEW * page), 0);
	check_count(PROBE_UNMAP, 1);
}

/* D39: an munmap(2) that Linux cannot make changes nothing */
static void munmap_that_fails_is_not_told(void)
{
	int fd = open("/proc/sys/vm/max_map_count", O_RDWR), err;
	u8 *p = six_pages();

	take_log();
	CHECK_EQ(pwrite(fd, "4", 1, 0), 1);
	err = munmap(p + page, page) ? errno : 0;
	CHECK_EQ(pwrite(fd, "65530", 5, 0), 5);
	CHECK_EQ(err, ENOMEM);
	check_count(0, 0);
	check_holes(p, 0);
}

/* D39: the driver hears nothing of an mmap(2) that Linux refuses */
static void mmap_beyond_a_limit_is_not_told(void)
{
	struct rlimit none = { page, page };

	six_pages();
	take_log();
	CHECK_EQ(setrlimit(RLIMIT_AS, &none), 0);
	CHECK_EQ(map_error(SIX * page, 0), ENOMEM);
	check_count(0, 0);
}

/* D39: a thousand handles in one munmap(2) */
static void munmap_across_many_handles_tells_each(void)
{
	u8 *p;

	umem_alloc(0, 1024 * page, 0);
	p = map_by_pages(1024, PROBE_UNMAP);
	take_log();
	CHECK_EQ(munmap(p + page, 1022 * page), 0);
	CHECK_EQ(take_log()->count, 1022);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(touch(p + page), SIGSEGV);
	CHECK_EQ(touch(p + 1023 * page), 0);
}

static atomic_bool stop;

static void *touch_all_the_time(void *arg)
{
	u8 *p = arg;

	while (!atomic_load(&stop))
		for (int i = 0; i < FEW; i++)
			touch(p + i * page);
	return NULL;
}

/* D39: a thread that touches what another one maps and unmaps gets data or a signal */
static void mapping_comes_and_goes_under_a_thread(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pthread_t thread;

	atomic_store(&stop, false);
	CHECK_EQ(pthread_create(&thread, NULL, touch_all_the_time, p), 0);
	for (int round = 0; round < 100; round++) {
		CHECK_EQ(munmap(p + round % FEW * page, page), 0);
		CHECK(mmap(p, FEW * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev,
			   0) == p);
		check_pages(p);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}

const struct guest_case shape_cases[] = {
	{ "munmap_in_every_pattern", munmap_in_every_pattern },
	{ "munmap_of_every_range_of_a_split_mapping", munmap_of_every_range_of_a_split_mapping },
	{ "mapping_over_a_mapping_replaces_that_part",
	  mapping_over_a_mapping_replaces_that_part },
	{ "mapping_over_nothing_else_is_kept_apart", mapping_over_nothing_else_is_kept_apart },
	{ "move_onto_another_mapping_unmaps_that", move_onto_another_mapping_unmaps_that },
	{ "move_may_shrink_as_well", move_may_shrink_as_well },
	{ "move_of_a_split_mapping_is_refused", move_of_a_split_mapping_is_refused },
	{ "child_may_move_its_mapping", child_may_move_its_mapping },
	{ "locked_pages_are_taken_away", locked_pages_are_taken_away },
	{ "touching_all_of_it_ends_at_a_refusal", touching_all_of_it_ends_at_a_refusal },
	{ "protections_come_and_go", protections_come_and_go },
	{ "munmap_that_fails_is_not_told", munmap_that_fails_is_not_told },
	{ "mmap_beyond_a_limit_is_not_told", mmap_beyond_a_limit_is_not_told },
	{ "munmap_across_many_handles_tells_each", munmap_across_many_handles_tells_each },
	{ "mapping_comes_and_goes_under_a_thread", mapping_comes_and_goes_under_a_thread },
	{ }
};
