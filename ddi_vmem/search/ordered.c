// SPDX-License-Identifier: GPL-2.0-only
/*
 * ordered.c - free segments one after the other, up to the first that serves
 *
 * For requests with alignment, a boundary or a window. In the order of sizes the first
 * that serves is the smallest, in that of addresses the lowest. In either order, a
 * search that runs out of segments has proved that none serves. A search that meets
 * many that lie wrong has lock breaks; resume.c keeps what it has found out.
 */
#include "ddi_vmem/search/search.h"

#include "ddi_vmem/search/resume.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

/* Segments that a search by size looks at in the bins. */
#define STEPS_BINS	32
/* Segments between two lock breaks by size; the more of them where each takes a descent. */
#define STEPS_SIZE	(VMEM_STEPS / 2)
#define STEPS_DESCENT	(STEPS_SIZE / VMEM_STEPS_TREE)
/*
 * Segments before the first lock break where there is no window. The search that has one is
 * kept; requests for a place in a window are often of a kind that is not asked for again.
 */
#define FIRST_ADDR_SHAPED	16
#define FIRST_SIZE_SHAPED	VMEM_STEPS_TREE
/* Passes over all segments, when others take the best one each time, before any will do. */
#define BEST_PASSES	4

/**
 * struct order - an order of free segments
 * @by_addr: of addresses; otherwise of sizes, and addresses among equals
 * @steps: segments between two lock breaks
 * @from: the first segment at a place or behind it that may serve, or NULL
 * @next: the first one behind a segment
 *
 * For constants: all that takes one is inlined.
 */
struct order {
	bool by_addr;
	unsigned int steps;
	struct vmem_seg *(*from)(struct vmem *vm, const struct vmem_constraint *want,
				 const struct vmem_place *at);
	struct vmem_seg *(*next)(struct vmem *vm, const struct vmem_constraint *want,
				 struct vmem_seg *seg);
};

static bool outside(const struct vmem_constraint *want, const struct vmem_seg *seg)
{
	return seg_last(seg) < want->min || seg->start > want->last;
}

/* A segment of @size reaches into the window only if it starts here or later. */
static unsigned long window_low(const struct vmem_constraint *want, unsigned long size)
{
	return want->min - min(want->min, size - 1);
}

static struct vmem_seg *size_from(struct vmem *vm, const struct vmem_constraint *want,
				  const struct vmem_place *at)
{
	return vmem_tree_from(vm, at->size, at->start);
}

static struct vmem_seg *size_next(struct vmem *vm, const struct vmem_constraint *want,
				  struct vmem_seg *seg)
{
	return vmem_tree_next(seg);
}

/*
 * From a segment outside of the window, skip all others of its size that are outside, too.
 * Below the window there is often only one, so look at the next one before a descent.
 */
static __always_inline struct vmem_seg *size_skip(struct vmem *vm,
						  const struct vmem_constraint *want,
						  struct vmem_seg *seg, unsigned int *steps)
{
	unsigned long size = seg->size;

	if (seg->start > want->last) {
		size += vm->quantum;
	} else {
		seg = vmem_tree_next(seg);
		if (!seg || seg->size != size || seg_last(seg) >= want->min)
			return seg;
	}
	*steps += STEPS_DESCENT - 1;
	return size ? vmem_tree_from(vm, size, window_low(want, size)) : NULL;
}

static const struct order by_size = { false, STEPS_SIZE, size_from, size_next };

static struct vmem_seg *addr_from(struct vmem *vm, const struct vmem_constraint *want,
				  const struct vmem_place *at)
{
	unsigned long addr = max(at->start, want->min);
	struct vmem_span *span;
	struct vmem_seg *seg;

	do {
		span = vmem_span_next_addr(vm, addr, want->size);
		if (!span || span->seg.start > want->last)
			return NULL;
		seg = vmem_addr_from(span, addr, want->size);
		if (seg)
			return seg->start > want->last ? NULL : seg;
		addr = span_last(span) + 1;
	} while (addr);
	return NULL;
}

