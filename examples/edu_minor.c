// SPDX-License-Identifier: GPL-2.0-only
/*
 * edu_minor.c - minor devices of the edu device: open, close, ioctl, devmap
 *
 * Each open makes a minor device with a store of its own. An arena numbers them.
 */
#include "solaris_shim.h"

#include <sys/types.h>
#include <sys/buf.h>
#include <sys/vmem.h>
#include <sys/ddi.h>
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include "edu_xx.h"

static vmem_t *xx_ids;			/* minor numbers, from XX_NDEVS */

static kmutex_t xx_mutex;		/* guards the next two */
static struct xx_state *xx_states[XX_NDEVS];
static struct xx_minor *xx_minors[XX_NTABLE];

static kmutex_t xx_region_lock;		/* guards the next; outside of Linux's locks */
static ddi_umem_cookie_t xx_regions[XX_NTABLE];

/* Interrupts may come from the return on. NULL if there is no such device. */
struct xx_state *
xxattach(dev_info_t *dip, int instance, caddr_t regs)
{
	struct xx_state *sp;

	if (instance >= XX_NDEVS)
		return NULL;
	sp = xx_create(dip, instance, regs);
	if (sp == NULL)
		return NULL;
	mutex_enter(&xx_mutex);
	xx_states[instance] = sp;
	mutex_exit(&xx_mutex);
	return sp;
}

/* Take a minor out of the table; NULL if it is not there. */
static struct xx_minor *
xx_take_minor(minor_t minor)
{
	struct xx_minor *mp;

	mutex_enter(&xx_mutex);
	mp = xx_minors[minor];
	xx_minors[minor] = NULL;
	mutex_exit(&xx_mutex);
	return mp;
}

static void
xx_end_region(minor_t minor)
{
	mutex_enter(&xx_region_lock);
	ddi_umem_unlock(xx_regions[minor]);
	xx_regions[minor] = NULL;
	mutex_exit(&xx_region_lock);
}

static void
xx_free_minor(minor_t minor, struct xx_minor *mp)
{
	xx_end_region(minor);
	ddi_umem_free(mp->bounce_cookie);
	ddi_umem_free(mp->cookie);
	kmem_free(mp, sizeof(*mp));
	vmem_free(xx_ids, (void *)(ulong_t)minor, 1);
}

static boolean_t
xx_is_minor_of(struct xx_state *sp, minor_t minor)
{
	boolean_t found;

	mutex_enter(&xx_mutex);
	found = xx_minors[minor] != NULL && xx_minors[minor]->sp == sp;
	mutex_exit(&xx_mutex);
	return found;
}

/*
 * No entry point runs any more, and no interrupt comes. Minors that are still open
 * go as well: Linux takes a device away although it is open.
 */
void
xxdetach(struct xx_state *sp)
{
	minor_t minor;

	mutex_enter(&xx_mutex);
	xx_states[sp->instance] = NULL;
	mutex_exit(&xx_mutex);
	for (minor = XX_NDEVS; minor < XX_NTABLE; minor++)
		if (xx_is_minor_of(sp, minor))
			xx_free_minor(minor, xx_take_minor(minor));
	xx_destroy(sp);
}

int
xx_init(void)
{
	mutex_init(&xx_mutex, NULL, MUTEX_DRIVER, NULL);
	mutex_init(&xx_region_lock, NULL, MUTEX_DRIVER, NULL);
	xx_ids = vmem_create("edu_minors", (void *)XX_NDEVS, EDU_NMINORS, 1, NULL,
			     NULL, NULL, 0, VM_SLEEP | VMC_IDENTIFIER);
	return xx_ids != NULL ? DDI_SUCCESS : DDI_FAILURE;
}

void
xx_fini(void)
{
	vmem_destroy(xx_ids);
}

/* Open and close */

static struct xx_state *
xx_getstate(dev_t dev)
{
	struct xx_state *sp = NULL;

	mutex_enter(&xx_mutex);
	if (getminor(dev) < XX_NDEVS)
		sp = xx_states[getminor(dev)];
	mutex_exit(&xx_mutex);
	return sp;
}

/* A minor that is open stays: xxclose() comes after all other calls. */
struct xx_minor *
xx_getminor(dev_t dev)
{
	struct xx_minor *mp = NULL;

	mutex_enter(&xx_mutex);
	if (getminor(dev) < XX_NTABLE)
		mp = xx_minors[getminor(dev)];
	mutex_exit(&xx_mutex);
	return mp;
}

static int
xx_init_minor(struct xx_minor *mp, struct xx_state *sp)
{
	mp->sp = sp;
	mutex_init(&mp->lock, NULL, MUTEX_DRIVER, NULL);
	mp->store = edu_dma_alloc(sp->dip, EDU_STORESIZE, &mp->cookie);
	if (mp->store == NULL)
		return ENOMEM;
	mp->bounce = edu_dma_alloc(sp->dip, EDU_MAXSIZE, &mp->bounce_cookie);
	if (mp->bounce == NULL) {
		ddi_umem_free(mp->cookie);
		return ENOMEM;
	}
	return 0;
}

/* Opening the minor of a device makes a new one and replaces *devp by it. */
static int
xxopen(dev_t *devp, int flag, int otyp, cred_t *credp)
{
	struct xx_state *sp = xx_getstate(*devp);
	struct xx_minor *mp;
	minor_t minor;
	int err;

	if (sp == NULL)
		return ENXIO;
	minor = (minor_t)(ulong_t)vmem_alloc(xx_ids, 1, VM_NOSLEEP | VM_NEXTFIT);
	if (minor == 0)
		return EBUSY;
	mp = kmem_zalloc(sizeof(*mp), KM_SLEEP);
	err = xx_init_minor(mp, sp);
	if (err != 0) {
		kmem_free(mp, sizeof(*mp));
		vmem_free(xx_ids, (void *)(ulong_t)minor, 1);
		return err;
	}
	mutex_enter(&xx_mutex);
	xx_minors[minor] = mp;
	mutex_exit(&xx_mutex);
	*devp = makedevice(getmajor(*devp), minor);
	return 0;
}

