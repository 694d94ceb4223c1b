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

/* The mean of touching pages all over it. */
static double cost_of_faults(u8 *p, int handles)
{
	int n = handles < 256 ? handles : 256;
	double begin = now();

	for (int i = 0; i < n; i++)
		look(p + (long)handles / n * i * page);
	return 1e6 * (now() - begin) / n;
}

static double cost_of_fork(void)
{
	double begin = now();
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	reap(pid);
	return 1e6 * (now() - begin);
}

static void one_size(int handles, double *per_fault, double *all)
{
	double begin = now(), fault, fork, unmap, map;
	u8 *p = map_by_pages(handles, 0);

	map = 1e6 * (now() - begin);
	fault = cost_of_faults(p, handles);
	fork = cost_of_fork();
	begin = now();
	CHECK_EQ(munmap(p, handles * page), 0);
	unmap = 1e6 * (now() - begin);
	printf("# %d handles, us: mmap %.0f, a fault %.1f, fork and exit %.0f, munmap %.0f\n",
	       handles, map, fault, fork, unmap);
	*per_fault = fault;
	*all = fork + unmap;
}

/* D5, D38, D39: what one handle costs, and one fault, does not depend on their number */
static void costs_of_handles_do_not_grow(void)
{
	double fault[3], all[3];
	int most;

	umem_alloc(0, MANY * page, TRASH);
	most = most_handles();
	one_size(1, &fault[0], &all[0]);
	one_size(1024, &fault[1], &all[1]);
	one_size(most, &fault[2], &all[2]);
	CHECK(fault[2] < 20 * fault[1] + 1000);
	CHECK(all[2] / most < 20 * all[1] / 1024);
}

/* D39: one handle in many vmas; a page of it goes */
static void munmap_in_many_vmas_is_cheap(void)
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
	begin = now();
	for (int i = 0; i < 100; i++)
		CHECK_EQ(munmap(p + (vmas / 2 + 3 * i) * page, page), 0);
	begin = 1e6 * (now() - begin) / 100;
	printf("# %d vmas: munmap of a page %.0f us\n", vmas, begin);
	CHECK(begin < 20000);
}

static void sit(void *p)
{
	look(p);
	pause();
}

/* D33: a relative has its own pages taken away, not everybody's */
static void unload_of_many_relatives_is_cheap(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args all = { };
	pid_t pids[200];
	double begin;
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks = PROBE_ACCESS;
	p = map_plan(&plan, page);
	look(p);
	take_log();
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = spawn(sit, p);
	/* Each has asked: handles are numbered then. */
	for (u32 asked = 0; asked < ARRAY_SIZE(pids); usleep(10000))
		asked += take_log()->count;
	begin = now();
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		all.handle = (u32)i + 1;
		CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	}
	begin = 1e6 * (now() - begin);
	printf("# %zu relatives unloaded in %.0f us\n", ARRAY_SIZE(pids), begin);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	CHECK(begin < 2e6);
}

const struct guest_case cost_cases[] = {
	{ "costs_of_handles_do_not_grow", costs_of_handles_do_not_grow },
	{ "munmap_in_many_vmas_is_cheap", munmap_in_many_vmas_is_cheap },
	{ "unload_of_many_relatives_is_cheap", unload_of_many_relatives_is_cheap },
	{ }
};
