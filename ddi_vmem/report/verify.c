// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify.c - does everything that an arena says about itself agree?
 *
 * For tests and for a suspicious administrator: linear, under the arena's lock
 * and those of its caches on all CPUs, so that nothing moves meanwhile. Says in
 * the log what is wrong and changes nothing that anybody could see.
 */
#include "ddi_vmem/report/report.h"

#include <linux/printk.h>

#include "ddi_core/core.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/search/resume.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span.h"

/* What the segment list adds up to, to be compared with what the arena says. */
struct tally {
	unsigned long live, inuse, cached, total, import, segs, free, indexed, hot, deferred;
	unsigned long unsized;
};

static bool wrong(const struct vmem *vm, const char *what, unsigned long found,
		  unsigned long expected)
{
	pr_err("verify '%s': %s: found %#lx, expected %#lx\n", vm->name, what, found, expected);
	return false;
}

static bool same_as(const struct vmem *vm, const char *what, unsigned long found,
		    unsigned long expected)
{
	return found == expected || wrong(vm, what, found, expected);
}

#define same(vm, what, found, expected)	\
	same_as(vm, what, (unsigned long)(found), (unsigned long)(expected))

static bool verify_in_tree(struct vmem *vm, struct vmem_seg *seg)
{
	struct rb_node *node = rb_prev(&seg->by_size);
	struct vmem_seg *prev = rb_entry_safe(node, struct vmem_seg, by_size);

	return same(vm, "order by size",
		    prev && (prev->size > seg->size ||
		    (prev->size == seg->size && prev->start >= seg->start)), 0) &&
	       same(vm, "cached smallest segment in the tree",
		    !prev && rb_first_cached(&vm->by_size) != &seg->by_size, 0);
}

static bool verify_in_bin(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long n = seg->size >> vm->qshift;

	return same(vm, "mark of a binned segment", seg->in_bin, VMEM_SEG_BINNED) &&
	       same(vm, "bin map", vm->bin_map >> (n - 1) & 1, 1) &&
	       same(vm, "bin back link", *seg->bin.pprev, &seg->bin);
}

/* May the maximum of @seg be too large? See vmem_addr_shrunk(). */
static bool above_shrunk(struct vmem *vm, struct vmem_seg *seg)
{
	struct rb_node *node = vm->shrunk ? &vm->shrunk->addr : NULL;

	while (node && node != &seg->addr)
		node = rb_parent(node);
	return node;
}

static bool verify_index(struct vmem *vm, struct vmem_seg *seg)
{
	unsigned long max = seg->size;
	struct rb_node *child[] = { seg->addr.rb_left, seg->addr.rb_right };
	int i;

	for (i = 0; i < 2; i++) {
		struct vmem_seg *at = rb_entry_safe(child[i], struct vmem_seg, addr);

		if (!at)
			continue;
		max = max(max, at->max);
		if (!same(vm, "parent in address tree", rb_parent(&at->addr), &seg->addr) ||
		    !same(vm, "order in address tree", at->start < seg->start, i == 0))
			return false;
	}
	if (seg->max > max && above_shrunk(vm, seg))
		return true;
	return same(vm, "maximum in address tree", seg->max, max);
}

/* A segment that is in no index by size. */
static bool verify_unsized(struct vmem *vm, struct vmem_seg *seg, struct tally *t)
{
	t->unsized++;
	return same(vm, "mark of a segment in no index by size", seg->in_bin, VMEM_SEG_UNSIZED) &&
	       same(vm, "free segment missing in the index by size",
		    vm->sizes == VMEM_INDEX_READY, 0);
}

/* A segment that was freed last. */
static bool verify_hot(struct vmem *vm, struct vmem_seg *seg, struct tally *t)
{
	t->hot++;
	return same(vm, "hot segment in hash", vmem_hash_find(vm, seg->start), seg) &&
	       same(vm, "hot segment refuses another free", seg->qtag, VMEM_SEG_CACHED);
}

/* A segment that was cut or joined last. */
static bool verify_deferred(struct vmem *vm, struct vmem_seg *seg, struct tally *t)
{
	t->deferred++;
	return same(vm, "deferred segments", vm->remainder == vm->coalesced, 0) &&
	       same(vm, "address tree beside a deferred segment", vm->index, VMEM_INDEX_OFF);
}

static bool verify_free(struct vmem *vm, struct vmem_seg *seg, struct tally *t)
{
	t->free++;
	if (!same(vm, "free neighbours not joined", seg_is_free(seg_prev(seg)), 0))
		return false;
	if (vmem_is_hot(vm, seg))
		return verify_hot(vm, seg, t);
	if (vmem_is_deferred(vm, seg))
		return verify_deferred(vm, seg, t);
	t->indexed += !!seg->max;
	if (seg->max && !verify_index(vm, seg))
		return false;
	if (!seg->max && !same(vm, "free segment missing in address tree",
			       vm->index == VMEM_INDEX_READY, 0))
		return false;
	if (!same(vm, "searches that know of a free segment", vmem_search_verify(vm, seg), 1))
		return false;
	if (seg->in_bin == VMEM_SEG_UNSIZED || vm->sizes == VMEM_INDEX_OFF)
		return verify_unsized(vm, seg, t);
	return vmem_seg_in_tree(vm, seg) ? verify_in_tree(vm, seg) : verify_in_bin(vm, seg);
}

