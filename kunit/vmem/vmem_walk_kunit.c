// SPDX-License-Identifier: GPL-2.0-only
/* vmem_walk_kunit.c - looking at arenas: contains, walk, size */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#include <linux/completion.h>
#include <linux/kthread.h>

struct contains {
	const char *desc;
	unsigned long addr;
	size_t size;
	bool inside;
};

/* In spans [100, 200), [200, 300) and the last 16. */
static const struct contains containss[] = {
	{ "a span", 100, 100, true },
	{ "allocated", 100, 10, true },
	{ "free", 150, 50, true },
	{ "one unit at the end", 299, 1, true },
	{ "the top", -16UL, 16, true },
	{ "across two spans", 150, 100, false },
	{ "both spans", 100, 200, false },
	{ "before", 99, 1, false },
	{ "from before", 99, 2, false },
	{ "behind", 300, 1, false },
	{ "over the end", 299, 2, false },
	{ "all around", 1, 1000, false },
	{ "0", 0, 1, false },
	{ "wraps to before the start", 150, ULONG_MAX, false },
	{ "wraps from the top", -16UL, 17, false },
	{ "all there is", 1, ULONG_MAX, false },
};

KUNIT_ARRAY_PARAM_DESC(contains, containss, desc);

/* V85, V86, V25, G8 */
static void contains_only_inside_one_span(struct kunit *test)
{
	const struct contains *p = test->param_value;
	vmem_t *vm = arena_make(test, 100, 100, 1);

	vmem_add(vm, AT(200), 100, VM_SLEEP);
	vmem_add(vm, AT(-16UL), 16, VM_SLEEP);
	take(vm, 10, VM_NOSLEEP | VM_FIRSTFIT);
	KUNIT_EXPECT_EQ(test, !!vmem_contains(vm, AT(p->addr), p->size), p->inside);
}

/* V90 */
static void walk_goes_by_span_then_address(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x100, 16);

	vmem_add(vm, AT(0x100), 0x100, VM_SLEEP);
	take_at(vm, 0x1080, 5);
	take_at(vm, 0x100, 1);
	EXPECT_STATE(test, vm, "F0x1000+0x80 A0x1080+0x5 F0x1090+0x70 A0x100+0x1 F0x110+0xf0");
}

struct tally {
	unsigned int calls;
	size_t units;
};

static void tally_one(void *arg, void *start, size_t size)
{
	struct tally *t = arg;

	t->calls++;
	t->units += size;
}

struct mask {
	const char *desc;
	int mask;
	unsigned int calls;
	size_t units, size;
};

/* An arena of 100 with 10 and 20 allocated. */
static const struct mask masks[] = {
	{ "none", 0, 0, 0, 0 },
	{ "allocated", VMEM_ALLOC, 2, 30, 30 },
	{ "free", VMEM_FREE, 2, 70, 70 },
	{ "both", VMEM_ALLOC | VMEM_FREE, 4, 100, 100 },
	{ "rotor", VMEM_ROTOR, 0, 0, 0 },
	{ "walker", VMEM_WALKER | VMEM_ALLOC, 0, 0, 30 },
	{ "walker and all", VMEM_WALKER | 0xf, 0, 0, 100 },
	{ "re-entrant", VMEM_ALLOC | (int)VMEM_REENTRANT, 2, 30, 30 },
};

KUNIT_ARRAY_PARAM_DESC(mask, masks, desc);

/* V90, V94, V95, V96 */
static void walk_and_size_heed_the_mask(struct kunit *test)
{
	const struct mask *p = test->param_value;
	vmem_t *vm = arena_make(test, 1, 100, 1);
	struct tally t = {};

	take_at(vm, 1, 10);
	take_at(vm, 50, 20);
	vmem_walk(vm, p->mask, tally_one, &t);
	KUNIT_EXPECT_EQ(test, t.calls, p->calls);
	KUNIT_EXPECT_EQ(test, t.units, p->units);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, p->mask), p->size);
}

/* V94 */
static void walk_of_an_empty_arena(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0, 0, 1);
	struct tally t = {};

	vmem_walk(vm, VMEM_ALLOC | VMEM_FREE, tally_one, &t);
	vmem_walk(vm, VMEM_ALLOC | VMEM_FREE | VMEM_REENTRANT, tally_one, &t);
	KUNIT_EXPECT_EQ(test, t.calls, 0);
	EXPECT_SIZES(test, vm, 0, 0);
}

