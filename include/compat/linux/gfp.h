/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/gfp.h, with what came later
 *
 * alloc_pages_bulk(): under this name since 6.14. The shim goes with 6.12.
 */
#ifndef _DDI_COMPAT_LINUX_GFP_H
#define _DDI_COMPAT_LINUX_GFP_H

#include_next <linux/gfp.h>

#ifndef alloc_pages_bulk
#define alloc_pages_bulk(gfp, nr_pages, array) alloc_pages_bulk_array(gfp, nr_pages, array)
#endif

#endif /* _DDI_COMPAT_LINUX_GFP_H */
