// SPDX-License-Identifier: GPL-2.0-only
/*
 * pageable.c - pageable objects under mappings, with swap
 *
 * Linux is asked by madvise(2) to swap what a mapping shows. The driver's other
 * cases, with an object that is swapped now and then.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/swap.h>
#include <time.h>
#include <unistd.h>

#define PAGEABLE	2
#define NOSLEEP		1
#define PAGES		20

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

/* What debugfs says of the object of so many pages. */
struct listed {
	char type[16];
	long resident;
	long swapped;
};

static struct listed listed(long pages)
{
	FILE *f = fopen("/sys/kernel/debug/ddi/umem", "r");
	struct listed l, found = { "", -1, -1 };
	char line[256];
	long n;

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %15s %ld %*s %ld %ld", l.type, &n, &l.resident,
			   &l.swapped) == 4 && n == pages)
			found = l;
	fclose(f);
	return found;
}

/* Is there a swap device? Without one nothing is swapped, and no case fails. */
static bool has_swap(void)
{
	char line[128];
	FILE *f = fopen("/proc/swaps", "r");
	bool found;

	if (!f)
		return false;
	found = fgets(line, sizeof(line), f) && fgets(line, sizeof(line), f);
	fclose(f);
	return found;
}

/* Where there is but one CPU, stay on that. */
static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static bool swaps_out(void *p, long pages)
{
	struct timespec pause = { 0, 10 * 1000 * 1000 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (int i = 0; i < 500; i++) {
		run_on(i % cpus);
		CHECK_EQ(madvise(p, pages * page, MADV_PAGEOUT), 0);
		if (listed(PAGES).swapped >= pages)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/*
 * Until so many pages are swapped out; some may be busy at first. Linux takes
 * those that this mapping, and no other, has touched. What a CPU has read last
 * waits in a list of its own, which only madvise() on that CPU empties.
 */
static void swap_out(void *p, long pages)
{
	cpu_set_t before;

	if (!has_swap())
		return;
	sched_getaffinity(0, sizeof(before), &before);
	CHECK(swaps_out(p, pages));
	sched_setaffinity(0, sizeof(before), &before);
}

static void hold(u32 slot)
{
	CHECK_EQ(device(PROBE_IOC_UMEM_HOLD, &(struct probe_args){ .slot = slot }), 0);
}

static void release(u32 slot)
{
	device(PROBE_IOC_UMEM_RELEASE, &(struct probe_args){ .slot = slot });
}

/* The driver's view, of an object that it holds meanwhile. */
static u8 hold_and_peek(u32 slot, size_t off)
{
	u8 value;

	hold(slot);
	value = umem_peek(slot, off);
	release(slot);
	return value;
}

static void hold_and_poke(u32 slot, size_t off, u8 value)
{
	hold(slot);
	umem_poke(slot, off, value);
	release(slot);
}

enum way { NATIVE, DEVMAP, ASKING, WAYS };

/* All of a new object in slot 0, mapped so; each page is marked, and none is held. */
static u8 *map_marked(enum way way, u32 flags)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, PAGES * page, flags);
	plan.native = way == NATIVE;
	if (way == ASKING)
		plan.callbacks |= PROBE_ACCESS;
	p = map_plan(&plan, PAGES * page);
	for (int i = 0; i < PAGES; i++)
		p[i * page] = i + 1;
	release(0);
	return p;
}

static void check_marks(const u8 *p)
{
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(look(p + i * page), i + 1);
}

static void in_each_way(void (*run)(u8 *p))
{
	for (enum way way = 0; way < WAYS; way++) {
		u8 *p = map_marked(way, PAGEABLE);

		run(p);
		munmap(p, PAGES * page);
		umem_free(0);
	}
}

static void swap_and_look(u8 *p)
{
	for (int i = 0; i < 3; i++) {
		swap_out(p, PAGES);
		check_marks(p);
	}
	swap_out(p, PAGES);
	CHECK(!strcmp(listed(PAGES).type, "released"));
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(hold_and_peek(0, i * page), i + 1);
	/* The driver's view does not bring it to the process. */
	hold_and_poke(0, 7 * page + 5, 77);
	check_marks(p);
	swap_out(p, PAGES);
	CHECK_EQ(look(p + 7 * page + 5), 77);
	p[3 * page + 1] = 33;
	CHECK_EQ(hold_and_peek(0, 3 * page + 1), 33);
}

/* U10: the process and the driver see the same bytes, swapped or not */
static void released_pages_are_swapped_under_a_process(void)
{
	in_each_way(swap_and_look);
}

static void free_and_look(u8 *p)
{
	u8 *q;

	swap_out(p, PAGES);
	/* Another mapping, which knows two pages only. */
	q = map(PAGES * page, 0);
	CHECK_EQ(look(q), 1);
	q[2 * page] = 99;
	swap_out(q, PAGES);
	umem_free(0);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(look(p + i * page), i == 2 ? 99 : i + 1);
	CHECK_EQ(look(q), 1);
	CHECK_EQ(look(q + 2 * page), 99);
	CHECK_EQ(touch(q + page), SIGBUS);
	CHECK_EQ(touch(q + 3 * page), SIGBUS);
	munmap(q, PAGES * page);
	umem_alloc(0, page, 0);
}

/* U22: a page stays with the process that has touched it, also while it is swapped out */
static void free_leaves_touched_pages_in_swap(void)
{
	in_each_way(free_and_look);
}

/* D32, D33: a page that was swapped is not asked for again, one that was unloaded is */
static void swapped_page_is_not_asked_for_again(void)
{
	u8 *p = map_marked(ASKING, PAGEABLE);
	struct probe_args a = { .handle = 1, .len = 2 * page };

	take_log();
	swap_out(p, PAGES);
	check_marks(p);
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &a), 0);
	swap_out(p + 2 * page, 4);
	CHECK_EQ(look(p + 5 * page), 6);
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(look(p + page), 2);
	CHECK_EQ(only_event(PROBE_ACCESS)->off, page);
}

