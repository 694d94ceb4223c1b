// SPDX-License-Identifier: GPL-2.0-only
/* syscalls.c - system calls about a mapping: flags, advice, locks, protection */
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES	FEW

/* D33: advice may be taken or not */
static void advice_of_no_kind_loses_anything(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	for (int advice = 0; advice < 30; advice++) {
		madvise(p, PAGES * page, advice);
		check_pages(p);
	}
}

/* D15 */
static void locked_mapping_is_entered_by_mmap(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *q;

	mlock(p, PAGES * page);
	check_pages(p);
	CHECK_EQ(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	take_log();
	q = map(PAGES * page, 0);
	CHECK_EQ(take_log()->count, 1 + PAGES);
	check_pages(q);
	CHECK_EQ(munlockall(), 0);
	check_pages(p);
	check_count(0, 0);
}

/* D32: what touches in advance gets no error */
static void mapping_populated_against_the_driver_is_there(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_REFUSE;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), SIGSEGV);
	plan.policy = PROBE_DEFAULT;
	set_plan(&plan);
	CHECK_EQ(touch(p), 0);
}

/* Files of a process that are made from its page tables, where the kernel has them. */
static void read_through(const char *path)
{
	static char buffer[65536];
	int fd = open(path, O_RDONLY);

	while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

/* D41: nothing that looks at a process needs more than the mapping has */
static void mapping_is_looked_at_without_harm(void)
{
	static const char *const files[] = { "maps", "smaps", "smaps_rollup", "numa_maps" };
	u8 *p = few_pages(0);
	unsigned char in_core[PAGES];
	char path[64];

	check_pages(p);
	CHECK_EQ(mincore(p, PAGES * page, in_core), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		read_through(path);
	}
	check_pages(p);
}

/* D43: the file behind a mapping cannot be opened but as the device */
static void file_of_the_mapping_is_the_device(void)
{
	u8 *p = few_pages(0);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)p,
		 (unsigned long)(p + PAGES * page));
	fd = open(path, O_RDWR);
	if (fd >= 0) {
		CHECK_EQ(ftruncate(fd, 0), -1);
		CHECK_EQ(pread(fd, path, 1, 0), -1);
	}
	check_pages(p);
}

static void msync_changes_nothing(void)
{
	u8 *p = few_pages(0);

	p[0] = 1;
	msync(p, PAGES * page, MS_SYNC);
	msync(p, PAGES * page, MS_ASYNC | MS_INVALIDATE);
	check_pages(p);
}

/* D43 */
static void pages_cannot_be_rearranged(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	CHECK_EQ(syscall(SYS_remap_file_pages, p, page, 0, 2, 0), -1);
	check_pages(p);
}

#define DONTUNMAP	4

/* D43: one mapping does not become two */
static void mapping_cannot_be_duplicated(void)
{
	u8 *p = few_pages(0);
	size_t len = PAGES * page;

	take_log();
	CHECK(mremap(p, 0, len, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mremap(p, len, len, MREMAP_MAYMOVE | DONTUNMAP, NULL) == MAP_FAILED);
	check_pages(p);
	check_count(0, 0);
}

/* D39: one munmap(2) of three mappings */
static void munmap_of_several_mappings_tells_each(void)
{
	size_t len = PAGES * page;
	u8 *p = few_pages(0);

	p = mmap(NULL, 3 * len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		CHECK(mmap(p + i * len, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			   dev, 0) == p + i * len);
	check_pages(p + len);
	take_log();
	CHECK_EQ(munmap(p, 3 * len), 0);
	check_count(PROBE_UNMAP, 3);
}

/* D33: protection is no revocation */
static void protection_that_comes_back_asks_nothing(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	check_pages(p);
	take_log();
	CHECK_EQ(mprotect(p, PAGES * page, PROT_NONE), 0);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(mprotect(p, PAGES * page, PROT_READ | PROT_WRITE), 0);
	check_pages(p);
	check_count(0, 0);
}

/* D11, D13: flags of mmap(2) */
static void flags_of_mmap_do_what_they_say(void)
{
	static const struct { int flags; bool good; } table[] = {
		{ MAP_SHARED_VALIDATE, true },
		{ MAP_SHARED | MAP_NORESERVE, true },
		{ MAP_SHARED | MAP_LOCKED, true },
		{ MAP_SHARED | MAP_NONBLOCK | MAP_POPULATE, true },
		{ MAP_SHARED_VALIDATE | MAP_SYNC, false },
		{ MAP_SHARED | MAP_GROWSDOWN, false },
		{ MAP_SHARED | MAP_HUGETLB, false },
		{ MAP_PRIVATE | MAP_LOCKED, false },
	};

	few_pages(0);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		u8 *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, table[i].flags, dev, 0);

		CHECK_EQ(p != MAP_FAILED, table[i].good);
		if (table[i].good)
			check_pages(p);
	}
}

/* D15: mappings come and go in any order */
static void mappings_in_any_order_keep_apart(void)
{
	struct { u8 *p; size_t len; } maps[64] = { { few_pages(0), PAGES * page } };
	unsigned int seed = 3;

	for (int round = 0; round < 600; round++) {
		size_t i = rand_r(&seed) % ARRAY_SIZE(maps);

		if (maps[i].p)
			CHECK_EQ(munmap(maps[i].p, maps[i].len), 0);
		maps[i].len = (rand_r(&seed) % PAGES + 1) * page;
		maps[i].p = map(maps[i].len, 0);
		for (i = 0; i < ARRAY_SIZE(maps); i++)
			if (maps[i].p)
				CHECK_EQ(look(maps[i].p + maps[i].len - page),
					 maps[i].len / page);
	}
}

const struct guest_case syscall_cases[] = {
	{ "advice_of_no_kind_loses_anything", advice_of_no_kind_loses_anything },
	{ "locked_mapping_is_entered_by_mmap", locked_mapping_is_entered_by_mmap },
	{ "mapping_populated_against_the_driver_is_there",
	  mapping_populated_against_the_driver_is_there },
	{ "mapping_is_looked_at_without_harm", mapping_is_looked_at_without_harm },
	{ "file_of_the_mapping_is_the_device", file_of_the_mapping_is_the_device },
	{ "msync_changes_nothing", msync_changes_nothing },
	{ "pages_cannot_be_rearranged", pages_cannot_be_rearranged },
	{ "mapping_cannot_be_duplicated", mapping_cannot_be_duplicated },
	{ "munmap_of_several_mappings_tells_each", munmap_of_several_mappings_tells_each },
	{ "protection_that_comes_back_asks_nothing", protection_that_comes_back_asks_nothing },
	{ "flags_of_mmap_do_what_they_say", flags_of_mmap_do_what_they_say },
	{ "mappings_in_any_order_keep_apart", mappings_in_any_order_keep_apart },
	{ }
};
