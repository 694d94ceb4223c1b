// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap.c - what is behind a handle: devmap_umem_setup(9F) and its remaps
 */
#include <sys/sunddi.h>

#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "ddi_devmap/devmap_impl.h"

/* Is the mapping's protection inside what the driver allows now? */
static bool devmap_prot_fits(const struct devmap *h, uint_t maxprot)
{
	return !(h->pub.dh_prot & ~(maxprot & h->pub.dh_orig_maxprot));
}

static bool devmap_flags_valid(uint_t flags)
{
	uint_t attr = flags & IOMEM_DATA_MASK;

	if (attr & ~(IOMEM_DATA_CACHED | IOMEM_DATA_UC_WR_COMBINE | IOMEM_DATA_UNCACHED))
		return false;
	if (attr && !is_power_of_2(attr))
		return false;
	return !(flags & DEVMAP_MAPPING_INVALID) || flags & DEVMAP_ALLOW_REMAP;
}

/* Memory has one cache attribute, the kernel's own mapping's [X21]. */
static void devmap_note_cache_attr(uint_t flags)
{
	if (flags & (IOMEM_DATA_UC_WR_COMBINE | IOMEM_DATA_UNCACHED))
		pr_info_once("devmap: memory is mapped cached, whatever the driver asks for\n");
}

int devmap_umem_setup(devmap_cookie_t dhp, dev_info_t *dip,
		      struct devmap_callback_ctl *callbackops,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp)
{
	struct devmap *h = dhp;

	if (!h || h->is_set_up || !devmap_flags_valid(flags) ||
	    !devmap_prot_fits(h, maxprot))
		return DDI_FAILURE;
	if (umem_window_init(&h->window, cookie, off, len, "devmap_umem_setup"))
		return DDI_FAILURE;
	if (flags & DEVMAP_MAPPING_INVALID)
		umem_window_fini(&h->window);
	devmap_note_cache_attr(flags);
	h->pub.dh_cookie = h->window.cookie;
	h->pub.dh_roff = h->window.off;
	h->pub.dh_orig_maxprot &= maxprot;
	h->pub.dh_maxprot = h->pub.dh_orig_maxprot;
	h->pub.dh_flags = flags;
	if (callbackops)
		h->pub.dh_callbackops = *callbackops;
	h->is_set_up = true;
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_umem_setup);

static bool devmap_may_remap(const struct devmap *h)
{
	return h && h->is_set_up && h->pub.dh_flags & DEVMAP_ALLOW_REMAP;
}

/*
 * Put @window, which begins where the driver's handle does, behind one of its
 * parts. A child's handle that devmap_dup(9E) refused stays dead.
 */
static void devmap_show(struct devmap *part, const struct umem_window *window, size_t skip,
			uint_t maxprot, struct umem_window *old)
{
	lockdep_assert_held_write(&part->map->lock);
	*old = part->window;
	umem_window_dup(&part->window, window);
	umem_window_advance(&part->window, skip);
	part->pub.dh_cookie = window->cookie;
	part->pub.dh_roff = window->off;
	part->pub.dh_maxprot = part->pub.dh_orig_maxprot & maxprot;
	WRITE_ONCE(part->changes, part->changes + 1);
}

/* What the driver has not been told of goes where the handle goes. */
static void devmap_show_twin(struct devmap *h, const struct umem_window *window,
			     uint_t maxprot, struct umem_window *old)
{
	struct devmap *twin = h->twin;
	size_t skip = twin->start - h->pub.dh_uoff;

	if (twin->map != h->map)
		down_write_nested(&twin->map->lock, SINGLE_DEPTH_NESTING);
	devmap_show(twin, window, skip, maxprot, old);
	twin->pub.dh_roff += skip;
	if (twin->map != h->map)
		up_write(&twin->map->lock);
}

/*
 * Put @window behind a handle and take the old pages away from its process;
 * takes over the window.
 */
static void devmap_replace(struct devmap *h, struct umem_window *window, uint_t maxprot)
{
	struct devmap_range *spare = devmap_range_alloc(GFP_KERNEL_ACCOUNT);
	struct umem_window old, old_of_twin = { };
	offset_t start, end;
	bool zap;

	down_write(&h->map->lock);
	start = h->pub.dh_uoff;
	end = start + h->pub.dh_len;
	devmap_show(h, window, h->start - start, maxprot, &old);
	if (h->twin)
		devmap_show_twin(h, window, maxprot, &old_of_twin);
	spare = devmap_ranges_remove(&h->map->loaded, start, end, spare);
	devmap_note_replace(h);
	zap = devmap_must_zap(h);
	up_write(&h->map->lock);
	if (zap)
		devmap_zap(h, start, end);
	devmap_range_free(spare);
	umem_window_fini(window);
	umem_window_fini(&old);
	umem_window_fini(&old_of_twin);
}

int devmap_umem_remap(devmap_cookie_t dhp, dev_info_t *dip,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp)
{
	struct devmap *h = dhp;
	struct umem_window window;

	might_sleep();
	if (!devmap_may_remap(h) || flags || !devmap_prot_fits(h, maxprot))
		return DDI_FAILURE;
	if (umem_window_init(&window, cookie, off, len, "devmap_umem_remap"))
		return DDI_FAILURE;
	devmap_replace(h, &window, maxprot);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_umem_remap);

int devmap_devmem_remap(devmap_cookie_t dhp, dev_info_t *dip, uint_t rnumber,
			offset_t roff, size_t len, uint_t maxprot, uint_t flags,
			ddi_device_acc_attr_t *accattrp)
{
	struct umem_window nothing = { };

	might_sleep();
	if (!devmap_may_remap(dhp) || !(flags & DEVMAP_MAPPING_INVALID))
		return DDI_FAILURE;
	devmap_replace(dhp, &nothing, PROT_ALL);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_devmem_remap);