/* On another CPU than swap_out() tries first */
static void look_in_child(void *p)
{
	run_on(1);
	check_marks(p);
	((u8 *)p)[4 * page + 1] = 44;
}

static void fork_move_and_cut(u8 *p)
{
	u8 *q;

	swap_out(p, PAGES);
	reap(spawn(look_in_child, p));
	CHECK_EQ(look(p + 4 * page + 1), 44);
	q = mremap(p, PAGES * page, PAGES * page, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p + 1024 * page);
	CHECK(q == p + 1024 * page);
	check_marks(q);
	swap_out(q, PAGES);
	check_marks(q);
	CHECK_EQ(munmap(q + 5 * page, 10 * page), 0);
	swap_out(q, 5);
	CHECK_EQ(look(q + 4 * page), 5);
	CHECK_EQ(look(q + 15 * page), 16);
	CHECK_EQ(touch(q + 5 * page), SIGSEGV);
	munmap(q, PAGES * page);
}

/* U10, D38, D39: as with memory that stays */
static void swapped_mapping_may_be_forked_moved_and_cut(void)
{
	in_each_way(fork_move_and_cut);
}

/* D25: to another object, and back */
static void swapped_mapping_may_be_remapped(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args a = { .handle = 1, .len = PAGES * page, .maxprot = S_ALL };
	u8 *p;

	plan.piece[0].flags = ALLOW_REMAP;
	umem_alloc(0, PAGES * page, PAGEABLE);
	umem_alloc(1, PAGES * page, 0);
	umem_alloc(2, PAGES * page, PAGEABLE);
	p = map_plan(&plan, PAGES * page);
	for (u32 slot = 0; slot < 3; slot++) {
		a.slot = slot;
		CHECK_EQ(device(PROBE_IOC_REMAP, &a), 0);
		p[page] = slot + 10;
		if (slot != 1)
			release(slot);
	}
	for (u32 slot = 0; slot < 3; slot++) {
		a.slot = slot;
		CHECK_EQ(device(PROBE_IOC_REMAP, &a), 0);
		madvise(p, PAGES * page, MADV_PAGEOUT);
		CHECK_EQ(look(p + page), slot + 10);
		umem_free(slot);
		CHECK_EQ(look(p + page), slot + 10);
	}
}

/* X3: an object without a file stays in memory while it is mapped, and swaps later */
static void nosleep_object_swaps_when_nobody_maps_it(void)
{
	for (enum way way = 0; way < WAYS; way++) {
		u8 *p = map_marked(way, PAGEABLE | NOSLEEP);

		madvise(p, PAGES * page, MADV_PAGEOUT);
		check_marks(p);
		CHECK_EQ(listed(PAGES).swapped, 0);
		CHECK_EQ(hold_and_peek(0, 6 * page), 7);
		check_marks(p);
		munmap(p, PAGES * page);
		CHECK_EQ(hold_and_peek(0, 6 * page), 7);
		p = map(PAGES * page, 0);
		check_marks(p);
		swap_out(p, PAGES);
		check_marks(p);
		munmap(p, PAGES * page);
		umem_free(0);
	}
}

