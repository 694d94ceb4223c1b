/* SPDX-License-Identifier: GPL-2.0-only */
/* shrinker.h - register a shrinker */
#ifndef _DDI_SHRINKER_H
#define _DDI_SHRINKER_H

#include <linux/shrinker.h>

/* Register @count and @scan. Returns NULL without memory. */
static inline struct shrinker *
ddi_shrinker_start(const char *name,
		   unsigned long (*count)(struct shrinker *s, struct shrink_control *sc),
		   unsigned long (*scan)(struct shrinker *s, struct shrink_control *sc))
{
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(shrinker);
	return shrinker;
}

#endif /* _DDI_SHRINKER_H */
