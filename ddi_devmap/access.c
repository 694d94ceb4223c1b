// SPDX-License-Identifier: GPL-2.0-only
/*
 * access.c - which pages a process may have: devmap_load(9F),
 * devmap_unload(9F), devmap_default_access(9F)
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/export.h>
#include <linux/mm.h>

/* The whole pages of [off, off + len), if they lie inside the driver's handle. */
static bool devmap_range(const struct devmap *h, offset_t off, size_t len,
			 offset_t *start, offset_t *end)
{
	offset_t from = round_down(off, PAGE_SIZE);
	size_t room;

	lockdep_assert_held(&h->map->lock);
	if (off < h->pub.dh_uoff || off - h->pub.dh_uoff >= h->pub.dh_len)
		return false;
	room = h->pub.dh_len - (from - h->pub.dh_uoff);
	if (len > room - (off - from))
		return false;
	*start = from;
	*end = from + (len ? PAGE_ALIGN(off - from + len) : room);
	return true;
}

static int devmap_remember(struct devmap *h, offset_t off, size_t len, struct devmap_range **spare)
{
	offset_t start, end;

	lockdep_assert_held_write(&h->map->lock);
	if (!devmap_range(h, off, len, &start, &end))
		return FC_MAKE_ERR(EINVAL);
	if (devmap_view_is_empty(&h->view))
		return FC_NOMAP;
	*spare = devmap_ranges_add(&h->map->loaded, start, end, *spare);
	devmap_note_load(h->map, start, end, true);
	return 0;
}

int devmap_load(devmap_cookie_t dhp, offset_t off, size_t len, uint_t type,
		uint_t rw)
{
	struct devmap *h = dhp;
	struct devmap_range *spare;
	int rc;

	if (!h || !devmap_is_asking(h->map->mm))
		return FC_MAKE_ERR(EINVAL);
	spare = devmap_range_alloc(GFP_KERNEL_ACCOUNT);
	if (!spare)
		return FC_MAKE_ERR(ENOMEM);
	down_write(&h->map->lock);
	rc = devmap_remember(h, off, len, &spare);
	up_write(&h->map->lock);
	devmap_range_free(spare);
	return rc;
}
EXPORT_SYMBOL(devmap_load);

int devmap_default_access(devmap_cookie_t dhp, void *pvtp, offset_t off,
			  size_t len, uint_t type, uint_t rw)
{
	return devmap_load(dhp, off, len, type, rw);
}
EXPORT_SYMBOL(devmap_default_access);

int devmap_unload(devmap_cookie_t dhp, offset_t off, size_t len)
{
	struct devmap *h = dhp;
	struct devmap_range *spare;
	offset_t start, end;
	bool valid, zap = false;

	might_sleep();
	if (!h)
		return FC_MAKE_ERR(EINVAL);
	/* Without it, pages above the range are asked for once more. */
	spare = devmap_range_alloc(GFP_KERNEL_ACCOUNT);
	down_write(&h->map->lock);
	valid = devmap_range(h, off, len, &start, &end);
	if (valid) {
		spare = devmap_ranges_remove(&h->map->loaded, start, end, spare);
		devmap_note_load(h->map, start, end, false);
		zap = devmap_must_zap(h);
	}
	up_write(&h->map->lock);
	devmap_range_free(spare);
	if (!valid)
		return FC_MAKE_ERR(EINVAL);
	/* A fault that entered a page before this has released the lock: none is missed. */
	if (zap)
		devmap_zap(h, start, end);
	return 0;
}
EXPORT_SYMBOL(devmap_unload);
