// SPDX-License-Identifier: GPL-2.0-only
/* ends.c - processes and threads that stop, end, fork or become others at odd moments */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void touch_it(void *p)
{
	_exit(touch(p));
}

/* A child whose access the driver holds. */
static pid_t child_in_the_driver(u8 *p)
{
	pid_t pid;

	hold_calls(PROBE_ACCESS);
	pid = spawn(touch_it, p);
	await_held();
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

/* D26, D32: a process that was stopped in its access has what the driver lets it have now */
static void stopped_process_is_cut_off(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid = child_in_the_driver(p);
	int status;

	CHECK_EQ(kill(pid, SIGSTOP), 0);
	let_go();
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(invalidate(2), 0);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	/* It may have read the byte before it stopped. */
	status = WEXITSTATUS(end_of(pid));
	CHECK(!status || status == SIGSEGV);
	check_pages(p);
}

static void *touch_in_thread(void *p)
{
	touch(p);
	return NULL;
}

static void start_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, run, arg), 0);
}

static void leave_a_thread_in_the_driver(void *p)
{
	start_thread(touch_in_thread, p);
	await_held();
}

static void exec_with_a_thread_in_the_driver(void *p)
{
	leave_a_thread_in_the_driver(p);
	close(STDOUT_FILENO);
	execl("/proc/self/exe", "devmap", "no case has this name", NULL);
}

static void dump_with_a_thread_in_the_driver(void *p)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &unlimited);
	CHECK_EQ(chdir("/tmp"), 0);
	leave_a_thread_in_the_driver(p);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
}

/* The status of a child that ends in a way of its own while the driver thinks. */
static int end_while_held(void (*child)(void *), u8 *p)
{
	pid_t pid;
	int status;

	take_log();
	hold_calls(PROBE_ACCESS);
	pid = spawn(child, p);
	await_held();
	usleep(30000);
	let_go();
	status = end_of(pid);
	CHECK_EQ(await_unmaps(1), 2);
	return status;
}

/* D39: another program has the process, when the driver has answered the old one */
static void exec_waits_for_the_driver(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	CHECK_EQ(end_while_held(exec_with_a_thread_in_the_driver, p), 0);
	check_pages(p);
}

/* D39 */
static void exit_waits_for_the_driver(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	CHECK_EQ(end_while_held(leave_a_thread_in_the_driver, p), 0);
	check_pages(p);
}

/* D32: so does a core dump, for which the driver is not asked */
static void core_dump_waits_for_the_driver(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	CHECK_EQ(WTERMSIG(end_while_held(dump_with_a_thread_in_the_driver, p)), SIGABRT);
	unlink("/tmp/core");
}

/* D38: the child of a process whose access the driver holds asks for itself */
static void fork_goes_on_while_the_driver_thinks(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;

	hold_calls(PROBE_ACCESS);
	leave_a_thread_in_the_driver(p);
	pid = spawn(touch_it, p);
	usleep(10000);
	let_go();
	CHECK_EQ(end_of(pid), 0);
	check_pages(p);
}

/* D38: a child that borrows the address space takes nothing with it */
static void child_of_vfork_takes_nothing_away(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;

	check_pages(p);
	take_log();
	pid = vfork();
	if (!pid)
		_exit(look(p));
	CHECK_EQ(WEXITSTATUS(end_of(pid)), 1);
	check_count(0, 0);
	check_pages(p);
}

static void touch_after_its_parent(void *p)
{
	if (fork())
		_exit(0);
	usleep(10000);
	_exit(touch(p));
}

/* D38, D39: orphans have the mapping until they end */
static void orphan_keeps_the_mapping(void)
{
	u8 *p = few_pages(0);

	take_log();
	reap(spawn(touch_after_its_parent, p));
	CHECK_EQ(await_unmaps(2), 2);
	check_pages(p);
}

/* D45: the descriptor is gone before the entry runs */
static void device_may_be_closed_before_the_first_touch(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	umem_poke(0, 0, 5);
	plan.on_touch = 1;
	p = map_plan(&plan, page);
	close(dev);
	CHECK_EQ(look(p), 5);
	CHECK_EQ(munmap(p, page), 0);
}

