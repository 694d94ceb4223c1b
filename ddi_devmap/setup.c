// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - from mmap(2) to a driver's devmap(9E) entry
 *
 * The address space handle that travels through a driver's segmap(9E) entry is
 * either the mmap call being served or, tagged, a file to be mapped.
 */
#include "ddi_devmap/setup.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "ddi_devmap/devmap_impl.h"
#include "ddi_devmap/doing.h"

/* Errors are negative inside, as Linux has them, and positive for drivers. */

/* What devmap_setup() was asked for, but for the address space. */
struct devmap_request {
	ddi_dev_t dev;
	offset_t off;
	size_t len;
	uint_t prot;
	uint_t maxprot;
	uint_t flags;
};

#define DEVMAP_AS_IS_FILE	1UL

ddi_as_handle_t ddi_devmap_as(struct file *file)
{
	return (ddi_as_handle_t)((unsigned long)file | DEVMAP_AS_IS_FILE);
}
EXPORT_SYMBOL(ddi_devmap_as);

static struct file *devmap_as_file(ddi_as_handle_t as)
{
	unsigned long tagged = (unsigned long)as;

	if (!(tagged & DEVMAP_AS_IS_FILE))
		return NULL;
	return (struct file *)(tagged & ~DEVMAP_AS_IS_FILE);
}

static int devmap_check(const struct as *as, const struct devmap_request *req)
{
	offset_t end;

	if (!as->ops->devmap || as->is_done)
		return -EINVAL;
	if ((req->flags & MAP_TYPE) != MAP_SHARED)
		return -EINVAL;
	if (req->off < 0 || req->off & ~PAGE_MASK || req->len > LLONG_MAX ||
	    check_add_overflow(req->off, (offset_t)req->len, &end))
		return -EINVAL;
	if (PAGE_ALIGN(req->len) != as->len || (as->on_touch && req->off != as->off))
		return -EINVAL;
	/* The vma is made already: a driver cannot take protection from it. */
	if (as->prot & ~(req->prot | PROT_USER) || req->prot & ~(req->maxprot | PROT_USER))
		return -EACCES;
	return 0;
}

/*
 * A handle for the beginning of [off, off + left). How much the driver covers
 * is in dh_len.
 */
static int devmap_call_entry(struct as *as, struct devmap *h,
			     const struct devmap_request *req, offset_t off,
			     size_t left)
{
	size_t maplen = 0;

	h->dev = req->dev;
	h->pub.dh_uoff = off;
	h->pub.dh_len = left;
	h->pub.dh_uvaddr = (caddr_t)as->addr + (off - req->off);
	h->pub.dh_prot = req->prot | PROT_USER;
	h->pub.dh_orig_maxprot = req->maxprot | PROT_USER;
	h->pub.dh_maxprot = h->pub.dh_orig_maxprot;
	if (as->ops->devmap(req->dev, h, off, left, &maplen, as->model))
		return -ENXIO;
	if (!h->is_set_up)
		return -ENXIO;
	if (!maplen || (maplen < left && maplen & ~PAGE_MASK))
		return -EINVAL;
	h->pub.dh_len = min(left, maplen);
	h->start = off;
	h->end = off + (offset_t)h->pub.dh_len;
	return 0;
}

static bool devmap_access_differs(const struct devmap *other, const struct devmap *h)
{
	return other && h->pub.dh_callbackops.devmap_access !=
			other->pub.dh_callbackops.devmap_access;
}

/*
 * Handles of one mapping have the same devmap_access(9E), or none has one [D12]. @last
 * was made before @h, and stays; if it is NULL, others may be there from an earlier touch.
 */
static int devmap_check_access(const struct as *as, struct devmap_map *map,
			       const struct devmap *last, const struct devmap *h)
{
	bool differs = devmap_access_differs(last, h);

	if (!last && as->on_touch) {
		down_read(&map->lock);
		differs = devmap_access_differs(devmap_first(map, 0), h);
		up_read(&map->lock);
	}
	return differs ? -EOPNOTSUPP : 0;
}

