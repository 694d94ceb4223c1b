// SPDX-License-Identifier: GPL-2.0-only
/* contention.c - a page that several ask for at once, or that is unloaded meanwhile */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	FEW

/* D33: another mapping of the same memory keeps what it has */
static void unload_of_one_mapping_leaves_the_other(void)
{
	struct probe_args all = { .handle = 1 };
	u8 *p = few_pages(PROBE_ACCESS), *q = map(PAGES * page, 0);

	check_pages(p);
	check_pages(q);
	take_log();
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	check_pages(q);
	check_count(0, 0);
	check_pages(p);
	check_count(PROBE_ACCESS, PAGES);
}

/* D32: two threads touch the page while the driver thinks */
static void threads_on_one_page_all_get_it(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct toucher t[3];

	hold_calls(PROBE_ACCESS);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		prepare_touch(&t[i], p);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		start_touch(&t[i]);
	await_held();
	let_go();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		CHECK_EQ(end_touch(&t[i]), 0);
	check_pages(p);
}

static void unload_again_and_again(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
		sched_yield();
	}
}

/* D33 */
static void unload_from_another_process_harms_no_access(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;
	int status;

	check_pages(p);
	pid = spawn(unload_again_and_again, NULL);
	while (!waitpid(pid, &status, WNOHANG))
		check_pages(p);
	CHECK_EQ(status, 0);
}

static u8 *touched_by_handler;

static void touch_in_handler(int sig)
{
	(void)sig;
	CHECK_EQ(look(touched_by_handler), 1);
}

/* D32: the handler of a signal that interrupts an access makes the same access */
static void handler_may_touch_the_same_page(void)
{
	struct sigaction action = { .sa_handler = touch_in_handler };
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;

	touched_by_handler = p;
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_SLEEP;
	set_plan(&plan);
	sigaction(SIGUSR1, &action, NULL);
	pid = signal_when_held();
	CHECK_EQ(touch(p), 0);
	reap(pid);
	check_pages(p);
}

const struct guest_case contention_cases[] = {
	{ "unload_of_one_mapping_leaves_the_other", unload_of_one_mapping_leaves_the_other },
	{ "threads_on_one_page_all_get_it", threads_on_one_page_all_get_it },
	{ "unload_from_another_process_harms_no_access",
	  unload_from_another_process_harms_no_access },
	{ "handler_may_touch_the_same_page", handler_may_touch_the_same_page },
	{ }
};