static u8 *touched_first(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, page, 0);
	plan.on_touch = 1;
	return map_plan(&plan, page);
}

static void touch_twice_at_once(void *p)
{
	leave_a_thread_in_the_driver(p);
	touch(p);
}

/* D45: a thread that waits for another's setup can be killed; that ends by itself */
static void process_may_be_killed_while_it_is_set_up(void)
{
	u8 *p = touched_first();
	pid_t pid;

	hold_calls(PROBE_ENTRY);
	pid = spawn(touch_twice_at_once, p);
	await_held();
	usleep(20000);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	let_go();
	CHECK_EQ(WTERMSIG(end_of(pid)), SIGKILL);
	CHECK_EQ(touch(p), 0);
}

/* A raw thread whose end Linux is to write down in a page that is never loaded. */
static void *end_in_the_mapping(void *p)
{
	syscall(SYS_set_tid_address, p);
	syscall(SYS_exit, 0);
	return NULL;
}

static void end_a_thread(void *p)
{
	start_thread(end_in_the_mapping, p);
	usleep(200000);
}

/* D32: an exiting thread gets no signal any more, so its own access must end */
static void thread_may_end_in_a_page_that_is_never_loaded(void)
{
	static const u32 policies[] = { PROBE_ANSWER, PROBE_LOAD_UNLOAD };
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);

	plan.callbacks |= PROBE_ACCESS;
	alarm(20);
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		plan.policy = policies[i];
		set_plan(&plan);
		CHECK_EQ(end_of(spawn(end_a_thread, p)), 0);
	}
}

/* D32: a page that is loaded takes the note */
static void end_of_a_thread_is_written_down(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	CHECK_EQ(poke(p, 77), 0);
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
	start_thread(end_in_the_mapping, p);
	for (int i = 0; i < 2000 && umem_peek(0, 0); i++)
		usleep(1000);
	CHECK_EQ(umem_peek(0, 0), 0);
}

static void touch_for_ever(void *arg)
{
	u8 *p = arg;

	for (;;)
		touch(p + rand() % FEW * page);
}

/* D39, C42: whenever processes die, the driver hears of the end of each of their handles */
static void processes_may_be_killed_at_any_time(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pids[8];

	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_EXCLUSIVE;
	set_plan(&plan);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = spawn(touch_for_ever, p);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		usleep(3000 * i);
		CHECK_EQ(kill(pids[i], SIGKILL), 0);
		CHECK_EQ(WTERMSIG(end_of(pids[i])), SIGKILL);
	}
	check_pages(p);
	CHECK_EQ(munmap(p, FEW * page), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &(struct probe_args){ .len = FEW * page }), 0);
}

const struct guest_case end_cases[] = {
	{ "stopped_process_is_cut_off", stopped_process_is_cut_off },
	{ "exec_waits_for_the_driver", exec_waits_for_the_driver },
	{ "exit_waits_for_the_driver", exit_waits_for_the_driver },
	{ "core_dump_waits_for_the_driver", core_dump_waits_for_the_driver },
	{ "fork_goes_on_while_the_driver_thinks", fork_goes_on_while_the_driver_thinks },
	{ "child_of_vfork_takes_nothing_away", child_of_vfork_takes_nothing_away },
	{ "orphan_keeps_the_mapping", orphan_keeps_the_mapping },
	{ "device_may_be_closed_before_the_first_touch",
	  device_may_be_closed_before_the_first_touch },
	{ "process_may_be_killed_while_it_is_set_up", process_may_be_killed_while_it_is_set_up },
	{ "thread_may_end_in_a_page_that_is_never_loaded",
	  thread_may_end_in_a_page_that_is_never_loaded },
	{ "end_of_a_thread_is_written_down", end_of_a_thread_is_written_down },
	{ "processes_may_be_killed_at_any_time", processes_may_be_killed_at_any_time },
	{ }
};
