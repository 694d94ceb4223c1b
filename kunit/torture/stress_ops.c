// SPDX-License-Identifier: GPL-2.0-only
/* stress_ops.c - one random operation of one context */
#include "kunit/torture/stress.h"

#include <ddi/umem.h>
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "ddi_vmem/report/report.h"

static u32 below(struct stress_context *ctx, u32 n)
{
	return prandom_u32_state(&ctx->rnd) % n;
}

/* Mark the segment as held by this context alone, or (@held false) as not held. */
static void hold(struct stress_world *w, struct stress_arena *a, unsigned long at, size_t size,
		 bool held)
{
	unsigned long n = at >> a->vm->qshift, end = (at + size - 1) >> a->vm->qshift;

	if (end >= a->quanta) {
		stress_wrong(w, "'%s': [%#lx, +%#zx) was never there", a->vm->name, at, size);
		return;
	}
	for (; n <= end; n++)
		if ((held ? test_and_set_bit(n, a->held) : test_and_clear_bit(n, a->held)) == held)
			stress_wrong(w, "'%s': quantum %#lx at [%#lx, +%#zx) %s", a->vm->name, n,
				     at, size, held ? "is somebody else's" : "was nobody's");
}

static void give_segment(struct stress_world *w, struct stress_slot *s)
{
	struct stress_arena *a = s->arena;

	hold(w, a, s->at, s->size, false);
	if (a == &w->arena[STRESS_MAP])
		rmfree(w->map, s->size, s->at);
	else if (s->x)
		vmem_xfree(a->vm, (void *)s->at, s->size);
	else
		vmem_free(a->vm, (void *)s->at, s->size);
	s->arena = NULL;
}

static void give_memory(struct stress_world *w, struct stress_slot *s)
{
	u8 mark = (unsigned long)s >> 4;

	if (s->released)
		s->memory = ddi_umem_hold(s->cookie, DDI_UMEM_SLEEP);
	s->released = false;
	if (s->memory && (s->memory[0] != mark || s->memory[s->size - 1] != mark))
		stress_wrong(w, "memory at %p was written to by somebody else", s->memory);
	ddi_umem_free(s->cookie);
	s->cookie = NULL;
}

static void take_memory(struct stress_world *w, struct stress_context *ctx, struct stress_slot *s)
{
	int flag = ctx->sleeps && below(ctx, 2) ? DDI_UMEM_SLEEP : DDI_UMEM_NOSLEEP;

	s->size = PAGE_SIZE * (1 + below(ctx, 3));
	if (!below(ctx, 8))
		flag |= below(ctx, 2) ? DDI_UMEM_TRASH : DDI_UMEM_PAGEABLE;
	s->memory = ddi_umem_alloc(s->size, flag, &s->cookie);
	ctx->refused += !s->cookie;
	if (!s->memory)
		return;
	if (s->memory[0] || s->memory[s->size - 1])
		stress_wrong(w, "memory at %p is not clear", s->memory);
	s->memory[0] = (unsigned long)s >> 4;
	s->memory[s->size - 1] = (unsigned long)s >> 4;
	if (flag & DDI_UMEM_PAGEABLE && ctx->sleeps) {
		ddi_umem_release(s->cookie);
		s->released = true;
	}
}

/* Enter what a request got. */
static void took(struct stress_world *w, struct stress_context *ctx, struct stress_slot *s,
		 struct stress_arena *a, unsigned long at, size_t size, bool x)
{
	ctx->refused += !at;
	if (!at)
		return;
	*s = (struct stress_slot){ .arena = a, .at = at, .size = size, .x = x };
	hold(w, a, at, size, true);
}

static void take_from_map(struct stress_world *w, struct stress_context *ctx,
			  struct stress_slot *s)
{
	size_t size = 1 + below(ctx, 40);

	took(w, ctx, s, &w->arena[STRESS_MAP], rmalloc(w->map, size), size, false);
}

static void take_shaped(struct stress_world *w, struct stress_context *ctx, struct stress_slot *s,
			struct stress_arena *a)
{
	size_t q = a->vm->quantum, size = q * (1 + below(ctx, 12)), align = q << below(ctx, 4);
	unsigned long min = 0, max = 0, at;

	if (!below(ctx, 3)) {
		min = q * (1 + below(ctx, a->quanta / 2));
		max = min + size + q * below(ctx, a->quanta / 2);
	}
	at = (unsigned long)vmem_xalloc(a->vm, size, align, 0, 0, (void *)min, (void *)max,
					VM_NOSLEEP | (below(ctx, 4) ? 0 : VM_ENDALLOC));
	if (at && (at & (align - 1) || at < min || (max && at + size > max)))
		stress_wrong(w, "'%s': [%#lx, +%#zx) is not aligned to %#zx in [%#lx, %#lx)",
			     a->vm->name, at, size, align, min, max);
	took(w, ctx, s, a, at, size, true);
}

static void take_segment(struct stress_world *w, struct stress_context *ctx,
			 struct stress_slot *s)
{
	static const int policy[] = { 0, 0, 0, VM_BESTFIT, VM_FIRSTFIT, VM_NEXTFIT, VM_ENDALLOC };
	struct stress_arena *a = &w->arena[below(ctx, STRESS_CACHED_KID + 1)];
	int flags = VM_NOSLEEP | policy[below(ctx, ARRAY_SIZE(policy))];
	size_t size;

