// SPDX-License-Identifier: GPL-2.0-only
/* rmap_helpers.c - resource maps for one case */
#include "kunit/lib/rmap_helpers.h"

static void map_end(void *data)
{
	struct map *mp = data;

	arena_clear(mp->arena);
	rmfreemap(mp);
}

struct map *map_keep(struct kunit *test, struct map *mp)
{
	KUNIT_ASSERT_NOT_NULL(test, mp);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, map_end, mp), 0);
	return mp;
}

void map_drop(struct kunit *test, struct map *mp)
{
	kunit_release_action(test, map_end, mp);
}

struct map *map_make(struct kunit *test, size_t mapsize, size_t size, ulong_t index)
{
	struct map *mp = map_keep(test, rmallocmap_wait(mapsize));

	if (size)
		rmfree(mp, size, index);
	return mp;
}
