// SPDX-License-Identifier: GPL-2.0-only
/* buf.c - ddi_umem_iosetup(9F), getrbuf(9F), freerbuf(9F) */
#include <sys/buf.h>
#include <sys/sunddi.h>

#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ddi_umem/umem_impl.h"

/**
 * struct umem_buf - a buf, with what it describes
 * @pub: what drivers see; first
 * @window: the memory of ddi_umem_iosetup(), with a reference; nothing for getrbuf()
 */
struct umem_buf {
	struct buf pub;
	struct umem_window window;
};

static struct umem_buf *buf_alloc(int sleepflag)
{
	bool atomic = sleepflag & DDI_UMEM_NOSLEEP;
	gfp_t gfp = atomic ? GFP_ATOMIC | __GFP_NOWARN : GFP_KERNEL | __GFP_NOFAIL;
	struct umem_buf *buf;

	might_sleep_if(!atomic);
	buf = kzalloc(sizeof(*buf), gfp);
	if (!buf)
		return NULL;
	buf->pub.b_flags = B_BUSY;
	init_completion(&buf->pub.b_done);
	return buf;
}

struct buf *getrbuf(int sleepflag)
{
	struct umem_buf *buf = buf_alloc(sleepflag);

	return buf ? &buf->pub : NULL;
}
EXPORT_SYMBOL(getrbuf);

void freerbuf(struct buf *bp)
{
	struct umem_buf *buf = container_of(bp, struct umem_buf, pub);

	umem_window_fini(&buf->window);
	kfree(buf);
}
EXPORT_SYMBOL(freerbuf);

/* Transfers are for locked memory: it stays where it is, and is never swapped out [L31]. */
static bool buf_attach(struct umem_buf *buf, ddi_umem_cookie_t cookie, off_t off, size_t len)
{
	struct umem_window *window = &buf->window;
	struct buf *bp = &buf->pub;

	if (umem_window_cover(window, cookie, off, len, "ddi_umem_iosetup"))
		return false;
	if (!(window->type & (UMEM_LOCKED | KMEM_NON_PAGEABLE)))
		return false;
	bp->b_un.b_addr = umem_window_addr(window) + offset_in_page(off);
	if (window->umem && window->umem->user) {
		bp->b_flags |= B_SHADOW;
		bp->b_shadow = window->umem->user->pages + (off >> PAGE_SHIFT);
		bp->b_proc = window->umem->user->proc;
	}
	return true;
}

struct buf *ddi_umem_iosetup(ddi_umem_cookie_t cookie, off_t off, size_t len, int direction,
			     ddi_dev_t dev, ddi_daddr_t blkno, int (*iodone)(struct buf *bp),
			     int sleepflag)
{
	struct umem_buf *buf;

	if (direction != B_READ && direction != B_WRITE)
		return NULL;
	if (sleepflag != DDI_UMEM_SLEEP && sleepflag != DDI_UMEM_NOSLEEP)
		return NULL;
	buf = buf_alloc(sleepflag);
	if (!buf)
		return NULL;
	if (!buf_attach(buf, cookie, off, len)) {
		freerbuf(&buf->pub);
		return NULL;
	}
	buf->pub.b_flags |= B_PHYS | direction;
	buf->pub.b_bcount = len;
	buf->pub.b_bufsize = len;
	buf->pub.b_edev = dev;
	buf->pub.b_blkno = blkno;
	buf->pub.b_iodone = iodone;
	return &buf->pub;
}
EXPORT_SYMBOL(ddi_umem_iosetup);

const struct umem_window *umem_window_of_buf(const struct buf *bp)
{
	return &container_of(bp, struct umem_buf, pub)->window;
}
