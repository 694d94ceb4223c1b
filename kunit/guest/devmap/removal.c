// SPDX-License-Identifier: GPL-2.0-only
/* removal.c - registers of a device that goes; and races of threads that use them */
#include "registers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

/* D28: nothing of a device that has gone is reached, or mapped again */
static void removal_takes_the_registers_away(void)
{
	u8 *p = four_pages(ALLOW_REMAP);

	CHECK_EQ(poke(p, 1), 0);
	remove_device();
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(touch(p + i * page), SIGBUS);
		CHECK_EQ(poke(p + i * page, 2), SIGBUS);
	}
	CHECK_EQ(reg_peek(0), 1);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 0, page), -1);
	CHECK_EQ(map_error(page, 0), ENXIO);
	take_log();
	CHECK_EQ(munmap(p, 4 * page), 0);
	only_event(PROBE_UNMAP);
}

/* D28: what the driver puts there instead is seen */
static void removal_can_be_followed_by_a_remap(void)
{
	u8 *p = four_pages(ALLOW_REMAP);

	umem_alloc(0, 4 * page, 0);
	umem_poke(0, page, 9);
	expect_registers(p, 0, 4);
	remove_device();
	CHECK_EQ(remap_to(1, 0, 0, 4 * page), 0);
	CHECK_EQ(look(p + page), 9);
	CHECK_EQ(remap_to_registers(PROBE_REGS_OTHER, page, page), 0);
	reg_poke(5 * page, 8);
	CHECK_EQ(look(p), 8);
}

/* D28, D32: a driver is not asked about a device that has gone */
static void removal_is_not_asked_about(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p;

	plan.callbacks = PROBE_ACCESS;
	mark_registers();
	p = map_plan(&plan, 4 * page);
	expect_registers(p, 0, 1);
	CHECK_EQ(only_event(PROBE_ACCESS)->len, page);
	remove_device();
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(touch(p + page), SIGBUS);
	CHECK_EQ(take_log()->count, 0);
}

/* D28: devices are told apart */
static void removal_leaves_other_devices_alone(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS_OTHER, 0);
	u8 *p = map_plan(&plan, 2 * page), *q = four_pages(0);

	reg_poke(5 * page, 9);
	expect_registers(q, 0, 4);
	CHECK_EQ(look(p + page), 9);
	remove_device();
	CHECK_EQ(look(p + page), 9);
	CHECK_EQ(poke(p, 1), 0);
	CHECK_EQ(touch(q), SIGBUS);
}

/* D28, D32: what the driver allows after the removal is not reached */
static void removal_ends_an_access_that_waits(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	struct toucher t;

	plan.callbacks |= PROBE_ACCESS;
	mark_registers();
	prepare_touch(&t, map_plan(&plan, page));
	hold_calls(PROBE_ACCESS);
	start_touch(&t);
	await_held();
	remove_device();
	let_go();
	CHECK_EQ(end_touch(&t), SIGBUS);
}

static void remove_when_held(void *unused)
{
	(void)unused;
	await_held();
	remove_device();
	let_go();
}

static void expect_none(void *p)
{
	for (int i = 0; i < 4; i++)
		CHECK_EQ(touch((u8 *)p + i * page), SIGBUS);
}

/* D28, D38: the driver is being told of the child when the device goes */
static void removal_reaches_the_child_of_a_fork(void)
{
	pid_t other = spawn(remove_when_held, NULL), child;
	u8 *p = four_pages(0);

	expect_registers(p, 0, 4);
	hold_calls(PROBE_DUP);
	child = spawn(expect_none, p);
	reap(other);
	reap(child);
	expect_none(p);
}

/* D28: the driver has said where the registers are when the device goes */
static void removal_reaches_a_setup_under_way(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	pid_t other = spawn(remove_when_held, NULL);

	set_plan(&plan);
	hold_calls(PROBE_RESOLVE);
	CHECK_EQ(map_error(page, 0), ENXIO);
	reap(other);
}

static void *unmap_second_page(void *p)
{
	CHECK_EQ(munmap((u8 *)p + page, page), 0);
	return NULL;
}

