// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_world.c - the world of an input: made, compared with the model, taken down */
#include "kunit/torture/fuzz.h"

#include <linux/workqueue.h>

#include "ddi_core/core.h"
#include "ddi_rmap/rmap_impl.h"
#include "ddi_vmem/report/report.h"

/* Import functions get no argument of their own; inputs run one at a time. */
static struct fuzz *world;

bool fuzz_imports(struct fuzz *f, const struct fuzz_arena *a)
{
	return a == &f->arena[FUZZ_KID];
}

/* The import function uses the arena that asks, and leaves it as it was. */
static void reenter(struct fuzz *f)
{
	vmem_t *kid = f->arena[FUZZ_KID].vm;
	void *at = vmem_xalloc(kid, 1, 0, 0, 0, (void *)1UL, (void *)-1UL, VM_NOSLEEP);

	vmem_size(kid, VMEM_FREE);
	if (at)
		vmem_xfree(kid, at, 1);
}

/* Take [*base, *base + size) from the source, as its model says. */
static bool take_from_source(struct fuzz *f, unsigned long size, unsigned long align,
			     unsigned long *base)
{
	struct fuzz_arena *src = &f->arena[FUZZ_SOURCE];
	struct model_request r = { .size = size, .align = align, .flags = VM_NOSLEEP, .x = true };
	void *got = vmem_xalloc(src->vm, size, align, 0, 0, NULL, NULL, VM_NOSLEEP);

	*base = (unsigned long)got;
	if (!model_accepts(&src->m, &r, *base))
		fuzz_wrong(f, "the source gives %#lx for %#lx, align %#lx", *base, size, align);
	else if (got)
		model_take(&src->m, &r, *base);
	return got;
}

/* The import function may return another range than the one that it took. */
static void import_tell(struct fuzz *f, struct fuzz_import *im)
{
	unsigned long q = f->arena[FUZZ_KID].vm->quantum;

	im->told = im->base;
	im->told_size = im->size;
	if (f->mood == MOOD_SHRINK && f->xkid)
		im->told_size -= f->arena[FUZZ_SOURCE].vm->quantum;
	if (f->mood == MOOD_MISALIGN && q > 1)
		im->told++;
	if (im->told != im->base || im->told_size != im->size) {
		f->misuses++;
		return;
	}
	model_add_span(&f->arena[FUZZ_KID].m, im->base / q, im->size / q);
}

/* An import that fails is tried again with the size that is needed. */
static void import_expect_next(struct fuzz *f)
{
	f->due = f->asked != f->need;
	f->asked = f->need;
}

static void *import(struct fuzz *f, unsigned long *size, unsigned long align)
{
	unsigned long q = f->arena[FUZZ_SOURCE].vm->quantum, asked = f->asked;
	struct fuzz_import *im;

	if (!f->due || *size != asked || align != f->align)
		fuzz_wrong(f, "asks for %#lx align %#lx, expected %#lx align %#lx, %u times",
			   *size, align, asked, f->align, f->due);
	import_expect_next(f);
	if (f->mood == MOOD_FAIL)
		return NULL;
	if (f->mood == MOOD_REENTER)
		reenter(f);
	for (im = f->import; im->active; im++)
		;
	im->size = *size;
	if (f->mood == MOOD_ENLARGE && f->xkid && im->size < MODEL_QUANTA * q)
		im->size += q;
	if (!take_from_source(f, im->size, f->xalign ? max(align, q) : q, &im->base))
		return NULL;
	im->active = true;
	import_tell(f, im);
	if (im->told == im->base && im->told_size == im->size)
		f->due = 0;
	*size = im->told_size;
	return (void *)im->told;
}

static void *import_plain(vmem_t *source, size_t size, int vmflag)
{
	unsigned long want = size;

	return import(world, &want, world->align);
}

static void *import_extended(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	unsigned long want = *size;
	void *got = import(world, &want, align);

	*size = want;
	return got;
}

