// SPDX-License-Identifier: GPL-2.0-only
/*
 * fit.c - which free segment serves a request, and where in it
 *
 * Requests by size alone are answered from the bins and the tree by size, those
 * with a shape and for best fit in a window too if it does not take long, all
 * others from the address index. A search that meets many segments that are
 * long enough but lie wrong lets go of the lock every so often and goes on from
 * the size or address that it had reached.
 */
#include "segment.h"

#include <linux/overflow.h>

/* The lowest address from @addr on that is @fit->phase beyond a multiple of align. */
static unsigned long phase_up(const struct vmem_fit *fit, unsigned long addr)
{
	return ((addr - fit->phase + fit->align - 1) & ~(fit->align - 1)) + fit->phase;
}

static unsigned long phase_down(const struct vmem_fit *fit, unsigned long addr)
{
	return ((addr - fit->phase) & ~(fit->align - 1)) + fit->phase;
}

static bool straddles(const struct vmem_fit *fit, unsigned long addr)
{
	return fit->nocross && ((addr ^ (addr + fit->asize - 1)) & ~(fit->nocross - 1));
}

static unsigned long fit_low(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	unsigned long from = max(seg->start, fit->min), addr = phase_up(fit, from);

	/* An address below where it was rounded up from has wrapped. */
	if (addr >= from && straddles(fit, addr))
		addr = phase_up(fit, (addr + fit->asize - 1) & ~(fit->nocross - 1));
	if (addr < from || addr > seg_last(seg) || seg_last(seg) - addr < fit->size - 1)
		return 0;
	if (addr > fit->last || fit->last - addr < fit->asize - 1)
		return 0;
	return addr;
}

static unsigned long fit_high(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	unsigned long from = max(seg->start, fit->min), addr;

	if (seg->size < fit->size || fit->last < fit->asize - 1)
		return 0;
	addr = min(seg_last(seg) - (fit->size - 1), fit->last - (fit->asize - 1));
	if (addr < fit->phase)
		return 0;
	addr = phase_down(fit, addr);
	if (straddles(fit, addr))
		addr = phase_down(fit, ((addr + fit->asize - 1) & ~(fit->nocross - 1)) -
				       fit->asize);
	return addr < from || addr > seg_last(seg) ? 0 : addr;
}

/* Where in @seg the request goes, or 0 if nowhere. */
unsigned long vmem_fit_at(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	return fit->high ? fit_high(fit, seg) : fit_low(fit, seg);
}

/*
 * By size alone. Under alignment this looks for a segment so long that the
 * request fits wherever it lies; that is no best fit, and no proof if absent.
 */
static struct vmem_seg *find_sized(struct vmem *vm, const struct vmem_fit *fit,
				   unsigned long *addr)
{
	unsigned long size = fit->size;
	struct vmem_seg *seg;

	if (fit->shaped && (check_add_overflow(size, fit->align - vm->quantum, &size) ||
			    check_add_overflow(size, fit->nocross, &size)))
		return NULL;
	seg = vmem_find_size(vm, size);
	if (!seg)
		return NULL;
	*addr = vmem_fit_at(fit, seg);
	return *addr ? seg : NULL;
}

/*
 * The smallest segment that serves, or proof that none does, if that takes no
 * more than some looks into the bins. *@sure tells.
 */
static struct vmem_seg *find_in_bins(struct vmem *vm, const struct vmem_fit *fit,
				     unsigned long *addr, bool *sure)
{
	struct vmem_seg *seg = vmem_find_size(vm, fit->size);
	unsigned int steps;

	for (steps = 0; seg && steps < VMEM_STEPS_BINS; steps++) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_fit_at(fit, seg);
		if (*addr)
			return seg;
		seg = vmem_size_next(vm, seg);
	}
	*sure = !seg;
	return NULL;
}

/* A segment of @size that starts here or later reaches into the window. */
static unsigned long window_low(const struct vmem_fit *fit, unsigned long size)
{
	return fit->min - min(fit->min, size - 1);
}

static bool outside(const struct vmem_fit *fit, const struct vmem_seg *seg)
{
	return seg_last(seg) < fit->min || seg->start > fit->last;
}

/*
 * The next by size and address after @seg, which does not serve. One that lies
 * outside of the window stands for all of its size that do.
 */
static struct vmem_seg *tree_next(struct vmem *vm, const struct vmem_fit *fit,
				  struct vmem_seg *seg)
{
	unsigned long size = seg->size;

