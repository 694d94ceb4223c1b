// SPDX-License-Identifier: GPL-2.0-only
/* fork.c - children: they share the memory, and have handles of their own */
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void child_writes(void *p)
{
	u8 *b = p;

	CHECK_EQ(look(b), 1);
	CHECK_EQ(poke(b + 1, 2), 0);
	CHECK_EQ(poke(b + 3 * page, 3), 0);
}

/* D38 */
static void child_shares_the_memory(void)
{
	struct probe_plan plan = plain_plan();
	u64 pvt, new_pvt;
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 4 * page, 0);
	p = map_plan(&plan, 4 * page);
	pvt = only_event(PROBE_MAP)->pvt;
	p[0] = 1;
	reap(spawn(child_writes, p));
	CHECK_EQ(p[1], 2);
	CHECK_EQ(p[3 * page], 3);
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[0].handle, 1);
	CHECK_EQ(log->event[0].new1, 2);
	CHECK_EQ(log->event[0].len, 4 * page);
	CHECK_EQ(log->event[0].pvt, pvt);
	CHECK_EQ(log->event[0].pvt1, pvt);	/* starts equal */
	new_pvt = 202;
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(log->event[1].handle, 2);
	CHECK_EQ(log->event[1].pvt, new_pvt);
	CHECK_EQ(log->event[1].len, 4 * page);
}

static void child_reads_first(void *p)
{
	CHECK_EQ(touch(p), 0);
}

/* D38: a child that reads without devmap_access would pass the lock of a driver as winlock */
static void child_has_no_copied_translations(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks = PROBE_ACCESS;
	p = map_plan(&plan, page);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 1);
	reap(spawn(child_reads_first, p));
	log = take_log();
	CHECK_EQ(log->count, 1);
	CHECK_EQ(log->event[0].op, PROBE_ACCESS);
	CHECK_EQ(log->event[0].handle, 2);
}

static void child_expects_sigbus(void *p)
{
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(poke(p, 1), SIGBUS);
}

static void child_expects_sigsegv(void *p)
{
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(poke(p, 1), SIGSEGV);
}

/* D38, X13 */
static void refused_child_has_a_dead_mapping(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.fault = PROBE_FAIL_DUP;
	p = map_plan(&plan, page);
	take_log();
	CHECK_EQ(poke(p, 1), 0);
	reap(spawn(child_expects_sigbus, p));
	CHECK_EQ(take_log()->count, 0);		/* no unmap for it */
	CHECK_EQ(poke(p, 2), 0);
}

/* D26: hermon's children */
static void child_may_be_given_an_invalid_mapping(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.fault = PROBE_INVALID_DUP;
	plan.piece[0].flags = ALLOW_REMAP;
	p = map_plan(&plan, page);
	CHECK_EQ(poke(p, 1), 0);
	take_log();
	reap(spawn(child_expects_sigsegv, p));
	CHECK_EQ(take_log()->count, 2);		/* dup and unmap */
	CHECK_EQ(*p, 1);
}

/* D38: whatever the process has done with madvise(2) */
static void madvise_does_not_make_fork_copy(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.fault = PROBE_INVALID_DUP;
	plan.piece[0].flags = ALLOW_REMAP;
	p = map_plan(&plan, page);
	CHECK_EQ(madvise(p, page, MADV_KEEPONFORK), 0);
	CHECK_EQ(poke(p, 1), 0);
	reap(spawn(child_expects_sigsegv, p));
}

/* D38, X14: a mapping that mprotect has split is one handle in the child again */
static void split_mapping_is_dupped_once(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 6 * page, 0);
	p = map_plan(&plan, 6 * page);
	CHECK_EQ(mprotect(p + 2 * page, page, PROT_READ), 0);
	take_log();
	reap(spawn(child_reads_first, p + 4 * page));
	log = take_log();
	CHECK_EQ(log->count, 2);
	for (u32 i = 0; i < 2; i++) {
		CHECK_EQ(log->event[i].op, i ? PROBE_UNMAP : PROBE_DUP);
		CHECK_EQ(log->event[i].off, 0);
		CHECK_EQ(log->event[i].len, 6 * page);
	}
	CHECK_EQ(log->event[1].handle, 2);
}

/* D38, X14: what the child does not inherit of it parts the handle */
static void split_mapping_with_a_gap_is_dupped_twice(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 6 * page, 0);
	p = map_plan(&plan, 6 * page);
	CHECK_EQ(mprotect(p + page, page, PROT_READ), 0);
	CHECK_EQ(madvise(p + 3 * page, page, MADV_DONTFORK), 0);
	take_log();
	reap(spawn(child_reads_first, p + 4 * page));
	log = take_log();
	CHECK_EQ(log->count, 4);
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[0].off, 0);
	CHECK_EQ(log->event[0].len, 3 * page);
	CHECK_EQ(log->event[1].op, PROBE_DUP);
	CHECK_EQ(log->event[1].off, 4 * page);
	CHECK_EQ(log->event[1].len, 2 * page);
	CHECK_EQ(log->event[2].len, 3 * page);
	CHECK_EQ(log->event[3].len, 2 * page);
}

