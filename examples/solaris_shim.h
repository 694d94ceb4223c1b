/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * solaris_shim.h - the few DDI calls that are not about allocators
 *
 * ddi.ko offers allocators and little else.  A driver that is being ported
 * also takes mutexes and copies to user space; this header gives the example
 * enough of that to stay in Solaris style.  It is a header only: all
 * functions are static inline, nothing is exported, and a port may take a
 * copy and change it.  It follows the manual pages kmem_alloc(9F), mutex(9F),
 * uiomove(9F), ddi_copyin(9F), ddi_get32(9F), delay(9F), getminor(9F) and
 * cb_ops(9S) as far as the examples use them.
 *
 * Include it before every other header: the Linux headers that it needs must
 * have been read before DDI_SOLARIS_DEV_T gives dev_t its Solaris width.
 */
#ifndef _DDI_EXAMPLES_SOLARIS_SHIM_H
#define _DDI_EXAMPLES_SOLARIS_SHIM_H

#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#define DDI_SOLARIS_DEV_T
#include <sys/types.h>
#include <sys/sunddi.h>

/* kmem_alloc(9F) */

#define KM_SLEEP	0x0000
#define KM_NOSLEEP	0x0001

static inline gfp_t shim_gfp(int kmflag)
{
	return (kmflag & KM_NOSLEEP) ? GFP_ATOMIC | __GFP_NOWARN :
				       GFP_KERNEL | __GFP_NOFAIL;
}

static inline void *kmem_alloc(size_t size, int kmflag)
{
	return kmalloc(size, shim_gfp(kmflag));
}

static inline void *kmem_zalloc(size_t size, int kmflag)
{
	return kzalloc(size, shim_gfp(kmflag));
}

static inline void kmem_free(void *buf, size_t size)
{
	kfree(buf);
}

/* mutex(9F): adaptive mutexes only, so not for interrupt handlers. */

typedef struct mutex kmutex_t;

#define MUTEX_DRIVER	4

