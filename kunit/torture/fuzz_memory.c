// SPDX-License-Identifier: GPL-2.0-only
/* fuzz_memory.c - operations on the resource map and on page-aligned memory */
#include "kunit/torture/fuzz.h"

#include <linux/mm.h>
#include <linux/string.h>

#include "ddi_core/core.h"
#include "ddi_rmap/rmap_impl.h"
#include "ddi_umem/umem_impl.h"
#include "ddi_vmem/report/report.h"

/* Always the lowest, as long as the limit allows [R8, R27]; waiting only where it need not. */
void fuzz_op_map_alloc(struct fuzz *f)
{
	struct model_request r = { .flags = VM_FIRSTFIT };
	u8 how = fuzz_byte(f);
	unsigned long want, got;

	r.size = how & 64 ? 1 + fuzz_byte(f) : how & 63;
	want = r.size && f->mm.n < f->limit ? model_first(&f->mm, &r) : 0;
	got = how & 128 && (want || !r.size) ? rmalloc_wait(f->map, r.size) :
					       rmalloc(f->map, r.size);
	fuzz_trace(f, "rmalloc(%lu) = %lu", r.size, got);
	f->misuses += !r.size;
	if (got != want)
		fuzz_wrong(f, "expected %lu", want);
	else if (got)
		model_take(&f->mm, &r, got);
}

/* The right result of an rmfree(): a return, an addition, or misuse [R14-R22]. */
static void map_give(struct fuzz *f, unsigned long index, unsigned long size)
{
	int i = model_find(&f->mm, index, size, false);
	bool fits = index && size && size < MODEL_QUANTA && index < MODEL_QUANTA - size;
	bool adds = fits && model_span_is_new(&f->mm, index, size);

	fuzz_trace(f, "rmfree(%lu, %lu)%s", size, index, i >= 0 || adds ? "" : ", wrong");
	if (i >= 0)
		model_give(&f->mm, i);
	else if (adds)
		model_add_span(&f->mm, index, size);
	else
		f->misuses++;
	rmfree(f->map, size, index);
}

void fuzz_op_map_free(struct fuzz *f)
{
	struct model_alloc *live;

	if (!f->mm.n)
		return;
	live = &f->mm.live[fuzz_below(f, f->mm.n)];
	map_give(f, live->start, live->size);
}

/* Any range, or one that passes the top of the number range. */
void fuzz_op_map_give(struct fuzz *f)
{
	unsigned long index = fuzz_below(f, MODEL_QUANTA), size = fuzz_byte(f) % 40;

	if (size == 39)
		size = -index + 1;
	/* The model has no room for this range. */
	if (size < MODEL_QUANTA && index + size >= MODEL_QUANTA)
		return;
	map_give(f, index, size);
}

void fuzz_check_map(struct fuzz *f)
{
	unsigned long inuse = model_inuse(&f->mm), total = model_total(&f->mm);
	vmem_t *vm = f->map->arena;

	if (!vmem_verify(vm))
		fuzz_wrong(f, "the map does not verify");
	else if (vmem_size(vm, VMEM_ALLOC) != inuse || vmem_size(vm, VMEM_FREE) != total - inuse)
		fuzz_wrong(f, "the map has %zu of %zu, expected %lu of %lu",
			   vmem_size(vm, VMEM_ALLOC), vmem_size(vm, VMEM_ALLOC | VMEM_FREE),
			   inuse, total);
}

static void check_filled(struct fuzz *f, const void *p, size_t size, u8 byte)
{
	if (p && memchr_inv(p, byte, size))
		fuzz_wrong(f, "memory at %p is not all %#x", p, byte);
}

/* Bits 0-5 size in pages, 6 not whole ones, 7 without sleeping; then the type. */
void fuzz_op_umem_alloc(struct fuzz *f)
{
	struct fuzz_umem *u = &f->umem[fuzz_byte(f) % FUZZ_UMEMS];
	u8 how = fuzz_byte(f), type = fuzz_byte(f);
	int flags = (how & 128 ? DDI_UMEM_NOSLEEP : 0) | (type & 1 ? DDI_UMEM_PAGEABLE : 0) |
		    ((type & 6) == 6 ? DDI_UMEM_TRASH : 0);
	bool trash = flags & DDI_UMEM_TRASH && !(flags & DDI_UMEM_PAGEABLE);
	size_t size = (how & 63) * PAGE_SIZE - (how & 64 ? 5 : 0);

	if (u->cookie)
		return;
	if (!(how & 63))
		size = how & 64 ? SIZE_MAX : 0;		/* rounds to 0 as well [U5] */
	f->misuses += (flags & DDI_UMEM_PAGEABLE) && (flags & DDI_UMEM_TRASH);
	u->addr = ddi_umem_alloc(size, flags, &u->cookie);
	fuzz_trace(f, "umem_alloc(%#zx, %#x) = %p", size, flags, u->addr);
	u->size = PAGE_ALIGN(size);
	if (!u->size && (u->addr || u->cookie))
		fuzz_wrong(f, "memory of no size");
	/* A request that may not sleep may be refused. */
	else if (u->size && !(flags & DDI_UMEM_NOSLEEP) && (!u->cookie || !u->addr != trash))
		fuzz_wrong(f, "refused");
	if (!PAGE_ALIGNED(u->addr))
		fuzz_wrong(f, "not a page");
	check_filled(f, u->addr, u->size, 0);
	u->fill = fuzz_byte(f);
	if (u->addr)
		memset(u->addr, u->fill, u->size);
}

static void umem_free(struct fuzz *f, struct fuzz_umem *u)
{
	check_filled(f, u->addr, u->size, u->fill);
	ddi_umem_free(u->cookie);
	u->cookie = NULL;
	u->addr = NULL;
}

void fuzz_op_umem_free(struct fuzz *f)
{
	struct fuzz_umem *u = &f->umem[fuzz_byte(f) % FUZZ_UMEMS];

	fuzz_trace(f, "umem_free(%p)", u->cookie);
	umem_free(f, u);
	if (fuzz_byte(f) & 1)
		umem_flush_deferred();
}

/* Twice, with another type, one that was never allocated, no place for the cookie. */
void fuzz_op_umem_wrong(struct fuzz *f)
{
	struct fuzz_umem *u = &f->umem[fuzz_byte(f) % FUZZ_UMEMS];
	struct ddi_umem_cookie made = { .size = PAGE_SIZE, .type = KMEM_NON_PAGEABLE };
	struct ddi_umem_cookie *cookie = u->cookie;
	u8 how = fuzz_byte(f) % 4;
	uint_t type;

	fuzz_trace(f, "umem misuse %u", how);
	f->misuses += how < 2 || cookie;
	switch (how) {
	case 0:
		ddi_umem_free(&made);
		break;
	case 1:
		if (ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, NULL))
			fuzz_wrong(f, "memory without a cookie");
		break;
	case 2:
		umem_free(f, u);
		ddi_umem_free(cookie);
		break;
	default:
		if (!cookie)
			break;
		type = cookie->type;
		cookie->type = 77;
		ddi_umem_free(cookie);
		cookie->type = type;
	}
}
