// SPDX-License-Identifier: GPL-2.0-only
/* audit_kunit.c - owners of allocations in debugfs and in reports */
#include "ddi_core/audit.h"

#include <sys/map.h>
#include <sys/sunddi.h>

#include <linux/kmsg_dump.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/vmem_helpers.h"

#if DDI_HAS_AUDIT

static void audit_end(void *unused)
{
	ddi_audit_switch(false);
}

/* On until the case ends. */
static void audit_begin(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, ddi_audit_switch(true), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, audit_end, NULL), 0);
}

/*
 * The text below the line of the allocation at @start in the file "segments"; ""
 * if there is none.
 */
static const char *owner_of(struct kunit *test, vmem_t *vm, unsigned long start)
{
	char *text = (char *)debugfs_text(test, "segments"), *end;
	char head[32];

	snprintf(head, sizeof(head), "vmem:%u:", vm->id);
	text = strstr(text, head);
	KUNIT_ASSERT_NOT_NULL(test, text);
	snprintf(head, sizeof(head), " ALLC %16lx ", start);
	text = strstr(text, head);
	KUNIT_ASSERT_NOT_NULL_MSG(test, text, "%#lx is not allocated", start);
	text = strchr(text, '\n') + 1;
	for (end = text; *end == '\t'; end = strchr(end, '\n') + 1)
		;
	*end = '\0';
	return text;
}

/* The owner is a thread whose stack leads through the function of that name. */
static void expect_owner(struct kunit *test, vmem_t *vm, unsigned long start, const char *fn)
{
	const char *owner = owner_of(test, vm, start);
	char head[32];

	snprintf(head, sizeof(head), "\towner: pid %d at ", current->pid);
	KUNIT_EXPECT_TRUE_MSG(test, strstarts(owner, head), "%#lx: '%s'", start, owner);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(owner, fn), "%#lx: '%s'", start, owner);
}

static void expect_no_owner(struct kunit *test, vmem_t *vm, unsigned long start)
{
	KUNIT_EXPECT_STREQ(test, owner_of(test, vm, start), "");
}

/* K4 */
static void audit_names_the_owner(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	unsigned long a, b;

	audit_begin(test);
	a = take(vm, 3, VM_NOSLEEP);
	b = xtake(vm, 4, 4, 0, 0, 0, 0, VM_NOSLEEP);
	expect_owner(test, vm, a, "audit_names_the_owner+");
	expect_owner(test, vm, b, "audit_names_the_owner+");
	give(vm, a, 3);
	xgive(vm, b, 4);
}

static void audit_starts_the_stack_outside_of_the_module(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	const char *owner;

	audit_begin(test);
	owner = owner_of(test, vm, take(vm, 3, VM_NOSLEEP));
	KUNIT_EXPECT_NULL_MSG(test, strstr(owner, "[ddi]"), "'%s'", owner);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(owner, "[ddi_kunit]"), "'%s'", owner);
}

static void audit_follows_cached_segments(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("audited", AT(1), 200, 1, NULL, NULL, NULL, 1,
						  VM_SLEEP));
	unsigned long at[100];
	int round, i;

	audit_begin(test);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(at); i++)
			at[i] = take(vm, 1, VM_NOSLEEP);
		expect_owner(test, vm, at[0], "audit_follows_cached_segments+");
		expect_owner(test, vm, at[99], "audit_follows_cached_segments+");
		for (i = 0; i < ARRAY_SIZE(at); i++)
			give(vm, at[i], 1);
	}
}

/* A segment allocated while audit is off has no owner, not the one before. */
static void audit_forgets_what_was_freed(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	unsigned long at;

	audit_begin(test);
	at = take(vm, 3, VM_NOSLEEP);
	give(vm, at, 3);
	static_branch_disable(&ddi_audit_key);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), at);
	static_branch_enable(&ddi_audit_key);
	expect_no_owner(test, vm, at);
}

static void audit_forgets_an_arena(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	audit_begin(test);
	take(vm, 3, VM_NOSLEEP);
	expect_owner(test, vm, 1, "audit_forgets_an_arena+");
	ddi_audit_forget(vm);
	expect_no_owner(test, vm, 1);
}

static void audit_can_be_switched_while_segments_live(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	unsigned long before = take(vm, 1, VM_NOSLEEP), during;

	audit_begin(test);
	expect_no_owner(test, vm, before);
	during = take(vm, 1, VM_NOSLEEP);
	expect_owner(test, vm, during, "audit_can_be_switched_while_segments_live+");
	ddi_audit_switch(false);
	expect_no_owner(test, vm, during);
	ddi_audit_switch(true);
	expect_no_owner(test, vm, during);
	give(vm, during, 1);
	give(vm, before, 1);
}

static void audit_knows_imports_and_maps(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x10);
	struct map *mp = rmallocmap_wait(2);
	const char *text;

	audit_begin(test);
	expect_owner(test, kid, take(kid, 0x20, VM_NOSLEEP), "audit_knows_imports_and_maps+");
	expect_owner(test, source, SOURCE_BASE, "audit_knows_imports_and_maps+");
	rmfree(mp, 10, 1);
	KUNIT_EXPECT_EQ(test, rmalloc(mp, 3), 1);
	text = debugfs_text(test, "segments");
	text = strstr(text, ":ddi_kunit:audit_knows_imports\n");
	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\towner: pid "));
	rmfree(mp, 3, 1);
	rmfreemap(mp);
}

