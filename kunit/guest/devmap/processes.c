// SPDX-License-Identifier: GPL-2.0-only
/* processes.c - processes that share memory, run another program, or are killed */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	FEW

static int look_at_pages(void *p)
{
	check_pages(p);
	return 0;
}

/* D38: a child that shares the address space is no other process */
static void child_with_the_same_memory_is_no_fork(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *stack = malloc(65536);
	pid_t pid;

	check_pages(p);
	take_log();
	pid = clone(look_at_pages, stack + 65536, CLONE_VM | SIGCHLD, p);
	CHECK(pid > 0);
	reap(pid);
	check_count(0, 0);
	check_pages(p);
}

static void exec_something(void *unused)
{
	(void)unused;
	close(STDOUT_FILENO);
	execl("/proc/self/exe", "devmap", "no case has this name", NULL);
}

/* D38, D39: a child that becomes another program has had its handle */
static void exec_unmaps_the_childs_handle(void)
{
	u8 *p = few_pages(0);
	struct probe_log *log;

	take_log();
	reap(spawn(exec_something, NULL));
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(log->event[1].handle, log->event[0].new1);
	check_pages(p);
}

static void *unmap_pages(void *p)
{
	CHECK_EQ(munmap(p, PAGES * page), 0);
	return NULL;
}

/* D38, D39: the child has all of it or nothing */
static void fork_against_munmap_of_all(void)
{
	u8 *p = few_pages(0);
	pthread_t thread;

	for (int round = 0; round < 30; round++, p = map(PAGES * page, 0)) {
		int status;
		pid_t pid;

		CHECK_EQ(pthread_create(&thread, NULL, unmap_pages, p), 0);
		pid = fork();
		if (!pid) {
			int sig = touch(p);

			for (int i = 1; i < PAGES; i++)
				CHECK_EQ(touch(p + i * page), sig);
			_exit(sig && sig != SIGSEGV);
		}
		pthread_join(thread, NULL);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
}

static void map_and_fork(void *unused)
{
	(void)unused;
	map(PAGES * page, 0);
	fork();
}

/* D38, D39: each handle of which the driver was told goes */
static void process_may_be_killed_in_its_fork(void)
{
	struct probe_plan plan = plain_plan();
	int status;
	pid_t pid;

	umem_alloc(0, PAGES * page, 0);
	set_plan(&plan);
	hold_calls(PROBE_DUP);
	pid = spawn(map_and_fork, NULL);
	await_held();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	let_go();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	/* One by mmap, one by fork. */
	CHECK_EQ(await_unmaps(2), 2);
}

static void touch_it(void *p)
{
	touch(p);
}

/* D32, D39: the driver is not left with a handle of a process that is gone */
static void process_may_be_killed_while_the_driver_thinks(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	int status;
	pid_t pid;

	take_log();
	hold_calls(PROBE_ACCESS);
	pid = spawn(touch_it, p);
	await_held();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	usleep(10000);
	let_go();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK(await_unmaps(1) >= 2);
	check_pages(p);
}

const struct guest_case process_cases[] = {
	{ "child_with_the_same_memory_is_no_fork", child_with_the_same_memory_is_no_fork },
	{ "exec_unmaps_the_childs_handle", exec_unmaps_the_childs_handle },
	{ "fork_against_munmap_of_all", fork_against_munmap_of_all },
	{ "process_may_be_killed_in_its_fork", process_may_be_killed_in_its_fork },
	{ "process_may_be_killed_while_the_driver_thinks",
	  process_may_be_killed_while_the_driver_thinks },
	{ }
};
