// SPDX-License-Identifier: GPL-2.0-only
/* access.c - devmap_access(9E): the driver is asked before a page is entered */
#include "guest.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* (EINVAL << 8) | FC_OBJERR */
#define FC_EINVAL	((22 << 8) | 3)

enum { READ_ACCESS = 1, WRITE_ACCESS = 2 };

static u8 *asked_pages(enum probe_policy policy, int pages)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, pages * page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = policy;
	plan.piece[0].flags = ALLOW_REMAP;
	set_plan(&plan);
	u8 *p = map(pages * page, 16 * page);

	CHECK_EQ(only_event(PROBE_MAP)->off, 16 * page);	/* D15: no access yet */
	return p;
}

/* D15, D32 */
static void each_page_is_asked_for_once(void)
{
	u8 *p = asked_pages(PROBE_DEFAULT, 4);
	const struct probe_event *e;

	p[2 * page + 5] = 1;
	e = only_event(PROBE_ACCESS);
	CHECK_EQ(e->off, 18 * page);
	CHECK_EQ(e->len, page);
	CHECK_EQ(e->flags, 0);		/* DEVMAP_ACCESS */
	CHECK_EQ(e->rw, WRITE_ACCESS);
	CHECK_EQ(e->pvt, 101);
	p[2 * page + 6] = 1;
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(touch(p), 0);
	e = only_event(PROBE_ACCESS);
	CHECK_EQ(e->off, 16 * page);
	CHECK_EQ(e->rw, READ_ACCESS);
	/* With the mapping's full protection: no second question. */
	p[0] = 1;
	CHECK_EQ(take_log()->count, 0);
}

/* D33, X19 */
static void load_of_all_pages_answers_for_all(void)
{
	u8 *p = asked_pages(PROBE_LOAD_ALL, 4);

	for (int i = 0; i < 4; i++)
		CHECK_EQ(poke(p + i * page, i), 0);
	CHECK_EQ(take_log()->count, 1);
}

/* D32 */
static void refusal_raises_a_signal(void)
{
	u8 *p = asked_pages(PROBE_REFUSE, 1);

	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(signal_code(), SEGV_ACCERR);
	CHECK_EQ(take_log()->count, 1);
}

/* D33 */
static void load_outside_the_handle_fails(void)
{
	CHECK_EQ(touch(asked_pages(PROBE_LOAD_OUTSIDE, 1)), SIGSEGV);
}

static long long on_handle(unsigned long cmd, long long off, long long len)
{
	struct probe_args a = { .handle = 1, .off = off, .len = len };

	return device(cmd, &a);
}

/* D33: only during a fault of the process */
static void load_outside_a_fault_fails(void)
{
	asked_pages(PROBE_DEFAULT, 1);
	CHECK_EQ(on_handle(PROBE_IOC_LOAD, 16 * page, page), FC_EINVAL);
}

/* D33 */
static void unload_makes_the_next_access_ask_again(void)
{
	u8 *p = asked_pages(PROBE_LOAD_ALL, 4);

	p[0] = 1;
	p[3 * page] = 1;
	take_log();
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 16 * page, 0), 0);
	CHECK_EQ(p[3 * page], 1);
	CHECK_EQ(only_event(PROBE_ACCESS)->off, 19 * page);
	/* A part: off is rounded down, len up. */
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 17 * page + 9, 1), 0);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(touch(p + page), 0);
	CHECK_EQ(only_event(PROBE_ACCESS)->off, 17 * page);
}

/* D33, G8 */
static void unload_outside_the_handle_fails(void)
{
	u8 *p = asked_pages(PROBE_DEFAULT, 4);

	CHECK_EQ(touch(p), 0);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 15 * page, page), FC_EINVAL);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 20 * page, page), FC_EINVAL);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 16 * page, 5 * page), FC_EINVAL);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 16 * page, -1), FC_EINVAL);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, -page, page), FC_EINVAL);
	CHECK_EQ(on_handle(PROBE_IOC_UNLOAD, 19 * page, page), 0);
}

