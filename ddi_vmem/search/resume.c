// SPDX-License-Identifier: GPL-2.0-only
/*
 * resume.c - what searches have found out
 *
 * Alignment, phase, boundaries and windows come in too many kinds for an index
 * of each: a search may have to look at many segments that are long enough but
 * lie wrong. But drivers ask for the same again and again. So the arena
 * remembers of its last few kinds of requests up to where, in the order in which
 * the search goes, nothing serves; the next request of the kind goes on from
 * there. What comes free, or changes, before that place and would serve is put
 * on a short list, which is tried first; if that is full, its last becomes the
 * place. So nothing is looked at twice but behind places that came free in larger
 * numbers than the list holds, and running out of segments is a proof, although
 * the search lets go of the lock now and then. A memo is begun where it does so
 * first: a search that is over before that has nothing to remember.
 */
#include "ddi_vmem/search/search.h"

#include <linux/string.h>

/* Is that still what @memo is about, after the lock was let go? */
bool vmem_memo_is_of(const struct vmem_memo *memo, const struct vmem_constraint *want, bool by_addr)
{
	return vmem_constraint_same(&memo->want, want) && memo->by_addr == by_addr;
}

/* What is known of a request, NULL if nothing is. */
struct vmem_memo *vmem_memo_find(struct vmem *vm, const struct vmem_constraint *want, bool by_addr)
{
	struct vmem_memo *memo;

	lockdep_assert_held(&vm->lock);
	if (!vm->memos)
		return NULL;
	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++) {
		if (vmem_memo_is_of(memo, want, by_addr)) {
			memo->used = ++vm->memo_uses;
			return memo;
		}
	}
	return NULL;
}

static struct vmem_memo *least_recent(struct vmem *vm)
{
	struct vmem_memo *memo, *oldest = vm->memo;

	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++)
		if (memo->used < oldest->used)
			oldest = memo;
	return oldest;
}

/* Begin a memo, in the place of the one that nobody asked for longest. */
struct vmem_memo *vmem_memo_new(struct vmem *vm, const struct vmem_constraint *want, bool by_addr)
{
	struct vmem_memo *memo = least_recent(vm);

	lockdep_assert_held(&vm->lock);
	vm->memos = true;
	memo->used = ++vm->memo_uses;
	memo->want = *want;
	memo->by_addr = by_addr;
	memo->n = 0;
	return memo;
}

static struct vmem_place place_of(const struct vmem_memo *memo, const struct vmem_seg *seg)
{
	return (struct vmem_place){ memo->by_addr ? 0 : seg->size, seg->start };
}

static bool before(const struct vmem_place *a, const struct vmem_place *b)
{
	return a->size != b->size ? a->size < b->size : a->start < b->start;
}

/* The first place in the list that is not before @at, or where the list ends. */
static unsigned int find_told(const struct vmem_memo *memo, const struct vmem_place *at)
{
	unsigned int i = 0;

	while (i < memo->n && before(&memo->told[i], at))
		i++;
	return i;
}

static bool is_told(const struct vmem_memo *memo, const struct vmem_place *at)
{
	unsigned int i = find_told(memo, at);

	return i < memo->n && !before(at, &memo->told[i]);
}

/* Has the search passed what would have served it? */
static bool passed(const struct vmem_memo *memo, const struct vmem_seg *seg,
		   const struct vmem_place *at)
{
	return memo->want.size && (memo->all || before(at, &memo->reached)) &&
	       vmem_place_in_seg(&memo->want, seg);
}

/* Nothing serves before @size and @start, or before @start by address. */
void vmem_memo_set(struct vmem_memo *memo, unsigned long size, unsigned long start)
{
	memo->all = false;
	memo->reached = (struct vmem_place){ size, start };
}

/*
 * The end of a search: nothing serves before @seg, or nothing at all if that is
 * NULL. What is in the list was found there.
 */
void vmem_memo_end(struct vmem_memo *memo, const struct vmem_seg *seg)
{
	struct vmem_place at;

	if (!seg) {
		memo->all = true;
		return;
	}
	at = place_of(memo, seg);
	if (!is_told(memo, &at))
		vmem_memo_set(memo, at.size, at.start);
}

/* What the list begins with serves no more. */
void vmem_memo_gone(struct vmem_memo *memo)
{
	memo->n--;
	memmove(memo->told, memo->told + 1, memo->n * sizeof(memo->told[0]));
}

static void list_insert(struct vmem_memo *memo, struct vmem_place at)
{
	unsigned int i = find_told(memo, &at);

	if (memo->n == VMEM_PLACES) {
		/* Full: look again at what lies behind the last one. */
		const struct vmem_place *last = i == memo->n ? &at : &memo->told[--memo->n];

		vmem_memo_set(memo, last->size, last->start);
		if (last == &at)
			return;
	}
	memmove(memo->told + i + 1, memo->told + i, (memo->n - i) * sizeof(at));
	memo->told[i] = at;
	memo->n++;
}

void vmem_memo_tell_all(struct vmem *vm, const struct vmem_seg *seg, bool by_addr)
{
	struct vmem_memo *memo;

	lockdep_assert_held(&vm->lock);
	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++) {
		struct vmem_place at = place_of(memo, seg);

		if (memo->by_addr == by_addr && passed(memo, seg, &at) && !is_told(memo, &at))
			list_insert(memo, at);
	}
}

/* For vmem_verify(): do all memos know if @seg, which is free, would serve? */
bool vmem_memo_verify(struct vmem *vm, const struct vmem_seg *seg)
{
	const struct vmem_memo *memo;

	for (memo = vm->memo; memo < &vm->memo[VMEM_MEMOS]; memo++) {
		struct vmem_place at = place_of(memo, seg);

		if (passed(memo, seg, &at) && !is_told(memo, &at))
			return false;
	}
	return true;
}
