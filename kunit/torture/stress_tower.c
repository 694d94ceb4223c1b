// SPDX-License-Identifier: GPL-2.0-only
/*
 * stress_tower.c - arenas four deep that one context makes, uses and destroys
 *
 * At random moments, too many of them: from the arena's own import and export
 * functions and walks, and sources before what imports from them. All of that is
 * misuse, which changes nothing, and is counted here to be compared.
 */
#include "kunit/torture/stress.h"

#define DEPTH	4
#define HELD	8

struct tower {
	struct stress_world *w;
	struct stress_context *ctx;
	vmem_t *vm[DEPTH];
	struct {
		vmem_t *vm;
		void *at;
		size_t size;
	} held[HELD];
};

static u32 below(struct stress_context *ctx, u32 n)
{
	return prandom_u32_state(&ctx->rnd) % n;
}

/* It must be refused: somebody is inside, or imports from it. */
static void destroy_too_early(struct stress_world *w, vmem_t *vm)
{
	atomic_long_inc(&w->refused);
	vmem_destroy(vm);
}

/* For functions that are only given an arena. */
static struct stress_world *world;
static atomic_t calls;

static bool now_and_then(void)
{
	return atomic_inc_return(&calls) % 64 == 0;
}

static void *tower_import(vmem_t *source, size_t size, int vmflag)
{
	if (now_and_then())
		destroy_too_early(world, source);
	return vmem_alloc(source, size, vmflag);
}

static void tower_export(vmem_t *source, void *start, size_t size)
{
	if (now_and_then())
		destroy_too_early(world, source);
	vmem_free(source, start, size);
}

static void tower_walk(void *arg, void *start, size_t size)
{
	struct tower *t = arg;

	if (!below(t->ctx, 4))
		destroy_too_early(t->w, t->vm[DEPTH - 1]);
}

static bool tower_build(struct tower *t)
{
	vmem_t *above = t->w->arena[STRESS_SOURCE].vm;
	int i, flags = t->ctx->sleeps ? VM_SLEEP : VM_NOSLEEP;

	for (i = 0; i < DEPTH; i++, above = t->vm[i - 1]) {
		bool ours = below(t->ctx, 2);

		t->vm[i] = vmem_create("stress tower", NULL, 0, 0x100,
				       ours ? vmem_alloc : tower_import,
				       ours ? vmem_free : tower_export, above,
				       t->ctx->sleeps && below(t->ctx, 2) ? 0x400 : 0,
				       flags | (below(t->ctx, 4) ? 0 : VMC_NO_QCACHE));
		if (!t->vm[i])
			return false;
	}
	return true;
}

static void tower_use(struct tower *t)
{
	int i = below(t->ctx, HELD);

	if (t->held[i].at) {
		vmem_free(t->held[i].vm, t->held[i].at, t->held[i].size);
		t->held[i].at = NULL;
		return;
	}
	t->held[i].vm = t->vm[below(t->ctx, DEPTH)];
	t->held[i].size = 1 + below(t->ctx, 0x800);
	t->held[i].at = vmem_alloc(t->held[i].vm, t->held[i].size, VM_NOSLEEP);
}

static void tower_empty(struct tower *t)
{
	int i;

	for (i = 0; i < HELD; i++)
		if (t->held[i].at)
			vmem_free(t->held[i].vm, t->held[i].at, t->held[i].size);
}

/* From the lowest one up, with attempts at others in between. */
static void tower_raze(struct tower *t)
{
	int i;

	for (i = DEPTH - 1; i >= 0; i--) {
		if (i && t->vm[i] && !below(t->ctx, 8))
			destroy_too_early(t->w, t->vm[below(t->ctx, i)]);
		if (t->vm[i] && t->ctx->sleeps && below(t->ctx, 2))
			vmem_qcache_reap(t->vm[i]);
		vmem_destroy(t->vm[i]);
	}
}

void stress_tower(struct stress_world *w, struct stress_context *ctx)
{
	struct tower t = { .w = w, .ctx = ctx };
	int n;

	WRITE_ONCE(world, w);
	if (tower_build(&t)) {
		for (n = below(ctx, 24); n; n--)
			tower_use(&t);
		if (!below(ctx, 4))
			vmem_walk(t.vm[DEPTH - 1], VMEM_ALLOC | VMEM_REENTRANT, tower_walk, &t);
	}
	tower_empty(&t);
	tower_raze(&t);
}
