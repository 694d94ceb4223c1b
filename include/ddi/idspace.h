/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ddi/idspace.h - integers in a range, for drivers written for Linux
 *
 * An arena of identifiers, with the calls of an ida. What an ida lacks: an integer
 * that was freed is not given out again before all others have been.
 */
#ifndef _DDI_IDSPACE_H
#define _DDI_IDSPACE_H

#include <linux/limits.h>

#include <ddi/vmem.h>

/**
 * struct ddi_idspace - integers in a range
 * @vm: the arena; the integer @min is 1 there, since 0 is never inside an arena
 * @min: the lowest integer
 */
struct ddi_idspace {
	vmem_t *vm;
	unsigned int min;
};

/**
 * ddi_idspace_init() - prepare integers from @min to @max for use
 * @ids: to be initialised
 * @name: for reports and statistics; copied, truncated to 29 characters
 * @min: the lowest integer; may be 0
 * @max: the highest one, not above INT_MAX
 * @gfp: for the memory of the arena itself
 *
 * Context: As @gfp allows.
 * Return: 0; -ENOMEM; -EINVAL for a range that is empty or too high, which is reported
 *	as misuse.
 *
 * Defined by contract N19.
 */
static inline int ddi_idspace_init(struct ddi_idspace *ids, const char *name, unsigned int min,
				   unsigned int max, gfp_t gfp)
{
	const struct ddi_vmem_config config = {
		.name = name,
		.base = 1,
		.size = min <= max && max <= INT_MAX ? max - min + 1 : 0,
		.identifier = true,
		.gfp = gfp,
	};

	ids->min = min;
	ids->vm = ddi_vmem_create(&config);
	return PTR_ERR_OR_ZERO(ids->vm);
}

/**
 * ddi_idspace_destroy() - end the use of a range
 * @ids: initialised with success; integers that are still in use are reported
 *
 * Context: Process context.
 *
 * Defined by contract N19.
 */
static inline void ddi_idspace_destroy(struct ddi_idspace *ids)
{
	vmem_destroy(ids->vm);
}

/* One integer, by @policy. */
static inline int __ddi_idspace_alloc(struct ddi_idspace *ids, enum ddi_vmem_policy policy,
				      gfp_t gfp)
{
	const struct ddi_vmem_request one = { .size = 1, .policy = policy, .gfp = gfp };
	unsigned long at;
	int err = ddi_vmem_xalloc(ids->vm, &one, &at);

	return err ? err : (int)(ids->min + at - 1);
}

/**
 * ddi_idspace_next() - allocate the next free integer
 * @ids: the range
 * @gfp: how bookkeeping memory is had
 *
 * Next is the first free one above that of the last call, then the lowest.
 *
 * Context: As @gfp allows; any with GFP_NOWAIT or GFP_ATOMIC.
 * Return: the integer; -ENOSPC if all are in use; -ENOMEM.
 *
 * Defined by contract N20.
 */
static inline int ddi_idspace_next(struct ddi_idspace *ids, gfp_t gfp)
{
	return __ddi_idspace_alloc(ids, DDI_VMEM_NEXTFIT, gfp);
}

/**
 * ddi_idspace_lowest() - allocate the lowest free integer
 * @ids: the range
 * @gfp: how bookkeeping memory is had
 *
 * Context: As @gfp allows; any with GFP_NOWAIT or GFP_ATOMIC.
 * Return: the integer; -ENOSPC if all are in use; -ENOMEM.
 *
 * Defined by contract N20.
 */
static inline int ddi_idspace_lowest(struct ddi_idspace *ids, gfp_t gfp)
{
	return __ddi_idspace_alloc(ids, DDI_VMEM_FIRSTFIT, gfp);
}

/**
 * ddi_idspace_free() - free an integer
 * @ids: the range
 * @id: the integer. One that is not in use is reported as misuse and changes nothing.
 *
 * Context: Any. Never sleeps, never needs memory.
 *
 * Defined by contract N21.
 */
static inline void ddi_idspace_free(struct ddi_idspace *ids, int id)
{
	ddi_vmem_free(ids->vm, (unsigned long)((unsigned int)id - ids->min) + 1, 1);
}

#endif /* _DDI_IDSPACE_H */
