// SPDX-License-Identifier: GPL-2.0-only
/* buf.c - the include set of getrbuf(9F) and buf(9S) */
#include <sys/types.h>
#include <sys/buf.h>
#include <sys/ddi.h>

#include "headers.h"

/* G2, L21 */
int use_buf(void *private)
{
	struct buf *bp = getrbuf(0);
	int error;

	if (bp == NULL)
		return -1;
	bp->b_private = private;
	bp->b_flags |= B_WRITE;
	bp->b_un.b_addr = NULL;
	bp->b_bcount = 0;
	bp->b_resid = bp->b_bcount;
	bp->b_lblkno = 5;
	bp->av_forw = NULL;
	bp->b_iodone = NULL;
	bioerror(bp, bp->b_blkno == 5 ? 0 : 1);
	error = geterror(bp);
	freerbuf(bp);
	return error;
}
