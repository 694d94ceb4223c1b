/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/hex.h: since 6.4; before, linux/kernel.h has what is in it. The shim goes
 * with 6.3.
 */
#ifndef _DDI_COMPAT_LINUX_HEX_H
#define _DDI_COMPAT_LINUX_HEX_H

#ifdef __CHECKER__	/* sparse does not know __has_include_next() */
#include_next <linux/hex.h>
#elif __has_include_next(<linux/hex.h>)
#include_next <linux/hex.h>
#else
#include <linux/kernel.h>
#endif

#endif /* _DDI_COMPAT_LINUX_HEX_H */
