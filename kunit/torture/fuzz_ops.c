// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_ops.c - operations on arenas, decoded from the input, with the right answers */
#include "kunit/torture/fuzz.h"

#include <linux/kernel.h>
#include <linux/workqueue.h>

#include "ddi_vmem/report/report.h"

static struct fuzz_arena *pick_arena(struct fuzz *f)
{
	return &f->arena[fuzz_byte(f) % FUZZ_ARENAS];
}

/* Small, odd, long, near the top of the number range, or 0. */
static unsigned long pick_size(struct fuzz *f, const struct fuzz_arena *a)
{
	unsigned long q = 1UL << a->m.qshift;
	u8 kind = fuzz_byte(f);

	if (kind < 160)
		return 1 + kind % 8 * q - (kind & 64 ? min(q - 1, kind & 7UL) : 0);
	if (kind < 240)
		return q * (1 + fuzz_below(f, MODEL_QUANTA));
	if (kind < 250)
		return 1 + fuzz_below(f, 40 * q);
	return kind < 254 ? -(unsigned long)fuzz_below(f, 2 * q) : 0;
}

/* Bits 0-1 policy, 2 high end, 3 sleep, 4 VM_NORMALPRI, 5 VM_ABORT, 6 VM_PUSHPAGE. */
static int pick_flags(struct fuzz *f)
{
	static const int policy[] = { 0, VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT };
	u8 how = fuzz_byte(f);

	return policy[how & 3] | (how & 4 ? VM_ENDALLOC : 0) | (how & 8 ? VM_SLEEP : VM_NOSLEEP) |
	       (how & 16 ? VM_NORMALPRI : 0) | (how & 32 ? VM_ABORT : 0) |
	       (how & 64 ? VM_PUSHPAGE : 0);
}

static bool sleeps(int flags)
{
	return !(flags & (VM_NOSLEEP | VM_ABORT));
}

/* Sizes that no arena can hold [V35]. */
static bool too_large(const struct vmem_model *m, const struct model_request *r)
{
	unsigned long q = 1UL << m->qshift, pad = r->align ? r->align - q : 0;

	return r->size > -q - pad;
}

enum sense { SENSIBLE, REFUSED, MISUSE };

/* The result that V32, V35, V51 and V56 prescribe for a request. */
static enum sense sense_of(const struct vmem_model *m, const struct model_request *r)
{
	unsigned long q = 1UL << m->qshift, align = r->align ? r->align : q;
	unsigned long end = r->max - 1, room = end - r->min;

	if (!r->size)
		return MISUSE;
	if (r->x && ((align | r->phase | r->nocross) & (q - 1) || !is_power_of_2(align) ||
		     r->phase >= align || r->min > end))
		return MISUSE;
	if (r->x && r->nocross && (!is_power_of_2(r->nocross) || r->nocross < align ||
				   r->size > r->nocross ||
				   round_up(r->phase + r->size, align) > r->nocross))
		return MISUSE;
	if (too_large(m, r) || (r->x && room < r->size - 1))
		return sleeps(r->flags) ? MISUSE : REFUSED;
	return SENSIBLE;
}

/* The size that the child must import [V64], 0 if that wraps. */
static unsigned long import_size(struct fuzz *f, const struct model_request *r)
{
	unsigned long q = 1UL << f->arena[FUZZ_KID].m.qshift;
	unsigned long big = 1UL << f->arena[FUZZ_SOURCE].m.qshift;
	unsigned long align = r->align ? r->align : q, pad = r->phase, want;

	if (align > big && !f->xalign)
		pad = r->phase % big ? align - q : align - big;
	want = round_up(r->size, q) + pad;
	return want < r->size ? 0 : round_up(want, big);
}

/*
 * Must the child import, and which sizes may it ask for? A request that cannot be
 * served at once must not sleep here: no other thread would ever wake it.
 */
static bool expect_import(struct fuzz *f, const struct fuzz_arena *a, struct model_request *r)
{
	bool here = model_first(&a->m, r);

	f->align = r->align ? r->align : 1UL << a->m.qshift;
	f->need = import_size(f, r);
	/* The first import asks for the arena's least size [V82]. */
	f->asked = max(f->need, round_up(f->min_import, 1UL << f->arena[FUZZ_SOURCE].m.qshift));
	if (!here)
		r->flags |= VM_NOSLEEP;
	return !here && fuzz_imports(f, a) && !r->nocross && !r->min && !r->max && f->need;
}