/* A process has only what the driver maps, and cannot take it from the driver */
static void file_behind_the_mapping_is_out_of_reach(void)
{
	struct probe_plan plan = { .native = 1 };
	u8 *p;

	umem_alloc(0, PAGES * page, PAGEABLE);
	set_plan(&plan);
	p = map(2 * page, 4 * page);
	p[0] = 5;
	CHECK_EQ(madvise(p, 2 * page, MADV_REMOVE), -1);
	CHECK_EQ(umem_peek(0, 4 * page), 5);
	umem_poke(0, 0, 200);
	CHECK_EQ(remap_file_pages(p, page, 0, 0, 0), -1);
	CHECK_EQ(look(p), 5);
	CHECK_EQ(umem_peek(0, 4 * page), 5);
}

static bool stop;

static void *keep_swapping(void *p)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		madvise(p, PAGES * page, MADV_PAGEOUT);
	return NULL;
}

/* Byte @who of each page counts up; nobody else writes it. */
static void count_in_pages(u8 *p, int who)
{
	for (int i = 0; i < 100; i++)
		for (int k = 0; k < PAGES; k++) {
			CHECK_EQ(look(p + k * page + 8 + who), i);
			p[k * page + 8 + who] = i + 1;
		}
}

static void count_as_first(void *p)
{
	count_in_pages(p, 0);
}

static void count_as_second(void *p)
{
	count_in_pages(p, 1);
}

static void count_while_swapped(u8 *p)
{
	pthread_t thread;
	pid_t pids[2];

	stop = false;
	CHECK_EQ(pthread_create(&thread, NULL, keep_swapping, p), 0);
	pids[0] = spawn(count_as_first, p);
	pids[1] = spawn(count_as_second, p);
	for (int i = 0; i < 100; i++)
		hold_and_poke(0, (i % PAGES) * page + 100, i);
	for (int i = 0; i < 2; i++)
		reap(pids[i]);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	check_marks(p);
	for (int k = 0; k < PAGES; k++) {
		CHECK_EQ(hold_and_peek(0, k * page + 8), 100);
		CHECK_EQ(hold_and_peek(0, k * page + 9), 100);
		CHECK_EQ(hold_and_peek(0, k * page + 100), 100 - PAGES + k);
	}
}

/* U30: hold, release, fault, swap-out and exit at the same time lose nothing */
static void nothing_is_lost_while_all_swap(void)
{
	in_each_way(count_while_swapped);
}

static void free_while_swapped(u8 *p)
{
	pthread_t thread;
	pid_t pids[2];

	stop = false;
	CHECK_EQ(pthread_create(&thread, NULL, keep_swapping, p), 0);
	pids[0] = spawn(count_as_first, p);
	pids[1] = spawn(count_as_second, p);
	umem_free(0);
	for (int i = 0; i < 2; i++)
		reap(pids[i]);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	check_marks(p);
	umem_alloc(0, page, 0);
}

/* U22 */
static void free_races_with_swap_and_faults(void)
{
	in_each_way(free_while_swapped);
}

const struct guest_case pageable_cases[] = {
	{ "released_pages_are_swapped_under_a_process",
	  released_pages_are_swapped_under_a_process },
	{ "free_leaves_touched_pages_in_swap", free_leaves_touched_pages_in_swap },
	{ "swapped_page_is_not_asked_for_again", swapped_page_is_not_asked_for_again },
	{ "swapped_mapping_may_be_forked_moved_and_cut",
	  swapped_mapping_may_be_forked_moved_and_cut },
	{ "swapped_mapping_may_be_remapped", swapped_mapping_may_be_remapped },
	{ "nosleep_object_swaps_when_nobody_maps_it", nosleep_object_swaps_when_nobody_maps_it },
	{ "file_behind_the_mapping_is_out_of_reach", file_behind_the_mapping_is_out_of_reach },
	{ "nothing_is_lost_while_all_swap", nothing_is_lost_while_all_swap },
	{ "free_races_with_swap_and_faults", free_races_with_swap_and_faults },
	{ }
};
