// SPDX-License-Identifier: GPL-2.0-only
/*
 * contexts_kunit.c - every function in every context that the contract allows it
 *
 * The table below has a cell for each function and context. An empty cell fails
 * the case, and so does a public function without a row. A thread uses the same
 * map, arenas and list of cookies meanwhile.
 */
#include <sys/map.h>
#include <sys/sunddi.h>

#include <linux/completion.h>
#include <linux/kthread.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/ddi_context.h"
#include "ddi_rmap/rmap_impl.h"
#include "kunit/lib/vmem_helpers.h"

/* A debugging kernel takes up to a tenth of a second to make an arena. */
#define ROUNDS		(IS_ENABLED(CONFIG_PROVE_LOCKING) ? 30 : 100)
/* A timer keeps us waiting for a jiffy, so each does the work of a few. */
#define TIMERS		10

/* Objects that the calls and the racing thread share. */
struct shared {
	struct map *mp;
	vmem_t *vm, *kid, *cached;
	ddi_umem_cookie_t cookie[ROUNDS];	/* to be freed */
	unsigned int cookies;
	bool stop;
	struct completion done;
};

enum cell {
	MISSING,
	WORKS,
	REFUSES,	/* misuse, and the failing value */
	NEVER,		/* may sleep: not for this context */
};

/* @prepare: called in process context with the number of calls that follow */
struct row {
	const char *name;
	bool (*call)(struct shared *s);
	u8 cell[DDI_CONTEXTS];
	void (*prepare)(struct shared *s, unsigned int calls);
};

static bool call_rmallocmap(struct shared *s)
{
	struct map *mp = rmallocmap(10);

	if (!mp)
		return false;
	rmfree(mp, 10, 1);
	rmfreemap(mp);
	return true;
}

static bool call_rmallocmap_wait(struct shared *s)
{
	struct map *mp = rmallocmap_wait(10);

	rmfreemap(mp);
	return mp;
}

static bool call_rmalloc(struct shared *s)
{
	unsigned long at = rmalloc(s->mp, 3);

	if (at)
		rmfree(s->mp, 3, at);
	return at;
}

static bool call_rmalloc_wait(struct shared *s)
{
	unsigned long at = rmalloc_wait(s->mp, 3);

	if (at)
		rmfree(s->mp, 3, at);
	return at;
}

static bool call_rmalloc_wait_unmet(struct shared *s)
{
	return rmalloc_wait(s->mp, 100000);
}

/* Each addition in a map of its own: space never leaves a map. */
static bool call_rmfree_add(struct shared *s)
{
	struct map *mp = rmallocmap(10);
	bool ok;

	if (!mp)
		return false;
	rmfree(mp, 10, 1);
	rmfree(mp, 10, 21);
	rmfree(mp, 10, 11);
	ok = vmem_size(mp->arena, VMEM_FREE) == 30;
	rmfreemap(mp);
	return ok;
}

static bool create(int vmflag)
{
	vmem_t *vm = vmem_create("context", AT(1), 10, 1, NULL, NULL, NULL, 0, vmflag);
	vmem_t *x = vmem_xcreate("context", NULL, 0, 1, NULL, NULL, NULL, 0, vmflag);

	vmem_destroy(vm);
	vmem_destroy(x);
	return vm && x;
}

static bool call_create_sleep(struct shared *s)
{
	return create(VM_SLEEP);
}

static bool call_create_nosleep(struct shared *s)
{
	return create(VM_NOSLEEP);
}

static bool call_create_cached(struct shared *s)
{
	vmem_t *vm = vmem_create("context", AT(1), 10, 1, NULL, NULL, NULL, 4, VM_SLEEP);

	vmem_destroy(vm);
	return vm;
}

static bool add(int vmflag)
{
	vmem_t *vm = vmem_create("context", NULL, 0, 1, NULL, NULL, NULL, 0, vmflag);
	bool ok = vm && vmem_add(vm, AT(100), 10, vmflag) && vmem_add(vm, AT(1), 10, vmflag);

	vmem_destroy(vm);
	return ok;
}

static bool call_add_sleep(struct shared *s)
{
	return add(VM_SLEEP);
}

static bool call_add_nosleep(struct shared *s)
{
	return add(VM_NOSLEEP);
}

static bool alloc(vmem_t *vm, int vmflag)
{
	unsigned long at = take(vm, 0x30, vmflag);

	if (at)
		give(vm, at, 0x30);
	return at;
}

