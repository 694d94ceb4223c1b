/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/mutex.h, with what came later
 *
 * guard(mutex): since 6.5. The shim goes with 6.4.
 */
#ifndef _DDI_COMPAT_LINUX_MUTEX_H
#define _DDI_COMPAT_LINUX_MUTEX_H

#include_next <linux/mutex.h>

#ifndef guard
static inline struct mutex *ddi_guard_mutex(struct mutex *lock)
{
	mutex_lock(lock);
	return lock;
}

static inline void ddi_unguard_mutex(struct mutex **lock)
{
	mutex_unlock(*lock);
}

#define guard(kind)								\
	struct kind *ddi_guard __attribute__((cleanup(ddi_unguard_##kind))) = ddi_guard_##kind
#endif

#endif /* _DDI_COMPAT_LINUX_MUTEX_H */
