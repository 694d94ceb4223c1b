// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmap_random_kunit.c - resource maps against a bitmap, at random
 *
 * The model knows of each unit whether the map has it and which allocation
 * starts there. It answers by looking at every unit.
 */
#include <sys/map.h>

#include <linux/slab.h>

#include "ddi_rmap/rmap_impl.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#define UNITS	400	/* units 1 to UNITS - 1 */

struct model {
	struct kunit *test;
	struct map *mp;
	struct rnd_state rnd;
	bool known[UNITS + 1];
	bool used[UNITS + 1];
	unsigned int size[UNITS];	/* of the allocation that starts here, or 0 */
	unsigned int live, limit;
	unsigned long step;
};

static bool all(const bool *what, unsigned long from, unsigned long n, bool value)
{
	while (n--)
		if (from >= UNITS || what[from++] != value)
			return false;
	return true;
}

static void set(bool *what, unsigned long from, unsigned long n, bool value)
{
	while (n--)
		what[from++] = value;
}

/* The lowest index for @size units, 0 if there is none [R26, R27]. */
static unsigned long model_place(struct model *m, unsigned long size)
{
	unsigned long i;

	if (m->live >= m->limit)
		return 0;
	for (i = 1; i + size <= UNITS; i++)
		if (all(m->known, i, size, true) && all(m->used, i, size, false))
			return i;
	return 0;
}

static bool step_alloc(struct model *m)
{
	unsigned long size = 1 + ddi_kunit_below(&m->rnd, ddi_kunit_below(&m->rnd, 6) ? 6 : 60);
	unsigned long want = model_place(m, size), got = rmalloc(m->mp, size);

	KUNIT_EXPECT_EQ_MSG(m->test, got, want, "step %lu: rmalloc(%lu)", m->step, size);
	if (got != want || !got)
		return got == want;
	set(m->used, got, size, true);
	m->size[got] = size;
	m->live++;
	return true;
}

/* Apply an rmfree() of the range to the model; 0 if the free is misuse. */
static bool model_free(struct model *m, unsigned long index, unsigned long size)
{
	if (index && size && index + size <= UNITS && all(m->known, index, size, true)) {
		if (m->size[index] != size)
			return false;
		m->size[index] = 0;
		m->live--;
		set(m->used, index, size, false);
		return true;
	}
	if (!index || !size || index + size > UNITS || !all(m->known, index, size, false))
		return false;
	set(m->known, index, size, true);
	return true;
}

static bool step_free(struct model *m, unsigned long index, unsigned long size)
{
	unsigned long before = ddi_misuse_count(), misuses;
	bool good = model_free(m, index, size);

	rmfree(m->mp, size, index);
	misuses = ddi_misuse_count() - before;
	KUNIT_EXPECT_EQ_MSG(m->test, misuses, !good, "step %lu: rmfree(%lu, %lu)", m->step, size,
			    index);
	return misuses == !good;
}

/* Return an allocation, or now and then a random range. */
static bool step_any_free(struct model *m)
{
	unsigned long i, at = ddi_kunit_below(&m->rnd, UNITS);

	if (!ddi_kunit_below(&m->rnd, 20))
		return step_free(m, ddi_kunit_below(&m->rnd, UNITS - 8),
				 ddi_kunit_below(&m->rnd, 9));
	for (i = 0; i < UNITS; i++, at = (at + 1) % UNITS)
		if (m->size[at])
			return step_free(m, at, m->size[at]);
	return true;
}

struct walk_check {
	struct model *m;
	unsigned long last;
	bool used, ok;
};

static void walk_one(void *arg, void *start, size_t size)
{
	unsigned long at = (unsigned long)start;
	struct walk_check *c = arg;

	c->ok &= at + size <= UNITS && all(c->m->known, at, size, true) &&
		 all(c->m->used, at, size, c->used);
	/* A free run is as long as it can be. */
	if (!c->used)
		c->ok &= (!c->m->known[at - 1] || c->m->used[at - 1]) &&
			 (!c->m->known[at + size] || c->m->used[at + size]);
	c->last += size;
}

static bool model_same(struct model *m)
{
	struct walk_check c = { m, 0, true, true };
	unsigned long i, known = 0;

	vmem_walk(m->mp->arena, VMEM_ALLOC, walk_one, &c);
	c.used = false;
	vmem_walk(m->mp->arena, VMEM_FREE, walk_one, &c);
	for (i = 0; i < UNITS; i++)
		known += m->known[i];
	c.ok &= c.last == known && vmem_verify(m->mp->arena);
	KUNIT_EXPECT_TRUE_MSG(m->test, c.ok, "step %lu: map and model differ", m->step);
	return c.ok;
}

static bool model_step(struct model *m)
{
	bool ok = ddi_kunit_below(&m->rnd, 100) < 52 ? step_alloc(m) : step_any_free(m);

	return ok && (m->step % 16 || model_same(m));
}

/* Everything back: one free run for each region [R28]. */
static void model_drain(struct model *m)
{
	unsigned long i, regions = 0;

	for (i = 1; i < UNITS; i++)
		if (m->size[i])
			step_free(m, i, m->size[i]);
	for (i = 1; i < UNITS; i++)
		regions += m->known[i] && !m->known[i - 1];
	KUNIT_EXPECT_EQ(m->test, vmem_held(m->mp->arena), 0);
	KUNIT_EXPECT_EQ(m->test, arena_segments(m->mp->arena), regions);
	model_same(m);
}

static void map_random(struct kunit *test, bool limited)
{
	unsigned long steps = ddi_kunit_steps(500000), done;
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct rnd_state rnd;
	bool keep = rmap_limit;

	KUNIT_ASSERT_NOT_NULL(test, m);
	ddi_kunit_seed(test, &rnd);
	for (done = 0; done < steps && test->status == KUNIT_SUCCESS; done += 5000) {
		*m = (struct model){ .test = test, .rnd = rnd };
		m->limit = 1 + ddi_kunit_below(&m->rnd, 80);
		rmap_limit = limited;
		m->mp = rmallocmap_wait(m->limit);
		rmap_limit = keep;
		if (!limited)
			m->limit = UINT_MAX;
		for (m->step = 1; m->step <= 5000 && model_step(m); m->step++)
			cond_resched();
		model_drain(m);
		rmfreemap(m->mp);
		rnd = m->rnd;
	}
	kunit_info(test, "%lu operations", done);
}

/* R9, R10, R14-R22, R25-R28 */
static void random_map_with_the_limit(struct kunit *test)
{
	map_random(test, true);
}

/* R10, R14-R22, R25-R28 */
static void random_map_without_the_limit(struct kunit *test)
{
	map_random(test, false);
}

static struct kunit_case rmap_random_cases[] = {
	KUNIT_CASE_SLOW(random_map_with_the_limit),
	KUNIT_CASE_SLOW(random_map_without_the_limit),
	{}
};

static struct kunit_suite rmap_random_suite = {
	.name = "ddi_rmap_random",
	.init = balance_init,
	.test_cases = rmap_random_cases,
};

kunit_test_suite(rmap_random_suite);
