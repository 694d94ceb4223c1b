// SPDX-License-Identifier: GPL-2.0-only
/*
 * costs.c - what mappings of many handles, vmas or relatives cost
 *
 * The figures are printed. The limits are far above them, and far below what
 * anything linear would need for each step.
 */
#include "guest.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRASH	4

/* Is there time for what is told and not judged? */
static bool is_long(void)
{
	return race_seconds() > 1;
}

/* As make bench-mappings reads it. @n: handles, vmas or relatives */
static void tell_cost(const char *what, size_t n, double seconds)
{
	printf("# cost of %s at %zu: %.0f ns\n", what, n, 1e9 * seconds);
}

/* A fault enters pages up to the next multiple of so many: in the last one alone. */
#define AROUND	64

/* On one CPU, what prints the cases before, and what Linux frees later, would count as well. */
static void let_others_finish(void)
{
	usleep(200000);
}

static double touch_some(u8 *p, int handles)
{
	int blocks = handles / AROUND ?: 1, n = blocks < 256 ? blocks : 256;
	double begin;

	if (handles > 1)
		p += (AROUND - 1 - (uintptr_t)p / page % AROUND) * page;
	begin = now();
	for (int i = 0; i < n; i++)
		look(p + (long)blocks / n * i * AROUND * page);
	return (now() - begin) / n;
}

/* The mean for pages all over it, whose page tables are there. */
static double cost_of_faults(u8 *p, int handles)
{
	touch_some(p, handles);
	CHECK_EQ(madvise(p, handles * page, MADV_DONTNEED), 0);
	return touch_some(p, handles);
}

static double cost_of_fork(void)
{
	double begin = now();
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	reap(pid);
	return now() - begin;
}

static void one_size(int handles, double *per_fault, double *all)
{
	double begin = now(), fork, unmap;
	u8 *p = map_by_pages(handles, 0);

	tell_cost("mmap", handles, now() - begin);
	*per_fault = cost_of_faults(p, handles);
	tell_cost("fault", handles, *per_fault);
	fork = cost_of_fork();
	tell_cost("fork_and_exit", handles, fork);
	begin = now();
	CHECK_EQ(munmap(p, handles * page), 0);
	unmap = now() - begin;
	tell_cost("munmap", handles, unmap);
	*all = fork + unmap;
}

/* D5, D38, D39: what one handle costs, and one fault, does not depend on their number */
static void costs_of_handles_do_not_grow(void)
{
	double fault[3], all[3];
	int most;

	umem_alloc(0, MANY * page, TRASH);
	most = most_handles();
	let_others_finish();
	one_size(1, &fault[0], &all[0]);
	one_size(1024, &fault[1], &all[1]);
	one_size(most, &fault[2], &all[2]);
	CHECK(fault[2] < 20 * fault[1] + 0.001);
	CHECK(all[2] / most < 20 * all[1] / 1024);
}

static void walk(size_t size, size_t handles)
{
	struct probe_plan plan = plain_plan();
	double begin, mapped, end;
	u8 *p;

	plan.callbacks = 0;
	plan.piece[0].maplen = size / handles;
	set_plan(&plan);
	let_others_finish();
	begin = now();
	p = map(size, 0);
	mapped = now();
	for (size_t off = 0; off < size; off += page)
		look(p + off);
	end = now();
	tell_cost("page_in_a_row", handles, (end - begin) / (size / page));
	tell_cost("touch_in_a_row", handles, (end - mapped) / (size / page));
	CHECK_EQ(munmap(p, size), 0);
}

/* D15: whether it is cheap is for make bench-targets to judge, by instructions */
static void cost_of_pages_in_a_row_is_told(void)
{
	size_t size = is_long() ? 64 << 20 : 4 << 20;

	umem_alloc(0, size, 0);
	walk(size, 1);
	walk(size, size / page / 4);
}

