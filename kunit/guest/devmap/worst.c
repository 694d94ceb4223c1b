// SPDX-License-Identifier: GPL-2.0-only
/*
 * worst.c - another thread does something while a callback of the driver runs
 *
 * The callback waits at the worst moment, so that what a race meets once in a
 * thousand rounds happens every time.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Ten pages of slot 0, which holds 10, 11, ...; slot 1 holds 20, 21, ... */
static u8 *ten_pages(u32 callbacks)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	for (int slot = 0; slot < 2; slot++) {
		umem_alloc(slot, 10 * page, 0);
		for (int i = 0; i < 10; i++)
			umem_poke(slot, i * page, 10 * (slot + 1) + i);
	}
	plan.callbacks |= callbacks;
	plan.piece[0].flags = ALLOW_REMAP;
	p = map_plan(&plan, 10 * page);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(look(p + i * page), 10 + i);
	return p;
}

static void *unmap_middle(void *arg)
{
	u8 *p = arg;

	CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
	return NULL;
}

/* munmap of pages 4 and 5 runs devmap_unmap(9E), which waits */
static pthread_t start_unmap(u8 *p)
{
	pthread_t thread;

	hold_calls(PROBE_UNMAP);
	CHECK_EQ(pthread_create(&thread, NULL, unmap_middle, p), 0);
	await_held();
	return thread;
}

static void end_unmap(pthread_t thread)
{
	let_go();
	pthread_join(thread, NULL);
}

/* D25, D39: both parts show the new memory */
static void remap_reaches_all_parts_of_a_split(void)
{
	u8 *p = ten_pages(0);
	pthread_t thread = start_unmap(p);

	CHECK_EQ(remap_to(1, 1, 0, 10 * page), 0);
	end_unmap(thread);
	for (int i = 0; i < 10; i++)
		if (i < 4 || i > 5)
			CHECK_EQ(look(p + i * page), 20 + i);
}

/* D26, D39 */
static void invalidation_reaches_all_parts_of_a_split(void)
{
	u8 *p = ten_pages(0);
	pthread_t thread = start_unmap(p);

	CHECK_EQ(invalidate(1), 0);
	/* Before the driver knows of the upper part, too. */
	CHECK_EQ(touch(p + 7 * page), SIGSEGV);
	end_unmap(thread);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(touch(p + 9 * page), SIGSEGV);
}

/* D33, D39: each part asks again */
static void unload_reaches_all_parts_of_a_split(void)
{
	struct probe_args all = { .handle = 1 };
	u8 *p = ten_pages(PROBE_ACCESS);
	pthread_t thread;

	take_log();
	thread = start_unmap(p);
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	end_unmap(thread);
	take_log();
	CHECK_EQ(touch(p + page), 0);
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 1);
	CHECK_EQ(touch(p + 8 * page), 0);
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 2);
}

/* D25, D39: of the memory behind a head that goes, the rest shows the right part */
static void remap_reaches_the_tail_while_the_head_goes(void)
{
	u8 *p = ten_pages(0);
	pthread_t thread;

	thread = start_unmap(p - 4 * page);	/* pages 0 and 1 */
	CHECK_EQ(remap_to(1, 1, 0, 10 * page), 0);
	CHECK_EQ(look(p + 5 * page), 25);
	end_unmap(thread);
	CHECK_EQ(look(p + 2 * page), 22);
	CHECK_EQ(remap_to(1, 0, 0, 8 * page), 0);
	CHECK_EQ(look(p + 2 * page), 10);
}

/*
 * While the driver is told of a fork, have another process change the memory of
 * the parent's handle: the parent's own threads would wait for the fork as soon as
 * they write to a page that it has copied. @expected: what the child sees in page
 * 3; 0: a signal.
 */
static void change_during_fork(void (*change)(void), u8 expected)
{
	pid_t other = fork(), child;
	u8 *p;

	if (!other) {
		await_held();
		change();
		let_go();
		_exit(0);
	}
	p = ten_pages(0);
	hold_calls(PROBE_DUP);
	child = fork();
	if (!child) {
		if (expected)
			CHECK_EQ(look(p + 3 * page), expected);
		else
			CHECK_EQ(touch(p + 3 * page), SIGSEGV);
		_exit(0);
	}
	reap(other);
	reap(child);
}

static void show_other_memory(void)
{
	CHECK_EQ(remap_to(1, 1, 0, 10 * page), 0);
}

/* D25, D38 */
static void remap_reaches_the_child_of_a_fork(void)
{
	change_during_fork(show_other_memory, 23);
}

static void show_nothing(void)
{
	CHECK_EQ(invalidate(1), 0);
}

/* D26, D38 */
static void invalidation_reaches_the_child_of_a_fork(void)
{
	change_during_fork(show_nothing, 0);
}

/* D32, G10: munmap of another part does not wait, and the access goes well */
static void unmap_of_another_part_does_not_end_an_access(void)
{
	u8 *p = ten_pages(PROBE_ACCESS);
	struct probe_args all = { .handle = 1 };
	struct toucher t;
	struct probe_log *log;

	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	hold_calls(PROBE_ACCESS);
	prepare_touch(&t, p + 8 * page);
	start_touch(&t);
	await_held();
	take_log();
	CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
	/* The handle is in use: devmap_unmap(9E) comes when it is not [D39]. */
	CHECK_EQ(take_log()->count, 0);
	let_go();
	CHECK_EQ(end_touch(&t), 0);
	CHECK_EQ(look(p + 8 * page), 18);
	log = take_log();
	CHECK_EQ(log->event[0].op, PROBE_UNMAP);
	CHECK_EQ(log->event[0].off, 4 * page);
	CHECK_EQ(log->event[0].len, 2 * page);
	CHECK_EQ(log->event[0].new1, 1);
	CHECK_EQ(log->event[0].new2, 2);
	CHECK_EQ(touch(p + 4 * page), SIGSEGV);
}

