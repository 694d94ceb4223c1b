// SPDX-License-Identifier: GPL-2.0-only
/* context.c - processes that take turns with a device, by devmap_do_ctxmgt() */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* A page of registers, the first byte of which is each handle's own. */
static struct probe_plan switching_plan(void)
{
	struct probe_plan plan = plain_plan();

	plan.piece[0].regs = PROBE_REGS + 1;
	plan.piece[0].flags = CACHED;
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_SWITCH;
	return plan;
}

static u8 *switching_page(const struct probe_plan *plan)
{
	u8 *p = map_plan(plan, page);

	take_log();
	return p;
}

/* Wait until so many events of a kind have happened; takes the log. */
static void await_events(u32 op, int count)
{
	while (count > 0) {
		struct probe_log *log = take_log();

		for (u32 i = 0; i < log->count && i < PROBE_EVENTS; i++)
			count -= log->event[i].op == op;
		if (count > 0)
			usleep(1000);
	}
}

/* D35 */
static void ctxmgt_gets_the_arguments_and_the_handles_pointer(void)
{
	struct probe_plan plan = switching_plan();
	const struct probe_event *e;
	u64 pvt;
	u8 *p;

	set_plan(&plan);
	p = map(page, 16 * page);
	pvt = only_event(PROBE_MAP)->pvt;
	CHECK_EQ(poke(p, 1), 0);
	e = take_log()->event;
	CHECK_EQ(e[0].op, PROBE_ACCESS);
	CHECK_EQ(e[1].op, PROBE_CTXMGT);
	CHECK_EQ(e[1].pvt, pvt);
	CHECK_EQ(e[1].off, 16 * page);
	CHECK_EQ(e[1].len, page);
	CHECK_EQ(e[1].rw, 2);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(take_log()->count, 0);
}

static void count_to_200(void *arg)
{
	u8 *p = arg;

	for (int i = 0; i < 200; i++) {
		CHECK_EQ(look(p), i);
		CHECK_EQ(poke(p, i + 1), 0);
		if (i % 8 == 0)
			usleep(100);
	}
}

/* D35, D36: each process finds the register as it has left it */
static void ctxmgt_gives_each_process_its_context(void)
{
	struct probe_plan plan = switching_plan();
	u8 *p = switching_page(&plan);
	pid_t pids[2];

	for (int i = 0; i < 2; i++)
		pids[i] = spawn(count_to_200, p);
	for (int i = 0; i < 2; i++)
		reap(pids[i]);
	CHECK_EQ(look(p), 0);
}

static void take_turns(void *arg)
{
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(touch(arg), 0);
		usleep(2000);
	}
}

/* D35: a machine with one processor does not wait */
static void ctxmgt_leaves_the_device_for_the_timeout(void)
{
	struct probe_plan plan = switching_plan();
	const struct probe_event *last = NULL;
	struct probe_log *log;
	int switches = 0;
	pid_t pid;
	u8 *p;

	plan.ticks = 7;
	p = switching_page(&plan);
	pid = spawn(take_turns, p);
	take_turns(p);
	reap(pid);
	log = take_log();
	CHECK(log->count <= PROBE_EVENTS);
	for (u32 i = 0; i < log->count; i++) {
		const struct probe_event *e = &log->event[i];

		if (e->op != PROBE_CTXMGT || (last && last->handle == e->handle))
			continue;
		switches += !!last;
		if (last && sysconf(_SC_NPROCESSORS_ONLN) > 1)
			CHECK(e->time - last->time >= 7);
		last = e;
	}
	CHECK(switches);
}

static void touch_once(void *p)
{
	CHECK_EQ(touch(p), 0);
}