/* T22, V94 */
static void t22_walker_bit_calls_nothing(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	struct tally t = {};

	take(vm, 5, VM_NOSLEEP);
	vmem_walk(vm, VMEM_ALLOC | VMEM_FREE | VMEM_WALKER, tally_one, &t);
	vmem_walk(vm, VMEM_ALLOC | VMEM_WALKER | VMEM_REENTRANT, tally_one, &t);
	KUNIT_EXPECT_EQ(test, t.calls, 0);
}

struct chase {
	vmem_t *vm;
	unsigned int calls;
};

static void chase_one(void *arg, void *start, size_t size)
{
	struct chase *c = arg;

	c->calls++;
	vmem_alloc(c->vm, 2, VM_NOSLEEP);
}

/* T22b, V93 */
static void t22b_walk_that_allocates_ends_when_full(struct kunit *test)
{
	struct chase c = { arena_make(test, 1, 20, 1), 0 };

	take(c.vm, 2, VM_NOSLEEP);
	take(c.vm, 2, VM_NOSLEEP);
	vmem_walk(c.vm, VMEM_ALLOC | VMEM_REENTRANT, chase_one, &c);
	KUNIT_EXPECT_GE(test, c.calls, 2);
	KUNIT_EXPECT_LE(test, c.calls, 10);
}

static void free_one(void *arg, void *start, size_t size)
{
	vmem_free(arg, start, size);
}

/* T22c, V93 */
static void t22c_walk_that_frees_leaves_one_run(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 20, 1);
	int i;

	for (i = 0; i < 4; i++)
		take(vm, 5, VM_NOSLEEP);
	vmem_walk(vm, VMEM_ALLOC | VMEM_REENTRANT, free_one, vm);
	EXPECT_STATE(test, vm, "F1+20");
}

struct churn {
	vmem_t *vm;
	bool stop;
	struct completion done;
};

static int churn_thread(void *data)
{
	struct churn *c = data;
	unsigned long at[8] = {};
	unsigned int i;

	for (i = 0; !READ_ONCE(c->stop); i++) {
		unsigned int n = i % ARRAY_SIZE(at), size = 1 + i % 7;

		if (at[n])
			give(c->vm, at[n], 1 + (i - ARRAY_SIZE(at)) % 7);
		at[n] = take(c->vm, size, VM_NOSLEEP);
		cond_resched();
	}
	complete(&c->done);
	return 0;
}

/* V91: free and allocated add up to the span in every walk */
static void walk_sees_one_instant(struct kunit *test)
{
	struct churn c = { .vm = arena_make(test, 1, 100, 1) };
	unsigned long i, wrong = 0;

	init_completion(&c.done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(churn_thread, &c, "ddi-churn")));
	for (i = 0; i < ddi_kunit_steps(20000); i++) {
		struct tally t = {};

		vmem_walk(c.vm, VMEM_ALLOC | VMEM_FREE, tally_one, &t);
		wrong += t.units != 100;
	}
	WRITE_ONCE(c.stop, true);
	wait_for_completion(&c.done);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* A callback that changes the arena at the first segment. */
struct meddle {
	vmem_t *vm;
	void (*first)(vmem_t *vm);
	unsigned int calls;
	unsigned long seen[16];
};

static void meddle_one(void *arg, void *start, size_t size)
{
	struct meddle *m = arg;

	if (m->calls < ARRAY_SIZE(m->seen))
		m->seen[m->calls] = (unsigned long)start;
	if (!m->calls++)
		m->first(m->vm);
}

static void free_all_but_the_last(vmem_t *vm)
{
	give(vm, 1, 10);
	give(vm, 21, 10);
	give(vm, 11, 10);
}

/* V93, G10 */
static void walk_passes_over_what_vanished(struct kunit *test)
{
	struct meddle m = { arena_make(test, 1, 40, 1), free_all_but_the_last };
	int i;

	for (i = 0; i < 4; i++)
		take(m.vm, 10, VM_NOSLEEP);
	vmem_walk(m.vm, VMEM_ALLOC | VMEM_REENTRANT, meddle_one, &m);
	KUNIT_EXPECT_EQ(test, m.calls, 2);
	KUNIT_EXPECT_EQ(test, m.seen[0], 1);
	KUNIT_EXPECT_EQ(test, m.seen[1], 31);
}

static void take_ahead_and_behind(vmem_t *vm)
{
	take_at(vm, 2, 1);
	take_at(vm, 38, 1);
	vmem_add(vm, AT(100), 5, VM_NOSLEEP);
	take_at(vm, 100, 5);
}

