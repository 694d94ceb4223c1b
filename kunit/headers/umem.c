// SPDX-License-Identifier: GPL-2.0-only
/* umem.c - the include set of ddi_umem_alloc(9F) and ddi_umem_lock(9F) */
#include <sys/types.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "headers.h"

static int xx_iodone(struct buf *bp)
{
	freerbuf(bp);
	return 0;
}

/* G2, U1 */
void use_umem(void)
{
	ddi_umem_cookie_t cookie;
	void *kva = ddi_umem_alloc(ptob(2), DDI_UMEM_NOSLEEP | DDI_UMEM_PAGEABLE, &cookie);

	if (kva != NULL)
		ddi_umem_free(cookie);
	(void)ddi_umem_alloc(1, DDI_UMEM_SLEEP | DDI_UMEM_TRASH, &cookie);
	ddi_umem_free(cookie);
}

/* G2, L1 */
int use_umem_lock(caddr_t addr, size_t len, ddi_dev_t dev)
{
	ddi_umem_cookie_t cookie;
	struct buf *bp;
	int error = ddi_umem_lock(addr, len, DDI_UMEMLOCK_READ | DDI_UMEMLOCK_WRITE, &cookie);

	if (error != 0)
		return error;
	bp = ddi_umem_iosetup(cookie, 0, len, B_READ, dev, (ddi_daddr_t)0, NULL,
			      DDI_UMEM_SLEEP);
	if (bp != NULL) {
		bioerror(bp, 0);
		biodone(bp);
		error = biowait(bp);
		freerbuf(bp);
	}
	bp = ddi_umem_iosetup(cookie, 0, len, B_WRITE, dev, (ddi_daddr_t)0, xx_iodone,
			      DDI_UMEM_NOSLEEP);
	if (bp != NULL)
		biodone(bp);
	ddi_umem_unlock(cookie);
	return error;
}