	if (!outside(fit, seg))
		return vmem_size_next(vm, seg);
	if (seg->start > fit->last)
		size += vm->quantum;
	return size ? vmem_tree_from(vm, size, window_low(fit, size)) : NULL;
}

/* What came free behind the searches of @memo's kind, and still serves; or NULL. */
static struct vmem_seg *tree_told(struct vmem *vm, struct vmem_memo *memo)
{
	for (; memo->n; vmem_memo_gone(memo)) {
		const struct vmem_place *at = memo->told;
		struct vmem_seg *seg = vmem_tree_from(vm, at->size, at->start);

		if (seg && seg->size == at->size && seg->start == at->start)
			return seg;
	}
	return NULL;
}

/* Where a search that @memo is about goes on; NULL if nothing is left. */
static struct vmem_seg *tree_resume(struct vmem *vm, struct vmem_memo *memo)
{
	struct vmem_seg *seg = tree_told(vm, memo);

	if (seg || memo->all)
		return seg;
	return vmem_tree_from(vm, memo->reached.size, memo->reached.start);
}

/* Let interrupts in before *@seg, and go on; false if others have taken the memo. */
static bool tree_pause(struct vmem *vm, const struct vmem_fit *fit, struct vmem_memo **memo,
		       struct vmem_seg **seg, unsigned long *irqflags)
{
	if (!*memo)
		*memo = vmem_memo_new(vm, fit, false);
	vmem_memo_set(*memo, (*seg)->size, (*seg)->start);
	vmem_hunt_pause(vm, fit, irqflags);
	vmem_settle(vm);
	if (!vmem_memo_is_of(*memo, fit, false))
		return false;
	*seg = tree_resume(vm, *memo);
	return true;
}

/*
 * The same by the tree, for as long as it takes: whoever lies wrong within the
 * window would be met by address as well. Only what lies outside is limited.
 */
static struct vmem_seg *find_in_tree(struct vmem *vm, const struct vmem_fit *fit,
				     unsigned long *addr, unsigned long *irqflags, bool *sure)
{
	struct vmem_memo *memo = vmem_memo_find(vm, fit, false);
	unsigned int steps = 0, hops = 0;
	struct vmem_seg *seg;

	*addr = 0;
	*sure = false;
	seg = memo ? tree_resume(vm, memo) :
		     vmem_tree_from(vm, fit->size, window_low(fit, fit->size));
	while (seg && hops < VMEM_HOPS) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_fit_at(fit, seg);
		if (*addr)
			break;
		hops += outside(fit, seg);
		seg = tree_next(vm, fit, seg);
		if (seg && ++steps % VMEM_STEPS_TREE == 0 &&
		    !tree_pause(vm, fit, &memo, &seg, irqflags))
			return NULL;
	}
	if (memo)
		vmem_memo_end(memo, seg);
	*sure = !seg;
	return *addr ? seg : NULL;
}

static struct vmem_seg *find_smallest(struct vmem *vm, const struct vmem_fit *fit,
				      unsigned long *addr, unsigned long *irqflags, bool *sure)
{
	struct vmem_seg *seg;

	if (vm->bins) {
		seg = find_in_bins(vm, fit, addr, sure);
		if (seg || *sure)
			return seg;
		/* They have no place to go on from after a pause. */
		vmem_unbin(vm, irqflags);
		vmem_settle(vm);
	}
	return find_in_tree(vm, fit, addr, irqflags, sure);
}

/**
 * struct scan - free segments of a size or more, by address
 * @addr: where to go on after the lock was let go
 * @seg: the segment in hand
 * @memo: what is known, or noted, of the request; NULL for nothing
 * @notes: begin a memo at the first pause
 * @steps: how many were looked at
 * @paused: the lock was let go since the scan began
 */
struct scan {
	unsigned long addr;
	struct vmem_seg *seg;
	struct vmem_memo *memo;
	bool notes;
	unsigned int steps;
	bool paused;
};

/* The first segment that reaches to scan->addr or beyond, in whatever span. */
static struct vmem_seg *scan_from(struct vmem *vm, struct scan *scan, const struct vmem_fit *fit)
{
	struct vmem_span *span;

	scan->seg = NULL;
	while (!scan->seg) {
		span = vmem_span_next_addr(vm, scan->addr, fit->size);
		if (!span || span->seg.start > fit->last)
			return NULL;
		scan->seg = vmem_index_from(span, scan->addr, fit->size);
		scan->addr = span_last(span) + 1;
		if (!scan->addr)
			break;
	}
	return scan->seg;
}

