/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/shrinker.h, with what came later
 *
 * shrinker_alloc(), shrinker_register(), shrinker_free(): since 6.7. The shim
 * goes with 6.1.
 */
#ifndef _DDI_COMPAT_LINUX_SHRINKER_H
#define _DDI_COMPAT_LINUX_SHRINKER_H

#include_next <linux/shrinker.h>

#ifndef SHRINKER_ALLOCATED
#include <linux/slab.h>

static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->flags = flags;
	return shrinker;
}

/* Without memory there is no shrinker, which is a loss of comfort alone. */
static inline void shrinker_register(struct shrinker *shrinker)
{
	if (register_shrinker(shrinker, "ddi"))
		shrinker->flags = 0;
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

#endif /* _DDI_COMPAT_LINUX_SHRINKER_H */