static unsigned long call(const struct fuzz_arena *a, const struct model_request *r)
{
	if (r->x)
		return (unsigned long)vmem_xalloc(a->vm, r->size, r->align, r->phase, r->nocross,
						  (void *)r->min, (void *)r->max, r->flags);
	return (unsigned long)vmem_alloc(a->vm, r->size, r->flags);
}

/* The place of next fit in an arena that imports is unspecified [V44]. */
static bool accepts(struct fuzz *f, const struct fuzz_arena *a, struct model_request *r,
		    unsigned long addr)
{
	struct model_request plain = *r;

	if (r->x || fuzz_imports(f, a))
		plain.flags &= ~VM_NEXTFIT;
	if (fuzz_imports(f, a) && !r->x && r->flags & VM_NEXTFIT)
		return !addr == !model_first(&a->m, &plain) &&
		       (!addr || model_is(&a->m, addr, r->size, false));
	return model_accepts(&a->m, &plain, addr);
}

static void try_alloc(struct fuzz *f, struct fuzz_arena *a, struct model_request *r)
{
	enum sense sense;
	unsigned long addr;

	f->due = 0;
	sense = sense_of(&a->m, r);
	if (sense == SENSIBLE)
		f->due = expect_import(f, a, r);
	else if (sense == MISUSE)
		f->misuses++;
	addr = call(a, r);
	fuzz_trace(f, "%d: %salloc(%#lx, align %#lx+%#lx, nocross %#lx, [%#lx, %#lx), %#x) = %#lx",
		   (int)(a - f->arena), r->x ? "x" : "", r->size, r->align, r->phase, r->nocross,
		   r->min, r->max, r->flags, addr);
	if (sense != SENSIBLE ? addr : !accepts(f, a, r, addr))
		fuzz_wrong(f, "that is not right; %#lx is free", model_first(&a->m, r));
	else if (f->due)
		fuzz_wrong(f, "does not import %#lx", f->asked);
	else if (addr)
		model_take(&a->m, r, addr);
}

static void op_alloc(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);
	struct model_request r = { .size = pick_size(f, a), .flags = pick_flags(f) };

	f->mood = fuzz_imports(f, a) ? fuzz_byte(f) % MOODS : MOOD_NORMAL;
	try_alloc(f, a, &r);
}

/* Byte: bits 0-1 alignment, 2 phase, 3-4 nocross, 5 window, 6 exactly one place, 7 odd. */
static void pick_constraints(struct fuzz *f, const struct fuzz_arena *a, struct model_request *r)
{
	unsigned long q = 1UL << a->m.qshift;
	u8 how = fuzz_byte(f);

	if (how & 3)
		r->align = q << ((how & 3) == 3 ? fuzz_byte(f) % 8 : how & 3);
	if (how & 4)
		r->phase = q * fuzz_below(f, r->align ? r->align / q : 1);
	if (how & 8)
		r->nocross = q << fuzz_byte(f) % 9;
	if (how & 32) {
		r->min = fuzz_below(f, MODEL_QUANTA * q);
		r->max = fuzz_byte(f) & 1 ? r->min + fuzz_below(f, MODEL_QUANTA * q) : 0;
	}
	if (how & 64) {
		r->min = fuzz_below(f, MODEL_QUANTA) * q;
		r->max = r->min + r->size;
	}
	/* Now and then a request that is misuse. */
	if (how & 128 && how & 16) {
		r->align += fuzz_byte(f) & 1;
		r->phase = r->phase * 2 + fuzz_byte(f) % 4;
		r->nocross += fuzz_byte(f) % 3 * q;
	}
}

static void op_xalloc(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);
	struct model_request r = { .size = pick_size(f, a), .flags = pick_flags(f), .x = true };

	pick_constraints(f, a, &r);
	f->mood = fuzz_imports(f, a) ? fuzz_byte(f) % MOODS : MOOD_NORMAL;
	try_alloc(f, a, &r);
}

static void call_free(const struct fuzz_arena *a, unsigned long start, unsigned long size, bool x)
{
	if (x)
		vmem_xfree(a->vm, (void *)start, size);
	else
		vmem_free(a->vm, (void *)start, size);
}

