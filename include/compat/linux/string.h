/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/string.h, with what came later
 *
 * memset_after(): since 5.16. The shim goes with 5.15.
 */
#ifndef _DDI_COMPAT_LINUX_STRING_H
#define _DDI_COMPAT_LINUX_STRING_H

#include_next <linux/string.h>

#ifndef memset_after
#include <linux/stddef.h>

#define memset_after(obj, v, member)						\
	memset((u8 *)(obj) + offsetofend(typeof(*(obj)), member), v,		\
	       sizeof(*(obj)) - offsetofend(typeof(*(obj)), member))
#endif

#endif /* _DDI_COMPAT_LINUX_STRING_H */
