// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap.c - what is behind a handle: devmap_umem_setup(9F), devmap_devmem_setup(9F)
 * and the remaps
 */
#include <sys/sunddi.h>

#include <linux/export.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "ddi_core/core.h"
#include "ddi_devmap/devmap_impl.h"

/* Is the mapping's protection inside what the driver allows now? */
static bool devmap_prot_fits(const struct devmap *h, uint_t maxprot)
{
	return !(h->pub.dh_prot & ~(maxprot & h->pub.dh_orig_maxprot));
}

static bool devmap_flags_valid(uint_t flags)
{
	uint_t attr = flags & IOMEM_DATA_MASK;

	if (!flags)
		return true;
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
		pr_info_once("devmap: %pS, for process %s (%d), asks for memory that is not cached; memory is always mapped cached\n",
			     ddi_caller(), current->comm, task_pid_nr(current));
}

static bool devmap_may_set_up(const struct devmap *h, uint_t maxprot, uint_t flags)
{
	return h && !h->is_set_up && devmap_flags_valid(flags) && devmap_prot_fits(h, maxprot);
}

/* Its view is there. */
static void devmap_complete(struct devmap *h, const struct devmap_callback_ctl *callbackops,
			    uint_t maxprot, uint_t flags)
{
	h->pub.dh_orig_maxprot &= maxprot;
	h->pub.dh_maxprot = h->pub.dh_orig_maxprot;
	h->pub.dh_flags = flags;
	if (callbackops)
		h->pub.dh_callbackops = *callbackops;
	h->is_set_up = true;
}

int devmap_umem_setup(devmap_cookie_t dhp, dev_info_t *dip,
		      struct devmap_callback_ctl *callbackops,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp)
{
	struct devmap *h = dhp;

	if (!devmap_may_set_up(h, maxprot, flags))
		return DDI_FAILURE;
	if (umem_window_init_recent(&h->view.window, cookie, off, len, "devmap_umem_setup",
				    &h->map->recent))
		return DDI_FAILURE;
	if (flags & DEVMAP_MAPPING_INVALID)
		devmap_view_fini(&h->view);
	devmap_note_cache_attr(flags);
	h->pub.dh_cookie = h->view.window.cookie;
	h->pub.dh_roff = h->view.window.off;
	devmap_complete(h, callbackops, maxprot, flags);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_umem_setup);

int devmap_devmem_setup(devmap_cookie_t dhp, dev_info_t *dip,
			struct devmap_callback_ctl *callbackops, uint_t rnumber,
			offset_t roff, size_t len, uint_t maxprot, uint_t flags,
			ddi_device_acc_attr_t *accattrp)
{
	const struct devmap_regs_request req = {
		.dip = dip, .rnumber = rnumber, .roff = roff, .len = len,
		.flags = flags, .attr = accattrp,
	};
	struct devmap *h = dhp;

	might_sleep();
	if (!devmap_may_set_up(h, maxprot, flags))
		return DDI_FAILURE;
	if (!(flags & DEVMAP_MAPPING_INVALID)) {
		h->view.regs = devmap_regs_create(h, &req);
		if (!h->view.regs)
			return DDI_FAILURE;
		h->pub.dh_roff = devmap_regs_offset(h->view.regs, h->pub.dh_uoff);
	}
	devmap_complete(h, callbackops, maxprot, flags);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_devmem_setup);

static bool devmap_may_remap(const struct devmap *h)
{
	return h && h->is_set_up && h->pub.dh_flags & DEVMAP_ALLOW_REMAP;
}

/*
 * Put @view, which begins where the driver's handle does, behind one of its
 * parts. A child's handle that devmap_dup(9E) refused stays dead.
 */
static void devmap_show(struct devmap *part, const struct devmap_view *view, size_t skip,
			uint_t maxprot, struct devmap_view *old)
{
	lockdep_assert_held_write(&part->map->lock);
	*old = part->view;
	devmap_view_dup(&part->view, view);
	devmap_view_advance(&part->view, skip);
	part->pub.dh_cookie = view->window.cookie;
	part->pub.dh_roff = view->regs ?
			    devmap_regs_offset(view->regs, part->pub.dh_uoff) : view->window.off;
	part->pub.dh_maxprot = part->pub.dh_orig_maxprot & maxprot;
	WRITE_ONCE(part->changes, part->changes + 1);
}

/* What the driver has not been told of goes where the handle goes. */
static void devmap_show_twin(struct devmap *h, const struct devmap_view *view,
			     uint_t maxprot, struct devmap_view *old)
{
	struct devmap *twin = h->twin;
	size_t skip = twin->start - h->pub.dh_uoff;

	if (twin->map != h->map)
		down_write_nested(&twin->map->lock, SINGLE_DEPTH_NESTING);
	devmap_show(twin, view, skip, maxprot, old);
	if (!view->regs)
		twin->pub.dh_roff += skip;
	if (twin->map != h->map)
		up_write(&twin->map->lock);
}

/*
 * Put @view behind a handle and take the old pages away from its process;
 * takes over the view.
 */
static void devmap_replace(struct devmap *h, struct devmap_view *view, uint_t maxprot)
{
	struct devmap_range *spare = devmap_range_alloc(GFP_KERNEL_ACCOUNT);
	struct devmap_view old, old_of_twin = { };
	offset_t start, end;
	bool zap;

	down_write(&h->map->lock);
	start = h->pub.dh_uoff;
	end = start + h->pub.dh_len;
	devmap_show(h, view, h->start - start, maxprot, &old);
	if (h->twin)
		devmap_show_twin(h, view, maxprot, &old_of_twin);
	spare = devmap_ranges_remove(&h->map->loaded, start, end, spare);
	devmap_note_replace(h);
	zap = devmap_must_zap(h);
	up_write(&h->map->lock);
	if (zap)
		devmap_zap(h, start, end);
	devmap_range_free(spare);
	devmap_view_fini(view);
	devmap_view_fini(&old);
	devmap_view_fini(&old_of_twin);
}

int devmap_umem_remap(devmap_cookie_t dhp, dev_info_t *dip,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp)
{
	struct devmap *h = dhp;
	struct devmap_view view = { };

	might_sleep();
	if (!devmap_may_remap(h) || flags || !devmap_prot_fits(h, maxprot))
		return DDI_FAILURE;
	if (umem_window_init(&view.window, cookie, off, len, "devmap_umem_remap"))
		return DDI_FAILURE;
	devmap_replace(h, &view, maxprot);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_umem_remap);

int devmap_devmem_remap(devmap_cookie_t dhp, dev_info_t *dip, uint_t rnumber,
			offset_t roff, size_t len, uint_t maxprot, uint_t flags,
			ddi_device_acc_attr_t *accattrp)
{
	struct devmap *h = dhp;
	struct devmap_view view = { };

	might_sleep();
	if (!devmap_may_remap(h))
		return DDI_FAILURE;
	if (flags & DEVMAP_MAPPING_INVALID) {
		devmap_replace(h, &view, PROT_ALL);
		return DDI_SUCCESS;
	}
	if (flags || !devmap_prot_fits(h, maxprot))
		return DDI_FAILURE;
	view.regs = devmap_regs_create(h, &(struct devmap_regs_request) {
		.dip = dip, .rnumber = rnumber, .roff = roff, .len = len,
		.flags = h->pub.dh_flags, .attr = accattrp,
	});
	if (!view.regs)
		return DDI_FAILURE;
	devmap_replace(h, &view, maxprot);
	return DDI_SUCCESS;
}
EXPORT_SYMBOL(devmap_devmem_remap);
