// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmdrv_xx.c - a Solaris character driver, ported
 *
 * The driver moves data between user space and a pretend device through a
 * private buffer that all its minor devices share.  A resource map hands out
 * the buffer by the byte, as the examples in rmalloc(9F) do it, but counts
 * from 1 instead of from the buffer's address: 0 is never a valid index.
 * Behind each minor device stands ddi_umem memory, which mmap(2) shows.
 *
 * Nothing here knows Linux: <sys/...> comes from ddi.ko, the other calls from
 * the shim, and rmdrv_linux.c calls the entry points from Linux.
 */
#include "solaris_shim.h"

#include <sys/types.h>
#include <sys/map.h>
#include <sys/vmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "rmdrv.h"

struct xx_hold {
	ulong_t	index;
	size_t	size;
};

struct xx_state {
	/* Constant after xxopen(). */
	caddr_t			store;
	ddi_umem_cookie_t	cookie;

	kmutex_t		lock;	/* the contents of store, and: */
	uint_t			nholds;
	struct xx_hold		holds[XX_MAPSIZE];
};

static caddr_t xx_buf;			/* private buffer */
static struct map *xx_mp;		/* its space management map */
static vmem_t *xx_minors;		/* minor numbers, 0 is for opening */

static kmutex_t xx_mutex;		/* guards xx_states */
static struct xx_state *xx_states[XX_NMINORS + 1];

/* A minor that is open stays: xxclose() comes after all other calls. */
static struct xx_state *
xx_getstate(dev_t dev)
{
	struct xx_state *sp = NULL;
	minor_t minor = getminor(dev);

	mutex_enter(&xx_mutex);
	if (minor <= XX_NMINORS)
		sp = xx_states[minor];
	mutex_exit(&xx_mutex);
	return sp;
}

static void
xx_setstate(minor_t minor, struct xx_state *sp)
{
	mutex_enter(&xx_mutex);
	xx_states[minor] = sp;
	mutex_exit(&xx_mutex);
}

/* The address of a unit of the map. */
static caddr_t
xx_addr(ulong_t index)
{
	return xx_buf + index - 1;
}

int
xxattach(void)
{
	mutex_init(&xx_mutex, NULL, MUTEX_DRIVER, NULL);

	/* Allocate the private buffer. */
	xx_buf = kmem_alloc(XX_BUFSIZE, KM_NOSLEEP);
	if (xx_buf == NULL) {
		cmn_err(CE_WARN, "rmdrv: no %d byte buffer", XX_BUFSIZE);
		return DDI_FAILURE;
	}

	/* Make a map with one slot for each buffer in use ... */
	xx_mp = rmallocmap(XX_MAPSIZE);
	if (xx_mp == NULL) {
		cmn_err(CE_WARN, "rmdrv: no resource map");
		kmem_free(xx_buf, XX_BUFSIZE);
		return DDI_FAILURE;
	}
	/* ... and give it all of the buffer to manage. */
	rmfree(xx_mp, XX_BUFSIZE, 1);

	xx_minors = vmem_create("xx_minors", (void *)1, XX_NMINORS, 1, NULL,
				NULL, NULL, 0, VM_SLEEP | VMC_IDENTIFIER);
	if (xx_minors == NULL) {
		rmfreemap(xx_mp);
		kmem_free(xx_buf, XX_BUFSIZE);
		return DDI_FAILURE;
	}
	return DDI_SUCCESS;
}

void
xxdetach(void)
{
	vmem_destroy(xx_minors);
	rmfreemap(xx_mp);
	kmem_free(xx_buf, XX_BUFSIZE);
}

/* Opening minor 0 makes a new minor device and replaces *devp by it. */
static int
xxopen(dev_t *devp, int flag, int otyp, cred_t *credp)
{
	struct xx_state *sp;
	minor_t minor;

	if (otyp != OTYP_CHR)
		return EINVAL;
	/* Next fit: a minor just closed is not the first to be used again. */
	minor = (minor_t)(ulong_t)vmem_alloc(xx_minors, 1,
					     VM_NOSLEEP | VM_NEXTFIT);
	if (minor == 0)
		return EBUSY;

	sp = kmem_zalloc(sizeof(*sp), KM_SLEEP);
	sp->store = ddi_umem_alloc(XX_STORESIZE, DDI_UMEM_SLEEP, &sp->cookie);
	if (sp->store == NULL) {
		kmem_free(sp, sizeof(*sp));
		vmem_free(xx_minors, (void *)(ulong_t)minor, 1);
		return ENOMEM;
	}
	mutex_init(&sp->lock, NULL, MUTEX_DRIVER, NULL);
	xx_setstate(minor, sp);
	*devp = makedevice(getmajor(*devp), minor);
	return 0;
}

/* Give back the buffers that XXIOC_HOLD took. */
static void
xx_release(struct xx_state *sp)
{
	struct xx_hold *hp;

	mutex_enter(&sp->lock);
	while (sp->nholds > 0) {
		hp = &sp->holds[--sp->nholds];
		rmfree(xx_mp, hp->size, hp->index);
	}
	mutex_exit(&sp->lock);
}

