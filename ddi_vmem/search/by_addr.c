// SPDX-License-Identifier: GPL-2.0-only
/*
 * by_addr.c - free segments that serve a request, in order of addresses
 *
 * Goes from one segment that is long enough to the next by the address index.
 * It lets go of the lock every so often and goes on from the address that it had
 * reached; the search for the first that serves leaves a memo of that.
 */
#include "ddi_vmem/search/search.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

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
static struct vmem_seg *scan_from(struct vmem *vm, struct scan *scan,
				  const struct vmem_request *req)
{
	struct vmem_span *span;

	scan->seg = NULL;
	while (!scan->seg) {
		span = vmem_span_next_addr(vm, scan->addr, req->want.size);
		if (!span || span->seg.start > req->want.last)
			return NULL;
		scan->seg = vmem_addr_from(span, scan->addr, req->want.size);
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

		seg = span ? vmem_addr_from(span, start, memo->want.size) : NULL;
		if (seg && seg->start == start && vmem_place_in_seg(&memo->want, seg))
			return seg;
	}
	return NULL;
}

/* Where a search that scan->memo is about goes on; NULL if nothing is left. */
static struct vmem_seg *scan_resume(struct vmem *vm, struct scan *scan,
				    const struct vmem_request *req)
{
	struct vmem_seg *seg = scan_told(vm, scan->memo);

	if (seg || scan->memo->all)
		return seg;
	scan->addr = max(scan->memo->reached.start, req->want.min);
	return scan_from(vm, scan, req);
}

/* Let interrupts in, and go on behind the segment in hand. */
static noinline struct vmem_seg *scan_pause(struct vmem *vm, struct scan *scan,
					    const struct vmem_request *req, unsigned long *irqflags)
{
	scan->addr = seg_last(scan->seg) + 1;
	if (!scan->addr)
		return NULL;
	if (scan->notes && !scan->memo)
		scan->memo = vmem_memo_new(vm, &req->want, true);
	if (scan->memo)
		vmem_memo_set(scan->memo, 0, scan->addr);
	vmem_hunt_pause(vm, req, irqflags);
	scan->paused = true;
	vmem_flush_deferred(vm);
	vmem_addr_prepare(vm, req->want.size);
	if (scan->memo && vmem_memo_is_of(scan->memo, &req->want, true))
		return scan_resume(vm, scan, req);
	/* Others have taken the memo, if there was one: do without. */
	scan->memo = NULL;
	scan->notes = false;
	return scan_from(vm, scan, req);
}

static __always_inline struct vmem_seg *scan_next(struct vmem *vm, struct scan *scan,
						  const struct vmem_request *req,
						  unsigned long *irqflags)
{
	struct vmem_seg *seg;

	if (++scan->steps % VMEM_STEPS == 0)
		return scan_pause(vm, scan, req, irqflags);
	seg = vmem_addr_next(scan->seg, req->want.size);
	if (!seg)
		return scan->addr ? scan_from(vm, scan, req) : NULL;
	scan->seg = seg;
	return seg;
}

/* The lowest segment that serves. */
struct vmem_seg *vmem_scan_first(struct vmem *vm, const struct vmem_request *req,
				 unsigned long *addr, unsigned long *irqflags)
{
	struct scan scan = { .addr = req->want.min, .notes = true };
	struct vmem_seg *seg;

	scan.memo = vmem_memo_find(vm, &req->want, true);
	seg = scan.memo ? scan_resume(vm, &scan, req) : scan_from(vm, &scan, req);
	for (; seg && seg->start <= req->want.last; seg = scan_next(vm, &scan, req, irqflags)) {
		vm->stat[VMEM_STAT_SEARCH]++;
		*addr = vmem_place_in_seg(&req->want, seg);
		if (*addr)
			break;
	}
	if (seg && seg->start > req->want.last)
		seg = NULL;
	if (scan.memo)
		vmem_memo_end(scan.memo, seg);
	return seg;
}

/* Is there still a segment of @size that serves the request at @addr? */
static struct vmem_seg *find_again(struct vmem *vm, const struct vmem_request *req,
				   unsigned long addr, unsigned long size)
{
	struct vmem_span *span = vmem_span_find(vm, addr);
	struct vmem_seg *seg = span ? vmem_addr_from(span, addr, req->want.size) : NULL;

	return seg && seg->size == size && vmem_place_in_seg(&req->want, seg) == addr ? seg : NULL;
}

static struct vmem_seg *best_pass(struct vmem *vm, const struct vmem_request *req,
				  unsigned long *addr, unsigned long *irqflags, bool *again)
{
	struct scan scan = { .addr = req->want.min };
	struct vmem_seg *seg, *best = NULL;
	unsigned long size = 0, at;

	for (seg = scan_from(vm, &scan, req); seg && seg->start <= req->want.last;
	     seg = scan_next(vm, &scan, req, irqflags)) {
		vm->stat[VMEM_STAT_SEARCH]++;
		if (size && seg->size >= size)
			continue;
		at = vmem_place_in_seg(&req->want, seg);
		if (!at)
			continue;
		best = seg;
		size = seg->size;
		*addr = at;
		if (size == req->want.size)
			return best;
	}
	/* What was best before the lock was let go may have changed since. */
	if (best && scan.paused) {
		best = find_again(vm, req, *addr, size);
		*again = !best;
	}
	return best;
}

/* The smallest segment that serves, the lowest among equals. */
struct vmem_seg *vmem_scan_best(struct vmem *vm, const struct vmem_request *req,
				unsigned long *addr, unsigned long *irqflags)
{
	struct vmem_seg *seg;
	bool again;
	int tries;

	for (tries = 0; tries < 4; tries++) {
		again = false;
		seg = best_pass(vm, req, addr, irqflags, &again);
		if (!again)
			return seg;
	}
	/* Others take the best one each time; any that fits will do. */
	return vmem_scan_first(vm, req, addr, irqflags);
}
