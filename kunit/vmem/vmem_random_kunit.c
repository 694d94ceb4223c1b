// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_random_kunit.c - arenas against a plain model, at random
 *
 * After each step the arena verifies itself; now and then its walk is compared
 * with the model unit by unit.
 */
#include <sys/vmem.h>

#include <linux/slab.h>

#include "kunit/ddi_kunit.h"
#include "ddi_vmem/report/report.h"
#include "kunit/lib/balance.h"
#include "kunit/vmem/vmem_model.h"

#define TRACE		16	/* last operations, printed on failure */

#define KINDS		40	/* more than an arena keeps */
#define FEW_KINDS	6

enum random_kind {
	ALL_KINDS,	/* what there is, and soon the arena has an address tree */
	REPEATS,	/* a few kinds, among small holes */
	BY_SIZE,	/* nothing that needs an address tree */
	IDENTIFIERS,	/* as ALL_KINDS, and policies bypass the caches */
};

struct random_run {
	struct kunit *test;
	enum random_kind kinds;
	unsigned long loose;
	struct model_request kind[KINDS];
	unsigned int kinds_n;
	unsigned int kept;
	struct vmem *vm;
	struct rnd_state rnd;
	struct vmem_model m;
	char trace[TRACE][96];
	unsigned int step;
};

static __printf(2, 3) void tracef(struct random_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(run->trace[run->step % TRACE], sizeof(run->trace[0]), fmt, args);
	va_end(args);
}

static void dump(struct random_run *run)
{
	unsigned int i;

	for (i = run->step >= TRACE ? run->step - TRACE + 1 : 0; i <= run->step; i++)
		kunit_info(run->test, "step %u: %s", i, run->trace[i % TRACE]);
}

static unsigned long below(struct random_run *run, unsigned long n)
{
	return ddi_kunit_below(&run->rnd, n);
}

static void random_request(struct random_run *run, struct model_request *r)
{
	static const int policy[] = { 0, VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT };
	unsigned long q = 1UL << run->m.qshift;

	*r = (struct model_request){ .flags = VM_NOSLEEP | policy[below(run, 4)] };
	r->size = 1 + below(run, (below(run, 8) ? 8 : 100) * q);
	if (!below(run, 4))
		r->flags |= VM_ENDALLOC;
	r->x = below(run, 2);
	if (!r->x)
		return;
	r->flags &= ~VM_NEXTFIT;
	if (below(run, 2)) {
		r->align = q << below(run, 6);
		if (below(run, 2))
			r->phase = q * below(run, r->align / q);
	}
	if (!below(run, 3)) {
		r->nocross = q;
		while (r->nocross < r->align ||
		       r->nocross < round_up(r->phase + r->size, r->align ? r->align : q))
			r->nocross <<= 1;
		r->nocross <<= below(run, 2);
	}
	if (!below(run, 3))
		r->min = below(run, MODEL_QUANTA * q);
	if (!below(run, 3))
		r->max = r->min + r->size + below(run, MODEL_QUANTA * q);
}

/* By size alone, mostly as most drivers ask. */
static void sized_request(struct random_run *run, struct model_request *r)
{
	static const int policy[] = { 0, 0, 0, 0, VM_BESTFIT, VM_BESTFIT, VM_ENDALLOC,
				      VM_BESTFIT | VM_ENDALLOC, VM_NEXTFIT, VM_NEXTFIT };

	*r = (struct model_request){
		.flags = VM_NOSLEEP | policy[below(run, ARRAY_SIZE(policy))],
		.x = !below(run, 16),
		.size = 1 + below(run, (below(run, 8) ? 16 : 100) << run->m.qshift),
	};
}

/* A kind of request that most small holes are long enough for, but lie wrong. */
static void random_kind(struct random_run *run, struct model_request *r)
{
	static const int policy[] = { 0, VM_BESTFIT, VM_FIRSTFIT };
	unsigned long q = 1UL << run->m.qshift;

	*r = (struct model_request){
		.flags = VM_NOSLEEP | policy[below(run, 3)] |
			 (below(run, 4) ? 0 : VM_ENDALLOC),
		.x = true,
		.size = 1 + below(run, (below(run, 2) ? 1 : 3) * q),
		.align = q << (3 + below(run, 4)),
	};
	if (below(run, 2))
		r->phase = q * below(run, r->align / q);
	if (!below(run, 3))
		r->nocross = 2 * r->align;
	if (!below(run, 3))
		r->max = q * MODEL_QUANTA / 2;
}

/* One of a few kinds, or the small sizes that leave small holes. */
static void repeated_request(struct random_run *run, struct model_request *r)
{
	unsigned long kind = below(run, 4 * run->kinds_n);

	if (kind < run->kinds_n)
		*r = run->kind[kind];
	else
		*r = (struct model_request){
			.flags = VM_NOSLEEP,
			.size = 1 + below(run, 3UL << run->m.qshift),
		};
}