/* D28, D39: the driver is being told of the pieces when the device goes */
static void removal_reaches_all_parts_of_a_split(void)
{
	u8 *p = four_pages(0);
	pthread_t thread;

	expect_registers(p, 0, 4);
	hold_calls(PROBE_UNMAP);
	CHECK_EQ(pthread_create(&thread, NULL, unmap_second_page, p), 0);
	await_held();
	remove_device();
	let_go();
	pthread_join(thread, NULL);
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(touch(p + 2 * page), SIGBUS);
	CHECK_EQ(touch(p + 3 * page), SIGBUS);
}

struct reader {
	u8 *p;
	atomic_bool removed;
	atomic_long reads;
	pthread_t thread;
};

/* Until it fails; after the removal it must. */
static void *read_until_removal(void *arg)
{
	struct reader *r = arg;
	bool removed;

	for (;;) {
		removed = atomic_load(&r->removed);
		if (touch(r->p))
			return NULL;
		CHECK(!removed);
		atomic_fetch_add(&r->reads, 1);
		lose_translations(r->p, page);
	}
}

static void race_removal(void *(*run)(void *), u8 *p)
{
	struct reader r = { .p = p };

	CHECK_EQ(pthread_create(&r.thread, NULL, run, &r), 0);
	while (!atomic_load(&r.reads))
		sched_yield();
	remove_device();
	atomic_store(&r.removed, true);
	pthread_join(r.thread, NULL);
	device(PROBE_IOC_REGS_RETURN, &(struct probe_args){ });
}

/* D28: however busy the registers are */
static void removal_wins_against_running_faults(void)
{
	for (int i = 0; i < 20; i++) {
		u8 *p = four_pages(0);

		race_removal(read_until_removal, p);
		CHECK_EQ(munmap(p, 4 * page), 0);
	}
}

static void *map_until_removal(void *arg)
{
	struct reader *r = arg;
	bool removed;
	u8 *p;

	for (;;) {
		p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
		if (p == MAP_FAILED) {
			CHECK_EQ(errno, ENXIO);
			return NULL;
		}
		removed = atomic_load(&r->removed);
		if (!touch(p))
			CHECK(!removed);
		munmap(p, page);
		atomic_fetch_add(&r->reads, 1);
	}
}

/* D28: a setup that has just asked for the place asks again */
static void removal_wins_against_running_setups(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);

	set_plan(&plan);
	for (int i = 0; i < 20; i++)
		race_removal(map_until_removal, NULL);
}

static void *read_on(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(&r->removed)) {
		u8 seen = look(r->p);

		CHECK(seen == 10 || seen == 30);
		atomic_fetch_add(&r->reads, 1);
	}
	return NULL;
}

/* D25, D28: registers and memory take turns under a thread that reads */
static void remap_to_registers_wins_against_running_faults(void)
{
	struct reader r = { .p = four_pages(ALLOW_REMAP) };

	umem_alloc(0, 4 * page, 0);
	umem_poke(0, 0, 10);
	CHECK_EQ(pthread_create(&r.thread, NULL, read_on, &r), 0);
	while (!atomic_load(&r.reads))
		sched_yield();
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(remap_to(1, 0, 0, 4 * page), 0);
		CHECK_EQ(look(r.p), 10);
		CHECK_EQ(remap_to_registers(PROBE_REGS, 0, 4 * page), 0);
		CHECK_EQ(look(r.p), 30);
	}
	atomic_store(&r.removed, true);
	pthread_join(r.thread, NULL);
}

const struct guest_case removal_cases[] = {
	{ "removal_takes_the_registers_away", removal_takes_the_registers_away },
	{ "removal_can_be_followed_by_a_remap", removal_can_be_followed_by_a_remap },
	{ "removal_is_not_asked_about", removal_is_not_asked_about },
	{ "removal_leaves_other_devices_alone", removal_leaves_other_devices_alone },
	{ "removal_ends_an_access_that_waits", removal_ends_an_access_that_waits },
	{ "removal_reaches_the_child_of_a_fork", removal_reaches_the_child_of_a_fork },
	{ "removal_reaches_a_setup_under_way", removal_reaches_a_setup_under_way },
	{ "removal_reaches_all_parts_of_a_split", removal_reaches_all_parts_of_a_split },
	{ "removal_wins_against_running_faults", removal_wins_against_running_faults },
	{ "removal_wins_against_running_setups", removal_wins_against_running_setups },
	{ "remap_to_registers_wins_against_running_faults",
	  remap_to_registers_wins_against_running_faults },
	{ }
};
