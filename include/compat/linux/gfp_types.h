/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/gfp_types.h: since 6.0; before, linux/gfp.h has what is in it. The shim goes
 * with 5.19.
 */
#ifndef _DDI_COMPAT_LINUX_GFP_TYPES_H
#define _DDI_COMPAT_LINUX_GFP_TYPES_H

#ifdef __CHECKER__	/* sparse does not know the question below */
#include_next <linux/gfp_types.h>
#elif __has_include_next(<linux/gfp_types.h>)
#include_next <linux/gfp_types.h>
#else
#include <linux/gfp.h>
#endif

#endif /* _DDI_COMPAT_LINUX_GFP_TYPES_H */
