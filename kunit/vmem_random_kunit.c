// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmem_random_kunit.c - arenas against a plain model, at random
 *
 * The model is one word per unit: which allocation holds it. It answers by
 * trying every address. After each step the arena verifies itself; now and
 * then its walk is compared with the model unit by unit.
 */
#include <sys/vmem.h>

#include <linux/slab.h>

#include "ddi_kunit.h"
#include "ddi_vmem/vmem_impl.h"

#define UNITS		320	/* the model's address space, in quanta */
#define MAX_LIVE	UNITS
#define TRACE		16	/* last operations, printed on failure */

struct model_alloc {
	unsigned long start, size;	/* in units, as asked for */
	bool x;				/* by vmem_xalloc */
};

struct model {
	struct kunit *test;
	struct vmem *vm;
	struct rnd_state rnd;
	unsigned int qshift;
	unsigned int qcached;		/* cached sizes, in quanta */
	short span[UNITS];		/* 0: not in the arena; else span number */
	bool used[UNITS];
	int spans;
	struct model_alloc live[MAX_LIVE];
	int n;
	int rotor_span;
	long rotor;			/* last quantum of the last next fit */
	char trace[TRACE][96];
	unsigned int step;
};

struct request {
	unsigned long size, align, phase, nocross, min, max;	/* in units */
	int flags;
	bool x;
};

static unsigned long quanta(struct model *m, unsigned long size)
{
	return (size + (1UL << m->qshift) - 1) >> m->qshift;
}

static __printf(2, 3) void tracef(struct model *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->trace[m->step % TRACE], sizeof(m->trace[0]), fmt, args);
	va_end(args);
}

static void model_dump(struct model *m)
{
	unsigned int i;

	for (i = m->step >= TRACE ? m->step - TRACE + 1 : 0; i <= m->step; i++)
		kunit_info(m->test, "step %u: %s", i, m->trace[i % TRACE]);
}

/* May a request be placed at @addr (in units)? By the letter of V50. */
static bool model_fits_at(struct model *m, const struct request *r, unsigned long addr)
{
	unsigned long q = addr >> m->qshift, n = quanta(m, r->size), i;
	unsigned long align = r->align ? r->align : 1UL << m->qshift;

	if (addr % align != r->phase || q + n > UNITS)
		return false;
	for (i = q; i < q + n; i++)
		if (!m->span[i] || m->span[i] != m->span[q] || m->used[i])
			return false;
	if (r->x) {
		if (addr < r->min || (r->max && addr + r->size > r->max))
			return false;
		if (r->nocross && addr / r->nocross != (addr + r->size - 1) / r->nocross)
			return false;
	}
	return true;
}

/* The free run around quantum @q: [*first, *last]. */
static void model_run(struct model *m, unsigned long q, unsigned long *first,
		      unsigned long *last)
{
	*first = q;
	while (m->span[*first - 1] == m->span[q] && !m->used[*first - 1])
		--*first;
	*last = q;
	while (*last + 1 < UNITS && m->span[*last + 1] == m->span[q] && !m->used[*last + 1])
		++*last;
}

static unsigned long model_run_len(struct model *m, unsigned long q)
{
	unsigned long first, last;

	model_run(m, q, &first, &last);
	return last - first + 1;
}

/* The lowest address that satisfies, or 0. */
static unsigned long model_first(struct model *m, const struct request *r)
{
	unsigned long q;

	for (q = 1; q < UNITS; q++)
		if (model_fits_at(m, r, q << m->qshift))
			return q << m->qshift;
	return 0;
}

/* Length of the shortest run that has a place for the request. */
static unsigned long model_best_len(struct model *m, const struct request *r)
{
	unsigned long q, best = ULONG_MAX;

	for (q = 1; q < UNITS; q++)
		if (model_fits_at(m, r, q << m->qshift))
			best = min(best, model_run_len(m, q));
	return best;
}

/* Is @addr the lowest (highest, with VM_ENDALLOC) place in its run? */
static bool model_extreme(struct model *m, const struct request *r, unsigned long addr)
{
	unsigned long first, last, q = addr >> m->qshift, i;

	model_run(m, q, &first, &last);
	for (i = first; i <= last; i++)
		if ((r->flags & VM_ENDALLOC ? i > q : i < q) &&
		    model_fits_at(m, r, i << m->qshift))
			return false;
	return true;
}

/* Next fit by V42: behind the rotor in its span, later spans, then from the start. */
static unsigned long model_next(struct model *m, const struct request *r)
{
	int pass, s;
	long q;

	for (pass = 0; pass < 2; pass++)
		for (s = pass ? 1 : max(m->rotor_span, 1); s <= m->spans; s++)
			for (q = 1; q < UNITS; q++) {
				if (m->span[q] != s)
					continue;
				if (!pass && s == m->rotor_span && q <= m->rotor)
					continue;
				if (model_fits_at(m, r, q << m->qshift))
					return q << m->qshift;
			}
	return 0;
}