static bool call_alloc_sleep(struct shared *s)
{
	return alloc(s->vm, VM_SLEEP) && alloc(s->kid, VM_SLEEP) &&
	       alloc(s->cached, VM_SLEEP);
}

static bool call_alloc_nosleep(struct shared *s)
{
	return alloc(s->vm, VM_NOSLEEP) && alloc(s->kid, VM_NOSLEEP) &&
	       alloc(s->cached, VM_NOSLEEP);
}

static bool call_alloc_policies(struct shared *s)
{
	return alloc(s->vm, VM_NOSLEEP | VM_BESTFIT) &&
	       alloc(s->vm, VM_NOSLEEP | VM_FIRSTFIT) &&
	       alloc(s->kid, VM_NOSLEEP | VM_NEXTFIT) &&
	       alloc(s->kid, VM_NOSLEEP | VM_ENDALLOC);
}

static bool xalloc(vmem_t *vm, int vmflag)
{
	unsigned long at = xtake(vm, 0x30, 0x100, 0x10, 0, 0, 0, vmflag);

	if (at)
		xgive(vm, at, 0x30);
	return at;
}

static bool call_xalloc_sleep(struct shared *s)
{
	return xalloc(s->vm, VM_SLEEP) && xalloc(s->kid, VM_SLEEP);
}

static bool call_xalloc_nosleep(struct shared *s)
{
	return xalloc(s->vm, VM_NOSLEEP) && xalloc(s->kid, VM_NOSLEEP);
}

static bool call_contains(struct shared *s)
{
	return vmem_contains(s->vm, AT(0x10000), 0x100) && !vmem_contains(s->vm, AT(1), 1);
}

static void walk_count(void *arg, void *start, size_t size)
{
	*(size_t *)arg += size;
}

static bool call_walk(struct shared *s)
{
	size_t free = 0, any = 0;

	vmem_walk(s->vm, VMEM_FREE, walk_count, &free);
	vmem_walk(s->kid, VMEM_ALLOC | VMEM_FREE, walk_count, &any);
	return free;
}

static bool call_walk_reentrant(struct shared *s)
{
	size_t units = 0;

	vmem_walk(s->vm, VMEM_ALLOC | VMEM_FREE | VMEM_REENTRANT, walk_count, &units);
	return units;
}

static bool call_size(struct shared *s)
{
	return vmem_size(s->vm, VMEM_ALLOC | VMEM_FREE) == 0x10000;
}

static bool call_reap(struct shared *s)
{
	vmem_qcache_reap(s->cached);
	vmem_qcache_reap(s->vm);
	return true;
}

static bool umem(size_t size, int flag)
{
	ddi_umem_cookie_t cookie;
	u8 *p = ddi_umem_alloc(size, flag, &cookie);

	if (!p)
		return false;
	p[size - 1] = 1;
	ddi_umem_free(cookie);
	return true;
}

static bool call_umem_sleep(struct shared *s)
{
	return umem(PAGE_SIZE, DDI_UMEM_SLEEP) && umem(17 * PAGE_SIZE, DDI_UMEM_SLEEP) &&
	       umem(PAGE_SIZE, DDI_UMEM_PAGEABLE);
}

static bool call_umem_nosleep(struct shared *s)
{
	ddi_umem_cookie_t trash;

	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_NOSLEEP | DDI_UMEM_TRASH, &trash);
	ddi_umem_free(trash);
	return trash && umem(PAGE_SIZE, DDI_UMEM_NOSLEEP) &&
	       umem(3 * PAGE_SIZE, DDI_UMEM_NOSLEEP);
}

/* Memory that only a call that may sleep can get. */
static void prepare_umem_free(struct shared *s, unsigned int calls)
{
	while (s->cookies < calls)
		ddi_umem_alloc(17 * PAGE_SIZE, DDI_UMEM_SLEEP, &s->cookie[s->cookies++]);
}

static bool call_umem_free(struct shared *s)
{
	if (!s->cookies)
		return false;
	ddi_umem_free(s->cookie[--s->cookies]);
	return true;
}

/* By what may sleep: nothing, or something. */
#define EVERYWHERE	{ WORKS, WORKS, WORKS, WORKS, WORKS, WORKS, WORKS }
#define PROCESS_ONLY	{ WORKS, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER }

