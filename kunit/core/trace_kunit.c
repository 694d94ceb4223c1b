// SPDX-License-Identifier: GPL-2.0-only
/* trace_kunit.c - each tracepoint fires for its event, and for no other */
#include <sys/sunddi.h>

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/tracepoint.h>

#include "ddi_core/trace.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#if IS_ENABLED(CONFIG_TRACEPOINTS)

/* Events of the arena under test that a probe has seen. */
struct seen {
	const char *name;
	unsigned int times;
	unsigned long start, size;
	const void *caller;
	u64 ns;
};

static void on_segment(void *data, u32 id, const char *name, unsigned long start,
		       unsigned long size, int flags, const void *caller)
{
	struct seen *seen = data;

	if (strcmp(name, seen->name))
		return;
	seen->times++;
	seen->start = start;
	seen->size = size;
	seen->caller = caller;
}

static void on_wait_end(void *data, u32 id, const char *name, unsigned long start,
			unsigned long size, u64 ns)
{
	struct seen *seen = data;

	on_segment(data, id, name, start, size, 0, NULL);
	seen->ns = ns;
}

static void on_reap(void *data, u32 id, const char *name)
{
	on_segment(data, id, name, 0, 0, 0, NULL);
}

static void on_misuse(void *data, const char *func, const char *name, const void *caller)
{
	on_segment(data, 0, name, 0, 0, 0, caller);
}

static void on_umem(void *data, const void *cookie, size_t size, int flags, const void *caller)
{
	on_segment(data, 0, "umem", (unsigned long)cookie, size, flags, caller);
}

static void listen(struct kunit *test, struct tracepoint *tp, void *probe, struct seen *seen)
{
	KUNIT_ASSERT_EQ(test, 0, tracepoint_probe_register(tp, probe, seen));
}

static void deafen(struct tracepoint *tp, void *probe, struct seen *seen)
{
	tracepoint_probe_unregister(tp, probe, seen);
	tracepoint_synchronize_unregister();
}

static vmem_t *traced_arena(struct kunit *test, size_t qcache_max)
{
	return arena_keep(test, vmem_create("traced", AT(1), 10, 1, NULL, NULL, NULL, qcache_max,
					    VM_SLEEP));
}

/* One allocation and one free, in an arena with or without caches. */
static void alloc_and_free_once(struct kunit *test, size_t qcache_max)
{
	struct seen alloc = { "traced" }, freed = { "traced" };
	vmem_t *vm = traced_arena(test, qcache_max);
	int i;

	listen(test, &__tracepoint_vmem_alloc, on_segment, &alloc);
	listen(test, &__tracepoint_vmem_free, on_segment, &freed);
	for (i = 1; i <= 3; i++) {
		void *got = vmem_alloc(vm, 1, VM_NOSLEEP);

		KUNIT_EXPECT_EQ(test, alloc.times, i);
		KUNIT_EXPECT_EQ(test, alloc.start, (unsigned long)got);
		vmem_free(vm, got, 1);
		KUNIT_EXPECT_EQ(test, freed.times, i);
		KUNIT_EXPECT_EQ(test, freed.start, (unsigned long)got);
	}
	deafen(&__tracepoint_vmem_free, on_segment, &freed);
	deafen(&__tracepoint_vmem_alloc, on_segment, &alloc);
	KUNIT_EXPECT_EQ(test, alloc.size, 1);
	KUNIT_EXPECT_TRUE(test, within_module((unsigned long)alloc.caller, THIS_MODULE));
	KUNIT_EXPECT_TRUE(test, within_module((unsigned long)freed.caller, THIS_MODULE));
}

static void trace_alloc_free_segment(struct kunit *test)
{
	alloc_and_free_once(test, 0);
}

static void trace_alloc_free_cached(struct kunit *test)
{
	alloc_and_free_once(test, 1);
}

static void trace_fail(struct kunit *test)
{
	struct seen seen = { "traced" };
	vmem_t *vm = traced_arena(test, 0);

	listen(test, &__tracepoint_vmem_fail, on_segment, &seen);
	KUNIT_EXPECT_NULL(test, vmem_alloc(vm, 11, VM_NOSLEEP));
	deafen(&__tracepoint_vmem_fail, on_segment, &seen);
	KUNIT_EXPECT_EQ(test, seen.times, 1);
	KUNIT_EXPECT_EQ(test, seen.size, 11);
}

