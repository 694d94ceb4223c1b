// SPDX-License-Identifier: GPL-2.0-only
/*
 * resume.c - what searches have found out
 *
 * Alignment, phase, boundaries and windows come in too many kinds for an index
 * of each: a search may have to look at many segments that are long enough but
 * lie wrong. So it drops the lock now and then, and the arena keeps what the
 * search has found out: the place up to which, in its order, nothing serves. The
 * next request of the same kind goes on from there.
 *
 * A segment that becomes free or changes before that place, and would serve, becomes
 * a candidate. Candidates are tried first. When there are more than VMEM_CANDIDATES,
 * the place moves back to the last one, and the segments behind it are looked at
 * again. So a search that runs out of segments has proved that nothing serves [V34],
 * although it dropped the lock.
 *
 * To offer a change to a search costs some instructions. A search that has been
 * offered more changes than it has looked at segments, without being used, is
 * forgotten: to search again costs no more than the offers did.
 */
#include "ddi_vmem/search/resume.h"

#include <linux/slab.h>

#include "ddi_core/fault.h"
#include "ddi_vmem/segment/segment.h"

static struct vmem_place place_of(const struct vmem_search *search, const struct vmem_seg *seg)
{
	return (struct vmem_place){ search->by_addr ? 0 : seg->size, seg->start };
}

static bool before(const struct vmem_place *a, const struct vmem_place *b)
{
	return a->size != b->size ? a->size < b->size : a->start < b->start;
}

/* The first candidate that is not before @at, or where they end. */
static unsigned int find_candidate(const struct vmem_search *search, const struct vmem_place *at)
{
	unsigned int i = 0;

	while (i < search->n && before(&search->candidate[i], at))
		i++;
	return i;
}

static bool is_candidate(const struct vmem_search *search, const struct vmem_place *at)
{
	unsigned int i = find_candidate(search, at);

	return i < search->n && !before(at, &search->candidate[i]);
}

/* Has the search passed the place of @seg, which is long enough? */
static __always_inline bool passed(const struct vmem_search *search, const struct vmem_seg *seg)
{
	if (seg->size < search->want.size)
		return false;
	if (search->all)
		return true;
	if (!search->by_addr && seg->size != search->reached.size)
		return seg->size < search->reached.size;
	return seg->start < search->reached.start;
}

static bool serves(const struct vmem_search *search, const struct vmem_seg *seg)
{
	return vmem_place_in(&search->want, seg->start, seg_last(seg));
}

static void set_reached(struct vmem_search *search, const struct vmem_place *at)
{
	search->all = false;
	search->reached = *at;
}

/* Make a candidate of @seg, which the search has passed, unless it is one already. */
static noinline void add_candidate(struct vmem_search *search, const struct vmem_seg *seg)
{
	struct vmem_place at = place_of(search, seg);
	unsigned int i = find_candidate(search, &at), j;

	if (i < search->n && !before(&at, &search->candidate[i]))
		return;
	if (search->n == VMEM_CANDIDATES) {
		/* Full: look again at what lies behind the last one. */
		if (i == search->n) {
			set_reached(search, &at);
			return;
		}
		set_reached(search, &search->candidate[--search->n]);
	}
	for (j = search->n++; j > i; j--)
		search->candidate[j] = search->candidate[j - 1];
	search->candidate[i] = at;
}

/*
 * Forget @search if it is kept and nobody is in the middle of it. Its memory stays with
 * the arena, for the next one.
 */
static noinline void forget(struct vmem *vm, struct vmem_search *search)
{
	if (!search->kept || search->busy)
		return;
	list_move(&search->node, &vm->searches_idle);
	if (list_empty(&vm->searches))
		vm->offer = NULL;
}

/* vmem.offer: @seg has become free, or a free segment has become @seg. */
static void offer(struct vmem *vm, const struct vmem_seg *seg)
{
	struct vmem_search *search, *next;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry_safe(search, next, &vm->searches, node) {
		if (passed(search, seg) && serves(search, seg))
			add_candidate(search, seg);
		if (unlikely(++search->heard > search->worth))
			forget(vm, search);
	}
}

/* What is known of requests for @want, NULL if nothing is. */
struct vmem_search *vmem_search_kept(struct vmem *vm, const struct vmem_constraint *want,
				     bool by_addr)
{
	struct vmem_search *search;

	lockdep_assert_held(&vm->lock);
	list_for_each_entry(search, &vm->searches, node) {
		if (vmem_constraint_same(&search->want, want) &&
		    search->by_addr == by_addr && search->kept) {
			list_move(&search->node, &vm->searches);
			search->heard = 0;
			return search;
		}
	}
	return NULL;
}