static bool verify_alloc(struct vmem *vm, struct vmem_seg *seg, struct tally *t)
{
	if (!same(vm, "allocated segment in hash", vmem_hash_find(vm, seg->start), seg))
		return false;
	if (seg_is_object(seg) && !same(vm, "size of a cached size", seg->size,
					(unsigned long)seg_qclass(seg) << vm->qshift))
		return false;
	if (seg_is_cached(seg)) {
		t->cached++;
		return true;
	}
	if (!same(vm, "size against requested size", seg->size, vmem_round(vm, seg->asize)))
		return false;
	t->live++;
	t->inuse += seg->asize;
	return true;
}

static unsigned long count_nodes(struct rb_node *node)
{
	unsigned long n = 0;

	for (; node; node = rb_next(node))
		n++;
	return n;
}

static bool verify_span(struct vmem *vm, struct vmem_span *span, struct vmem_seg **segp,
			struct tally *t)
{
	unsigned long at = span->seg.start, indexed = t->indexed;
	struct vmem_seg *seg;

	if (!same(vm, "span at its address", vmem_span_find(vm, at), span))
		return false;
	for (seg = span->seg.next; seg_type(seg) != VMEM_SEG_SPAN; seg = seg->next) {
		if (!same(vm, "back link", seg_prev(seg->next), seg) ||
		    !same(vm, "segment start", seg->start, at) ||
		    !same(vm, "segment size in quanta",
			  !seg->size || seg->size & (vm->quantum - 1), 0))
			return false;
		at += seg->size;
		t->segs++;
		if (!(seg_is_free(seg) ? verify_free(vm, seg, t) : verify_alloc(vm, seg, t)))
			return false;
	}
	if (!same(vm, "end of span", at, span->seg.start + span->seg.size) ||
	    !same(vm, "segments in the span's address tree",
		  count_nodes(rb_first_cached(&span->free)), t->indexed - indexed) ||
	    !same(vm, "span maximum", span->max, span->free.rb_root.rb_node ?
		  rb_entry(span->free.rb_root.rb_node, struct vmem_seg, addr)->max : 0))
		return false;
	t->total += span->seg.size;
	t->import += span->imported ? span->seg.size : 0;
	*segp = seg;
	return true;
}

static unsigned long count_binned(struct vmem *vm)
{
	unsigned long n = 0;
	struct vmem_seg *seg;
	int i;

	for (i = 0; i < VMEM_BINS; i++)
		hlist_for_each_entry(seg, &vm->bin[i], bin)
			n++;
	return n;
}

static bool verify_locked(struct vmem *vm)
{
	struct vmem_qsum qc = vmem_qc_sum(vm);
	unsigned long pool = 0, spans = 0;
	struct vmem_seg *seg = vm->head.next;
	struct tally t = {};
	u64 seq = 0;

	while (seg != &vm->head) {
		struct vmem_span *span = seg_span(seg);

		if (!same(vm, "marker where a span should start", seg_type(seg), VMEM_SEG_SPAN) ||
		    !same(vm, "spans in order of addition", span->seq > seq, 1))
			return false;
		seq = span->seq;
		spans++;
		if (!verify_span(vm, span, &seg, &t))
			return false;
	}
	for (seg = vm->pool; seg; seg = seg->next)
		pool++;
	return same(vm, "spans by address", count_nodes(rb_first_cached(&vm->spans)), spans) &&
	       same(vm, "spans by number", count_nodes(rb_first(&vm->spans_seq)), spans) &&
	       same(vm, "hot segments", !!vm->hot[0] + !!vm->hot[1], t.hot) &&
	       same(vm, "deferred segments", !!vm->remainder + !!vm->coalesced, t.deferred) &&
	       same(vm, "free segments by size",
		    count_binned(vm) + count_nodes(rb_first_cached(&vm->by_size)),
		    t.free - t.hot - t.deferred - t.unsized) &&
	       same(vm, "sizes with a bin before the index by size is ready",
		    vm->sizes == VMEM_INDEX_READY ? 0 : vm->bins, 0) &&
	       same(vm, "live segments", vmem_held(vm) + qc.allocs - qc.frees, t.live) &&
	       same(vm, "cached segments", vmem_qc_in_depot(vm) + qc.cached, t.cached) &&
	       same(vm, "segments in hash", vmem_hash_count(&vm->hash),
		    t.live + t.cached + t.hot) &&
	       same(vm, "units in use", vm->inuse + qc.inuse, t.inuse) &&
	       same(vm, "units in all", vm->total, t.total) &&
	       same(vm, "units imported", vm->import, t.import) &&
	       same(vm, "descriptors in the pool", vm->pool_n, pool) &&
	       same(vm, "descriptors at which a free is slow", vm->slow_at, vmem_slow_at(vm)) &&
	       same(vm, "descriptors in all", vm->seg_n, pool + t.segs);
}

bool vmem_verify(struct vmem *vm)
{
	unsigned long flags, irqflags;
	bool ok;

	spin_lock_irqsave(&vm->lock, flags);
	irqflags = vmem_qc_freeze(vm);
	ok = verify_locked(vm);
	vmem_qc_thaw(vm, irqflags);
	spin_unlock_irqrestore(&vm->lock, flags);
	return ok;
}

DDI_EXPORT_FOR_KUNIT(vmem_verify);