/* Free a random range, right or wrong. The child's imports are not freed in the source. */
static void try_free(struct fuzz *f, struct fuzz_arena *a, unsigned long start,
		     unsigned long size, bool x)
{
	int i = model_find(&a->m, start, size, x), k;

	for (k = 0; i >= 0 && a == &f->arena[FUZZ_SOURCE] && k < FUZZ_IMPORTS; k++)
		if (f->import[k].active && f->import[k].base == start)
			return;
	fuzz_trace(f, "%d: %sfree(%#lx, %#lx)%s", (int)(a - f->arena), x ? "x" : "", start, size,
		   i < 0 ? ", wrong" : "");
	if (i >= 0)
		model_give(&a->m, i);
	else
		f->misuses++;
	call_free(a, start, size, x);
}

static void op_free(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);
	struct model_alloc *live;

	if (!a->m.n)
		return;
	live = &a->m.live[fuzz_below(f, a->m.n)];
	try_free(f, a, live->start, live->size, live->x);
}

/* Bits 0-2 move the start, 3-5 the size; 6 the other function; 7 anything. */
static void op_free_wrong(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);
	unsigned long q = 1UL << a->m.qshift;
	struct model_alloc live = { .start = q, .size = q };
	u8 how = fuzz_byte(f);

	if (a->m.n && !(how & 128))
		live = a->m.live[fuzz_below(f, a->m.n)];
	else
		live.start = q * fuzz_below(f, MODEL_QUANTA);
	if (how & 1)
		live.start += (how & 2 ? 1 : q) * (how & 4 ? 1 : -1);
	if (how & 8)
		live.size += (how & 16 ? 1 : q) * (how & 32 ? 1 : -1);
	try_free(f, a, live.start, live.size, !!(how & 64) ^ live.x);
}

static void op_free_all(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);

	if (a == &f->arena[FUZZ_SOURCE])
		return;
	while (a->m.n)
		try_free(f, a, a->m.live[a->m.n - 1].start, a->m.live[a->m.n - 1].size,
			 a->m.live[a->m.n - 1].x);
}

/* The child has spans of its own where the source has none. */
static void op_add(struct fuzz *f)
{
	struct fuzz_arena *a = &f->arena[fuzz_byte(f) & 1 ? FUZZ_KID : FUZZ_PLAIN];
	unsigned long low = fuzz_imports(f, a) ? MODEL_QUANTA * 3 / 4 : 0;
	unsigned long first = low + fuzz_below(f, MODEL_QUANTA - low), n = 1 + fuzz_byte(f) % 40;
	unsigned int s = a->m.qshift;
	bool ok;
	void *got;

	n = min(n, MODEL_QUANTA - first);
	ok = first && model_span_is_new(&a->m, first, n);
	got = vmem_add(a->vm, (void *)(first << s), n << s,
		       fuzz_byte(f) & 1 ? VM_SLEEP : VM_NOSLEEP);
	fuzz_trace(f, "%d: add(%#lx, %#lx) = %p", (int)(a - f->arena), first << s, n << s, got);
	if (!got == ok)
		fuzz_wrong(f, "that is not right");
	if (ok)
		model_add_span(&a->m, first, n);
	else
		f->misuses++;
}

/* Ranges that no arena takes [V21, V22, V24]. */
static void op_add_wrong(struct fuzz *f)
{
	struct fuzz_arena *a = &f->arena[FUZZ_PLAIN];
	unsigned long q = 1UL << a->m.qshift, start = q * MODEL_QUANTA, size = q;

	switch (fuzz_byte(f) % 4) {
	case 0:
		size = 0;
		break;
	case 1:
		size = -start + q;
		break;
	case 2:
		start = 0;
		break;
	default:
		size = q > 1 ? q + 1 : 0;
	}
	fuzz_trace(f, "0: add(%#lx, %#lx), wrong", start, size);
	f->misuses++;
	if (vmem_add(a->vm, (void *)start, size, VM_NOSLEEP))
		fuzz_wrong(f, "that was added");
}