/* What came free behind the searches of the memo's kind, and still serves; or NULL. */
static struct vmem_seg *scan_told(struct vmem *vm, struct vmem_memo *memo)
{
	for (; memo->n; vmem_memo_gone(memo)) {
		unsigned long start = memo->told[0].start;
		struct vmem_span *span = vmem_span_find(vm, start);
		struct vmem_seg *seg;

		seg = span ? vmem_index_from(span, start, memo->fit.size) : NULL;
		if (seg && seg->start == start && vmem_fit_at(&memo->fit, seg))
			return seg;
	}
	return NULL;
}

/* Where a search that scan->memo is about goes on; NULL if nothing is left. */
static struct vmem_seg *scan_resume(struct vmem *vm, struct scan *scan,
				    const struct vmem_fit *fit)
{
	struct vmem_seg *seg = scan_told(vm, scan->memo);

	if (seg || scan->memo->all)
		return seg;
	scan->addr = max(scan->memo->reached.start, fit->min);
	return scan_from(vm, scan, fit);
}

/* Let interrupts in, and go on behind the segment in hand. */
static noinline struct vmem_seg *scan_pause(struct vmem *vm, struct scan *scan,
					    const struct vmem_fit *fit, unsigned long *irqflags)
{
	scan->addr = seg_last(scan->seg) + 1;
	if (!scan->addr)
		return NULL;
	if (scan->notes && !scan->memo)
		scan->memo = vmem_memo_new(vm, fit, true);
	if (scan->memo)
		vmem_memo_set(scan->memo, 0, scan->addr);
	vmem_hunt_pause(vm, fit, irqflags);
	scan->paused = true;
	vmem_settle(vm);
	vmem_index_prepare(vm, fit->size);
	if (scan->memo && vmem_memo_is_of(scan->memo, fit, true))
		return scan_resume(vm, scan, fit);
	/* Others have taken the memo, if there was one: do without. */
	scan->memo = NULL;
	scan->notes = false;
	return scan_from(vm, scan, fit);
}

static __always_inline struct vmem_seg *scan_next(struct vmem *vm, struct scan *scan,
						  const struct vmem_fit *fit,
						  unsigned long *irqflags)
{
	struct vmem_seg *seg;

	if (++scan->steps % VMEM_STEPS == 0)
		return scan_pause(vm, scan, fit, irqflags);
	seg = vmem_index_next(scan->seg, fit->size);
	if (!seg)
		return scan->addr ? scan_from(vm, scan, fit) : NULL;
	scan->seg = seg;
	return seg;
}

static struct vmem_seg *find_first(struct vmem *vm, const struct vmem_fit *fit,
				   unsigned long *addr, unsigned long *irqflags)
{
	struct scan scan = { .addr = fit->min, .notes = true };
	struct vmem_seg *seg;

	scan.memo = vmem_memo_find(vm, fit, true);
	seg = scan.memo ? scan_resume(vm, &scan, fit) : scan_from(vm, &scan, fit);
	for (; seg && seg->start <= fit->last; seg = scan_next(vm, &scan, fit, irqflags)) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_fit_at(fit, seg);
		if (*addr)
			break;
	}
	if (seg && seg->start > fit->last)
		seg = NULL;
	if (scan.memo)
		vmem_memo_end(scan.memo, seg);
	return seg;
}

/* Is there still a segment of @size that serves the request at @addr? */
static struct vmem_seg *find_again(struct vmem *vm, const struct vmem_fit *fit,
				   unsigned long addr, unsigned long size)
{
	struct vmem_span *span = vmem_span_find(vm, addr);
	struct vmem_seg *seg = span ? vmem_index_from(span, addr, fit->size) : NULL;

	return seg && seg->size == size && vmem_fit_at(fit, seg) == addr ? seg : NULL;
}

static struct vmem_seg *find_best_pass(struct vmem *vm, const struct vmem_fit *fit,
				       unsigned long *addr, unsigned long *irqflags,
				       bool *again)
{
	struct scan scan = { .addr = fit->min };
	struct vmem_seg *seg, *best = NULL;
	unsigned long size = 0, at;

	for (seg = scan_from(vm, &scan, fit); seg && seg->start <= fit->last;
	     seg = scan_next(vm, &scan, fit, irqflags)) {
		vm->stat[VMEM_STAT_SEARCH]++;
		if (size && seg->size >= size)
			continue;
		at = vmem_fit_at(fit, seg);
		if (!at)
			continue;
		best = seg;
		size = seg->size;
		*addr = at;
		if (size == fit->size)
			return best;
	}
	/* What was best before the lock was let go may have changed since. */
	if (best && scan.paused) {
		best = find_again(vm, fit, *addr, size);
		*again = !best;
	}
	return best;
}