/* D33, C42: winlock loads its lock and unlock pages together */
static void another_handle_may_be_loaded(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p, *q;

	umem_alloc(0, 2 * page, 0);
	plan.callbacks = PROBE_ACCESS;
	plan.policy = PROBE_LOAD_FIRST;
	p = map_plan(&plan, 2 * page);
	q = map_plan(&plan, page);
	q[0] = 1;
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 2);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(touch(p + page), 0);
	CHECK_EQ(take_log()->count, 0);
}

/* D33: the handle of a process that is not faulting is out of reach */
static void load_for_another_process_fails(void)
{
	struct probe_plan plan = plain_plan();
	pid_t pid;

	umem_alloc(0, page, 0);
	plan.callbacks = PROBE_ACCESS;
	map_plan(&plan, page);
	pid = fork();
	if (!pid) {
		plan.policy = PROBE_LOAD_FIRST;
		CHECK_EQ(touch(map_plan(&plan, page)), SIGSEGV);
		_exit(0);
	}
	reap(pid);
}

static void add_thousand(void *arg)
{
	u8 *mine = (u8 *)arg + getpid() % page;

	for (int i = 0; i < 1000; i++) {
		CHECK_EQ(poke(mine, i), 0);
		CHECK_EQ(look(mine), i & 0xff);
	}
}

/* C42, X18: one process at a time has the page, and none is stuck */
static void page_wanders_between_processes(void)
{
	void *p = asked_pages(PROBE_EXCLUSIVE, 1);
	long before = misuses();
	pid_t pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = spawn(add_thousand, p);
	for (int i = 0; i < 3; i++)
		reap(pids[i]);
	CHECK(take_log()->count >= 3);
	/* A page that another process takes away was loaded all the same. */
	CHECK_EQ(misuses(), before);
}

static void read_first(void *p)
{
	CHECK_EQ(touch(p), 0);
}

/* C42: a process that has lost the page must ask for it */
static void owner_asks_again_after_losing_the_page(void)
{
	void *p = asked_pages(PROBE_EXCLUSIVE, 1);

	CHECK_EQ(touch(p), 0);
	take_log();
	reap(spawn(read_first, p));
	take_log();
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 1);
}

/* get_user_pages() */
static void other_readers_of_the_process_are_served(void)
{
	u8 *p = asked_pages(PROBE_DEFAULT, 2);

	umem_poke(0, page, 42);
	CHECK_EQ(read_from_outside(p + page), 42);
	CHECK_EQ(write_from_outside(p + page, 43), 43);
	CHECK_EQ(umem_peek(0, page), 43);
	/* A system call that copies. */
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(write(fds[1], p, 1), 1);
}

static void crash(void *p)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	(void)p;
	setrlimit(RLIMIT_CORE, &unlimited);
	CHECK_EQ(chdir("/tmp"), 0);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
}

/* A core dump takes what is there, and asks for nothing */
static void core_dump_asks_for_nothing(void)
{
	void *p = asked_pages(PROBE_DEFAULT, 2);
	pid_t pid = spawn(crash, p);
	struct probe_log *log;

	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	log = take_log();
	for (u32 i = 0; i < log->count; i++)
		CHECK(log->event[i].op != PROBE_ACCESS);
	unlink("/tmp/core");
}

const struct guest_case access_cases[] = {
	{ "each_page_is_asked_for_once", each_page_is_asked_for_once },
	{ "load_of_all_pages_answers_for_all", load_of_all_pages_answers_for_all },
	{ "refusal_raises_a_signal", refusal_raises_a_signal },
	{ "load_outside_the_handle_fails", load_outside_the_handle_fails },
	{ "load_outside_a_fault_fails", load_outside_a_fault_fails },
	{ "unload_makes_the_next_access_ask_again", unload_makes_the_next_access_ask_again },
	{ "unload_outside_the_handle_fails", unload_outside_the_handle_fails },
	{ "another_handle_may_be_loaded", another_handle_may_be_loaded },
	{ "load_for_another_process_fails", load_for_another_process_fails },
	{ "page_wanders_between_processes", page_wanders_between_processes },
	{ "owner_asks_again_after_losing_the_page", owner_asks_again_after_losing_the_page },
	{ "other_readers_of_the_process_are_served", other_readers_of_the_process_are_served },
	{ "core_dump_asks_for_nothing", core_dump_asks_for_nothing },
	{ }
};