/* Only whole spans come back, once, and nothing in them is in use [V70]. */
static void export(vmem_t *source, void *vaddr, size_t size)
{
	struct fuzz_arena *kid = &world->arena[FUZZ_KID], *src = &world->arena[FUZZ_SOURCE];
	unsigned long at = (unsigned long)vaddr, q = 1UL << kid->m.qshift;
	struct fuzz_import *im;
	int i;

	for (im = world->import; im < world->import + FUZZ_IMPORTS; im++)
		if (im->active && im->told == at && im->told_size == size)
			break;
	if (im == world->import + FUZZ_IMPORTS) {
		fuzz_wrong(world, "[%#lx, +%#zx) comes back and was not imported", at, size);
		return;
	}
	im->active = false;
	if (im->told == im->base && im->told_size == im->size &&
	    !model_drop_span(&kid->m, im->base / q, im->size / q))
		fuzz_wrong(world, "[%#lx, +%#zx) comes back and is in use", at, size);
	i = model_find(&src->m, im->base, im->size, true);
	if (i >= 0)
		model_give(&src->m, i);
	vmem_xfree(source, (void *)im->base, im->size);
}

/* Illumos's cache slabs, which VMC_NO_QCACHE imports are as large as [V82]. */
static unsigned long slab_size(unsigned long quantum, unsigned long quanta)
{
	unsigned long size = 64;

	while (size <= 3 * quantum * quanta)
		size *= 2;
	return size;
}

static const u8 shifts[] = { 0, 4, 12, 3 };
static const u8 cached[] = { 0, 1, 4, 16 };

/* Byte: bits 0-1 quantum, 2-3 caches, 4 identifiers, 5 without sleeping. */
static bool make_plain(struct fuzz *f)
{
	struct fuzz_arena *a = &f->arena[FUZZ_PLAIN];
	u8 how = fuzz_byte(f);
	unsigned long q;

	a->m.qshift = shifts[how & 3];
	a->m.qcached = how & 32 ? 0 : cached[how >> 2 & 3];
	q = 1UL << a->m.qshift;
	a->vm = vmem_create("fuzz", (void *)q, 100 * q, q, NULL, NULL, NULL,
			    cached[how >> 2 & 3] * q,
			    (how & 16 ? VMC_IDENTIFIER : 0) | (how & 32 ? VM_NOSLEEP : VM_SLEEP));
	if (a->vm)
		model_add_span(&a->m, 1, 100);
	return a->vm;
}

/* The source covers three quarters of the child's address space. */
static bool make_source(struct fuzz *f, unsigned int qshift, u8 how)
{
	struct fuzz_arena *a = &f->arena[FUZZ_SOURCE];
	unsigned int more = how & 4 ? 2 : 0;
	unsigned long quanta = MODEL_QUANTA * 3 / 4 >> more, q;

	a->m.qshift = qshift + more;
	q = 1UL << a->m.qshift;
	a->vm = vmem_create("fuzz source", (void *)q, (quanta - 1) * q, q, NULL, NULL, NULL, 0,
			    VM_SLEEP);
	if (a->vm)
		model_add_span(&a->m, 1, quanta - 1);
	return a->vm;
}

/*
 * First byte: bits 0-1 quantum, 2 a larger one for the source, 3-4 caches,
 * 5 VMC_NO_QCACHE. Second: bit 0 extended, 1 VMC_XALIGN, 2 keeps what it has.
 */
static bool make_kid(struct fuzz *f)
{
	struct fuzz_arena *a = &f->arena[FUZZ_KID];
	u8 how = fuzz_byte(f), more = fuzz_byte(f);
	unsigned long q = 1UL << shifts[how & 3], quanta = cached[how >> 3 & 3];
	int flags = how & 32 ? VMC_NO_QCACHE : 0;

	if (!make_source(f, shifts[how & 3], how))
		return false;
	a->m.qshift = shifts[how & 3];
	a->m.qcached = how & 32 ? 0 : quanta;
	f->xkid = more & 1;
	f->xalign = f->xkid && more & 2;
	f->keeps = more & 4;
	f->min_import = how & 32 ? slab_size(q, quanta) : 0;
	if (f->xkid)
		a->vm = vmem_xcreate("fuzz kid", NULL, 0, q, import_extended,
				     f->keeps ? NULL : export, f->arena[FUZZ_SOURCE].vm,
				     quanta * q, flags | (more & 2 ? VMC_XALIGN : 0));
	else
		a->vm = vmem_create("fuzz kid", NULL, 0, q, import_plain,
				    f->keeps ? NULL : export, f->arena[FUZZ_SOURCE].vm,
				    quanta * q, flags);
	return a->vm;
}

