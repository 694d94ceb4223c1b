/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/buf.h - buf(9S): what describes one transfer of a driver */
#ifndef _DDI_SYS_BUF_H
#define _DDI_SYS_BUF_H

#include <linux/completion.h>

#include <sys/types.h>

struct page;

/* buf.b_flags */
#define B_BUSY		0x000001	/* in use */
#define B_DONE		0x000002	/* biodone() was called */
#define B_ERROR		0x000004	/* bioerror() was called with an error */
#define B_PHYS		0x000020	/* memory that is locked down */
#define B_READ		0x000040	/* from the device into memory */
#define B_WRITE		0x000100	/* from memory to the device */
#define B_SHADOW	0x200000	/* b_shadow has the pages */

/**
 * struct buf - one transfer
 * @b_flags: B_*
 * @b_forw: for the driver's lists
 * @b_back: for the driver's lists
 * @av_forw: for the driver's lists
 * @av_back: for the driver's lists
 * @b_bcount: how many bytes are to be transferred
 * @b_bufsize: size of the memory in bytes
 * @b_un: of which only b_addr is used
 * @b_un.b_addr: where in the memory the transfer begins: a kernel address, or
 *	an address of the process for locked user memory
 * @b_blkno: block number on the device
 * @b_lblkno: the same, where it may be larger
 * @b_resid: how many bytes were not transferred
 * @b_error: what bioerror() was told
 * @b_private: for the driver
 * @b_edev: the device
 * @b_iodone: called by biodone()
 * @b_shadow: with B_SHADOW, the pages, the first of which @b_un.b_addr lies in
 * @b_proc: the process that @b_un.b_addr is an address of, or NULL
 * @b_done: what biowait() waits for
 */
struct buf {
	int b_flags;
	struct buf *b_forw;
	struct buf *b_back;
	struct buf *av_forw;
	struct buf *av_back;
	size_t b_bcount;
	size_t b_bufsize;
	union {
		caddr_t b_addr;
	} b_un;
	union {
		ddi_daddr_t b_blkno;
		longlong_t b_lblkno;
	};
	size_t b_resid;
	int b_error;
	void *b_private;
	ddi_dev_t b_edev;
	int (*b_iodone)(struct buf *bp);
	struct page **b_shadow;
	proc_t *b_proc;
	struct completion b_done;
};

/**
 * getrbuf() - allocate a struct buf that is free for any use
 * @sleepflag: KM_SLEEP (0), which may sleep and does not fail, or KM_NOSLEEP (1)
 *
 * Context: Process context; with KM_NOSLEEP any.
 * Return: the buf, zeroed and B_BUSY; NULL with KM_NOSLEEP when memory is short.
 *
 * Defined by getrbuf(9F).
 */
struct buf *getrbuf(int sleepflag);

/**
 * freerbuf() - free what getrbuf() or ddi_umem_iosetup() returned
 * @bp: the buf
 *
 * Context: Any.
 *
 * Defined by freerbuf(9F).
 */
void freerbuf(struct buf *bp);

/**
 * bioerror() - note how a transfer went
 * @bp: the transfer
 * @error: errno, 0 for none
 *
 * Context: Any.
 *
 * Defined by bioerror(9F).
 */
static inline void bioerror(struct buf *bp, int error)
{
	bp->b_error = error;
	if (error)
		bp->b_flags |= B_ERROR;
	else
		bp->b_flags &= ~B_ERROR;
}

/**
 * geterror() - how a transfer went
 * @bp: the transfer
 *
 * Context: Any.
 * Return: 0, or the errno that bioerror() noted; EIO for B_ERROR without one.
 *
 * Defined by geterror(9F).
 */
static inline int geterror(struct buf *bp)
{
	if (!(bp->b_flags & B_ERROR))
		return 0;
	return bp->b_error ? bp->b_error : 5;
}

/**
 * biodone() - a transfer is over
 * @bp: the transfer
 *
 * Calls @bp->b_iodone, if there is one; otherwise biowait() returns.
 *
 * Context: Any; as a rule the device's interrupt handler.
 *
 * Defined by biodone(9F).
 */
static inline void biodone(struct buf *bp)
{
	int (*iodone)(struct buf *bp) = bp->b_iodone;

	bp->b_flags |= B_DONE;
	if (iodone) {
		bp->b_iodone = NULL;
		iodone(bp);
	} else {
		complete(&bp->b_done);
	}
}

/**
 * biowait() - wait for biodone()
 * @bp: the transfer
 *
 * Context: Process context, sleeps. Signals do not end it.
 * Return: as geterror().
 *
 * Defined by biowait(9F).
 */
static inline int biowait(struct buf *bp)
{
	wait_for_completion(&bp->b_done);
	return geterror(bp);
}

#endif /* _DDI_SYS_BUF_H */