/* In the order of the contract's matrix [V130]; process context first, as in enum ddi_context. */
static const struct row rows[] = {
	{ "rmallocmap rmfreemap", call_rmallocmap, EVERYWHERE },
	{ "rmallocmap_wait", call_rmallocmap_wait, PROCESS_ONLY },
	{ "rmalloc rmfree", call_rmalloc, EVERYWHERE },
	{ "rmalloc_wait, at once", call_rmalloc_wait, EVERYWHERE },
	{ "rmalloc_wait, unmet", call_rmalloc_wait_unmet,
	  { NEVER, REFUSES, REFUSES, REFUSES, REFUSES, REFUSES, REFUSES } },
	{ "rmfree that adds", call_rmfree_add, EVERYWHERE },
	{ "vmem_create vmem_xcreate vmem_destroy, sleep", call_create_sleep, PROCESS_ONLY },
	{ "vmem_create vmem_xcreate vmem_destroy, nosleep", call_create_nosleep, EVERYWHERE },
	{ "vmem_create vmem_destroy, cached", call_create_cached, PROCESS_ONLY },
	{ "vmem_add, sleep", call_add_sleep, PROCESS_ONLY },
	{ "vmem_add, nosleep", call_add_nosleep, EVERYWHERE },
	{ "vmem_alloc vmem_free, sleep", call_alloc_sleep, PROCESS_ONLY },
	{ "vmem_alloc vmem_free, nosleep", call_alloc_nosleep, EVERYWHERE },
	{ "vmem_alloc vmem_free, policies", call_alloc_policies, EVERYWHERE },
	{ "vmem_xalloc vmem_xfree, sleep", call_xalloc_sleep, PROCESS_ONLY },
	{ "vmem_xalloc vmem_xfree, nosleep", call_xalloc_nosleep, EVERYWHERE },
	{ "vmem_contains", call_contains, EVERYWHERE },
	{ "vmem_size", call_size, EVERYWHERE },
	{ "vmem_walk", call_walk, EVERYWHERE },
	{ "vmem_walk, re-entrant", call_walk_reentrant, EVERYWHERE },
	{ "vmem_qcache_reap", call_reap, EVERYWHERE },
	{ "ddi_umem_alloc ddi_umem_free, sleep", call_umem_sleep, PROCESS_ONLY },
	{ "ddi_umem_alloc ddi_umem_free, nosleep", call_umem_nosleep, EVERYWHERE },
	{ "ddi_umem_free, mapped", call_umem_free, EVERYWHERE, prepare_umem_free },
};

static void row_desc(const struct row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, rows, row_desc);

/* V130 */
static void table_has_every_function(struct kunit *test)
{
	static const char * const function[] = {
		"rmallocmap", "rmallocmap_wait", "rmfreemap", "rmalloc", "rmalloc_wait", "rmfree",
		"vmem_create", "vmem_xcreate", "vmem_destroy", "vmem_add", "vmem_alloc",
		"vmem_xalloc", "vmem_free", "vmem_xfree", "vmem_contains", "vmem_walk",
		"vmem_size", "vmem_qcache_reap", "ddi_umem_alloc", "ddi_umem_free",
	};
	int i, j, ctx;

	for (i = 0; i < ARRAY_SIZE(function); i++) {
		size_t len = strlen(function[i]);
		bool found = false;

		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			const char *at = strstr(rows[j].name, function[i]);

			found |= at && (at == rows[j].name || at[-1] == ' ') &&
				 (!at[len] || at[len] == ' ' || at[len] == ',');
		}
		KUNIT_EXPECT_TRUE_MSG(test, found, "no row for %s", function[i]);
	}
	for (j = 0; j < ARRAY_SIZE(rows); j++)
		for (ctx = 0; ctx < DDI_CONTEXTS; ctx++)
			KUNIT_EXPECT_NE_MSG(test, rows[j].cell[ctx], MISSING, "%s in %s",
					    rows[j].name, ddi_context_name[ctx]);
}

static int race_thread(void *data)
{
	struct shared *s = data;
	unsigned long at[4];

	while (!READ_ONCE(s->stop)) {
		at[0] = rmalloc(s->mp, 5);
		at[1] = take(s->vm, 0x50, VM_NOSLEEP | VM_FIRSTFIT);
		at[2] = take(s->kid, 0x20, VM_NOSLEEP);
		at[3] = take(s->cached, 0x20, VM_NOSLEEP);
		vmem_size(s->vm, VMEM_FREE);
		if (at[0])
			rmfree(s->mp, 5, at[0]);
		if (at[1])
			give(s->vm, at[1], 0x50);
		if (at[2])
			give(s->kid, at[2], 0x20);
		if (at[3])
			give(s->cached, at[3], 0x20);
		umem(PAGE_SIZE, DDI_UMEM_NOSLEEP);
		cond_resched();
	}
	complete(&s->done);
	return 0;
}