	if (!below(ctx, 4)) {
		take_shaped(w, ctx, s, a);
		return;
	}
	size = 1 + below(ctx, a->vm->quantum * 12);
	took(w, ctx, s, a, (unsigned long)vmem_alloc(a->vm, size, flags), size, false);
}

/*
 * Each context wants a large part of it, so those that may sleep often do. Each
 * holds it for a moment only, and nothing of it while asleep, so all make progress.
 */
static void take_scarce(struct stress_world *w, struct stress_context *ctx, struct stress_slot *s)
{
	struct stress_arena *a = &w->arena[STRESS_SCARCE + below(ctx, 2)];
	int flags = ctx->sleeps ? VM_SLEEP : VM_NOSLEEP;
	size_t size = 1 + below(ctx, 12);

	took(w, ctx, s, a, (unsigned long)vmem_alloc(a->vm, size, flags), size, false);
	if (!s->arena)
		return;
	/* Not usleep_range(): Linux's own races in it would be reported as ours. */
	if (ctx->sleeps && !below(ctx, 16))
		schedule_timeout_uninterruptible(1);
	give_segment(w, s);
}

static void count_segment(void *arg, void *start, size_t size)
{
	++*(unsigned long *)arg;
}

static void look(struct stress_world *w, struct stress_context *ctx)
{
	struct stress_arena *a = &w->arena[below(ctx, STRESS_ARENAS)];
	unsigned long n = 0;

	switch (below(ctx, 4)) {
	case 0:
		vmem_walk(a->vm, VMEM_ALLOC | VMEM_FREE, count_segment, &n);
		break;
	case 1:
		vmem_walk(a->vm, VMEM_ALLOC | VMEM_REENTRANT, count_segment, &n);
		break;
	case 2:
		vmem_size(a->vm, VMEM_FREE);
		break;
	default:
		vmem_contains(a->vm, (void *)(unsigned long)below(ctx, INT_MAX), 1);
	}
}

/* Arenas and maps come and go; the first imports from what all others use. */
static void live_and_die(struct stress_world *w, struct stress_context *ctx)
{
	int flags = ctx->sleeps ? VM_SLEEP : VM_NOSLEEP;
	vmem_t *vm = vmem_create("stress life", NULL, 0, 0x1000, vmem_alloc, vmem_free,
				 w->arena[STRESS_SOURCE].vm, ctx->sleeps ? 0x4000 : 0, flags);
	struct map *map = rmallocmap(5);
	void *at = vm ? vmem_alloc(vm, 0x2000, VM_NOSLEEP) : NULL;

	if (at)
		vmem_free(vm, at, 0x2000);
	vmem_destroy(vm);
	if (map)
		rmfree(map, 10, 1);
	rmfreemap(map);
}

/* So many of one cached size that full magazines go to the depot and come back. */
static void take_many(struct stress_world *w, struct stress_context *ctx)
{
	struct stress_arena *a = &w->arena[STRESS_IDS];
	unsigned long at[80];
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(at); n++) {
		at[n] = (unsigned long)vmem_alloc(a->vm, 1, VM_NOSLEEP);
		if (!at[n])
			break;
		hold(w, a, at[n], 1, true);
	}
	ctx->refused += n < ARRAY_SIZE(at);
	while (n--) {
		hold(w, a, at[n], 1, false);
		vmem_free(a->vm, (void *)at[n], 1);
	}
}

/* Fill an empty slot, or do something that leaves nothing behind. */
static void take_something(struct stress_world *w, struct stress_context *ctx,
			   struct stress_slot *s)
{
	switch (below(ctx, 64)) {
	case 0:
		if (below(ctx, 2))
			live_and_die(w, ctx);
		else
			stress_tower(w, ctx);
		break;
	case 1:
		if (below(ctx, 4))
			vmem_qcache_reap(w->arena[below(ctx, STRESS_ARENAS)].vm);
		else
			take_many(w, ctx);
		break;
	case 2 ... 3:
		look(w, ctx);
		break;
	case 4 ... 9:
		take_scarce(w, ctx, s);
		break;
	case 10 ... 15:
		take_memory(w, ctx, s);
		break;
	case 16 ... 25:
		take_from_map(w, ctx, s);
		break;
	default:
		take_segment(w, ctx, s);
	}
}

static bool give_slot(struct stress_world *w, struct stress_slot *s)
{
	if (s->arena)
		give_segment(w, s);
	else if (s->cookie)
		give_memory(w, s);
	else
		return false;
	return true;
}

void stress_op(struct stress_world *w, struct stress_context *ctx)
{
	struct stress_slot *s = &ctx->slot[below(ctx, STRESS_SLOTS)];

	if (!give_slot(w, s))
		take_something(w, ctx, s);
	ctx->ops++;
}

void stress_drain(struct stress_world *w, struct stress_context *ctx)
{
	int i;

	for (i = 0; i < STRESS_SLOTS; i++)
		give_slot(w, &ctx->slot[i]);
}
