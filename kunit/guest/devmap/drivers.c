// SPDX-License-Identifier: GPL-2.0-only
/* drivers.c - careless and hostile drivers: what devmap_access(9E) should not do */
#include "guest.h"

#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

static u8 *asked_by(u32 policy)
{
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);

	umem_alloc(1, FEW * page, 0);
	umem_poke(1, page, 20);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = policy;
	set_plan(&plan);
	take_log();
	return p;
}

/* D32: the page that it was called for; a process may have had it do so */
static void driver_may_touch_the_page_that_it_is_asked_for(void)
{
	u8 *p = asked_by(PROBE_TOUCH);
	u32 calls;

	CHECK_EQ(touch(p + page), 0);
	CHECK_EQ(look(p + page), 2);
	calls = take_log()->count;
	CHECK(calls > 1 && calls < 10);
}

/* D39: what the process could do as well */
static void driver_may_unmap_the_page_that_it_is_asked_for(void)
{
	u8 *p = asked_by(PROBE_MUNMAP);
	struct probe_log *log;

	CHECK_EQ(touch(p + page), SIGSEGV);
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_ACCESS);
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(log->event[1].off, page);
	CHECK_EQ(log->event[1].len, page);
}

/* D25, D33: the page that is loaded is one of the new memory */
static void driver_may_show_other_memory_while_it_is_asked(void)
{
	u8 *p = asked_by(PROBE_SHOW);

	CHECK_EQ(look(p + page), 20);
	check_count(PROBE_ACCESS, 1);
}

/* D26, D32 */
static void driver_may_cut_off_while_it_is_asked(void)
{
	u8 *p = asked_by(PROBE_CUT_OFF);

	CHECK_EQ(touch(p + page), SIGSEGV);
	CHECK_EQ(signal_code(), SEGV_MAPERR);
	check_count(PROBE_ACCESS, 1);
}

/* U22: memory that is freed while the driver loads it is not entered */
static void driver_may_free_the_object_while_it_is_asked(void)
{
	u8 *p = asked_by(PROBE_FREE);

	CHECK_EQ(touch(p + page), SIGBUS);
	CHECK_EQ(touch(p + page), SIGBUS);
	check_count(PROBE_ACCESS, 1);
}

static sigjmp_buf out;

static void leave(int sig)
{
	(void)sig;
	siglongjmp(out, 1);
}

/* An access that is refused, but from which a signal takes the thread away; then another. */
static void *touch_twice(void *arg)
{
	struct toucher *t = arg;

	if (!sigsetjmp(out, 1))
		look(t->p);
	while (!atomic_load(&t->go))
		usleep(1000);
	t->sig = touch(t->p);
	return NULL;
}

static void hold_access(u32 policy)
{
	struct probe_plan plan = plain_plan();

	plan.callbacks |= PROBE_ACCESS;
	plan.policy = policy;
	plan.hold = PROBE_ACCESS;
	set_plan(&plan);
}

static void await_event(u32 op)
{
	struct probe_log *log;

	do {
		usleep(1000);
		log = take_log();
	} while (!log->count || log->event[log->count - 1].op != op);
}

/* devmap_unmap(9E) waits, without the mmap lock: it had to wait for an access */
static void hold_unmap_of_a_page(struct toucher *t, u8 *p)
{
	prepare_touch(t, p);
	start_touch(t);
	await_held();
	CHECK_EQ(munmap(p - page, page), 0);
	hold_calls(PROBE_UNMAP);
	await_event(PROBE_UNMAP);
}

/* D32: a thread's next access does not get it, even if that comes again */
static void refusal_of_an_old_access_is_forgotten(void)
{
	struct sigaction action = { .sa_handler = leave };
	u8 *p = few_pages(PROBE_ACCESS);
	struct toucher twice = { .p = p }, other;

	sigaction(SIGUSR1, &action, NULL);
	hold_access(PROBE_REFUSE);
	CHECK_EQ(pthread_create(&twice.thread, NULL, touch_twice, &twice), 0);
	await_held();
	pthread_kill(twice.thread, SIGUSR1);
	let_go();
	usleep(50000);
	hold_access(PROBE_DEFAULT);
	hold_unmap_of_a_page(&other, p + 3 * page);
	start_touch(&twice);
	usleep(50000);
	let_go();
	CHECK_EQ(end_touch(&other), 0);
	CHECK_EQ(end_touch(&twice), 0);
}

const struct guest_case driver_cases[] = {
	{ "driver_may_touch_the_page_that_it_is_asked_for",
	  driver_may_touch_the_page_that_it_is_asked_for },
	{ "driver_may_unmap_the_page_that_it_is_asked_for",
	  driver_may_unmap_the_page_that_it_is_asked_for },
	{ "driver_may_show_other_memory_while_it_is_asked",
	  driver_may_show_other_memory_while_it_is_asked },
	{ "driver_may_cut_off_while_it_is_asked", driver_may_cut_off_while_it_is_asked },
	{ "driver_may_free_the_object_while_it_is_asked",
	  driver_may_free_the_object_while_it_is_asked },
	{ "refusal_of_an_old_access_is_forgotten", refusal_of_an_old_access_is_forgotten },
	{ }
};