struct job {
	vmem_t *vm;
	unsigned long at[2];
};

static void take_two(void *arg)
{
	struct job *job = arg;

	job->at[0] = take(job->vm, 1, VM_NOSLEEP);
	job->at[1] = take(job->vm, 1, VM_NOSLEEP);
}

static void give_two(void *arg)
{
	struct job *job = arg;

	give(job->vm, job->at[0], 1);
	give(job->vm, job->at[1], 1);
}

/* An allocation in an interrupt has no thread, but a stack. */
static void audit_works_in_every_context(struct kunit *test)
{
	enum ddi_context ctx = ddi_context_of(test);
	size_t cached;

	audit_begin(test);
	for (cached = 0; cached < 2; cached++) {
		struct job job = {
			.vm = arena_keep(test, vmem_create("audited", AT(1), 10, 1, NULL, NULL,
							   NULL, cached, VM_SLEEP)),
		};

		ddi_run_in(ctx, take_two, &job);
		KUNIT_EXPECT_NOT_NULL(test, strstr(owner_of(test, job.vm, job.at[0]),
						   "take_two+"));
		KUNIT_EXPECT_NOT_NULL(test, strstr(owner_of(test, job.vm, job.at[1]),
						   "take_two+"));
		EXPECT_NO_MISUSE(test, ddi_run_in(ctx, give_two, &job));
	}
}

static void owner_in_an_interrupt_is_marked(struct kunit *test)
{
	struct job job = { .vm = arena_make(test, 1, 10, 1) };

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "interrupts are threads");
	audit_begin(test);
	ddi_run_in(IN_HARDIRQ, take_two, &job);
	KUNIT_EXPECT_TRUE(test, strstarts(owner_of(test, job.vm, job.at[0]),
					  "\towner: an interrupt at "));
}

/* A request succeeds although there is no memory for its owner. */
static void alloc_succeeds_without_memory_for_its_owner(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	unsigned int i, unknown = 0;
	unsigned long at;

	need_faults(test);
	audit_begin(test);
	/* Fill the arena's reserve first. */
	give(vm, take(vm, 1, VM_NOSLEEP), 1);
	for (i = 0; i < 5; i++) {
		fail_nth(1);
		at = take(vm, 1, VM_NOSLEEP);
		fail_nth(0);
		KUNIT_EXPECT_NE(test, at, 0);
		unknown += !*owner_of(test, vm, at);
	}
	KUNIT_EXPECT_GT(test, unknown, 0);
}

/* Remember where the kernel's log ends now. */
static void log_mark(struct kmsg_dump_iter *iter)
{
	kmsg_dump_rewind(iter);
	while (kmsg_dump_get_line(iter, false, NULL, 0, NULL))
		;
}

static const char *log_since(struct kunit *test, struct kmsg_dump_iter *iter)
{
	char *text = kunit_kzalloc(test, SZ_16K, GFP_KERNEL);
	size_t len, used = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	while (used < SZ_16K - 1 &&
	       kmsg_dump_get_line(iter, false, text + used, SZ_16K - 1 - used, &len))
		used += len;
	return text;
}

/* Since then @head was logged, and below it a stack through @fn. */
static void expect_logged(struct kunit *test, struct kmsg_dump_iter *iter, const char *head,
			  const char *fn)
{
	const char *text = log_since(test, iter), *owner = strstr(text, head);

	KUNIT_ASSERT_NOT_NULL_MSG(test, owner, "no '%s' in '%s'", head, text);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(owner, fn), "no %s in '%s'", fn, owner);
}

/* G5, V60: a wrong size, and an address inside of an allocation */
static void wrong_free_logs_the_owner(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x100, 1);
	struct kmsg_dump_iter log;

	audit_begin(test);
	take(vm, 8, VM_NOSLEEP);
	log_mark(&log);
	EXPECT_MISUSE(test, give(vm, 0x1000, 9));
	expect_logged(test, &log, "0x1000: owner: pid ", "wrong_free_logs_the_owner+");
	EXPECT_MISUSE(test, give(vm, 0x1003, 5));
	expect_logged(test, &log, "0x1000: owner: pid ", "wrong_free_logs_the_owner+");
	EXPECT_MISUSE(test, xgive(vm, 0x1050, 5));
	KUNIT_EXPECT_NULL(test, strstr(log_since(test, &log), "owner: "));
	give(vm, 0x1000, 8);
}

/* G5, V60: behind so many spans that the search for the owner has lock breaks */
static void wrong_free_far_in_an_arena_logs_the_owner(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x10, 1);
	struct kmsg_dump_iter log;
	unsigned long at = 0x1000;

	audit_begin(test);
	while (at < 0x1000 + VMEM_STEPS * 0x100) {
		at += 0x100;
		KUNIT_ASSERT_PTR_EQ(test, vmem_add(vm, AT(at), 0x10, VM_SLEEP), AT(at));
	}
	take_at(vm, at, 8);
	log_mark(&log);
	EXPECT_MISUSE(test, give(vm, at + 3, 5));
	expect_logged(test, &log, "owner: pid ", "wrong_free_far_in_an_arena_logs_the_owner+");
	xgive(vm, at, 8);
}