/* Linux has a macro of this name with one parameter; lockdep needs the key. */
#undef mutex_init
#define mutex_init(mp, name, type, arg)			\
do {							\
	static struct lock_class_key shim_key;		\
							\
	(void)(name), (void)(arg);			\
	__mutex_init((mp), #mp, &shim_key);		\
} while (0)

static inline void mutex_enter(kmutex_t *mp)
{
	mutex_lock(mp);
}

static inline void mutex_exit(kmutex_t *mp)
{
	mutex_unlock(mp);
}

/*
 * mutex(9F) initialised with an interrupt block cookie: one that an interrupt
 * handler takes, too. Linux has another type for it, under which nothing sleeps.
 */
typedef struct {
	spinlock_t	lock;	/* taken with interrupts off */
	unsigned long	flags;	/* of who holds it */
} intr_mutex_t;

#define intr_mutex_init(mp)	spin_lock_init(&(mp)->lock)

static inline void intr_mutex_enter(intr_mutex_t *mp)
{
	unsigned long flags;

	spin_lock_irqsave(&mp->lock, flags);
	mp->flags = flags;
}

static inline void intr_mutex_exit(intr_mutex_t *mp)
{
	spin_unlock_irqrestore(&mp->lock, mp->flags);
}

/* delay(9F), drv_usectohz(9F) */

typedef long clock_t;

static inline clock_t drv_usectohz(clock_t microsecs)
{
	return usecs_to_jiffies(microsecs);
}

static inline void delay(clock_t ticks)
{
	msleep(jiffies_to_msecs(ticks));
}

/* ddi_get32(9F), ddi_put32(9F): registers of a PCI device, little-endian. */

typedef void *ddi_acc_handle_t;

static inline uint32_t ddi_get32(ddi_acc_handle_t handle, uint32_t *addr)
{
	return ioread32((void __iomem __force *)addr);
}

static inline void ddi_put32(ddi_acc_handle_t handle, uint32_t *addr,
			     uint32_t value)
{
	iowrite32(value, (void __iomem __force *)addr);
}

#define DDI_INTR_UNCLAIMED	0
#define DDI_INTR_CLAIMED	1

/* uio(9S), uiomove(9F), uioskip(9F) */

enum uio_rw { UIO_READ, UIO_WRITE };

#define FREAD		0x01
#define FWRITE		0x02
#define FNONBLOCK	0x80

typedef struct {
	caddr_t		iov_base;
	size_t		iov_len;
} iovec_t;

typedef struct uio {
	struct iov_iter	*uio_iter;	/* what uiomove() follows */
	iovec_t		*uio_iov;	/* NULL, or the one piece of user memory */
	offset_t	uio_loffset;
	ssize_t		uio_resid;
	int		uio_fmode;
} uio_t;

static inline void shim_uio_done(uio_t *uiop, size_t n)
{
	uiop->uio_loffset += n;
	uiop->uio_resid -= n;
	if (uiop->uio_iov) {
		uiop->uio_iov->iov_base += n;
		uiop->uio_iov->iov_len -= n;
	}
}

static inline void uioskip(uio_t *uiop, size_t n)
{
	iov_iter_advance(uiop->uio_iter, n);
	shim_uio_done(uiop, n);
}

/*
 * An address fault leaves the uio as it was before the call, so it counts whole
 * pieces only.
 */
static inline int uiomove(caddr_t addr, size_t n, enum uio_rw rw, uio_t *uiop)
{
	size_t done;

	n = min_t(size_t, n, uiop->uio_resid);
	if (rw == UIO_READ)
		done = copy_to_iter(addr, n, uiop->uio_iter);
	else
		done = copy_from_iter(addr, n, uiop->uio_iter);
	if (done != n) {
		iov_iter_revert(uiop->uio_iter, done);
		return EFAULT;
	}
	shim_uio_done(uiop, n);
	return 0;
}

/* ddi_copyin(9F), ddi_copyout(9F): user addresses only, no FKIOCTL. */

typedef long intptr_t;

static inline int ddi_copyin(const void *buf, void *driverbuf, size_t cn,
			     int flags)
{
	return copy_from_user(driverbuf, (const void __user __force *)buf,
			      cn) ? -1 : 0;
}

static inline int ddi_copyout(const void *driverbuf, void *buf, size_t cn,
			      int flags)
{
	return copy_to_user((void __user __force *)buf, driverbuf,
			    cn) ? -1 : 0;
}

/* getminor(9F), makedevice(9F) */

#define SHIM_NBITSMINOR	(BITS_PER_LONG == 64 ? 32 : 18)

static inline minor_t getminor(ddi_dev_t dev)
{
	return dev & ((1UL << SHIM_NBITSMINOR) - 1);
}

static inline major_t getmajor(ddi_dev_t dev)
{
	return dev >> SHIM_NBITSMINOR;
}

static inline ddi_dev_t makedevice(major_t maj, minor_t min)
{
	return (ddi_dev_t)maj << SHIM_NBITSMINOR | min;
}

/* cb_ops(9S), the members that a plain character driver fills in. */

#define OTYP_CHR	2
#define D_MP		0x20
#define D_DEVMAP	0x100

struct cb_ops {
	int (*cb_open)(ddi_dev_t *devp, int flag, int otyp, cred_t *credp);
	int (*cb_close)(ddi_dev_t dev, int flag, int otyp, cred_t *credp);
	int (*cb_read)(ddi_dev_t dev, struct uio *uiop, cred_t *credp);
	int (*cb_write)(ddi_dev_t dev, struct uio *uiop, cred_t *credp);
	int (*cb_ioctl)(ddi_dev_t dev, int cmd, intptr_t arg, int mode,
			cred_t *credp, int *rvalp);
	int (*cb_devmap)(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off,
			 size_t len, size_t *maplen, uint_t model);
	int cb_flag;
};

#endif /* _DDI_EXAMPLES_SOLARIS_SHIM_H */