static __always_inline struct vmem_seg *addr_next(struct vmem *vm,
						  const struct vmem_constraint *want,
						  struct vmem_seg *seg)
{
	struct vmem_seg *next = vmem_addr_next(seg, want->size);
	struct vmem_place behind = { .start = seg_last(seg) + 1 };

	if (next)
		return next->start > want->last ? NULL : next;
	return behind.start ? addr_from(vm, want, &behind) : NULL;
}

static const struct order by_addr = { true, VMEM_STEPS, addr_from, addr_next };

/*
 * The first candidate that still serves, which is one no more, and in *@addr the place in
 * it; NULL if none does.
 */
static noinline struct vmem_seg *take_candidate(struct vmem *vm, struct vmem_search *search,
						const struct order *order, unsigned long *addr)
{
	struct vmem_place at;
	struct vmem_seg *seg;

	while (vmem_search_take(search, &at)) {
		seg = order->from(vm, &search->want, &at);
		if (!seg || seg->start != at.start || (!order->by_addr && seg->size != at.size))
			continue;
		*addr = vmem_place_in_seg(&search->want, seg);
		if (likely(*addr)) {
			vm->stat[VMEM_STAT_SEARCH]++;
			return seg;
		}
	}
	return NULL;
}

/* The first segment from the place reached on. */
static __always_inline struct vmem_seg *go_on(struct vmem *vm, struct vmem_search *search,
					      const struct order *order)
{
	return search->all ? NULL : order->from(vm, &search->want, &search->reached);
}

/* A lock break behind @seg. All free segments are in the indexes afterwards. */
static noinline void pause(struct vmem *vm, struct vmem_search *search,
			   const struct vmem_seg *seg, unsigned int steps,
			   unsigned long *irqflags)
{
	search->worth += steps;
	vmem_search_pause(vm, search, seg, irqflags);
	vmem_flush_deferred(vm);
	vmem_addr_prepare(vm, search->want.size);
}

/*
 * The first segment in @order that serves, from @first on. If there is none and
 * *@sure is false, the search was given up, because too much lies outside of the
 * window. The first lock break comes @steps segments sooner than others.
 */
static __always_inline struct vmem_seg *find_first(struct vmem *vm,
						   const struct vmem_constraint *want,
						   const struct order *order,
						   const struct vmem_place *first,
						   unsigned int steps,
						   unsigned long *addr, unsigned long *irqflags,
						   bool *sure)
{
	struct vmem_search own __uninitialized, *search = NULL;
	struct vmem_seg *seg, *candidate;
	unsigned int out = 0;

	*addr = 0;
	*sure = false;
	if (unlikely(vm->offer)) {
		search = vmem_search_kept(vm, want, order->by_addr);
		candidate = search ? take_candidate(vm, search, order, addr) : NULL;
		if (candidate)
			return candidate;
	}
	seg = search ? go_on(vm, search, order) : order->from(vm, want, first);
	while (seg) {
		vm->stat[VMEM_STAT_SEARCH]++;
		/* In the order of addresses no segment lies outside. */
		if (!order->by_addr && outside(want, seg)) {
			if (++out == VMEM_STEPS_OUTSIDE)
				break;
			if (likely(++steps < order->steps)) {
				seg = size_skip(vm, want, seg, &steps);
				continue;
			}
		} else {
			*addr = vmem_place_in_seg(want, seg);
			if (*addr)
				break;
			if (likely(++steps < order->steps)) {
				seg = order->next(vm, want, seg);
				continue;
			}
		}
		steps = 0;
		if (!search) {
			search = &own;
			vmem_search_start(vm, search, want, order->by_addr);
		}
		pause(vm, search, seg, order->steps, irqflags);
		candidate = take_candidate(vm, search, order, addr);
		if (candidate) {
			if (search == &own)
				vmem_search_keep(vm, search);
			return candidate;
		}
		seg = go_on(vm, search, order);
	}
	if (search) {
		vmem_search_reach(search, seg);
		if (search == &own)
			vmem_search_keep(vm, search);
	}
	*sure = !seg;
	return *addr ? seg : NULL;
}

/*
 * The smallest segment that serves, if it is among the first STEPS_BINS. NULL with
 * *@sure set is proof that none serves.
 */