static bool request(struct random_run *run, const struct model_request *r)
{
	unsigned long addr;
	bool ok;

	if (r->x)
		addr = (unsigned long)vmem_xalloc(run->vm, r->size, r->align, r->phase,
						  r->nocross, (void *)r->min, (void *)r->max,
						  r->flags);
	else
		addr = (unsigned long)vmem_alloc(run->vm, r->size, r->flags);
	tracef(run, "%salloc(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx, %#x) = %#lx",
	       r->x ? "x" : "", r->size, r->align, r->phase, r->nocross, r->min, r->max,
	       r->flags, addr);
	ok = model_accepts(&run->m, r, addr);
	KUNIT_EXPECT_TRUE_MSG(run->test, ok, "model disagrees; first fit is %#lx, next fit %#lx",
			      model_first(&run->m, r), model_next(&run->m, r));
	if (addr && ok)
		model_take(&run->m, r, addr);
	return ok;
}

static bool step_alloc(struct random_run *run)
{
	struct model_request r;

	if (run->kinds == REPEATS)
		repeated_request(run, &r);
	else if (run->kinds == BY_SIZE)
		sized_request(run, &r);
	else
		random_request(run, &r);
	return request(run, &r);
}

static void free_one(struct random_run *run, int i)
{
	struct model_alloc a = run->m.live[i];

	tracef(run, "free(%#lx, %#lx)", a.start, a.size);
	if (a.x)
		vmem_xfree(run->vm, (void *)a.start, a.size);
	else
		vmem_free(run->vm, (void *)a.start, a.size);
	model_give(&run->m, i);
}

static_assert(MODEL_QUANTA * 3 / 8 > VMEM_STEPS);

/* More holes of one quantum than a search by address looks at in one go. */
static bool leave_small_holes(struct random_run *run)
{
	unsigned long q = 1UL << run->m.qshift, at;
	bool ok = true;

	for (at = MODEL_QUANTA / 8; ok && at < MODEL_QUANTA * 7 / 8; at += 2) {
		struct model_request r = {
			.flags = VM_NOSLEEP, .x = true,
			.size = q, .min = at * q, .max = (at + 1) * q,
		};

		ok = request(run, &r);
	}
	return ok;
}

static bool step_clear(struct random_run *run)
{
	while (run->m.n)
		free_one(run, run->m.n - 1);
	return run->kinds != REPEATS || leave_small_holes(run);
}

static bool model_same(struct random_run *run)
{
	unsigned long inuse = model_inuse(&run->m), total = model_total(&run->m);
	bool agrees = model_agrees(&run->m, run->vm);

	KUNIT_EXPECT_TRUE_MSG(run->test, agrees, "walk differs from the model");
	KUNIT_EXPECT_EQ(run->test, vmem_size(run->vm, VMEM_ALLOC), inuse);
	KUNIT_EXPECT_EQ(run->test, vmem_size(run->vm, VMEM_FREE), total - inuse);
	return agrees && vmem_size(run->vm, VMEM_ALLOC) == inuse;
}

static void step_add(struct random_run *run, unsigned long first, unsigned long n)
{
	unsigned long q = run->m.qshift;

	if (!model_span_is_new(&run->m, first, n))
		return;
	tracef(run, "add(%#lx, %#lx)", first << q, n << q);
	KUNIT_EXPECT_NOT_NULL(run->test, vmem_add(run->vm, (void *)(first << q), n << q,
						  VM_NOSLEEP));
	model_add_span(&run->m, first, n);
}

static bool random_step(struct random_run *run)
{
	unsigned long what = below(run, 1000);
	bool ok = true;

	if (what < 2)
		step_add(run, 1 + below(run, MODEL_QUANTA - 41), 1 + below(run, 40));
	else if (what < 4)
		ok = step_clear(run);
	else if (what < 510 || !run->m.n)
		ok = step_alloc(run);
	else
		free_one(run, below(run, run->m.n));
	if (ok && !vmem_verify(run->vm)) {
		KUNIT_FAIL(run->test, "the arena does not verify");
		ok = false;
	}
	run->loose += run->vm->remainder && run->vm->coalesced;
	if (ok && run->step % 64 == 0)
		ok = model_same(run);
	return ok;
}

