// SPDX-License-Identifier: GPL-2.0-only
/* vmem_races_kunit.c - what others do to an arena in the middle of a request */
#include "vmem_helpers.h"

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>

#include "ddi_trace.h"

#define Q	0x1000UL

#if IS_ENABLED(CONFIG_TRACEPOINTS)

/* A thread that asks once, and sleeps for it. */
struct asker {
	vmem_t *vm;
	size_t size;
	unsigned long got;
	struct completion done;
};

static int asker_thread(void *data)
{
	struct asker *a = data;

	a->got = take(a->vm, a->size, VM_SLEEP);
	complete(&a->done);
	return 0;
}

static void ask(struct kunit *test, struct asker *a)
{
	init_completion(&a->done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(asker_thread, a, "ddi-asker")));
}

/* What a request that is about to sleep finds freed; the source's only space. */
static struct {
	vmem_t *vm;
	unsigned long at;
	bool refuse;
	unsigned int exports, asleep;
} late;

static void *late_import(vmem_t *source, size_t size, int vmflag)
{
	return READ_ONCE(late.refuse) ? NULL : vmem_alloc(source, size, vmflag);
}

static void late_export(vmem_t *source, void *start, size_t size)
{
	late.exports++;
	late.asleep += READ_ONCE(current->__state) != TASK_RUNNING;
	vmem_free(source, start, size);
}

static void free_late(void *data, u32 id, const char *name, unsigned long start,
		      unsigned long size, int flags, const void *caller)
{
	if (late.vm && id == late.vm->id)
		give(late.vm, late.at, Q);
}

/* V67: a driver's function is called awake, though its caller is about to sleep */
static void export_before_a_sleep_is_called_awake(struct kunit *test)
{
	vmem_t *source = arena_make(test, Q, 16 * Q, Q), *kid;
	struct asker a = { .size = 2 * Q };

	memset(&late, 0, sizeof(late));
	kid = arena_keep(test, vmem_create("late", NULL, 0, Q, late_import, late_export, source,
					   Q, VM_SLEEP));
	a.vm = kid;
	late.at = take(kid, Q, VM_SLEEP);
	late.vm = kid;
	late.refuse = true;
	KUNIT_ASSERT_EQ(test, 0, tracepoint_probe_register(&__tracepoint_vmem_wait_begin,
							   free_late, NULL));
	ask(test, &a);
	while (!arena_stat(kid, VMEM_STAT_WAIT) && !completion_done(&a.done))
		schedule_timeout_uninterruptible(1);
	tracepoint_probe_unregister(&__tracepoint_vmem_wait_begin, free_late, NULL);
	tracepoint_synchronize_unregister();
	WRITE_ONCE(late.refuse, false);
	vmem_add(kid, AT(0x1000000), Q, VM_SLEEP);
	wait_for_completion(&a.done);
	KUNIT_EXPECT_EQ(test, late.exports, 1);
	KUNIT_EXPECT_EQ(test, late.asleep, 0);
}

#endif

static struct kunit_case vmem_races_cases[] = {
#if IS_ENABLED(CONFIG_TRACEPOINTS)
	KUNIT_CASE(export_before_a_sleep_is_called_awake),
#endif
	{}
};

static struct kunit_suite vmem_races_suite = {
	.name = "ddi_vmem_races",
	.test_cases = vmem_races_cases,
};

kunit_test_suite(vmem_races_suite);
