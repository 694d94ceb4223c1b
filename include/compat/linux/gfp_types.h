/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/gfp_types.h: since 6.0; before, linux/gfp.h has what is in it. The shim goes
 * with 5.19.
 */
#ifndef _DDI_COMPAT_LINUX_GFP_TYPES_H
#define _DDI_COMPAT_LINUX_GFP_TYPES_H

#if __has_include_next(<linux/gfp_types.h>)
#include_next <linux/gfp_types.h>
#else
#include <linux/gfp.h>
#endif

#endif /* _DDI_COMPAT_LINUX_GFP_TYPES_H */