static void kill_and_reap(pid_t pid)
{
	int status;

	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* A process whose switch goes on until let_go(). */
static pid_t start_long_switch(u8 *p)
{
	pid_t pid;

	hold_calls(PROBE_CTXMGT);
	pid = spawn(touch_once, p);
	await_held();
	await_events(PROBE_ACCESS, 1);
	return pid;
}

/* D35, D36: while another process's switch goes on */
static void waiter_for_a_switch_can_be_killed(void)
{
	struct probe_plan plan = switching_plan();
	u8 *p = switching_page(&plan);
	pid_t first, second;

	first = start_long_switch(p);
	second = spawn(touch_once, p);
	await_events(PROBE_ACCESS, 1);
	kill_and_reap(second);
	CHECK_EQ(waitpid(first, NULL, WNOHANG), 0);
	let_go();
	reap(first);
	CHECK_EQ(touch(p), 0);
}

/* D35, D36: while another process has its time, which is long */
static void waiter_for_the_timeout_can_be_killed(void)
{
	struct probe_plan plan = switching_plan();
	pid_t pid;
	u8 *p;

	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		return;
	plan.ticks = 1000000;
	p = switching_page(&plan);
	CHECK_EQ(touch(p), 0);
	take_log();
	pid = spawn(touch_once, p);
	await_events(PROBE_ACCESS, 1);
	/* Meanwhile the owner need not wait for itself, nor for the waiter. */
	usleep(20000);
	device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1, .len = page });
	CHECK_EQ(touch(p), 0);
	kill_and_reap(pid);
	device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1, .len = page });
	CHECK_EQ(touch(p), 0);
}

static atomic_int alarms;

static void count_alarm(int sig)
{
	(void)sig;
	atomic_fetch_add(&alarms, 1);
}

static void touch_with_alarms(void *p)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = count_alarm, .sa_flags = SA_RESTART };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CHECK_EQ(touch(p), 0);
	CHECK(atomic_load(&alarms) >= 3);
}

/* D36, D32: the handlers run while the access waits */
static void waiter_for_a_switch_gets_its_signals(void)
{
	struct probe_plan plan = switching_plan();
	u8 *p = switching_page(&plan);
	pid_t first, second;

	first = start_long_switch(p);
	second = spawn(touch_with_alarms, p);
	/* Each handler is followed by another attempt. */
	await_events(PROBE_ACCESS, 5);
	let_go();
	reap(first);
	reap(second);
}

/* D35, D32: FC_HWERR, whatever ctxmgt returns */
static void failing_ctxmgt_raises_sigbus(void)
{
	struct probe_plan plan = switching_plan();
	u8 *p;

	plan.answer = 22;
	p = switching_page(&plan);
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(signal_code(), BUS_OBJERR);
	plan.answer = 0;
	set_plan(&plan);
	CHECK_EQ(touch(p), 0);
}

/* D35, D39: the device is free again when its owner has gone */
static void ctxmgt_survives_the_owner(void)
{
	struct probe_plan plan = switching_plan();
	u8 *p = switching_page(&plan);

	for (int i = 0; i < 10; i++)
		reap(spawn(touch_once, p));
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(munmap(p, page), 0);
	p = switching_page(&plan);
	CHECK_EQ(touch(p), 0);
}

const struct guest_case context_cases[] = {
	{ "ctxmgt_gets_the_arguments_and_the_handles_pointer",
	  ctxmgt_gets_the_arguments_and_the_handles_pointer },
	{ "ctxmgt_gives_each_process_its_context", ctxmgt_gives_each_process_its_context },
	{ "ctxmgt_leaves_the_device_for_the_timeout", ctxmgt_leaves_the_device_for_the_timeout },
	{ "ctxmgt_survives_the_owner", ctxmgt_survives_the_owner },
	{ "failing_ctxmgt_raises_sigbus", failing_ctxmgt_raises_sigbus },
	{ "waiter_for_a_switch_can_be_killed", waiter_for_a_switch_can_be_killed },
	{ "waiter_for_the_timeout_can_be_killed", waiter_for_the_timeout_can_be_killed },
	{ "waiter_for_a_switch_gets_its_signals", waiter_for_a_switch_gets_its_signals },
	{ }
};