/* G5, V60: a double free names the last owner, if the address was not reused */
static void double_free_logs_the_last_owner(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x100, 1);
	struct kmsg_dump_iter log;

	audit_begin(test);
	give(vm, take(vm, 8, VM_NOSLEEP), 8);
	log_mark(&log);
	EXPECT_MISUSE(test, give(vm, 0x1000, 8));
	expect_logged(test, &log, "0x1000: free; earlier owner: pid ",
		      "double_free_logs_the_last_owner+");
	ddi_audit_forget(vm);
	log_mark(&log);
	EXPECT_MISUSE(test, give(vm, 0x1000, 8));
	KUNIT_EXPECT_NULL(test, strstr(log_since(test, &log), "owner: "));
}

/* G5, U19 */
static void double_umem_free_logs_the_last_owner(struct kunit *test)
{
	struct kmsg_dump_iter log;
	ddi_umem_cookie_t cookie;

	audit_begin(test);
	KUNIT_ASSERT_NOT_NULL(test, ddi_umem_alloc(1, DDI_UMEM_SLEEP, &cookie));
	ddi_umem_free(cookie);
	log_mark(&log);
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
	expect_logged(test, &log, "free; earlier owner: pid ",
		      "double_umem_free_logs_the_last_owner+");
}

/* G5, R15 */
static void wrong_rmfree_logs_the_owner(struct kunit *test)
{
	struct map *mp = rmallocmap_wait(10);
	struct kmsg_dump_iter log;

	audit_begin(test);
	rmfree(mp, 10, 1);
	rmalloc(mp, 5);
	log_mark(&log);
	EXPECT_MISUSE(test, rmfree(mp, 4, 1));
	expect_logged(test, &log, "'ddi_kunit:wrong_rmfree_logs_t' 0x1: owner: pid ",
		      "wrong_rmfree_logs_the_owner+");
	rmfree(mp, 5, 1);
	rmfreemap(mp);
}

/* V111 */
static void destroy_logs_the_owners_of_leaks(struct kunit *test)
{
	vmem_t *vm = vmem_create("leaky", AT(1), 10, 1, NULL, NULL, NULL, 0, VM_SLEEP);
	struct kmsg_dump_iter log;

	audit_begin(test);
	KUNIT_ASSERT_EQ(test, take(vm, 2, VM_SLEEP), 1);
	log_mark(&log);
	EXPECT_MISUSE(test, vmem_destroy(vm));
	expect_logged(test, &log, "'leaky' 0x1: owner: pid ", "destroy_logs_the_owners_of_leaks+");
}

static void wrong_umem_free_logs_the_owner(struct kunit *test)
{
	struct ddi_umem_cookie *c;
	struct kmsg_dump_iter log;
	ddi_umem_cookie_t cookie;

	audit_begin(test);
	KUNIT_ASSERT_NOT_NULL(test, ddi_umem_alloc(1, DDI_UMEM_SLEEP, &cookie));
	log_mark(&log);
	c = cookie;
	c->type = ~c->type;
	EXPECT_MISUSE(test, ddi_umem_free(cookie));
	c->type = ~c->type;
	expect_logged(test, &log, "owner: pid ", "wrong_umem_free_logs_the_owner+");
	ddi_umem_free(cookie);
}

static struct kunit_case audit_cases[] = {
	KUNIT_CASE(audit_names_the_owner),
	KUNIT_CASE(audit_starts_the_stack_outside_of_the_module),
	KUNIT_CASE(audit_follows_cached_segments),
	KUNIT_CASE(audit_forgets_what_was_freed),
	KUNIT_CASE(audit_forgets_an_arena),
	KUNIT_CASE(audit_can_be_switched_while_segments_live),
	KUNIT_CASE(audit_knows_imports_and_maps),
	KUNIT_CASE_PARAM(audit_works_in_every_context, ddi_next_context),
	KUNIT_CASE(owner_in_an_interrupt_is_marked),
	KUNIT_CASE(alloc_succeeds_without_memory_for_its_owner),
	KUNIT_CASE(wrong_free_logs_the_owner),
	KUNIT_CASE(wrong_free_far_in_an_arena_logs_the_owner),
	KUNIT_CASE(wrong_rmfree_logs_the_owner),
	KUNIT_CASE(double_free_logs_the_last_owner),
	KUNIT_CASE(double_umem_free_logs_the_last_owner),
	KUNIT_CASE(destroy_logs_the_owners_of_leaks),
	KUNIT_CASE(wrong_umem_free_logs_the_owner),
	{}
};

static struct kunit_suite audit_suite = {
	.name = "ddi_audit",
	.init = balance_init,
	.test_cases = audit_cases,
};

kunit_test_suite(audit_suite);

#endif
