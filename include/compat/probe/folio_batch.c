// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does check_move_unevictable_folios() take a folio_batch? Since 5.19.
 * Fails with: storage size of|incomplete type|declaration
 */
#if __has_include(<linux/folio_batch.h>)
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif
#include <linux/swap.h>

void probe(void);
void probe(void)
{
	struct folio_batch batch;

	folio_batch_init(&batch);
	check_move_unevictable_folios(&batch);
}