static void model_set(struct model *m, unsigned long addr, unsigned long size, bool used)
{
	unsigned long q = addr >> m->qshift, n = quanta(m, size);

	while (n--)
		m->used[q++] = used;
}

static void model_random_request(struct model *m, struct request *r)
{
	static const int policy[] = { 0, VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT };
	unsigned long q = 1UL << m->qshift;

	*r = (struct request){ .flags = VM_NOSLEEP | policy[ddi_kunit_below(&m->rnd, 4)] };
	r->size = 1 + ddi_kunit_below(&m->rnd, (ddi_kunit_below(&m->rnd, 8) ? 8 : 100) * q);
	if (!ddi_kunit_below(&m->rnd, 4))
		r->flags |= VM_ENDALLOC;
	r->x = ddi_kunit_below(&m->rnd, 2);
	if (!r->x)
		return;
	r->flags &= ~VM_NEXTFIT;
	if (ddi_kunit_below(&m->rnd, 2)) {
		r->align = q << ddi_kunit_below(&m->rnd, 6);
		if (ddi_kunit_below(&m->rnd, 2))
			r->phase = q * ddi_kunit_below(&m->rnd, r->align / q);
	}
	if (!ddi_kunit_below(&m->rnd, 3)) {
		r->nocross = q;
		while (r->nocross < r->align ||
		       r->nocross < round_up(r->phase + r->size, r->align ? r->align : q))
			r->nocross <<= 1;
		r->nocross <<= ddi_kunit_below(&m->rnd, 2);
	}
	if (!ddi_kunit_below(&m->rnd, 3))
		r->min = ddi_kunit_below(&m->rnd, UNITS * q);
	if (!ddi_kunit_below(&m->rnd, 3))
		r->max = r->min + r->size + ddi_kunit_below(&m->rnd, UNITS * q);
}

static bool model_accepts(struct model *m, const struct request *r, unsigned long addr)
{
	bool next = !r->x && r->flags & VM_NEXTFIT;
	unsigned long want = next && !m->qcached ? model_next(m, r) : model_first(m, r);

	if (!addr || !want)
		return !addr && !want;
	/* Where cached segments lie is no part of any promise, that they serve is. */
	if (m->qcached)
		return model_fits_at(m, r, addr);
	if (next || (r->flags & (VM_FIRSTFIT | VM_ENDALLOC)) == VM_FIRSTFIT)
		return addr == want;
	if (!model_fits_at(m, r, addr) || !model_extreme(m, r, addr))
		return false;
	return !(r->flags & VM_BESTFIT) ||
	       model_run_len(m, addr >> m->qshift) == model_best_len(m, r);
}

static bool step_alloc(struct model *m)
{
	struct request r;
	unsigned long addr;
	bool ok;

	model_random_request(m, &r);
	if (r.x)
		addr = (unsigned long)vmem_xalloc(m->vm, r.size, r.align, r.phase, r.nocross,
						  (void *)r.min, (void *)r.max, r.flags);
	else
		addr = (unsigned long)vmem_alloc(m->vm, r.size, r.flags);
	tracef(m, "%salloc(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx, %#x) = %#lx", r.x ? "x" : "",
	       r.size, r.align, r.phase, r.nocross, r.min, r.max, r.flags, addr);
	ok = model_accepts(m, &r, addr);
	KUNIT_EXPECT_TRUE_MSG(m->test, ok, "model disagrees; first fit is %#lx, next fit %#lx",
			      model_first(m, &r), model_next(m, &r));
	if (!addr || !ok)
		return ok;
	model_set(m, addr, r.size, true);
	m->live[m->n++] = (struct model_alloc){ addr, r.size, r.x };
	if (!r.x && r.flags & VM_NEXTFIT) {
		m->rotor_span = m->span[addr >> m->qshift];
		m->rotor = (addr >> m->qshift) + quanta(m, r.size) - 1;
	}
	return true;
}

static void model_free(struct model *m, int i)
{
	struct model_alloc a = m->live[i];

	tracef(m, "free(%#lx, %#lx)", a.start, a.size);
	if (a.x)
		vmem_xfree(m->vm, (void *)a.start, a.size);
	else
		vmem_free(m->vm, (void *)a.start, a.size);
	model_set(m, a.start, a.size, false);
	m->live[i] = m->live[--m->n];
}

/* Compare a walk with the model. */
struct walk_check {
	struct model *m;
	int type;
	unsigned long units;
	bool ok;
};

static void walk_one(void *arg, void *start, size_t size)
{
	struct walk_check *c = arg;
	unsigned long q = (unsigned long)start >> c->m->qshift, n = quanta(c->m, size), i;

	c->units += n;
	for (i = q; i < q + n; i++)
		if (i >= UNITS || !c->m->span[i] ||
		    c->type != (c->m->used[i] ? VMEM_ALLOC : VMEM_FREE))
			c->ok = false;
}

