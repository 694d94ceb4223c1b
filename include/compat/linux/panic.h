/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/panic.h: since 5.14; before, linux/kernel.h has what is in it. The shim goes
 * with 5.13.
 */
#ifndef _DDI_COMPAT_LINUX_PANIC_H
#define _DDI_COMPAT_LINUX_PANIC_H

#ifdef __CHECKER__	/* sparse does not know the question below */
#include_next <linux/panic.h>
#elif __has_include_next(<linux/panic.h>)
#include_next <linux/panic.h>
#else
#include <linux/kernel.h>
#endif

#endif /* _DDI_COMPAT_LINUX_PANIC_H */
