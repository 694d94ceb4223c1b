/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edu_xx.h - the Solaris half of the driver of QEMU's edu device
 *
 * The device has a DMA engine and 4 KiB of memory of its own, through which the
 * driver moves data between a process and the store of a minor device:
 * edu_device.c is about the device, edu_minor.c about minor devices, edu_rw.c
 * about read and write. Nothing there knows Linux: <sys/...> comes from ddi.ko,
 * the other calls from the shim, and edu_linux.c calls the entry points.
 */
#ifndef _DDI_EXAMPLES_EDU_XX_H
#define _DDI_EXAMPLES_EDU_XX_H

#include "solaris_shim.h"

#include <sys/types.h>
#include <sys/buf.h>
#include <sys/map.h>
#include <sys/vmem.h>
#include <sys/sunddi.h>

#include "edu.h"

#define XX_NDEVS	4		/* minors below this open a new one */
#define XX_NTABLE	(XX_NDEVS + EDU_NMINORS)

/* One piece on its way: into the device's memory first, then out of it. */
struct xx_req {
	struct xx_req	*next;
	ulong_t		index;		/* where in the device's memory */
	size_t		size;
	uint32_t	from;
	uint32_t	to;
	boolean_t	out;
	struct buf	*bp;		/* what the process waits for */
};

struct xx_state {
	/* Constant while attached. */
	dev_info_t	*dip;
	int		instance;
	caddr_t		regs;
	struct map	*map;		/* of the device's memory */
	vmem_t		*ids;		/* numbers of requests, from 1 */

	kmutex_t	factorial_lock;	/* one computation at a time */

	intr_mutex_t	lock;		/* guards the rest, and the DMA engine */
	boolean_t	stopped;
	struct xx_req	reqs[EDU_NREQS];
	struct xx_req	*running;
	struct xx_req	*first;		/* those that wait for the engine */
	struct xx_req	**lastp;
	struct buf	*factorial;	/* what waits for the computation */
};

struct xx_minor {
	/* Constant after xxopen(). */
	struct xx_state		*sp;
	caddr_t			store;
	ddi_umem_cookie_t	cookie;

	kmutex_t		lock;	/* one transfer at a time, and: */
	caddr_t			bounce;
	ddi_umem_cookie_t	bounce_cookie;
};

/* edu_device.c */
struct xx_state *xx_create(dev_info_t *dip, int instance, caddr_t regs);
void xx_destroy(struct xx_state *sp);
int xx_strategy(struct xx_state *sp, uint32_t from, uint32_t to, struct buf *bp);
int xx_factorial(struct xx_state *sp, uint32_t *value);

/* edu_rw.c */
struct buf *xx_buf(ddi_umem_cookie_t cookie, off_t off, size_t size, int direction);
size_t xx_clip(offset_t off, size_t size);
int xx_piece(struct xx_minor *mp, struct buf *mem, offset_t off);
int xxread(dev_t dev, uio_t *uiop, cred_t *credp);
int xxwrite(dev_t dev, uio_t *uiop, cred_t *credp);

/* edu_minor.c */
struct xx_minor *xx_getminor(dev_t dev);

#endif /* _DDI_EXAMPLES_EDU_XX_H */
