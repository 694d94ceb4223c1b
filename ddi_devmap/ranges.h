/* SPDX-License-Identifier: GPL-2.0-only */
/* ranges.h - a set of user offsets, kept as ranges that neither touch nor overlap */
#ifndef _DDI_DEVMAP_RANGES_H
#define _DDI_DEVMAP_RANGES_H

#include <linux/rbtree.h>

#include <sys/types.h>

/**
 * struct devmap_ranges - the set; all zeroes is the empty one
 * @root: ranges in order
 *
 * The owner's lock guards it.
 */
struct devmap_ranges {
	struct rb_root root;
};

struct devmap_range;

/* How far the set goes on from @off; @off itself if that is not in it. */
offset_t devmap_ranges_end(const struct devmap_ranges *set, offset_t off);

/* A range to give to devmap_ranges_add() and devmap_ranges_remove(), or NULL. */
struct devmap_range *devmap_range_alloc(gfp_t gfp);
void devmap_range_free(struct devmap_range *range);

/* Each returns @spare if it did not use it. */
struct devmap_range *devmap_ranges_add(struct devmap_ranges *set, offset_t start,
				       offset_t end, struct devmap_range *spare);
/* Without @spare it removes too much rather than too little. */
struct devmap_range *devmap_ranges_remove(struct devmap_ranges *set, offset_t start,
					  offset_t end, struct devmap_range *spare);
void devmap_ranges_clear(struct devmap_ranges *set);

#endif /* _DDI_DEVMAP_RANGES_H */