/* V93 */
static void walk_reports_each_once_and_what_comes_ahead(struct kunit *test)
{
	struct meddle m = { arena_make(test, 1, 40, 1), take_ahead_and_behind };

	take_at(m.vm, 10, 5);
	take_at(m.vm, 20, 5);
	vmem_walk(m.vm, VMEM_ALLOC | VMEM_REENTRANT, meddle_one, &m);
	KUNIT_EXPECT_EQ(test, m.calls, 4);
	KUNIT_EXPECT_EQ(test, m.seen[0], 10);
	KUNIT_EXPECT_EQ(test, m.seen[1], 20);
	KUNIT_EXPECT_EQ(test, m.seen[2], 38);
	KUNIT_EXPECT_EQ(test, m.seen[3], 100);
}

static void walk_inside(vmem_t *vm)
{
	struct tally t = {};

	vmem_walk(vm, VMEM_ALLOC | VMEM_REENTRANT, tally_one, &t);
	vmem_walk(vm, VMEM_FREE, tally_one, &t);
	give(vm, 1, t.units == 40 ? 10 : 1);
}

/* V93 */
static void walk_inside_a_walk(struct kunit *test)
{
	struct meddle m = { arena_make(test, 1, 40, 1), walk_inside };

	take(m.vm, 10, VM_NOSLEEP);
	take(m.vm, 10, VM_NOSLEEP);
	EXPECT_NO_MISUSE(test, vmem_walk(m.vm, VMEM_ALLOC | VMEM_REENTRANT, meddle_one, &m));
	KUNIT_EXPECT_EQ(test, m.calls, 2);
	EXPECT_STATE(test, m.vm, "F1+10 A11+10 F21+20");
}

static void look_at_another(void *arg, void *start, size_t size)
{
	struct tally t = {};

	vmem_walk(arg, VMEM_FREE, tally_one, &t);
	if (vmem_contains(arg, start, size))
		give(arg, take(arg, t.units, VM_NOSLEEP), t.units);
}

/* V91, C32: a callback that runs under this arena's lock uses another arena */
static void walk_inside_the_walk_of_another(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 40, 1), *other = arena_make(test, 1, 100, 1);

	take(vm, 10, VM_NOSLEEP);
	take(other, 5, VM_NOSLEEP);
	vmem_walk(vm, VMEM_ALLOC, look_at_another, other);
	KUNIT_EXPECT_EQ(test, arena_stat(other, VMEM_STAT_ALLOC), 2);
	EXPECT_STATE(test, other, "A1+5 F6+95");
}

/* V95, V96 */
static void size_follows_spans_and_allocations(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x2000, 0x1000);

	EXPECT_SIZES(test, vm, 0, 0x2000);
	take(vm, 1, VM_NOSLEEP);
	EXPECT_SIZES(test, vm, 1, 0x1fff);
	vmem_add(vm, AT(0x10000), 0x1000, VM_SLEEP);
	EXPECT_SIZES(test, vm, 1, 0x2fff);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, ~(VMEM_ALLOC | VMEM_FREE)), 0);
	give(vm, 0x1000, 1);
	EXPECT_SIZES(test, vm, 0, 0x3000);
}

static struct kunit_case vmem_walk_cases[] = {
	KUNIT_CASE_PARAM(contains_only_inside_one_span, contains_gen_params),
	KUNIT_CASE(walk_goes_by_span_then_address),
	KUNIT_CASE_PARAM(walk_and_size_heed_the_mask, mask_gen_params),
	KUNIT_CASE(walk_of_an_empty_arena),
	KUNIT_CASE(t22_walker_bit_calls_nothing),
	KUNIT_CASE(t22b_walk_that_allocates_ends_when_full),
	KUNIT_CASE(t22c_walk_that_frees_leaves_one_run),
	KUNIT_CASE(walk_sees_one_instant),
	KUNIT_CASE(walk_passes_over_what_vanished),
	KUNIT_CASE(walk_reports_each_once_and_what_comes_ahead),
	KUNIT_CASE(walk_inside_a_walk),
	KUNIT_CASE(walk_inside_the_walk_of_another),
	KUNIT_CASE(size_follows_spans_and_allocations),
	{}
};

static struct kunit_suite vmem_walk_suite = {
	.name = "ddi_vmem_walk",
	.init = balance_init,
	.test_cases = vmem_walk_cases,
};

kunit_test_suite(vmem_walk_suite);