static bool model_same(struct model *m)
{
	unsigned long inuse = 0, total = 0;
	struct walk_check c = { m, VMEM_ALLOC, 0, true };
	int i;

	vmem_walk(m->vm, VMEM_ALLOC, walk_one, &c);
	c.type = VMEM_FREE;
	vmem_walk(m->vm, VMEM_FREE, walk_one, &c);
	for (i = 0; i < m->n; i++)
		inuse += m->live[i].size;
	for (i = 0; i < UNITS; i++)
		total += !!m->span[i];
	KUNIT_EXPECT_TRUE_MSG(m->test, c.ok, "walk differs from the model");
	KUNIT_EXPECT_EQ(m->test, c.units, total);
	KUNIT_EXPECT_EQ(m->test, vmem_size(m->vm, VMEM_ALLOC), inuse);
	KUNIT_EXPECT_EQ(m->test, vmem_size(m->vm, VMEM_FREE), (total << m->qshift) - inuse);
	return c.ok && c.units == total && vmem_size(m->vm, VMEM_ALLOC) == inuse;
}

static bool model_add_span(struct model *m, unsigned long first, unsigned long n)
{
	unsigned long i;

	for (i = first; i < first + n; i++)
		if (m->span[i])
			return true;
	tracef(m, "add(%#lx, %#lx)", first << m->qshift, n << m->qshift);
	KUNIT_EXPECT_NOT_NULL(m->test, vmem_add(m->vm, (void *)(first << m->qshift),
						n << m->qshift, VM_NOSLEEP));
	m->spans++;
	for (i = first; i < first + n; i++)
		m->span[i] = m->spans;
	return true;
}

static bool model_step(struct model *m)
{
	unsigned long what = ddi_kunit_below(&m->rnd, 1000);
	bool ok = true;

	if (what < 2)
		ok = model_add_span(m, 1 + ddi_kunit_below(&m->rnd, UNITS - 41),
				    1 + ddi_kunit_below(&m->rnd, 40));
	else if (what < 4)
		while (m->n)
			model_free(m, m->n - 1);
	else if (what < 510 || !m->n)
		ok = step_alloc(m);
	else
		model_free(m, ddi_kunit_below(&m->rnd, m->n));
	if (ok && !vmem_verify(m->vm)) {
		KUNIT_FAIL(m->test, "the arena does not verify");
		ok = false;
	}
	if (ok && m->step % 64 == 0)
		ok = model_same(m);
	return ok;
}

static void model_run_arena(struct model *m, unsigned long steps)
{
	m->vm = vmem_create("random", NULL, 0, 1UL << m->qshift, NULL, NULL, NULL,
			    m->qcached << m->qshift, VM_SLEEP);
	KUNIT_ASSERT_NOT_NULL(m->test, m->vm);
	model_add_span(m, 1 + ddi_kunit_below(&m->rnd, 100), 100);
	for (m->step = 1; m->step <= steps; m->step++) {
		if (!model_step(m)) {
			model_dump(m);
			break;
		}
		cond_resched();
	}
	while (m->n)
		model_free(m, m->n - 1);
	KUNIT_EXPECT_TRUE(m->test, vmem_verify(m->vm));
	KUNIT_EXPECT_EQ(m->test, vmem_size(m->vm, VMEM_ALLOC), 0);
	vmem_destroy(m->vm);
}

static void random_run(struct kunit *test, unsigned int qshift, unsigned int qcached)
{
	unsigned long steps = ddi_kunit_steps(210000), done;
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct rnd_state rnd;

	KUNIT_ASSERT_NOT_NULL(test, m);
	ddi_kunit_seed(test, &rnd);
	for (done = 0; done < steps && test->status == KUNIT_SUCCESS; done += 5000) {
		struct rnd_state keep = rnd;

		*m = (struct model){ .test = test, .qshift = qshift, .qcached = qcached,
				    .rnd = keep };
		model_run_arena(m, 5000);
		rnd = m->rnd;
	}
	kunit_info(test, "%lu operations", done);
}

/* V25, V29, V34, V39-V43, V46, V50-V61, V90, V95, V96: quantum 1 */
static void random_quantum_1(struct kunit *test)
{
	random_run(test, 0, 0);
}

/* The same with sizes that are no multiples of the quantum: V29, V55, V60 */
static void random_quantum_16(struct kunit *test)
{
	random_run(test, 4, 0);
}

static void random_quantum_4096(struct kunit *test)
{
	random_run(test, 12, 0);
}

/* V63, V76, V78, V81: one cached size, and all of them */
static void random_qcache_1(struct kunit *test)
{
	random_run(test, 0, 1);
}

static void random_qcache_16(struct kunit *test)
{
	random_run(test, 4, 16);
}

static struct kunit_case vmem_random_cases[] = {
	KUNIT_CASE_SLOW(random_quantum_1),
	KUNIT_CASE_SLOW(random_quantum_16),
	KUNIT_CASE_SLOW(random_quantum_4096),
	KUNIT_CASE_SLOW(random_qcache_1),
	KUNIT_CASE_SLOW(random_qcache_16),
	{}
};

static struct kunit_suite vmem_random_suite = {
	.name = "ddi_vmem_random",
	.test_cases = vmem_random_cases,
};

kunit_test_suite(vmem_random_suite);