static bool make_map(struct fuzz *f)
{
	u8 how = fuzz_byte(f);

	f->limit = max(how & 63, 1);
	f->mm.merge = true;
	f->map = how & 64 ? rmallocmap(how & 63) : rmallocmap_wait(how & 63);
	return f->map;
}

bool fuzz_world_make(struct fuzz *f)
{
	world = f;
	return make_plain(f) && make_kid(f) && make_map(f);
}

/* Sums and soundness, after each operation. */
static void check_arena(struct fuzz *f, struct fuzz_arena *a)
{
	unsigned long inuse = model_inuse(&a->m), total = model_total(&a->m);

	if (!vmem_verify(a->vm))
		fuzz_wrong(f, "'%s' does not verify", a->vm->name);
	else if (vmem_size(a->vm, VMEM_ALLOC) != inuse)
		fuzz_wrong(f, "'%s' has %zu allocated, expected %lu", a->vm->name,
			   vmem_size(a->vm, VMEM_ALLOC), inuse);
	else if (vmem_size(a->vm, VMEM_ALLOC | VMEM_FREE) != total)
		fuzz_wrong(f, "'%s' has %zu in all, expected %lu", a->vm->name,
			   vmem_size(a->vm, VMEM_ALLOC | VMEM_FREE), total);
}

/* A span that is free all over is not kept [V70]. */
void fuzz_check_exports(struct fuzz *f)
{
	struct fuzz_arena *kid = &f->arena[FUZZ_KID];
	struct fuzz_import *im;

	for (im = f->import; !f->keeps && im < f->import + FUZZ_IMPORTS; im++)
		if (im->active && model_is(&kid->m, im->base, im->size, false))
			fuzz_wrong(f, "[%#lx, +%#lx) was not given back", im->base, im->size);
}

/* A walk empties the caches, so this is an operation, not a check after each one. */
void fuzz_check_walk(struct fuzz *f, struct fuzz_arena *a)
{
	if (!model_agrees(&a->m, a->vm))
		fuzz_wrong(f, "a walk of '%s' differs", a->vm->name);
}

void fuzz_check(struct fuzz *f)
{
	int i;

	if (f->seen != f->misuses)
		fuzz_wrong(f, "%lu reports of misuse, expected %lu", f->seen, f->misuses);
	for (i = 0; i < FUZZ_ARENAS; i++)
		check_arena(f, &f->arena[i]);
	if (!f->arena[FUZZ_KID].m.qcached)
		fuzz_check_exports(f);
	fuzz_check_map(f);
}

static void destroy(struct fuzz *f, enum fuzz_arena_name name)
{
	struct fuzz_arena *a = &f->arena[name];
	unsigned long before = ddi_misuse_count(), seen;
	bool leaks = a->m.n;

	if (!a->vm)
		return;
	vmem_destroy(a->vm);
	seen = ddi_misuse_count() - before;
	if (seen != leaks)
		fuzz_wrong(f, "destroying with %d allocations: %lu reports", a->m.n, seen);
	a->vm = NULL;
}

static void destroy_map(struct fuzz *f)
{
	unsigned long before = ddi_misuse_count(), seen;
	bool leaks = f->mm.n;

	rmfreemap(f->map);
	seen = ddi_misuse_count() - before;
	if (seen != leaks)
		fuzz_wrong(f, "freeing a map with %d allocations: %lu reports", f->mm.n, seen);
}

/* Live segments are leaked and reported: first the child's, then the source's. */
void fuzz_world_end(struct fuzz *f)
{
	int i;

	destroy(f, FUZZ_KID);
	if (!f->failed)
		fuzz_check_exports(f);
	destroy(f, FUZZ_SOURCE);
	destroy(f, FUZZ_PLAIN);
	destroy_map(f);
	for (i = 0; i < FUZZ_UMEMS; i++)
		ddi_umem_free(f->umem[i].cookie);
}