static void shared_end(void *data)
{
	struct shared *s = data;

	WRITE_ONCE(s->stop, true);
	wait_for_completion(&s->done);
	rmfreemap(s->mp);
}

static struct shared *shared_make(struct kunit *test)
{
	struct shared *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	vmem_t *source = arena_make(test, 0x100000, 0x100000, 0x1000);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->vm = arena_make(test, 0x10000, 0x10000, 0x10);
	s->kid = arena_keep(test, vmem_create("kid", NULL, 0, 0x10, vmem_alloc, vmem_free, source,
					      0, VM_SLEEP));
	s->cached = arena_keep(test, vmem_create("cached", AT(0x1000), 0x10000, 0x10, NULL, NULL,
						 NULL, 0x40, VM_SLEEP));
	s->mp = rmallocmap_wait(100);
	rmfree(s->mp, 1000, 1);
	init_completion(&s->done);
	if (IS_ERR(kthread_run(race_thread, s, "ddi-race")))
		complete(&s->done);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, shared_end, s), 0);
	return s;
}

/* A cell, run in its context. */
struct run {
	const struct row *row;
	struct shared *shared;
	bool refuses;
	unsigned int calls, wrong;
};

static void run_cell(void *data)
{
	struct run *run = data;
	unsigned int i;

	for (i = 0; i < run->calls; i++) {
		unsigned long before = ddi_misuse_count();
		bool ok = run->row->call(run->shared);

		run->wrong += ok == run->refuses || ddi_misuse_count() - before != run->refuses;
	}
}

/* Number of calls whose result was not that of the cell. */
static unsigned int wrong_cell(struct run *run, enum ddi_context ctx)
{
	unsigned int i, times = ctx == IN_TIMER ? TIMERS : ROUNDS;

	run->refuses = run->row->cell[ctx] == REFUSES;
	run->calls = ROUNDS / times;
	run->wrong = 0;
	for (i = 0; i < times; i++) {
		if (run->row->prepare)
			run->row->prepare(run->shared, run->calls);
		ddi_run_in(ctx, run_cell, run);
	}
	return run->wrong;
}

/* V130, R3, R33, V12, V36, V62, V87, V94, V114, G4, U7, U18, X4 */
static void function_works_where_it_may_be_called(struct kunit *test)
{
	struct run run = { .row = test->param_value, .shared = shared_make(test) };
	int ctx;

	for (ctx = 0; ctx < DDI_CONTEXTS; ctx++) {
		if (run.row->cell[ctx] == NEVER || !ddi_context_exists(ctx) ||
		    (run.row->cell[ctx] == REFUSES && !ddi_context_is_known_atomic(ctx)))
			continue;
		KUNIT_EXPECT_EQ_MSG(test, wrong_cell(&run, ctx), 0, "%s in %s", run.row->name,
				    ddi_context_name[ctx]);
		KUNIT_EXPECT_TRUE(test, vmem_verify(run.shared->vm));
		KUNIT_EXPECT_TRUE(test, vmem_verify(run.shared->kid));
		KUNIT_EXPECT_TRUE(test, vmem_verify(run.shared->mp->arena));
	}
}

/* A hard interrupt may well have come while a softirq was served. */
static void look(void *data)
{
	*(unsigned int *)data = (in_hardirq() ? 1 : in_serving_softirq() ? 2 : 0) |
				(irqs_disabled() ? 4 : 0);
}

/* V130: the contexts are what they are called */
static void contexts_are_what_they_are_called(struct kunit *test)
{
	static const unsigned int expected[DDI_CONTEXTS] = { 0, 2, 2, 5, 5, 0, 4 };
	unsigned int seen;
	int ctx;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "here most of them are threads");
	for (ctx = 0; ctx < DDI_CONTEXTS; ctx++) {
		ddi_run_in(ctx, look, &seen);
		KUNIT_EXPECT_EQ_MSG(test, seen, expected[ctx], "%s", ddi_context_name[ctx]);
	}
}

static struct kunit_case contexts_cases[] = {
	KUNIT_CASE(contexts_are_what_they_are_called),
	KUNIT_CASE(table_has_every_function),
	KUNIT_CASE_PARAM(function_works_where_it_may_be_called, row_gen_params),
	{}
};

static struct kunit_suite contexts_suite = {
	.name = "ddi_contexts",
	.init = balance_init,
	.test_cases = contexts_cases,
};

kunit_test_suite(contexts_suite);