static struct vmem_seg *find_in_bins(struct vmem *vm, const struct vmem_constraint *want,
				     unsigned long *addr, bool *sure)
{
	struct vmem_seg *seg = vmem_find_size(vm, want->size);
	unsigned int steps;

	for (steps = 0; seg && steps < STEPS_BINS; steps++) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_place_in_seg(want, seg);
		if (*addr)
			return seg;
		seg = vmem_size_next(vm, seg);
	}
	*sure = !seg;
	return NULL;
}

/*
 * The smallest segment that serves, wherever those of its size are kept. If there
 * is none and *@sure is false, the search was given up: see find_first().
 */
struct vmem_seg *vmem_find_smallest(struct vmem *vm, const struct vmem_request *req,
				    unsigned long *addr, unsigned long *irqflags, bool *sure)
{
	const struct vmem_constraint *want = &req->want;
	struct vmem_place first = { want->size, window_low(want, want->size) };
	struct vmem_seg *seg;

	/* Bins are of no use for a window, nor while they are being emptied. */
	if (vm->bins && !req->windowed) {
		seg = find_in_bins(vm, want, addr, sure);
		if (seg || *sure)
			return seg;
	}
	if (vm->bins || vm->bin_map) {
		vmem_unbin(vm, irqflags);
		vmem_flush_deferred(vm);
	}
	return find_first(vm, want, &by_size, &first,
			  req->windowed ? 0 : STEPS_SIZE - FIRST_SIZE_SHAPED, addr, irqflags, sure);
}

/* The lowest segment that serves. */
struct vmem_seg *vmem_find_lowest(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_place first = {};
	bool sure;

	return find_first(vm, &req->want, &by_addr, &first,
			  req->windowed ? 0 : VMEM_STEPS - FIRST_ADDR_SHAPED, addr, irqflags,
			  &sure);
}

/* Is there still a segment of @size that serves the request at @addr? */
static struct vmem_seg *find_again(struct vmem *vm, const struct vmem_constraint *want,
				   unsigned long addr, unsigned long size)
{
	struct vmem_span *span = vmem_span_find(vm, addr);
	struct vmem_seg *seg = span ? vmem_addr_from(span, addr, want->size) : NULL;

	return seg && seg->size == size && vmem_place_in_seg(want, seg) == addr ? seg : NULL;
}

/*
 * Look at all segments by address for the smallest that serves. *@again is set if it has
 * gone, or if others came free behind the search: another pass is due.
 */
static struct vmem_seg *best_pass(struct vmem *vm, const struct vmem_constraint *want,
				  unsigned long *addr, unsigned long *irqflags, bool *again)
{
	struct vmem_search own __uninitialized, *search = NULL;
	struct vmem_seg *seg, *best = NULL;
	unsigned long size = 0, steps = 0, at;

	seg = addr_from(vm, want, &(struct vmem_place){});
	while (seg && !(best && size == want->size)) {
		vm->stat[VMEM_STAT_SEARCH]++;
		at = !best || seg->size < size ? vmem_place_in_seg(want, seg) : 0;
		if (at) {
			best = seg;
			size = seg->size;
			*addr = at;
		}
		if (likely(++steps % VMEM_STEPS)) {
			seg = addr_next(vm, want, seg);
			continue;
		}
		if (!search) {
			search = &own;
			vmem_search_start(vm, search, want, true);
		}
		pause(vm, search, seg, VMEM_STEPS, irqflags);
		seg = search->all ? NULL : addr_from(vm, want, &search->reached);
	}
	if (!search)
		return best;
	if (best)
		best = find_again(vm, want, *addr, size);
	*again = search->n || (size && !best);
	vmem_search_drop(vm, search);
	return best;
}

/* The smallest segment that serves, the lowest among equals, where bins do not help. */
struct vmem_seg *vmem_find_best(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_seg *seg;
	bool again;
	int pass;

	for (pass = 0; pass < BEST_PASSES; pass++) {
		again = false;
		seg = best_pass(vm, &req->want, addr, irqflags, &again);
		if (!again)
			return seg;
	}
	/* Others take the best one each time; any that fits will do. */
	return vmem_find_lowest(vm, req, addr, irqflags);
}