static int
xxclose(dev_t dev, int flag, int otyp, cred_t *credp)
{
	struct xx_minor *mp = xx_getminor(dev);

	if (mp == NULL)
		return ENXIO;
	xx_free_minor(getminor(dev), xx_take_minor(getminor(dev)));
	return 0;
}

/* Memory that is locked for long */

/* The process has unmapped some of it, or is gone: use it no more. */
static void
xx_region_gone(ddi_umem_cookie_t cookie)
{
	minor_t minor;

	mutex_enter(&xx_region_lock);
	for (minor = XX_NDEVS; minor < XX_NTABLE; minor++) {
		if (xx_regions[minor] == cookie) {
			xx_regions[minor] = NULL;
			ddi_umem_unlock(cookie);
		}
	}
	mutex_exit(&xx_region_lock);
}

static struct umem_callback_ops xx_region_ops = {
	UMEM_CALLBACK_VERSION, xx_region_gone
};

/*
 * The lock is held until the cookie is in the table, so that the callback finds
 * it there. xxdevmap(), which Linux calls with locks that locking memory takes,
 * does not take it.
 */
static int
xx_begin_region(struct xx_minor *mp, minor_t minor, struct edu_region *rp)
{
	int err = EBUSY;

	if (!edu_dma_reaches_all(mp->sp->dip))
		return EOPNOTSUPP;
	mutex_enter(&xx_region_lock);
	if (xx_regions[minor] == NULL)
		err = umem_lockmemory((caddr_t)(ulong_t)rp->addr, rp->len,
				      DDI_UMEMLOCK_READ | DDI_UMEMLOCK_WRITE |
				      DDI_UMEMLOCK_LONGTERM, &xx_regions[minor],
				      &xx_region_ops, NULL);
	mutex_exit(&xx_region_lock);
	return err;
}

/* A buf keeps the pages, whatever becomes of the region. */
static struct buf *
xx_region_buf(minor_t minor, off_t off, size_t size, int direction)
{
	struct buf *bp;

	mutex_enter(&xx_region_lock);
	bp = xx_buf(xx_regions[minor], off, size, direction);
	mutex_exit(&xx_region_lock);
	return bp;
}

static int
xx_region_move(struct xx_minor *mp, minor_t minor, struct edu_move *mv,
	       int direction)
{
	size_t size;
	int err = 0;

	if (mv->store_off > EDU_STORESIZE ||
	    mv->len > EDU_STORESIZE - mv->store_off)
		return EINVAL;
	while (err == 0 && mv->len > 0) {
		size = xx_clip(mv->store_off, mv->len);
		size = MIN(size, (size_t)(ptob(1) - mv->region_off % ptob(1)));
		err = xx_piece(mp, xx_region_buf(minor, mv->region_off, size,
						 direction), mv->store_off);
		mv->region_off += size;
		mv->store_off += size;
		mv->len -= size;
	}
	return err;
}

static int
xxioctl(dev_t dev, int cmd, intptr_t arg, int mode, cred_t *credp, int *rvalp)
{
	struct xx_minor *mp = xx_getminor(dev);
	minor_t minor = getminor(dev);
	struct edu_region region;
	struct edu_move move;
	uint32_t value;
	int err;

	if (mp == NULL)
		return ENXIO;
	switch (cmd) {
	case EDUIOC_FACTORIAL:
		if (ddi_copyin((void *)arg, &value, sizeof(value), mode) != 0)
			return EFAULT;
		err = xx_factorial(mp->sp, &value);
		if (err == 0 &&
		    ddi_copyout(&value, (void *)arg, sizeof(value), mode) != 0)
			return EFAULT;
		return err;
	case EDUIOC_REGION:
		if (ddi_copyin((void *)arg, &region, sizeof(region), mode) != 0)
			return EFAULT;
		if (region.len != 0)
			return xx_begin_region(mp, minor, &region);
		xx_end_region(minor);
		return 0;
	case EDUIOC_SEND:
	case EDUIOC_FETCH:
		if (ddi_copyin((void *)arg, &move, sizeof(move), mode) != 0)
			return EFAULT;
		mutex_enter(&mp->lock);
		err = xx_region_move(mp, minor, &move,
				     cmd == EDUIOC_SEND ? B_WRITE : B_READ);
		mutex_exit(&mp->lock);
		return err;
	default:
		return ENOTTY;
	}
}

/* Registers, as they are, in order */
static ddi_device_acc_attr_t xx_acc_attr = {
	DDI_DEVICE_ATTR_V0, DDI_NEVERSWAP_ACC, DDI_STRICTORDER_ACC
};

/* Register set 0 of a PCI device is its configuration space. */
#define XX_RNUMBER	1

static int
xxdevmap(dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
	 size_t *maplen, uint_t model)
{
	struct xx_minor *mp = xx_getminor(dev);
	int err;

	if (mp == NULL)
		return ENXIO;
	/* An offset or length outside the registers, or the cookie, is refused here. */
	if (off >= EDU_REGISTERS)
		err = devmap_devmem_setup(dhp, mp->sp->dip, NULL, XX_RNUMBER,
					  off - EDU_REGISTERS, len,
					  PROT_READ | PROT_USER, DEVMAP_DEFAULTS,
					  &xx_acc_attr);
	else
		err = devmap_umem_setup(dhp, NULL, NULL, mp->cookie, off, len,
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
