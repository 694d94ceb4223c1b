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
 * Put @window behind a handle and take the old pages away from its process. A
 * child's handle that devmap_dup(9E) refused stays dead.
 */
static void devmap_replace(struct devmap *h, struct umem_window *window, uint_t maxprot)
{
	struct umem_window old;
	offset_t start, end;

	down_write(&h->map->lock);
	old = h->window;
	h->window = *window;
	h->pub.dh_cookie = window->cookie;
	h->pub.dh_roff = window->off;
	h->pub.dh_maxprot = h->pub.dh_orig_maxprot & maxprot;
	devmap_forget_all(h);
	start = h->pub.dh_uoff;
	end = devmap_end(h);
	up_write(&h->map->lock);
	devmap_zap(h, start, end);
	umem_window_fini(&old);
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