static int free_later(void *vm)
{
	msleep(50);
	give(vm, 1, 10);
	return 0;
}

static void trace_wait(struct kunit *test)
{
	struct seen begin = { "traced" }, end = { "traced" };
	vmem_t *vm = traced_arena(test, 0);

	listen(test, &__tracepoint_vmem_wait_begin, on_segment, &begin);
	listen(test, &__tracepoint_vmem_wait_end, on_wait_end, &end);
	KUNIT_ASSERT_NOT_NULL(test, vmem_alloc(vm, 10, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, begin.times, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(free_later, vm, "ddi-free-later")));
	vmem_free(vm, vmem_alloc(vm, 2, VM_SLEEP), 2);
	deafen(&__tracepoint_vmem_wait_end, on_wait_end, &end);
	deafen(&__tracepoint_vmem_wait_begin, on_segment, &begin);
	KUNIT_EXPECT_EQ(test, begin.times, 1);
	KUNIT_EXPECT_EQ(test, end.times, 1);
	KUNIT_EXPECT_GT(test, end.ns, 1000ULL);
}

static void trace_import_release(struct kunit *test)
{
	struct seen in = { "kid" }, out = { "kid" };
	vmem_t *vm = traced_arena(test, 0);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, 1, vmem_alloc, vmem_free, vm, 0,
						   VM_SLEEP));

	listen(test, &__tracepoint_vmem_import, on_segment, &in);
	listen(test, &__tracepoint_vmem_release, on_segment, &out);
	vmem_free(kid, vmem_alloc(kid, 3, VM_SLEEP), 3);
	deafen(&__tracepoint_vmem_release, on_segment, &out);
	deafen(&__tracepoint_vmem_import, on_segment, &in);
	KUNIT_EXPECT_EQ(test, in.times, 1);
	KUNIT_EXPECT_EQ(test, out.times, 1);
	KUNIT_EXPECT_EQ(test, in.size, out.size);
}

static void trace_reap(struct kunit *test)
{
	struct seen seen = { "traced" };
	vmem_t *vm = traced_arena(test, 1);

	listen(test, &__tracepoint_vmem_reap, on_reap, &seen);
	vmem_qcache_reap(vm);
	deafen(&__tracepoint_vmem_reap, on_reap, &seen);
	KUNIT_EXPECT_EQ(test, seen.times, 1);
}

static void trace_misuse_and_umem(struct kunit *test)
{
	struct seen wrong = { "umem" }, alloc = { "umem" }, freed = { "umem" };
	ddi_umem_cookie_t cookie;

	listen(test, &__tracepoint_misuse, on_misuse, &wrong);
	listen(test, &__tracepoint_umem_alloc, on_umem, &alloc);
	listen(test, &__tracepoint_umem_free, on_umem, &freed);
	ddi_umem_alloc(5000, DDI_UMEM_SLEEP, &cookie);
	ddi_umem_free(cookie);
	KUNIT_EXPECT_EQ(test, wrong.times, 0);
	ddi_umem_free(cookie);
	deafen(&__tracepoint_umem_free, on_umem, &freed);
	deafen(&__tracepoint_umem_alloc, on_umem, &alloc);
	deafen(&__tracepoint_misuse, on_misuse, &wrong);
	KUNIT_EXPECT_EQ(test, wrong.times, 1);
	KUNIT_EXPECT_EQ(test, alloc.times, 1);
	KUNIT_EXPECT_EQ(test, alloc.size, PAGE_ALIGN(5000));
	KUNIT_EXPECT_EQ(test, freed.times, 1);
	KUNIT_EXPECT_EQ(test, freed.start, (unsigned long)cookie);
}

static struct kunit_case trace_cases[] = {
	KUNIT_CASE(trace_alloc_free_segment),
	KUNIT_CASE(trace_alloc_free_cached),
	KUNIT_CASE(trace_fail),
	KUNIT_CASE(trace_wait),
	KUNIT_CASE(trace_import_release),
	KUNIT_CASE(trace_reap),
	KUNIT_CASE(trace_misuse_and_umem),
	{}
};

static struct kunit_suite trace_suite = {
	.name = "ddi_trace",
	.init = balance_init,
	.test_cases = trace_cases,
};

kunit_test_suite(trace_suite);

#endif
