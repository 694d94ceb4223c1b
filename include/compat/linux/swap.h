/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/swap.h, with one way to give pages back to reclaim
 *
 * move_evictable_pages(): check_move_unevictable_folios() is there since 5.19,
 * check_move_unevictable_pages() before; both take small batches. The choice
 * goes with 5.10.
 */
#ifndef _DDI_COMPAT_LINUX_SWAP_H
#define _DDI_COMPAT_LINUX_SWAP_H

#include_next <linux/swap.h>
#include <linux/folio_batch.h>

/* Let reclaim find those pages that are evictable now, if it has set them aside. */
static inline void move_evictable_pages(struct page **pages, unsigned long count)
{
#ifdef DDI_HAVE_FOLIO_BATCH
	struct folio_batch batch;
	unsigned long i;

	folio_batch_init(&batch);
	for (i = 0; i < count; i++)
		if (!folio_batch_add(&batch, page_folio(pages[i])) || i == count - 1) {
			check_move_unevictable_folios(&batch);
			folio_batch_init(&batch);
		}
#else
	struct pagevec batch;
	unsigned long i;

	pagevec_init(&batch);
	for (i = 0; i < count; i++)
		if (!pagevec_add(&batch, pages[i]) || i == count - 1) {
			check_move_unevictable_pages(&batch);
			pagevec_init(&batch);
		}
#endif
}

#endif /* _DDI_COMPAT_LINUX_SWAP_H */
