// SPDX-License-Identifier: GPL-2.0-only
/*
 * memo.c - what searches have found out
 *
 * Alignment, phase, boundaries and windows come in too many kinds for an index
 * of each: a search may have to look at many segments that are long enough but
 * lie wrong. But drivers ask for the same again and again. So the arena
 * remembers of its last few kinds of requests up to where, in the order in which
 * the search goes, nothing serves; the next request of the kind goes on from
 * there. What comes free, or changes, before that place and would serve becomes
 * the place. So what was looked at is looked at again only behind a place that
 * came free, once that is taken, and running out of segments is a proof, although
 * the search lets go of the lock now and then. A memo is begun where it does so
 * first: a search that is over before that has nothing to remember.
 */
#include "vmem_impl.h"

static bool same_request(const struct vmem_fit *a, const struct vmem_fit *b)
{
	return a->size == b->size && a->asize == b->asize && a->align == b->align &&
	       a->phase == b->phase && a->nocross == b->nocross &&
	       a->min == b->min && a->last == b->last && a->high == b->high;
}

/* Is that still what @memo is about, after the lock was let go? */
bool vmem_memo_is_of(const struct vmem_memo *memo, const struct vmem_fit *fit, bool by_addr)
{
	return same_request(&memo->fit, fit) && memo->by_addr == by_addr;
}

/* What is known of a request, NULL if nothing is. */
struct vmem_memo *vmem_memo_find(struct vmem *vm, const struct vmem_fit *fit, bool by_addr)
{
	struct vmem_memo *memo;

	lockdep_assert_held(&vm->lock);
	if (!vm->memo_turn)
		return NULL;
	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++)
		if (vmem_memo_is_of(memo, fit, by_addr))
			return memo;
	return NULL;
}

/* Begin a memo, in the place of the one begun first, be it in use or not. */
struct vmem_memo *vmem_memo_new(struct vmem *vm, const struct vmem_fit *fit, bool by_addr)
{
	struct vmem_memo *memo = &vm->memo[vm->memo_turn % VMEM_MEMOS];

	lockdep_assert_held(&vm->lock);
	vm->memo_turn = vm->memo_turn % VMEM_MEMOS + 1;
	memo->fit = *fit;
	memo->fit.hunt = NULL;
	memo->by_addr = by_addr;
	return memo;
}

/* Nothing serves before @size and @start, or before @start by address. */
void vmem_memo_set(struct vmem_memo *memo, unsigned long size, unsigned long start)
{
	memo->all = false;
	memo->size = size;
	memo->start = start;
}

/* The end of a search: nothing serves before @seg, or nothing at all if that is NULL. */
void vmem_memo_end(struct vmem_memo *memo, const struct vmem_seg *seg)
{
	if (seg)
		vmem_memo_set(memo, seg->size, seg->start);
	else
		memo->all = true;
}

/* Does @memo say that @seg does not serve, although it does? */
static bool denies(const struct vmem_memo *memo, const struct vmem_seg *seg)
{
	if (!memo->fit.size)
		return false;
	if (!memo->all && (memo->by_addr ? seg->start >= memo->start :
			   !vmem_seg_less(seg, memo->size, memo->start)))
		return false;
	return vmem_fit_at(&memo->fit, seg);
}

void vmem_memo_tell_all(struct vmem *vm, const struct vmem_seg *seg, bool by_addr)
{
	struct vmem_memo *memo;

	lockdep_assert_held(&vm->lock);
	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++)
		if (memo->by_addr == by_addr && denies(memo, seg))
			vmem_memo_set(memo, seg->size, seg->start);
}

/* For vmem_verify(): do all memos tell the truth of @seg, which is free? */
bool vmem_memo_verify(struct vmem *vm, const struct vmem_seg *seg)
{
	const struct vmem_memo *memo;

	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++)
		if (denies(memo, seg))
			return false;
	return true;
}
