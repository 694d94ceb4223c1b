/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/atomic.h, with what came later
 *
 * try_cmpxchg_acquire(): since 5.12. The shim goes with 5.10.
 */
#ifndef _DDI_COMPAT_LINUX_ATOMIC_H
#define _DDI_COMPAT_LINUX_ATOMIC_H

#include_next <linux/atomic.h>

#ifndef try_cmpxchg_acquire
#define try_cmpxchg_acquire(ptr, oldp, new)				\
({									\
	typeof(oldp) __oldp = (oldp);					\
	typeof(*__oldp) __old = *__oldp;				\
									\
	*__oldp = cmpxchg_acquire(ptr, __old, new);			\
	*__oldp == __old;						\
})
#endif

#endif /* _DDI_COMPAT_LINUX_ATOMIC_H */
