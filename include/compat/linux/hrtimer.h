/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/hrtimer.h, with what came later
 *
 * hrtimer_setup(): since 6.13; hrtimer_init(), which it replaced, went with 6.15. The
 * shim goes with 6.12.
 */
#ifndef _DDI_COMPAT_LINUX_HRTIMER_H
#define _DDI_COMPAT_LINUX_HRTIMER_H

#include_next <linux/hrtimer.h>

#ifndef DDI_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* _DDI_COMPAT_LINUX_HRTIMER_H */
