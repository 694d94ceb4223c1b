/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/minmax.h, with what came later
 *
 * min(), max(): of an unsigned number and a constant since 6.7, and in older
 * kernels that still get stable updates. The shim goes with 5.10.
 */
#ifndef _DDI_COMPAT_LINUX_MINMAX_H
#define _DDI_COMPAT_LINUX_MINMAX_H

#include_next <linux/minmax.h>

#ifndef __types_ok
#define ddi_careful_cmp(x, y, op)						\
	__builtin_choose_expr(__no_side_effects(x, y), __cmp(x, y, op),		\
		__cmp_once(x, y, __UNIQUE_ID(__x), __UNIQUE_ID(__y), op))

#undef min
#undef max
#define min(x, y)	ddi_careful_cmp(x, y, <)
#define max(x, y)	ddi_careful_cmp(x, y, >)
#endif

#endif /* _DDI_COMPAT_LINUX_MINMAX_H */
