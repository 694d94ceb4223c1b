// SPDX-License-Identifier: GPL-2.0-only
/* edu_rw.c - transfers between a process and the store of a minor device */
#include "solaris_shim.h"

#include <sys/types.h>
#include <sys/buf.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "edu_xx.h"

struct buf *
xx_buf(ddi_umem_cookie_t cookie, off_t off, size_t size, int direction)
{
	return ddi_umem_iosetup(cookie, off, size, direction, 0, 0, NULL,
				DDI_UMEM_SLEEP);
}

/* Between two bufs that the device can reach, both of one page at most */
static int
xx_move_bound(struct xx_state *sp, struct buf *from, struct buf *to)
{
	struct edu_dma src, dst;
	int err;

	err = edu_dma_bind(sp->dip, from, &src);
	if (err != 0)
		return err;
	err = edu_dma_bind(sp->dip, to, &dst);
	if (err == 0) {
		err = xx_strategy(sp, src.address, dst.address, to);
		edu_dma_unbind(sp->dip, &dst);
	}
	edu_dma_unbind(sp->dip, &src);
	return err;
}

/*
 * One piece between memory that mem describes, and that this call frees, and the
 * store at off.
 */
int
xx_piece(struct xx_minor *mp, struct buf *mem, offset_t off)
{
	boolean_t read;
	struct buf *store;
	int err = EINVAL;

	if (mem == NULL)
		return EINVAL;
	read = mem->b_flags & B_READ ? B_TRUE : B_FALSE;
	store = xx_buf(mp->cookie, off, mem->b_bcount, read ? B_WRITE : B_READ);
	if (store != NULL) {
		err = read ? xx_move_bound(mp->sp, store, mem) :
			     xx_move_bound(mp->sp, mem, store);
		freerbuf(store);
	}
	freerbuf(mem);
	return err;
}

/* How much of a piece of size bytes at off lies in one page and in the store */
size_t
xx_clip(offset_t off, size_t size)
{
	size = MIN(size, (size_t)EDU_MAXSIZE);
	size = MIN(size, (size_t)(EDU_STORESIZE - off));
	return MIN(size, (size_t)(ptob(1) - off % ptob(1)));
}

/* Through a buffer, one piece */
static int
xx_buffered(struct xx_minor *mp, uio_t *uiop, enum uio_rw rw)
{
	int direction = rw == UIO_READ ? B_READ : B_WRITE;
	offset_t off = uiop->uio_loffset;
	size_t size = xx_clip(off, uiop->uio_resid);
	int err;

	if (rw == UIO_WRITE) {
		err = uiomove(mp->bounce, size, rw, uiop);
		if (err != 0)
			return err;
	}
	err = xx_piece(mp, xx_buf(mp->bounce_cookie, 0, size, direction), off);
	if (err == 0 && rw == UIO_READ)
		err = uiomove(mp->bounce, size, rw, uiop);
	return err;
}

/* From or to the process's own memory, all of which cookie has locked */
static int
xx_direct(struct xx_minor *mp, uio_t *uiop, enum uio_rw rw,
	  ddi_umem_cookie_t cookie, size_t len)
{
	int direction = rw == UIO_READ ? B_READ : B_WRITE;
	size_t done, size;
	int err;

	for (done = 0; done < len; done += size) {
		size = xx_clip(uiop->uio_loffset, len - done);
		err = xx_piece(mp, xx_buf(cookie, done, size, direction),
			       uiop->uio_loffset);
		if (err != 0)
			return err;
		uioskip(uiop, size);
	}
	return 0;
}

/* Lock what the process hands over, where that is possible: whole pages. */
static ddi_umem_cookie_t
xx_lock(struct xx_minor *mp, uio_t *uiop, enum uio_rw rw, size_t len)
{
	caddr_t addr = uiop->uio_iov->iov_base;
	ddi_umem_cookie_t cookie;

	if (!edu_dma_reaches_all(mp->sp->dip))
		return NULL;
	if (len == 0 || ((ulong_t)addr | len | uiop->uio_loffset) % ptob(1) != 0)
		return NULL;
	/* Memory that cannot be locked may still be copied. */
	if (ddi_umem_lock(addr, len, rw == UIO_READ ? DDI_UMEMLOCK_WRITE :
			  DDI_UMEMLOCK_READ, &cookie) != 0)
		return NULL;
	return cookie;
}

static int
xx_rw_locked(struct xx_minor *mp, uio_t *uiop, enum uio_rw rw)
{
	ddi_umem_cookie_t cookie;
	size_t len;
	int err = 0;

	len = MIN((size_t)uiop->uio_resid,
		  (size_t)(EDU_STORESIZE - uiop->uio_loffset));
	cookie = xx_lock(mp, uiop, rw, len);
	if (cookie != NULL) {
		err = xx_direct(mp, uiop, rw, cookie, len);
		ddi_umem_unlock(cookie);
		return err;
	}
	while (err == 0 && uiop->uio_resid > 0 &&
	       uiop->uio_loffset < EDU_STORESIZE)
		err = xx_buffered(mp, uiop, rw);
	return err;
}

static int
xx_rw(dev_t dev, uio_t *uiop, enum uio_rw rw)
{
	struct xx_minor *mp = xx_getminor(dev);
	int err;

	if (mp == NULL)
		return ENXIO;
	if (uiop->uio_loffset < 0)
		return EINVAL;
	if (uiop->uio_loffset >= EDU_STORESIZE)
		return rw == UIO_READ ? 0 : ENOSPC;
	mutex_enter(&mp->lock);
	err = xx_rw_locked(mp, uiop, rw);
	mutex_exit(&mp->lock);
	return err;
}

int
xxread(dev_t dev, uio_t *uiop, cred_t *credp)
{
	return xx_rw(dev, uiop, UIO_READ);
}

int
xxwrite(dev_t dev, uio_t *uiop, cred_t *credp)
{
	return xx_rw(dev, uiop, UIO_WRITE);
}