/* Make the handle behind @last, which is NULL for the first one. */
static struct devmap *devmap_make_handle(struct as *as, struct devmap_batch *batch,
					 const struct devmap_request *req, offset_t off,
					 size_t left, const struct devmap *last)
{
	struct devmap *h = devmap_batch_begin(batch, left);
	int err;

	if (!h)
		return ERR_PTR(-ENOMEM);
	h->is_new = as->on_touch;
	h->is_cutting = as->on_touch;
	err = devmap_call_entry(as, h, req, off, left) ?:
	      devmap_check_access(as, batch->map, last, h);
	if (err) {
		devmap_batch_undo(batch);
		return ERR_PTR(err);
	}
	as->any |= h->pub.dh_orig_maxprot;
	as->all &= h->pub.dh_orig_maxprot;
	as->has_map |= !!h->pub.dh_callbackops.devmap_map;
	devmap_batch_made(batch);
	return h;
}

/* A driver that covers little at a time must not outlast its caller. */
static int devmap_make_handles(struct as *as, struct devmap_batch *batch,
			       const struct devmap_request *req)
{
	size_t done = 0, len = PAGE_ALIGN(req->len);
	unsigned long handles = 0;
	struct devmap *h = NULL;

	while (done < len) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (++handles > DEVMAP_HANDLES_MAX)
			return -ENOMEM;
		h = devmap_make_handle(as, batch, req, req->off + done, len - done, h);
		if (IS_ERR(h))
			return PTR_ERR(h);
		done += h->end - h->start;
		cond_resched();
	}
	return 0;
}

static int devmap_call_entries(struct as *as, struct devmap_map *map,
			       const struct devmap_request *req)
{
	struct devmap_batch batch __uninitialized;	/* to clear it takes long */
	int err;

	as->any = 0;
	as->all = PROT_ALL;
	devmap_batch_init(&batch, map);
	err = devmap_make_handles(as, &batch, req);
	devmap_batch_end(&batch);
	umem_forget_recent(&map->recent);
	return err;
}

/* The first handle from *@off on; *@off moves behind it. */
struct devmap *devmap_take_next(struct as *as, offset_t *off)
{
	offset_t limit = as->on_touch ? as->off + (offset_t)as->len : S64_MAX;
	struct devmap *h;

	down_read(&as->map->lock);
	h = devmap_first(as->map, *off);
	if (h && h->start >= limit)
		h = NULL;
	if (h)
		*off = h->end;
	up_read(&as->map->lock);
	return h;
}

/* Undo devmap_map(9E) for the handles before @end; NULL: for all. */
static void devmap_unmap_before(struct as *as, const struct devmap *end)
{
	offset_t off = as->on_touch ? as->off : 0;
	struct devmap *h;

	while ((h = devmap_take_next(as, &off)) && h != end) {
		devmap_cut(as->map, h->start, h->end);
		if (as->on_touch)
			devmap_settle(h);
		cond_resched();
	}
}

/* The rest goes without a callback: their setup failed [D6]. */
static void devmap_discard_rest(struct as *as)
{
	offset_t off = as->off;
	struct devmap *h;

	while ((h = devmap_take_next(as, &off)))
		devmap_discard(h);
}

/* All of it, as if munmap(2) had come. */
void devmap_take_down(struct as *as)
{
	devmap_unmap_before(as, NULL);
	if (!as->on_touch)
		devmap_map_put(as->map);
}

static int devmap_call_map(struct devmap *h, const struct devmap_request *req)
{
	if (!h->pub.dh_callbackops.devmap_map)
		return 0;
	return h->pub.dh_callbackops.devmap_map(h, req->dev, req->flags, h->pub.dh_uoff,
						h->pub.dh_len, &h->pub.dh_pvtp);
}

static int devmap_call_maps(struct as *as, const struct devmap_request *req)
{
	offset_t off = as->on_touch ? as->off : 0;
	struct devmap *h;
	int err = 0;

	while (!err && (h = devmap_take_next(as, &off))) {
		if (fatal_signal_pending(current))
			err = -EINTR;
		else if (devmap_call_map(h, req))
			err = -ENXIO;
		if (err)
			devmap_unmap_before(as, h);
		cond_resched();
	}
	return err;
}