static void op_contains(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);
	unsigned int s = a->m.qshift;
	unsigned long first = fuzz_below(f, MODEL_QUANTA), n = 1 + fuzz_byte(f) % 64, i;
	bool inside = first + n <= MODEL_QUANTA && a->m.span[first];

	for (i = first; inside && i < first + n; i++)
		inside = a->m.span[i] == a->m.span[first];
	if (!vmem_contains(a->vm, (void *)(first << s), n << s) == inside)
		fuzz_wrong(f, "'%s' contains [%#lx, +%#lx): expected %d", a->vm->name, first << s,
			   n << s, inside);
	if (first > 1 && vmem_contains(a->vm, (void *)(first << s), -(first << s) + 1))
		fuzz_wrong(f, "'%s' contains what wraps", a->vm->name);
}

static void op_walk(struct fuzz *f)
{
	fuzz_trace(f, "walk");
	fuzz_check_walk(f, &f->arena[FUZZ_PLAIN]);
	fuzz_check_walk(f, &f->arena[FUZZ_SOURCE]);
	fuzz_check_walk(f, &f->arena[FUZZ_KID]);
	fuzz_check_exports(f);
}

struct walk_free {
	struct fuzz *f;
	struct fuzz_arena *a;
};

static void walk_free_one(void *arg, void *start, size_t size)
{
	struct walk_free *w = arg;
	int i;

	for (i = 0; i < w->a->m.n; i++)
		if (w->a->m.live[i].start == (unsigned long)start)
			break;
	if (i == w->a->m.n)
		fuzz_wrong(w->f, "a walk found %p, which is not allocated", start);
	else
		try_free(w->f, w->a, (unsigned long)start, size, w->a->m.live[i].x);
}

/* A re-entrant callback that frees what it is shown [V93]. */
static void op_walk_free(struct fuzz *f)
{
	struct walk_free w = { f, &f->arena[fuzz_byte(f) & 1 ? FUZZ_KID : FUZZ_PLAIN] };

	fuzz_trace(f, "walk that frees");
	vmem_walk(w.a->vm, VMEM_ALLOC | VMEM_REENTRANT, walk_free_one, &w);
	if (w.a->m.n)
		fuzz_wrong(f, "%d were not shown", w.a->m.n);
}

static void op_reap(struct fuzz *f)
{
	struct fuzz_arena *a = pick_arena(f);

	fuzz_trace(f, "%d: reap", (int)(a - f->arena));
	vmem_qcache_reap(a->vm);
	if (a->vm->qc)
		flush_work(&a->vm->qreap);
	if (a == &f->arena[FUZZ_KID])
		fuzz_check_exports(f);
}

/* An arena of any shape: made if the shape is sound [V9-V11], and destroyed. */
static void op_create(struct fuzz *f)
{
	unsigned long base = fuzz_byte(f) & ~7UL, size = fuzz_byte(f) & ~7UL;
	unsigned long quantum = fuzz_byte(f) % 18;
	u8 how = fuzz_byte(f);
	bool sound;
	vmem_t *vm;

	if (how & 1)
		base -= size;		/* ends at the very top */
	if (how & 2)
		base += how >> 2 & 3;
	sound = is_power_of_2(quantum) && !base == !size && !((base | size) & (quantum - 1)) &&
		(!size || base + (size - 1) >= base);
	vm = vmem_create("fuzz shape", (void *)base, size, quantum, NULL, NULL, NULL, how >> 4,
			 how & 16 ? VM_NOSLEEP : VM_SLEEP);
	fuzz_trace(f, "create(%#lx, %#lx, %#lx)", base, size, quantum);
	f->misuses += !sound;
	if (!vm == sound)
		fuzz_wrong(f, "that is not right");
	if (vm && vmem_size(vm, VMEM_FREE) != size)
		fuzz_wrong(f, "it has %zu", vmem_size(vm, VMEM_FREE));
	vmem_destroy(vm);
}

void fuzz_op(struct fuzz *f)
{
	static void (* const op[])(struct fuzz *f) = {
		op_alloc, op_alloc, op_alloc, op_alloc, op_alloc, op_alloc, op_xalloc, op_xalloc,
		op_xalloc, op_xalloc, op_free, op_free, op_free, op_free, op_free, op_free,
		op_free_wrong, op_free_all, op_add, op_add_wrong, op_contains, op_walk,
		op_walk_free, op_reap, op_create, fuzz_op_map_alloc, fuzz_op_map_alloc,
		fuzz_op_map_give, fuzz_op_map_free, fuzz_op_umem_alloc, fuzz_op_umem_free,
		fuzz_op_umem_wrong,
	};

	op[fuzz_byte(f) % ARRAY_SIZE(op)](f);
}
