// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - ddi_bench.ko: measures what is written to its parameter "run"
 *
 *   pair WORKLOAD ALLOCATOR N	instructions of a free and an allocation
 *   longest WORKLOAD ALLOCATOR N	most that a single call costs, filling included
 *   bytes ALLOCATOR N		memory that a segment costs
 *   frag ALLOCATOR		how full an arena gets
 *   smp WORKLOAD ALLOCATOR	one CPU, two at once, many threads on them
 *   burst WORKLOAD ALLOCATOR N	N allocations, then as many frees
 *   hand WORKLOAD ALLOCATOR N	one CPU allocates, another frees, N queued at most
 *   umem ALLOCATOR [SIZE]	page memory
 *   fault PATTERN WAY		mappings: one, order, random; or in wall time alone, two,
 *				where two processes have to write this at once
 *
 * "all" stands for every allocator. Rows go to the kernel's log.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "bench.h"

struct bench_arena bench;

module_param_named(profile, bench_profile, bool, 0644);
MODULE_PARM_DESC(profile, "Wait for a tracer on the third serial line (default: off)");

/* 64 GiB of 4 KiB units, 512 GiB where that might not do */
static void size_arena(unsigned long n)
{
	bench.base = BENCH_BASE;
	bench.units = n > 100000 ? 1UL << 27 : 1UL << 24;
}

static int run_one(const char *what, const struct bench_workload *w,
		   const struct bench_allocator *a, unsigned long n)
{
	if (!strcmp(what, "pair"))
		return bench_pairs(a, w, n);
	if (!strcmp(what, "longest"))
		return bench_longest(a, w, n);
	if (!strcmp(what, "smp"))
		return bench_smp(a, w);
	if (!strcmp(what, "burst") || !strcmp(what, "hand"))
		return bench_handoff(what, a, w, n);
	if (!strcmp(what, "bytes"))
		return bench_bytes(a, n);
	if (!strcmp(what, "frag"))
		return bench_frag(a);
	return -EINVAL;
}

static int run_each(const char *what, const struct bench_workload *w,
		    const char *name, unsigned long n)
{
	const struct bench_allocator *const *a;
	int err;

	for (a = bench_allocators; *a; a++) {
		if (strcmp(name, "all") && strcmp(name, (*a)->name))
			continue;
		err = run_one(what, w, *a, n);
		if (err)
			pr_warn("%s of %s with N = %lu: error %d\n", what, (*a)->name, n, err);
	}
	return 0;
}

static bool needs_workload(const char *what)
{
	static const char *const with[] = { "pair", "longest", "smp", "burst", "hand" };

	return match_string(with, ARRAY_SIZE(with), what) >= 0;
}

/* Two processes may be in here. */
static int run_fault(const char *val)
{
	char pattern[16], way[32];
	int err;

	if (sscanf(val, "%*s %15s %31s", pattern, way) != 2)
		return -EINVAL;
	kernel_param_unlock(THIS_MODULE);
	err = bench_fault(pattern, way);
	kernel_param_lock(THIS_MODULE);
	return err;
}

static int run_set(const char *val, const struct kernel_param *kp)
{
	char what[16], workload[16] = "", name[32] = "all";
	const struct bench_workload *w = NULL;
	unsigned long n = 0;

	if (sscanf(val, "%15s", what) != 1)
		return -EINVAL;
	if (!strcmp(what, "fault"))
		return run_fault(val);
	if (needs_workload(what)) {
		if (sscanf(val, "%*s %15s %31s %lu", workload, name, &n) < 1)
			return -EINVAL;
		w = bench_find_workload(workload);
		if (!w)
			return -EINVAL;
	} else if (sscanf(val, "%*s %31s %lu", name, &n) < 0) {
		return -EINVAL;
	}
	size_arena(n);
	if (!strcmp(what, "umem"))
		return bench_umem(name, n);
	if (strcmp(name, "all") && !bench_find_allocator(name))
		return -EINVAL;
	return run_each(what, w, name, n);
}

static const struct kernel_param_ops run_ops = { .set = run_set };
module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "What to measure; see the head of main.c");

static int __init ddi_bench_init(void)
{
	int err = bench_iova_init();

	if (err)
		return err;
	err = bench_drm_init();
	if (err)
		bench_iova_exit();
	return err;
}

static void __exit ddi_bench_exit(void)
{
	bench_drm_exit();
	bench_iova_exit();
}

module_init(ddi_bench_init);
module_exit(ddi_bench_exit);
MODULE_DESCRIPTION("Measures ddi.ko beside Linux's own allocators");
MODULE_LICENSE("GPL");