/* D38, D39: after a hole both handles are dupped */
static void both_sides_of_a_hole_are_dupped(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	int dups = 0, unmaps = 0;
	u8 *p;

	umem_alloc(0, 6 * page, 0);
	p = map_plan(&plan, 6 * page);
	p[5 * page] = 0;
	CHECK_EQ(munmap(p + 2 * page, page), 0);
	take_log();
	reap(spawn(child_reads_first, p + 5 * page));
	log = take_log();
	for (u32 i = 0; i < log->count; i++) {
		dups += log->event[i].op == PROBE_DUP;
		unmaps += log->event[i].op == PROBE_UNMAP;
	}
	CHECK_EQ(dups, 2);
	CHECK_EQ(unmaps, 2);
}

/* A part that the child does not get is not dupped, and not unmapped */
static void part_without_fork_stays_with_the_parent(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u64 pages = 0;
	u8 *p;

	umem_alloc(0, 6 * page, 0);
	p = map_plan(&plan, 6 * page);
	CHECK_EQ(madvise(p, 2 * page, MADV_DONTFORK), 0);
	take_log();
	reap(spawn(child_reads_first, p + 5 * page));
	log = take_log();
	for (u32 i = 0; i < log->count; i++)
		if (log->event[i].op == PROBE_UNMAP)
			pages += log->event[i].len / page;
	CHECK_EQ(pages, 4);
	CHECK_EQ(touch(p), 0);
}

static void grandchild(void *p)
{
	reap(spawn(child_writes, p));
}

/* D38: and so on */
static void grandchild_shares_the_memory(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 4 * page, 0);
	p = map_plan(&plan, 4 * page);
	p[0] = 1;
	take_log();
	reap(spawn(grandchild, p));
	CHECK_EQ(p[3 * page], 3);
	log = take_log();
	CHECK_EQ(log->count, 4);
	CHECK_EQ(log->event[1].op, PROBE_DUP);
	CHECK_EQ(log->event[1].handle, 2);
	CHECK_EQ(log->event[1].pvt, 202);
}

struct storm {
	int id;
};

static void map_touch_unmap(void *arg)
{
	struct storm *s = arg;
	unsigned int seed = s->id;

	for (int i = 0; i < 60; i++) {
		int pages = 1 + rand_r(&seed) % 8, at = rand_r(&seed) % pages;
		u8 *p = map(pages * page, 0);

		CHECK_EQ(touch(p + at * page), 0);
		CHECK_EQ(p[at * page + 1], at + 1);
		if (pages > 2)
			munmap(p + page, page);
		if (i % 16 == 0)
			reap(spawn(child_reads_first, p));
		munmap(p, pages * page);
	}
}

/* X18, U30: 16 processes at once; the counts balance */
static void many_processes_map_and_unmap(void)
{
	struct probe_plan plan = plain_plan();
	struct storm storm[16];
	pid_t pids[16];

	umem_alloc(0, 8 * page, 0);
	for (int i = 0; i < 8; i++)
		umem_poke(0, i * page + 1, i + 1);
	plan.callbacks = PROBE_ACCESS | PROBE_UNMAP | PROBE_DUP;
	set_plan(&plan);
	for (int i = 0; i < 16; i++) {
		storm[i].id = i;
		pids[i] = spawn(map_touch_unmap, &storm[i]);
	}
	for (int i = 0; i < 16; i++)
		reap(pids[i]);
}

const struct guest_case fork_cases[] = {
	{ "child_shares_the_memory", child_shares_the_memory },
	{ "child_has_no_copied_translations", child_has_no_copied_translations },
	{ "refused_child_has_a_dead_mapping", refused_child_has_a_dead_mapping },
	{ "child_may_be_given_an_invalid_mapping", child_may_be_given_an_invalid_mapping },
	{ "madvise_does_not_make_fork_copy", madvise_does_not_make_fork_copy },
	{ "split_mapping_is_dupped_once", split_mapping_is_dupped_once },
	{ "split_mapping_with_a_gap_is_dupped_twice", split_mapping_with_a_gap_is_dupped_twice },
	{ "both_sides_of_a_hole_are_dupped", both_sides_of_a_hole_are_dupped },
	{ "part_without_fork_stays_with_the_parent", part_without_fork_stays_with_the_parent },
	{ "grandchild_shares_the_memory", grandchild_shares_the_memory },
	{ "many_processes_map_and_unmap", many_processes_map_and_unmap },
	{ }
};
