// SPDX-License-Identifier: GPL-2.0-only
/* vmem_model.c - a plain model of an arena */
#include "kunit/vmem/vmem_model.h"

#include <linux/limits.h>
#include <linux/minmax.h>

bool model_span_is_new(const struct vmem_model *m, unsigned long first, unsigned long n)
{
	unsigned long i;

	for (i = first; i < first + n; i++)
		if (m->span[i])
			return false;
	return true;
}

void model_add_span(struct vmem_model *m, unsigned long first, unsigned long n)
{
	unsigned long i;

	if (!m->merge || !m->spans)
		m->spans++;
	for (i = first; i < first + n; i++)
		m->span[i] = m->spans;
}

bool model_drop_span(struct vmem_model *m, unsigned long first, unsigned long n)
{
	unsigned long i;
	bool ok = true;

	for (i = first; i < first + n; i++) {
		ok &= m->span[i] && !m->used[i];
		m->span[i] = 0;
	}
	return ok;
}

/* May a request be placed at @addr (in units)? By the letter of V50. */
static bool fits_at(const struct vmem_model *m, const struct model_request *r,
		    unsigned long addr)
{
	unsigned long q = addr >> m->qshift, n = model_quanta(m, r->size), i;
	unsigned long align = r->align ? r->align : 1UL << m->qshift;

	if (addr % align != r->phase || n > MODEL_QUANTA || q + n > MODEL_QUANTA)
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
static void run_around(const struct vmem_model *m, unsigned long q, unsigned long *first,
		       unsigned long *last)
{
	*first = q;
	while (m->span[*first - 1] == m->span[q] && !m->used[*first - 1])
		--*first;
	*last = q;
	while (*last + 1 < MODEL_QUANTA && m->span[*last + 1] == m->span[q] &&
	       !m->used[*last + 1])
		++*last;
}

static unsigned long run_len(const struct vmem_model *m, unsigned long q)
{
	unsigned long first, last;

	run_around(m, q, &first, &last);
	return last - first + 1;
}

unsigned long model_first(const struct vmem_model *m, const struct model_request *r)
{
	unsigned long q;

	for (q = 1; q < MODEL_QUANTA; q++)
		if (fits_at(m, r, q << m->qshift))
			return q << m->qshift;
	return 0;
}

/* Length of the shortest run that has a place for the request. */
static unsigned long best_len(const struct vmem_model *m, const struct model_request *r)
{
	unsigned long q, best = ULONG_MAX;

	for (q = 1; q < MODEL_QUANTA; q++)
		if (fits_at(m, r, q << m->qshift))
			best = min(best, run_len(m, q));
	return best;
}

/* Is @addr the lowest (highest, with VM_ENDALLOC) place in its run? */
static bool is_extreme(const struct vmem_model *m, const struct model_request *r,
		       unsigned long addr)
{
	unsigned long first, last, q = addr >> m->qshift, i;

	run_around(m, q, &first, &last);
	for (i = first; i <= last; i++)
		if ((r->flags & VM_ENDALLOC ? i > q : i < q) &&
		    fits_at(m, r, i << m->qshift))
			return false;
	return true;
}

/* Next fit by V42: behind the rotor in its span, later spans, then from the start. */
unsigned long model_next(const struct vmem_model *m, const struct model_request *r)
{
	int pass, s;
	long q;

	for (pass = 0; pass < 2; pass++)
		for (s = pass ? 1 : max(m->rotor_span, 1); s <= m->spans; s++)
			for (q = 1; q < MODEL_QUANTA; q++) {
				if (m->span[q] != s)
					continue;
				if (!pass && s == m->rotor_span && q <= m->rotor)
					continue;
				if (fits_at(m, r, q << m->qshift))
					return q << m->qshift;
			}
	return 0;
}

/* Do the rules determine which free segment this request gets? */
static bool is_settled(const struct vmem_model *m, const struct model_request *r)
{
	int policy = r->flags & (VM_FIRSTFIT | VM_BESTFIT | VM_NEXTFIT | VM_ENDALLOC);

	if (!m->qcached)
		return true;
	if (r->x)
		return m->exact && (policy & ~VM_NEXTFIT || r->min || r->max || r->nocross ||
				    r->align >> m->qshift > 1);
	return m->exact && policy && (m->direct || model_quanta(m, r->size) > m->qcached);
}

bool model_accepts(const struct vmem_model *m, const struct model_request *r,
		   unsigned long addr)
{
	bool settled = is_settled(m, r), next = !r->x && r->flags & VM_NEXTFIT;
	unsigned long want = next && settled ? model_next(m, r) : model_first(m, r);

	if (!addr || !want)
		return !addr && !want;
	/* A cached segment must serve; no rule says at which place. */
	if (!settled)
		return fits_at(m, r, addr);
	if (next || (r->flags & (VM_FIRSTFIT | VM_BESTFIT | VM_ENDALLOC)) == VM_FIRSTFIT)
		return addr == want;
	if (!fits_at(m, r, addr) || !is_extreme(m, r, addr))
		return false;
	return !(r->flags & VM_BESTFIT) || run_len(m, addr >> m->qshift) == best_len(m, r);
}

static void set_used(struct vmem_model *m, unsigned long addr, unsigned long size, bool used)
{
	unsigned long q = addr >> m->qshift, n = model_quanta(m, size);

	while (n--)
		m->used[q++] = used;
}

void model_take(struct vmem_model *m, const struct model_request *r, unsigned long addr)
{
	set_used(m, addr, r->size, true);
	m->live[m->n++] = (struct model_alloc){ addr, r->size, r->x };
	if (!r->x && r->flags & VM_NEXTFIT && is_settled(m, r)) {
		m->rotor_span = m->span[addr >> m->qshift];
		m->rotor = (addr >> m->qshift) + model_quanta(m, r->size) - 1;
	}
}

/* Pairs of functions and sizes by V60, V63, V78. */
int model_find(const struct vmem_model *m, unsigned long start, unsigned long size, bool x)
{
	int i;

	for (i = 0; i < m->n; i++) {
		const struct model_alloc *a = &m->live[i];
		bool small = model_quanta(m, a->size) <= m->qcached;

		if (a->start != start || !size)
			continue;
		if (small && a->x != x)
			return -1;
		if (small && !x)
			return model_quanta(m, size) == model_quanta(m, a->size) ? i : -1;
		return size == a->size ? i : -1;
	}
	return -1;
}

void model_give(struct vmem_model *m, int i)
{
	set_used(m, m->live[i].start, m->live[i].size, false);
	m->live[i] = m->live[--m->n];
}

unsigned long model_inuse(const struct vmem_model *m)
{
	unsigned long inuse = 0;
	int i;

	for (i = 0; i < m->n; i++)
		inuse += m->live[i].size;
	return inuse;
}

unsigned long model_total(const struct vmem_model *m)
{
	unsigned long total = 0;
	int i;

	for (i = 0; i < MODEL_QUANTA; i++)
		total += !!m->span[i];
	return total << m->qshift;
}

bool model_is(const struct vmem_model *m, unsigned long start, unsigned long size, bool used)
{
	unsigned long q = start >> m->qshift, n = model_quanta(m, size), i;

	if (n > MODEL_QUANTA || q + n > MODEL_QUANTA)
		return false;
	for (i = q; i < q + n; i++)
		if (!m->span[i] || m->used[i] != used)
			return false;
	return true;
}

struct walk_check {
	const struct vmem_model *m;
	unsigned long units;
	bool used, ok;
};

static void walk_one(void *arg, void *start, size_t size)
{
	struct walk_check *c = arg;

	c->units += model_quanta(c->m, size) << c->m->qshift;
	c->ok &= model_is(c->m, (unsigned long)start, size, c->used);
}

bool model_agrees(const struct vmem_model *m, vmem_t *vm)
{
	struct walk_check c = { m, 0, true, true };

	vmem_walk(vm, VMEM_ALLOC, walk_one, &c);
	c.used = false;
	vmem_walk(vm, VMEM_FREE, walk_one, &c);
	return c.ok && c.units == model_total(m);
}
