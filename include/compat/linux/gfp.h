/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/gfp.h, with what came later
 *
 * alloc_pages_bulk(): since 6.14, and since 5.13 as alloc_pages_bulk_array().
 * The shims go with 6.13 and 5.12.
 */
#ifndef _DDI_COMPAT_LINUX_GFP_H
#define _DDI_COMPAT_LINUX_GFP_H

#include_next <linux/gfp.h>

#ifndef DDI_HAVE_PAGES_BULK_ARRAY
static inline unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr_pages,
						   struct page **array)
{
	unsigned long n;

	for (n = 0; n < nr_pages; n++) {
		array[n] = alloc_page(gfp);
		if (!array[n])
			break;
	}
	return n;
}
#endif

#ifndef alloc_pages_bulk
#define alloc_pages_bulk(gfp, nr_pages, array) alloc_pages_bulk_array(gfp, nr_pages, array)
#endif

#endif /* _DDI_COMPAT_LINUX_GFP_H */
