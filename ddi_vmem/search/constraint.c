// SPDX-License-Identifier: GPL-2.0-only
/* constraint.c - alignment, phase, boundaries and windows as arithmetic */
#include "ddi_vmem/search/constraint.h"

#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>

#include "ddi_core/core.h"

/* The lowest address from @addr on that is @want->phase beyond a multiple of align. */
static unsigned long phase_up(const struct vmem_constraint *want, unsigned long addr)
{
	return ((addr - want->phase + want->align - 1) & ~(want->align - 1)) + want->phase;
}

static unsigned long phase_down(const struct vmem_constraint *want, unsigned long addr)
{
	return ((addr - want->phase) & ~(want->align - 1)) + want->phase;
}

static bool straddles(const struct vmem_constraint *want, unsigned long addr)
{
	return want->nocross && ((addr ^ (addr + want->asize - 1)) & ~(want->nocross - 1));
}

/* The boundary that a request at @addr straddles. */
static unsigned long boundary(const struct vmem_constraint *want, unsigned long addr)
{
	return (addr + want->asize - 1) & ~(want->nocross - 1);
}

static unsigned long place_low(const struct vmem_constraint *want, unsigned long start,
			       unsigned long last)
{
	unsigned long from = max(start, want->min), addr = phase_up(want, from);

	/* An address below the one that it was rounded up from has wrapped. */
	if (addr >= from && straddles(want, addr))
		addr = phase_up(want, boundary(want, addr));
	if (addr < from || addr > last || last - addr < want->size - 1)
		return 0;
	if (addr > want->last || want->last - addr < want->asize - 1)
		return 0;
	return addr;
}

static unsigned long place_high(const struct vmem_constraint *want, unsigned long start,
				unsigned long last)
{
	unsigned long from = max(start, want->min), addr;

	if (last - start < want->size - 1 || want->last < want->asize - 1)
		return 0;
	addr = min(last - (want->size - 1), want->last - (want->asize - 1));
	if (addr < want->phase)
		return 0;
	addr = phase_down(want, addr);
	if (straddles(want, addr))
		addr = phase_down(want, boundary(want, addr) - want->asize);
	return addr < from || addr > last ? 0 : addr;
}

/* Where in [start, last] a request with this constraint goes; 0 if nowhere. */
unsigned long vmem_place_in(const struct vmem_constraint *want, unsigned long start,
			    unsigned long last)
{
	return want->high ? place_high(want, start, last) : place_low(want, start, last);
}

DDI_EXPORT_FOR_KUNIT(vmem_place_in);

/* Does the size with its padding pass the top of the address space [V35]? */
bool vmem_constraint_overflows(const struct vmem_constraint *want, unsigned long quantum)
{
	return want->size < want->asize || want->size + want->align - quantum < want->size;
}

DDI_EXPORT_FOR_KUNIT(vmem_constraint_overflows);

/* Is there no place for this even where every integer is free [V56]? */
bool vmem_constraint_hopeless(const struct vmem_constraint *want, unsigned long quantum)
{
	/* Padding alone leaves one: vmem_constraint_overflows(). */
	if (!want->min && want->last == ULONG_MAX && !want->phase)
		return false;
	return !vmem_place_in(want, quantum, ULONG_MAX);
}

DDI_EXPORT_FOR_KUNIT(vmem_constraint_hopeless);

/* How the constraint is wrong in itself [V32, V51, V56]; NULL if it is not. */
const char *vmem_constraint_error(const struct vmem_constraint *want, unsigned long quantum)
{
	unsigned long span;

	if (!want->asize)
		return "size 0, expected at least 1";
	if ((want->align | want->phase | want->nocross) & (quantum - 1))
		return "parameters not aligned to the quantum";
	if (!is_power_of_2(want->align) || want->phase >= want->align ||
	    (want->nocross && (!is_power_of_2(want->nocross) || want->nocross < want->align)) ||
	    want->min > want->last)
		return "inconsistent or invalid parameters";
	span = (want->phase + want->asize + want->align - 1) & ~(want->align - 1);
	if (want->nocross && (span > want->nocross || span < want->asize))
		return "overconstrained: size does not fit between two nocross boundaries";
	return NULL;
}

DDI_EXPORT_FOR_KUNIT(vmem_constraint_error);