static int
xxclose(dev_t dev, int flag, int otyp, cred_t *credp)
{
	struct xx_state *sp = xx_getstate(dev);
	minor_t minor = getminor(dev);

	if (sp == NULL)
		return ENXIO;
	xx_setstate(minor, NULL);
	xx_release(sp);
	ddi_umem_free(sp->cookie);
	kmem_free(sp, sizeof(*sp));
	vmem_free(xx_minors, (void *)(ulong_t)minor, 1);
	return 0;
}

/* The device moves data between its store and the buffer: DMA, so to say. */
static void
xx_device(struct xx_state *sp, caddr_t addr, size_t size, offset_t off,
	  enum uio_rw rw)
{
	mutex_enter(&sp->lock);
	if (rw == UIO_READ)
		memcpy(addr, sp->store + off, size);
	else
		memcpy(sp->store + off, addr, size);
	mutex_exit(&sp->lock);
}

/* Transfer one piece of at most XX_MAXSIZE bytes. */
static int
xx_piece(struct xx_state *sp, uio_t *uiop, size_t size, enum uio_rw rw)
{
	unsigned long (*get)(struct map *mp, size_t size);
	offset_t off = uiop->uio_loffset;
	caddr_t addr;
	ulong_t index;

	/* Get buffer. */
	get = (uiop->uio_fmode & FNONBLOCK) ? rmalloc : rmalloc_wait;
	index = get(xx_mp, size);
	if (index == 0)
		return EAGAIN;
	addr = xx_addr(index);

	/*
	 * Move data to or from the buffer. If an invalid address is found,
	 * return the buffer to the map, and an error code.
	 */
	if (rw == UIO_READ)
		xx_device(sp, addr, size, off, rw);
	if (uiomove(addr, size, rw, uiop) != 0) {
		rmfree(xx_mp, size, index);
		return EFAULT;
	}
	if (rw == UIO_WRITE)
		xx_device(sp, addr, size, off, rw);
	rmfree(xx_mp, size, index);
	return 0;
}

/* Break large I/O into pieces that leave buffer space to others. */
static int
xx_rw(dev_t dev, uio_t *uiop, enum uio_rw rw)
{
	struct xx_state *sp = xx_getstate(dev);
	size_t size;
	int err;

	if (sp == NULL)
		return ENXIO;
	if (uiop->uio_loffset < 0)
		return EINVAL;
	while (uiop->uio_resid > 0) {
		if (uiop->uio_loffset >= XX_STORESIZE)
			return rw == UIO_READ ? 0 : ENOSPC;
		size = MIN((size_t)uiop->uio_resid, (size_t)XX_MAXSIZE);
		size = MIN(size, (size_t)(XX_STORESIZE - uiop->uio_loffset));
		err = xx_piece(sp, uiop, size, rw);
		if (err != 0)
			return err;
	}
	return 0;
}

static int
xxread(dev_t dev, uio_t *uiop, cred_t *credp)
{
	return xx_rw(dev, uiop, UIO_READ);
}

static int
xxwrite(dev_t dev, uio_t *uiop, cred_t *credp)
{
	return xx_rw(dev, uiop, UIO_WRITE);
}

/* Occupy part of the buffer, so that a test can see what others do then. */
static int
xx_hold(struct xx_state *sp, intptr_t size)
{
	struct xx_hold *hp;
	int err = ENOSPC;

	if (size <= 0 || size > XX_BUFSIZE)
		return EINVAL;
	mutex_enter(&sp->lock);
	if (sp->nholds < XX_MAPSIZE) {
		hp = &sp->holds[sp->nholds];
		hp->size = size;
		hp->index = rmalloc(xx_mp, size);
		if (hp->index != 0) {
			sp->nholds++;
			err = 0;
		}
	}
	mutex_exit(&sp->lock);
	return err;
}

static int
xxioctl(dev_t dev, int cmd, intptr_t arg, int mode, cred_t *credp,
	int *rvalp)
{
	struct xx_state *sp = xx_getstate(dev);
	int minor = getminor(dev);

	if (sp == NULL)
		return ENXIO;
	switch (cmd) {
	case XXIOC_MINOR:
		if (ddi_copyout(&minor, (void *)arg, sizeof(minor), mode) != 0)
			return EFAULT;
		return 0;
	case XXIOC_HOLD:
		return xx_hold(sp, arg);
	case XXIOC_RELEASE:
		xx_release(sp);
		return 0;
	default:
		return ENOTTY;
	}
}

static int
xxdevmap(dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
	 size_t *maplen, uint_t model)
{
	struct xx_state *sp = xx_getstate(dev);
	int err;

	if (sp == NULL)
		return ENXIO;
	/* An offset or length outside the cookie is refused here. */
	err = devmap_umem_setup(dhp, NULL, NULL, sp->cookie, off, len,
				PROT_ALL, DEVMAP_DEFAULTS, NULL);
	*maplen = len;
	return err;
}

struct cb_ops xx_cb_ops = {
	.cb_open	= xxopen,
	.cb_close	= xxclose,
	.cb_read	= xxread,
	.cb_write	= xxwrite,
	.cb_ioctl	= xxioctl,
	.cb_devmap	= xxdevmap,
	.cb_flag	= D_MP | D_DEVMAP,
};
