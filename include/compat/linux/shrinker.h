/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/shrinker.h, with what came later
 *
 * shrinker_alloc(), shrinker_register(), shrinker_free(): since 6.7. The shim
 * goes with 6.6.
 * register_shrinker(): takes a name since 6.0. That goes with 5.19.
 */
#ifndef _DDI_COMPAT_LINUX_SHRINKER_H
#define _DDI_COMPAT_LINUX_SHRINKER_H

/* Before 6.0 it does not include what it needs. */
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include_next <linux/shrinker.h>

#ifndef SHRINKER_ALLOCATED
#include <linux/slab.h>

#ifdef DDI_HAVE_SHRINKER_NAME
#define ddi_register_shrinker(shrinker)	register_shrinker(shrinker, "ddi")
#else
#define ddi_register_shrinker(shrinker)	register_shrinker(shrinker)
#endif

static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (shrinker)
		shrinker->flags = flags;
	return shrinker;
}

/* Without memory there is no shrinker, and caches are not emptied under pressure. */
static inline void shrinker_register(struct shrinker *shrinker)
{
	if (ddi_register_shrinker(shrinker))
		shrinker->flags = 0;
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}
#endif

#endif /* _DDI_COMPAT_LINUX_SHRINKER_H */
