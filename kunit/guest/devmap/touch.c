// SPDX-License-Identifier: GPL-2.0-only
/* touch.c - a mapping whose devmap(9E) entry runs when it is first touched */
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct probe_plan touch_plan(void)
{
	struct probe_plan plan = plain_plan();

	plan.on_touch = 1;
	return plan;
}

static u8 *touch_pages(int pages)
{
	struct probe_plan plan = touch_plan();
	u8 *p;

	umem_alloc(0, pages * page, 0);
	for (int i = 0; i < pages; i++)
		umem_poke(0, i * page, i + 1);
	p = map_plan(&plan, pages * page);
	CHECK_EQ(take_log()->count, 0);
	return p;
}

/* D45 */
static void first_touch_sets_up(void)
{
	u8 *p = touch_pages(4);
	const struct probe_event *e;

	CHECK_EQ(look(p + 2 * page), 3);
	e = only_event(PROBE_MAP);
	CHECK_EQ(e->off, 0);
	CHECK_EQ(e->len, 4 * page);
	CHECK_EQ(look(p), 1);
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(munmap(p, 4 * page), 0);
	CHECK_EQ(only_event(PROBE_UNMAP)->len, 4 * page);
}

/* D45: a mapping that is never touched is never set up */
static void untouched_mapping_has_no_handle(void)
{
	u8 *p = touch_pages(4);

	CHECK_EQ(munmap(p + page, page), 0);
	CHECK_EQ(munmap(p, 4 * page), 0);
	CHECK_EQ(take_log()->count, 0);
}

/* D45, D32: what mmap would have returned ends the access */
static void errors_of_the_entry_end_the_access(void)
{
	struct probe_plan plan = touch_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.fault = PROBE_FAIL_ENTRY;
	p = map_plan(&plan, page);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(signal_code(), SEGV_ACCERR);
	CHECK_EQ(read_from_outside(p), -1);
	CHECK_EQ(take_log()->count, 0);
	/* The next access tries again. */
	plan.fault = PROBE_NONE;
	set_plan(&plan);
	CHECK_EQ(touch(p), 0);
}

/* D45, D14 */
static void failure_of_devmap_map_leaves_nothing(void)
{
	struct probe_plan plan = touch_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 4 * page, 0);
	plan.piece[0].maplen = page;
	plan.fault = PROBE_FAIL_MAP;
	plan.fault_at = 2;
	p = map_plan(&plan, 4 * page);
	CHECK_EQ(touch(p), SIGSEGV);
	log = take_log();
	CHECK_EQ(log->count, 4);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(log->event[i].op, PROBE_MAP);
		CHECK_EQ(log->event[2 + i].op, PROBE_UNMAP);
	}
	CHECK_EQ(munmap(p, 4 * page), 0);
	CHECK_EQ(take_log()->count, 0);
}

/* D45, D37: what a vma may become is in the vma from then on */
static void first_touch_limits_mprotect(void)
{
	struct probe_plan plan = touch_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.piece[0].maxprot = S_READ | S_USER;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
}

/* D45, G10: the process's locks are free, and parts may go meanwhile */
static void munmap_goes_on_while_the_entry_runs(void)
{
	u8 *p = touch_pages(10);
	struct toucher t;
	struct probe_log *log;

	hold_calls(PROBE_ENTRY);
	prepare_touch(&t, p);
	start_touch(&t);
	await_held();
	CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
	CHECK_EQ(munmap(p + 9 * page, page), 0);
	let_go();
	CHECK_EQ(end_touch(&t), 0);
	CHECK_EQ(look(p + 7 * page), 8);
	log = take_log();
	CHECK_EQ(log->count, 3);
	CHECK_EQ(log->event[0].op, PROBE_MAP);
	CHECK_EQ(log->event[0].len, 10 * page);
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(log->event[1].off, 9 * page);
	CHECK_EQ(log->event[2].op, PROBE_UNMAP);
	CHECK_EQ(log->event[2].off, 4 * page);
	CHECK_EQ(log->event[2].len, 2 * page);
	CHECK_EQ(munmap(p, 10 * page), 0);
	CHECK_EQ(take_log()->count, 2);
}

/* A page of each kind: its handle is in the tree; is made; is still to be made. */
#define IN_TREE		1
#define MADE		4
#define TO_BE_MADE	8
#define BY_PAGES	12

