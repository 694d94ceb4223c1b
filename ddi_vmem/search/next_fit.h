/* SPDX-License-Identifier: GPL-2.0-only */
/* next_fit.h - the quick half of next fit: along the segment list; next_fit.c has the rest */
#ifndef _DDI_VMEM_NEXT_FIT_H
#define _DDI_VMEM_NEXT_FIT_H

#include "ddi_vmem/space/deferred.h"

/* Segments that are looked at along the list. */
#define VMEM_STEPS_NEAR		128

/*
 * Is the first free segment behind the rotor near? *@found is that, *@addr the place in
 * it. Before the first span marker, segments that end at or before the rotor are skipped.
 */
static __always_inline bool vmem_next_near(struct vmem *vm, unsigned long size,
					   struct vmem_seg **found, unsigned long *addr)
{
	unsigned long rotor = vm->rotor;
	struct vmem_seg *seg;
	unsigned int steps;

	lockdep_assert_held(&vm->lock);
	for (seg = vm->next_fit, steps = 0; steps < VMEM_STEPS_NEAR; steps++, seg = seg->next) {
		if (!seg_is_free(seg)) {
			if (seg_type(seg) == VMEM_SEG_SPAN)
				rotor = 0;
			continue;
		}
		if (seg_last(seg) <= rotor)
			continue;
		/* The rotor may stand inside of it; the part behind counts. */
		*addr = max(seg->start, rotor + 1);
		if (seg_last(seg) - *addr >= size - 1) {
			*found = seg;
			return true;
		}
	}
	return false;
}

/* Next fit goes on behind the allocation @seg, which ends with @last. */
static __always_inline void vmem_next_move(struct vmem *vm, const struct vmem_seg *seg,
					   unsigned long last)
{
	vm->rotor = last;
	vm->rotor_seq = 0;
	vm->next_fit = seg->next;
}

/* If the first free segment behind the rotor is near, cut *@cut of @size off it. */
static __always_inline bool vmem_next_cut(struct vmem *vm, unsigned long size,
					  struct vmem_seg **cut)
{
	struct vmem_seg *seg;
	unsigned long addr;

	if (unlikely(!vmem_next_near(vm, size, &seg, &addr)))
		return false;
	if (addr == seg->start && seg == vm->remainder)
		seg = vmem_cut_remainder(vm, size);
	else if (addr != seg->start && seg == vm->coalesced)
		seg = vmem_cut_coalesced(vm, addr, size);
	else
		seg = vmem_cut_deferred(vm, seg, addr, size);
	vmem_next_move(vm, seg, addr + size - 1);
	*cut = seg;
	return true;
}

#endif /* _DDI_VMEM_NEXT_FIT_H */