/* D39: one handle in many vmas; a page of it goes */
static void cost_of_munmap_in_many_vmas_is_low(void)
{
	struct probe_plan plan = plain_plan();
	double begin;
	int vmas;
	u8 *p;

	umem_alloc(0, MANY * page, TRASH);
	vmas = most_handles() / 4;
	plan.callbacks = 0;
	p = map_plan(&plan, MANY * page);
	for (int i = 0; i < vmas; i += 2)
		CHECK_EQ(mprotect(p + i * page, page, PROT_READ), 0);
	let_others_finish();
	begin = now();
	for (int i = 0; i < 100; i++)
		CHECK_EQ(munmap(p + (vmas / 2 + 3 * i) * page, page), 0);
	begin = (now() - begin) / 100;
	tell_cost("munmap_in_vmas", vmas, begin);
	CHECK(begin < 0.2);
}

static void sit(void *p)
{
	look(p);
	pause();
}

/* D33: a relative has its own pages taken away, not everybody's */
static void cost_of_unload_of_many_relatives_is_low(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args all = { };
	u32 relatives = is_long() ? 1001 : 200;
	pid_t pids[1001];
	double begin;
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks = PROBE_ACCESS;
	p = map_plan(&plan, page);
	look(p);
	take_log();
	for (u32 i = 0; i < relatives; i++)
		pids[i] = spawn(sit, p);
	/* Each has asked: handles are numbered then. */
	for (u32 asked = 0; asked < relatives; usleep(10000))
		asked += take_log()->count;
	let_others_finish();
	begin = now();
	for (u32 i = 0; i < relatives; i++) {
		all.handle = i + 1;
		CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	}
	begin = now() - begin;
	tell_cost("unload", relatives, begin / relatives);
	for (u32 i = 0; i < relatives; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	CHECK(begin < 2);
}

struct relative {
	u8 *p;
	int go[2], done[2];
};

static void take_turns(void *arg)
{
	struct relative *r = arg;
	char c;

	while (read(r->go[0], &c, 1) == 1) {
		look(r->p);
		CHECK_EQ(write(r->done[1], &c, 1), 1);
	}
}

/* The mean of giving the page to a relative that had it long ago. */
static double cost_of_turns(struct relative *r, int relatives, int turns)
{
	pid_t pids[100];
	double begin;
	char c;

	for (int i = 0; i < relatives; i++)
		pids[i] = spawn(take_turns, r);
	let_others_finish();
	begin = now();
	for (int i = 0; i < turns; i++) {
		CHECK_EQ(write(r->go[1], "", 1), 1);
		CHECK_EQ(read(r->done[0], &c, 1), 1);
	}
	begin = (now() - begin) / turns;
	for (int i = 0; i < relatives; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return begin;
}

/* C42: the page wanders; which relative reads the pipe next is for Linux to say */
static void cost_of_turns_of_relatives_is_told(void)
{
	struct probe_plan plan = plain_plan();
	struct relative r;

	umem_alloc(0, page, 0);
	plan.callbacks = PROBE_ACCESS | PROBE_UNMAP;
	plan.policy = PROBE_EXCLUSIVE;
	r.p = map_plan(&plan, page);
	CHECK_EQ(pipe(r.go), 0);
	CHECK_EQ(pipe(r.done), 0);
	tell_cost("turn", 2, cost_of_turns(&r, 2, 200));
	if (is_long())
		tell_cost("turn", 100, cost_of_turns(&r, 100, 200));
}

const struct guest_case cost_cases[] = {
	{ "costs_of_handles_do_not_grow", costs_of_handles_do_not_grow },
	{ "cost_of_pages_in_a_row_is_told", cost_of_pages_in_a_row_is_told },
	{ "cost_of_munmap_in_many_vmas_is_low", cost_of_munmap_in_many_vmas_is_low },
	{ "cost_of_unload_of_many_relatives_is_low",
	  cost_of_unload_of_many_relatives_is_low },
	{ "cost_of_turns_of_relatives_is_told", cost_of_turns_of_relatives_is_told },
	{ }
};
