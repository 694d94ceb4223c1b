/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * constraint.h - where in a range of integers a request may go
 *
 * Pure arithmetic: nothing here knows of arenas or segments, takes a lock or
 * changes anything.
 */
#ifndef _DDI_VMEM_CONSTRAINT_H
#define _DDI_VMEM_CONSTRAINT_H

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct vmem_constraint - what a request asks of the place that it is given
 * @size: length, rounded to the quantum
 * @asize: length as asked for, which alone must respect @nocross and @last [V55]
 * @align: power of two
 * @phase: offset from @align
 * @nocross: power of two not to straddle, or 0
 * @min: lowest start
 * @last: highest last integer
 * @high: take the highest place in the range, not the lowest (VM_ENDALLOC)
 */
struct vmem_constraint {
	unsigned long size;
	unsigned long asize;
	unsigned long align;
	unsigned long phase;
	unsigned long nocross;
	unsigned long min;
	unsigned long last;
	bool high;
};

unsigned long vmem_place_in(const struct vmem_constraint *want, unsigned long start,
			    unsigned long last);
bool vmem_constraint_overflows(const struct vmem_constraint *want, unsigned long quantum);
bool vmem_constraint_hopeless(const struct vmem_constraint *want, unsigned long quantum);
const char *vmem_constraint_error(const struct vmem_constraint *want, unsigned long quantum);

/*
 * Are the three above sure to find nothing wrong? So it is where a window, if there is
 * one, has room for the request with all its padding, and nothing is unusual.
 */
static inline bool vmem_constraint_is_usual(const struct vmem_constraint *want,
					    unsigned long quantum)
{
	unsigned long from = max(want->min, quantum), room = want->last - from;

	return !(want->phase | want->nocross) && want->asize && want->asize <= want->size &&
	       is_power_of_2(want->align) && want->align >= quantum && from <= want->last &&
	       want->align - 1 <= room && want->size - 1 <= room - (want->align - 1);
}

static inline bool vmem_constraint_same(const struct vmem_constraint *a,
					const struct vmem_constraint *b)
{
	return a->size == b->size && a->asize == b->asize && a->align == b->align &&
	       a->phase == b->phase && a->nocross == b->nocross &&
	       a->min == b->min && a->last == b->last && a->high == b->high;
}

#endif /* _DDI_VMEM_CONSTRAINT_H */