static void run_arena(struct random_run *run, unsigned long steps)
{
	unsigned int i;

	run->vm = vmem_create("random", NULL, 0, 1UL << run->m.qshift, NULL, NULL, NULL,
			      run->m.qcached << run->m.qshift,
			      VM_SLEEP | (run->m.direct ? VMC_IDENTIFIER : 0));
	KUNIT_ASSERT_NOT_NULL(run->test, run->vm);
	if (run->kinds == REPEATS) {
		/* As a search that met many holes that lie wrong would have left it. */
		run->vm->sizes = VMEM_INDEX_READY;
		step_add(run, 1 + below(run, MODEL_QUANTA / 8), MODEL_QUANTA * 7 / 8 - 1);
		leave_small_holes(run);
	} else {
		step_add(run, 1 + below(run, 100), 100);
	}
	run->kinds_n = below(run, 2) ? KINDS : FEW_KINDS;
	for (i = 0; i < run->kinds_n; i++)
		random_kind(run, &run->kind[i]);
	for (run->step = 1; run->step <= steps; run->step++) {
		if (!random_step(run)) {
			dump(run);
			break;
		}
		cond_resched();
	}
	run->kept += run->vm->searches_n;
	while (run->m.n)
		free_one(run, run->m.n - 1);
	KUNIT_EXPECT_TRUE(run->test, vmem_verify(run->vm));
	KUNIT_EXPECT_EQ(run->test, vmem_size(run->vm, VMEM_ALLOC), 0);
	vmem_destroy(run->vm);
}

/* Field by field: as one literal it would pass through the stack, which it is too large for. */
static void begin_run(struct random_run *run, struct kunit *test, const struct rnd_state *rnd,
		      enum random_kind kinds)
{
	memset(run, 0, sizeof(*run));
	run->test = test;
	run->rnd = *rnd;
	run->kinds = kinds;
	run->m.exact = true;
	run->m.direct = kinds == IDENTIFIERS;
}

static void random_run(struct kunit *test, unsigned int qshift, unsigned int qcached,
		       enum random_kind kinds)
{
	/* Many holes take long to verify; many arenas have many kinds of requests. */
	bool holes = kinds == REPEATS || kinds == BY_SIZE;
	unsigned long steps = ddi_kunit_steps(holes ? 40000 : 210000), done;
	unsigned long each = holes ? 1000 : 5000;
	struct random_run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	unsigned long loose = 0;
	unsigned int kept = 0;
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, run);
	ddi_kunit_seed(test, &rnd);
	for (done = 0; done < steps && test->status == KUNIT_SUCCESS; done += each) {
		begin_run(run, test, &rnd, kinds);
		run->m.qshift = qshift;
		run->m.qcached = qcached;
		run_arena(run, each);
		rnd = run->rnd;
		kept += run->kept;
		loose += run->loose;
	}
	if (kinds == REPEATS)
		KUNIT_EXPECT_GT(test, kept, 0);
	if (kinds == BY_SIZE)
		KUNIT_EXPECT_GT(test, loose, done / 8);
	kunit_info(test, "%lu operations", done);
}

/* V25, V29, V34, V39-V43, V46, V50-V61, V90, V95, V96: quantum 1 */
static void random_quantum_1(struct kunit *test)
{
	random_run(test, 0, 0, ALL_KINDS);
}

/* The same with sizes that are no multiples of the quantum: V29, V55, V60 */
static void random_quantum_16(struct kunit *test)
{
	random_run(test, 4, 0, ALL_KINDS);
}

static void random_quantum_4096(struct kunit *test)
{
	random_run(test, 12, 0, ALL_KINDS);
}

/* V40-V46, V63, V76, V78, V81: one cached size, and all of them */
static void random_qcache_1(struct kunit *test)
{
	random_run(test, 0, 1, ALL_KINDS);
}

static void random_qcache_16(struct kunit *test)
{
	random_run(test, 4, 16, ALL_KINDS);
}

/* V48, V41-V46: identifiers, where policies bypass the caches */
static void random_identifiers(struct kunit *test)
{
	random_run(test, 0, 2, IDENTIFIERS);
}

/* V34, V40, V50: what the arena knows of the last kinds of requests stays true */
static void random_repeats(struct kunit *test)
{
	random_run(test, 4, 0, REPEATS);
}

/* V34, V36, V39, V40, V61: what was cut or joined last is in no index */
static void random_sizes(struct kunit *test)
{
	random_run(test, 4, 0, BY_SIZE);
}

static struct kunit_case vmem_random_cases[] = {
	KUNIT_CASE_SLOW(random_quantum_1),
	KUNIT_CASE_SLOW(random_quantum_16),
	KUNIT_CASE_SLOW(random_quantum_4096),
	KUNIT_CASE_SLOW(random_qcache_1),
	KUNIT_CASE_SLOW(random_qcache_16),
	KUNIT_CASE_SLOW(random_identifiers),
	KUNIT_CASE_SLOW(random_repeats),
	KUNIT_CASE_SLOW(random_sizes),
	{}
};

static struct kunit_suite vmem_random_suite = {
	.name = "ddi_vmem_random",
	.init = balance_init,
	.test_cases = vmem_random_cases,
};

kunit_test_suite(vmem_random_suite);