/* D32, D39: a fault that comes while the handle changes waits, and goes well */
static void access_during_devmap_unmap_goes_well(void)
{
	u8 *p = ten_pages(PROBE_ACCESS);
	struct probe_args all = { .handle = 1 };
	struct toucher lower, upper;
	struct probe_log *log;
	pthread_t thread;

	/* A new thread would wait for the mmap lock, which munmap holds. */
	prepare_touch(&lower, p + page);
	prepare_touch(&upper, p + 7 * page);
	thread = start_unmap(p);
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	take_log();
	start_touch(&lower);
	start_touch(&upper);
	usleep(100000);
	CHECK_EQ(take_log()->count, 0);
	end_unmap(thread);
	CHECK_EQ(end_touch(&lower), 0);
	CHECK_EQ(end_touch(&upper), 0);
	log = take_log();
	CHECK_EQ(log->count, 2);
	for (u32 i = 0; i < 2; i++)
		CHECK_EQ(log->event[i].handle, (long)log->event[i].off < 4 * page ? 1 : 2);
}

/* D39, G10: the whole handle goes while it is asked; the driver hears of it last */
static void unmap_of_all_waits_for_the_access(void)
{
	u8 *p = ten_pages(PROBE_ACCESS);
	struct probe_args all = { .handle = 1 };
	struct toucher t;
	const struct probe_event *e;

	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	hold_calls(PROBE_ACCESS);
	prepare_touch(&t, p + 8 * page);
	start_touch(&t);
	await_held();
	take_log();
	for (int i = 9; i >= 0; i -= 3)		/* in four pieces */
		CHECK_EQ(munmap(p + (i ? i - 2 : 0) * page, (i ? 3 : 1) * page), 0);
	CHECK_EQ(take_log()->count, 0);
	let_go();
	CHECK_EQ(end_touch(&t), SIGSEGV);
	for (u64 pages = 0; pages < 10; usleep(1000)) {
		struct probe_log *log = take_log();

		for (u32 i = 0; i < log->count; i++) {
			e = &log->event[i];
			CHECK_EQ(e->op, PROBE_UNMAP);
			CHECK_EQ(e->handle, 1);
			pages += e->len / page;
		}
	}
}

static int read_cmdline(pid_t pid)
{
	char path[40], text[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	n = read(fd, text, sizeof(text));
	close(fd);
	return n;
}

/* G10: no lock of the process is held while the driver thinks */
static void others_do_not_wait_for_the_driver(void)
{
	u8 *p = ten_pages(PROBE_ACCESS), *q;
	struct probe_args all = { .handle = 1 };
	struct toucher t;

	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	hold_calls(PROBE_ACCESS);
	prepare_touch(&t, p);
	start_touch(&t);
	await_held();
	q = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(munmap(q, page), 0);
	CHECK(read_cmdline(getpid()) > 0);
	let_go();
	CHECK_EQ(end_touch(&t), 0);
}

/* D32: a refusal for memory that was replaced meanwhile is asked for again */
static void refusal_of_what_was_replaced_is_asked_again(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p = ten_pages(PROBE_ACCESS);
	struct toucher t;

	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_REFUSE;
	plan.hold = PROBE_ACCESS;
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(remap_to(1, 0, 0, 10 * page), 0);
	set_plan(&plan);
	prepare_touch(&t, p);
	start_touch(&t);
	await_held();
	CHECK_EQ(remap_to(1, 1, 0, 10 * page), 0);
	/* The one that is held answers by the plan that it finds then. */
	let_go();
	usleep(50000);
	CHECK_EQ(end_touch(&t), SIGSEGV);
	CHECK(take_log()->count > 2);
}

const struct guest_case worst_cases[] = {
	{ "remap_reaches_all_parts_of_a_split", remap_reaches_all_parts_of_a_split },
	{ "invalidation_reaches_all_parts_of_a_split",
	  invalidation_reaches_all_parts_of_a_split },
	{ "unload_reaches_all_parts_of_a_split", unload_reaches_all_parts_of_a_split },
	{ "remap_reaches_the_tail_while_the_head_goes",
	  remap_reaches_the_tail_while_the_head_goes },
	{ "remap_reaches_the_child_of_a_fork", remap_reaches_the_child_of_a_fork },
	{ "invalidation_reaches_the_child_of_a_fork",
	  invalidation_reaches_the_child_of_a_fork },
	{ "unmap_of_another_part_does_not_end_an_access",
	  unmap_of_another_part_does_not_end_an_access },
	{ "access_during_devmap_unmap_goes_well", access_during_devmap_unmap_goes_well },
	{ "unmap_of_all_waits_for_the_access", unmap_of_all_waits_for_the_access },
	{ "others_do_not_wait_for_the_driver", others_do_not_wait_for_the_driver },
	{ "refusal_of_what_was_replaced_is_asked_again",
	  refusal_of_what_was_replaced_is_asked_again },
	{ }
};