/* Is it known that no segment in the indexes that is smaller than @size serves @want? */
bool vmem_search_none_below(struct vmem *vm, const struct vmem_constraint *want,
			    unsigned long size)
{
	const struct vmem_search *search = vm->offer ? vmem_search_kept(vm, want, false) : NULL;

	return search && (search->all || search->reached.size >= size) &&
	       (!search->n || search->candidate[0].size >= size);
}

/* Begin a search on the caller's stack that is about to drop the lock. */
void vmem_search_start(struct vmem *vm, struct vmem_search *search,
		       const struct vmem_constraint *want, bool by_addr)
{
	lockdep_assert_held(&vm->lock);
	*search = (struct vmem_search){ .want = *want, .by_addr = by_addr };
	list_add(&search->node, &vm->searches);
	vm->offer = offer;
}

/* Memory to keep a search in, of which the arena has had less than VMEM_KEPT. */
static struct vmem_search *room_alloc(void)
{
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;

	return ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp) ? NULL :
	       kmalloc(sizeof(struct vmem_search), gfp);
}

/* Drop and retake the lock behind @seg, which does not serve. */
void vmem_search_pause(struct vmem *vm, struct vmem_search *search,
		       const struct vmem_seg *seg, unsigned long *irqflags)
	__must_hold(&vm->lock)
{
	bool wants_room = !search->kept && !search->room && vm->searches_n < VMEM_KEPT;

	lockdep_assert_held(&vm->lock);
	set_reached(search, &(struct vmem_place){
		.size = search->by_addr ? 0 : seg->size,
		.start = search->by_addr ? seg_last(seg) + 1 : seg->start + 1,
	});
	/* Nothing lies behind the top. */
	search->all = !search->reached.start;
	search->busy++;
	/* What is freed meanwhile is offered, not cached. */
	vmem_add_waiters(vm, 1);
	spin_unlock_irqrestore(&vm->lock, *irqflags);
	if (wants_room)
		search->room = room_alloc();
	spin_lock_irqsave(&vm->lock, *irqflags);
	vmem_add_waiters(vm, -1);
	search->busy--;
	/* It is in use: what is flushed into the indexes next must not have it forgotten. */
	search->heard = 0;
	vm->searches_n += wants_room && search->room;
}

/* Take the first candidate off the list, into *@at; false if there is none. */
bool vmem_search_take(struct vmem_search *search, struct vmem_place *at)
{
	unsigned int i;

	if (!search->n)
		return false;
	*at = search->candidate[0];
	search->n--;
	for (i = 0; i < search->n; i++)
		search->candidate[i] = search->candidate[i + 1];
	return true;
}

/* The end of a search that is not to be kept. */
void vmem_search_drop(struct vmem *vm, struct vmem_search *search)
{
	lockdep_assert_held(&vm->lock);
	list_del(&search->node);
	if (search->room)
		list_add(&search->room->node, &vm->searches_idle);
	if (list_empty(&vm->searches))
		vm->offer = NULL;
}

/* Memory of one that nobody has used for longest. */
static struct vmem_search *room_reuse(struct vmem *vm)
{
	struct vmem_search *search;

	if (!list_empty(&vm->searches_idle))
		return list_first_entry(&vm->searches_idle, struct vmem_search, node);
	list_for_each_entry_reverse(search, &vm->searches, node)
		if (search->kept && !search->busy)
			return search;
	return NULL;
}

/* Keep what a search on the stack has found out, if there is memory for it. */
void vmem_search_keep(struct vmem *vm, struct vmem_search *search)
{
	struct vmem_search *room = search->room;

	lockdep_assert_held(&vm->lock);
	list_del(&search->node);
	if (!room) {
		room = room_reuse(vm);
		if (room)
			list_del(&room->node);
	}
	if (room) {
		*room = *search;
		room->kept = true;
		list_add(&room->node, &vm->searches);
	} else if (list_empty(&vm->searches)) {
		vm->offer = NULL;
	}
}

/* But for candidates nothing serves before @seg, or nothing at all if that is NULL. */
void vmem_search_reach(struct vmem_search *search, const struct vmem_seg *seg)
{
	struct vmem_place at;

	if (!seg) {
		search->all = true;
		return;
	}
	at = place_of(search, seg);
	set_reached(search, &at);
}

/* For vmem_verify(): do all searches know if @seg, which is free, would serve? */
bool vmem_search_verify(struct vmem *vm, const struct vmem_seg *seg)
{
	const struct vmem_search *search;

	list_for_each_entry(search, &vm->searches, node) {
		struct vmem_place at = place_of(search, seg);

		if (passed(search, seg) && serves(search, seg) && !is_candidate(search, &at))
			return false;
	}
	return true;
}

/* Free what a dead arena has kept. */
void vmem_search_free_all(struct vmem *vm)
{
	struct vmem_search *search, *next;

	list_splice_init(&vm->searches, &vm->searches_idle);
	list_for_each_entry_safe(search, next, &vm->searches_idle, node)
		kfree(search);
}