/* Handles of a page each; unmap one page of each kind while the seventh is set up. */
static int touch_with_gaps(u8 *p, struct probe_plan *plan)
{
	struct toucher t;

	plan->piece[0].maplen = page;
	plan->hold_at = 6;
	set_plan(plan);
	hold_calls(PROBE_ENTRY);
	prepare_touch(&t, p);
	start_touch(&t);
	await_held();
	CHECK_EQ(munmap(p + IN_TREE * page, page), 0);
	CHECK_EQ(munmap(p + MADE * page, page), 0);
	CHECK_EQ(munmap(p + TO_BE_MADE * page, page), 0);
	let_go();
	return end_touch(&t);
}

/* D45, D39: the driver hears of each of them, once */
static void parts_go_while_handles_are_made(void)
{
	struct probe_plan plan = touch_plan();
	u8 *p = touch_pages(BY_PAGES);
	struct probe_log *log;
	u64 gone = 0;

	CHECK_EQ(touch_with_gaps(p, &plan), 0);
	log = take_log();
	CHECK_EQ(log->count, BY_PAGES + 3);
	for (int i = 0; i < BY_PAGES; i++)
		CHECK_EQ(log->event[i].op, PROBE_MAP);
	for (int i = BY_PAGES; i < BY_PAGES + 3; i++) {
		CHECK_EQ(log->event[i].op, PROBE_UNMAP);
		CHECK_EQ(log->event[i].len, page);
		gone |= 1 << log->event[i].off / page;
	}
	CHECK_EQ(gone, 1 << IN_TREE | 1 << MADE | 1 << TO_BE_MADE);
	for (int i = 0; i < BY_PAGES; i++)
		CHECK_EQ(touch(p + i * page), gone >> i & 1 ? SIGSEGV : 0);
	CHECK_EQ(munmap(p, BY_PAGES * page), 0);
	CHECK_EQ(take_log()->count, BY_PAGES - 3);
}

/* D45, D6: if the setup then fails, the driver hears of none */
static void parts_go_while_a_setup_fails(void)
{
	struct probe_plan plan = touch_plan();
	u8 *p = touch_pages(BY_PAGES);

	plan.fault = PROBE_FAIL_ENTRY;
	plan.fault_at = 9;
	CHECK_EQ(touch_with_gaps(p, &plan), SIGSEGV);
	CHECK_EQ(take_log()->count, 0);
	plan = touch_plan();
	set_plan(&plan);
	CHECK_EQ(look(p), 1);
	CHECK_EQ(touch(p + MADE * page), SIGSEGV);
	CHECK_EQ(touch(p + (BY_PAGES - 1) * page), 0);
}

/* D45: two threads, one setup */
static void second_thread_waits_for_the_setup(void)
{
	u8 *p = touch_pages(4);
	struct toucher t, u;

	hold_calls(PROBE_ENTRY);
	prepare_touch(&t, p);
	start_touch(&t);
	await_held();
	prepare_touch(&u, p + 3 * page);
	start_touch(&u);
	usleep(50000);
	let_go();
	CHECK_EQ(end_touch(&t), 0);
	CHECK_EQ(end_touch(&u), 0);
	CHECK_EQ(only_event(PROBE_MAP)->len, 4 * page);
}

static void child_reads(void *p)
{
	CHECK_EQ(look(p), 1);
}

/* D45, D38: a fork before the first touch; each process has a setup of its own */
static void child_sets_up_for_itself(void)
{
	u8 *p = touch_pages(4);
	struct probe_log *log;

	reap(spawn(child_reads, p));
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_MAP);
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(look(p), 1);
	CHECK_EQ(only_event(PROBE_MAP)->len, 4 * page);
	reap(spawn(child_reads, p));
	CHECK_EQ(take_log()->event[0].op, PROBE_DUP);
}

const struct guest_case touch_cases[] = {
	{ "first_touch_sets_up", first_touch_sets_up },
	{ "untouched_mapping_has_no_handle", untouched_mapping_has_no_handle },
	{ "errors_of_the_entry_end_the_access", errors_of_the_entry_end_the_access },
	{ "failure_of_devmap_map_leaves_nothing", failure_of_devmap_map_leaves_nothing },
	{ "first_touch_limits_mprotect", first_touch_limits_mprotect },
	{ "munmap_goes_on_while_the_entry_runs", munmap_goes_on_while_the_entry_runs },
	{ "parts_go_while_handles_are_made", parts_go_while_handles_are_made },
	{ "parts_go_while_a_setup_fails", parts_go_while_a_setup_fails },
	{ "second_thread_waits_for_the_setup", second_thread_waits_for_the_setup },
	{ "child_sets_up_for_itself", child_sets_up_for_itself },
	{ }
};
