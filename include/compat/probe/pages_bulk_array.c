// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there alloc_pages_bulk_array()? Since 5.13; alloc_pages_bulk() since 6.14.
 * Fails with: implicit declaration of function|undeclared function
 */
#include <linux/gfp.h>

unsigned long ddi_probe(struct page **array);

unsigned long ddi_probe(struct page **array)
{
#ifdef alloc_pages_bulk
	return alloc_pages_bulk(GFP_KERNEL, 1, array);
#else
	return alloc_pages_bulk_array(GFP_KERNEL, 1, array);
#endif
}