static int devmap_call_driver(struct as *as, const struct devmap_request *req)
{
	int err = devmap_call_entries(as, as->map, req);

	if (!err && as->has_map)
		err = devmap_call_maps(as, req);
	return err;
}

/* The first setup of a mapping shall say which offset its first byte has. */
static int devmap_setup_range(struct as *as, const struct devmap_request *req)
{
	int err = devmap_check(as, req);

	if (err)
		return err;
	if (!as->map)
		as->map = devmap_map_new(as, req->off);
	if (!as->map)
		return -ENOMEM;
	err = devmap_call_driver(as, req);
	if (!err) {
		as->is_done = true;
	} else if (as->on_touch) {
		devmap_discard_rest(as);
	} else {
		devmap_map_put(as->map);
		as->map = NULL;
	}
	return err;
}

/* A mapping made outside mmap(2), which comes back through the file's mmap operation. */
struct devmap_outer {
	struct devmap_doing doing;	/* by the file */
	uint_t maxprot;
	bool is_seen;
};

struct devmap_outer *devmap_outer_of(const struct file *file)
{
	struct devmap_doing *doing = devmap_doing(file);

	return doing ? container_of(doing, struct devmap_outer, doing) : NULL;
}

/* The limit that goes with it. */
uint_t devmap_outer_seen(struct devmap_outer *outer)
{
	outer->is_seen = true;
	return outer->maxprot;
}

static long devmap_map_file(struct file *file, caddr_t addr, const struct devmap_request *req)
{
	struct devmap_outer outer = { .maxprot = req->maxprot };
	long ret;

	devmap_doing_begin(&outer.doing, file);
	ret = vm_mmap(file, (unsigned long)addr, req->len,
		      req->prot & (PROT_READ | PROT_WRITE | PROT_EXEC), req->flags, req->off);
	devmap_doing_end(&outer.doing);
	if (IS_ERR_VALUE(ret) || outer.is_seen)
		return ret;
	/* Some other mmap operation, which does not know of the limit. */
	vm_munmap(ret, req->len);
	return -EINVAL;
}

/* For a driver that maps outside mmap(2): go through its own mmap operation. */
static int devmap_setup_file(struct file *file, caddr_t *addrp,
			     const struct devmap_request *req)
{
	long addr;

	if (req->prot & ~req->maxprot)
		return -EACCES;
	addr = devmap_map_file(file, *addrp, req);
	if (IS_ERR_VALUE(addr))
		return addr;
	*addrp = (caddr_t)addr;
	return 0;
}

static int devmap_serve(ddi_as_handle_t as, caddr_t *addrp,
			const struct devmap_request *req)
{
	struct file *file = devmap_as_file(as);
	int err;

	if (!as || !addrp || !req->len)
		return -EINVAL;
	if (file)
		return devmap_setup_file(file, addrp, req);
	err = devmap_setup_range(as, req);
	if (!err)
		*addrp = (caddr_t)as->addr;
	return err;
}

int devmap_setup(ddi_dev_t dev, offset_t off, ddi_as_handle_t as,
		 caddr_t *addrp, size_t len, uint_t prot, uint_t maxprot,
		 uint_t flags, cred_t *cred)
{
	const struct devmap_request req = {
		.dev = dev, .off = off, .len = len, .prot = prot,
		.maxprot = maxprot, .flags = flags,
	};

	return -devmap_serve(as, addrp, &req);
}
EXPORT_SYMBOL(devmap_setup);

int ddi_devmap_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
		      caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
		      uint_t flags, cred_t *cred)
{
	/* A negative length is refused as the huge one that it turns into. */
	return devmap_setup(dev, off, as, addrp, len, prot, maxprot, flags, cred);
}
EXPORT_SYMBOL(ddi_devmap_segmap);

int devmap_call_segmap(struct as *as)
{
	caddr_t addr = (caddr_t)as->addr;

	return (as->ops->segmap ?: ddi_devmap_segmap)
		(as->dev, (off_t)as->off, as, &addr, as->len, as->prot, as->maxprot,
		 as->flags, (cred_t *)current_cred());
}
