/* SPDX-License-Identifier: GPL-2.0-only */
/* rmap_helpers.h - resource maps for one case */
#ifndef _RMAP_HELPERS_H
#define _RMAP_HELPERS_H

#include <sys/map.h>

#include "ddi_rmap/rmap_impl.h"
#include "kunit/lib/vmem_helpers.h"

/* A map that the case has made itself: it is emptied and goes when the case ends. */
struct map *map_keep(struct kunit *test, struct map *mp);

/* The same, made here, with [index, index + size) to begin with; size 0: empty. */
struct map *map_make(struct kunit *test, size_t mapsize, size_t size, ulong_t index);

/* A kept map goes now. */
void map_drop(struct kunit *test, struct map *mp);

#define EXPECT_MAP(test, mp, expected)	EXPECT_STATE(test, (mp)->arena, expected)

#endif /* _RMAP_HELPERS_H */