static struct vmem_seg *find_best(struct vmem *vm, const struct vmem_fit *fit,
				  unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_seg *seg;
	bool again;
	int tries;

	for (tries = 0; tries < 4; tries++) {
		again = false;
		seg = find_best_pass(vm, fit, addr, irqflags, &again);
		if (!again)
			return seg;
	}
	/* Others take the best one each time; any that fits will do. */
	return find_first(vm, fit, addr, irqflags);
}

/* The first segment of @fit->size in the spans from number @seq on. */
static struct vmem_seg *next_in_spans(struct vmem *vm, const struct vmem_fit *fit, u64 seq)
{
	struct vmem_span *span = vmem_span_next_seq(vm, seq, fit->size);

	return span ? vmem_index_from(span, span->seg.start, fit->size) : NULL;
}

/* The first segment with @fit->size free behind the rotor in the rotor's span. */
static struct vmem_seg *next_in_rotor_span(struct vmem *vm, const struct vmem_fit *fit,
					   unsigned long *addr)
{
	struct vmem_span *span = vmem_span_next_seq(vm, vm->rotor_seq, fit->size);
	unsigned long from = vm->rotor + 1;
	struct vmem_seg *seg;

	if (!span || span->seq != vm->rotor_seq || vm->rotor == span_last(span))
		return NULL;
	seg = vmem_index_from(span, from, fit->size);
	if (!seg || seg->start >= from)
		goto found;
	/* The rotor stands inside a free segment; the part behind it counts. */
	if (seg_last(seg) - from >= fit->size - 1) {
		*addr = from;
		return seg;
	}
	seg = vmem_index_next(seg, fit->size);
found:
	if (seg)
		*addr = seg->start;
	return seg;
}

static struct vmem_seg *find_next(struct vmem *vm, const struct vmem_fit *fit,
				  unsigned long *addr)
{
	struct vmem_seg *seg = next_in_rotor_span(vm, fit, addr);

	if (!seg) {
		seg = next_in_spans(vm, fit, vm->rotor_seq + 1);
		if (!seg)
			seg = next_in_spans(vm, fit, 0);
		if (!seg)
			return NULL;
		*addr = seg->start;
	}
	return seg;
}

/* The bins know nothing of addresses, and half-empty ones of what comes next. */
static bool wants_tree(const struct vmem *vm, const struct vmem_fit *fit)
{
	return vm->bins ? fit->windowed && fit->policy == VM_BESTFIT :
			  fit->windowed || fit->shaped;
}

/*
 * The free segment for a request and in *@addr the place in it; NULL if none
 * serves. May let go of the lock on the way, never after it has decided.
 */
struct vmem_seg *vmem_fit_find(struct vmem *vm, const struct vmem_fit *fit,
			       unsigned long *addr, unsigned long *irqflags)
{
	bool by_size = fit->policy == VM_BESTFIT || !(fit->policy || fit->windowed);
	struct vmem_seg *seg;
	bool sure;

	lockdep_assert_held(&vm->lock);
	if ((vm->bins || vm->bin_map) && wants_tree(vm, fit))
		vmem_unbin(vm, irqflags);
	vmem_settle(vm);
	if (by_size && !fit->windowed && !(fit->shaped && fit->policy == VM_BESTFIT)) {
		seg = find_sized(vm, fit, addr);
		if (seg || !fit->shaped)
			return seg;
	}
	if (by_size) {
		seg = find_smallest(vm, fit, addr, irqflags, &sure);
		if (seg || sure)
			return seg;
	}
	if (vm->index != VMEM_INDEX_READY)
		vmem_index_build(vm, irqflags);
	vmem_settle(vm);
	vmem_index_prepare(vm, fit->size);
	if (fit->policy == VM_NEXTFIT)
		return find_next(vm, fit, addr);
	if (fit->policy == VM_BESTFIT)
		return find_best(vm, fit, addr, irqflags);
	return find_first(vm, fit, addr, irqflags);
}
