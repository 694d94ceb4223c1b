// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind.c - from a Linux file's mmap operation, or the first touch, to segmap(9E)
 *
 * A driver's entries run inside mmap(2), with the mmap lock held for writing, or,
 * where its Linux half chooses that, when the mapping is first touched: then no
 * lock of Linux is held.
 */
#include "ddi_devmap/setup.h"

#include <linux/compat.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>

#include "ddi_devmap/devmap_impl.h"
#include "ddi_umem/pageable.h"

/* Linux's own protections have another bit 3 than PROT_USER [X15]. */
static uint_t devmap_prot(unsigned long vm_flags, unsigned long read,
			  unsigned long write, unsigned long exec)
{
	return (vm_flags & read ? PROT_READ : 0) |
	       (vm_flags & write ? PROT_WRITE : 0) |
	       (vm_flags & exec ? PROT_EXEC : 0) | PROT_USER;
}

static uint_t devmap_model(void)
{
	if (!IS_ENABLED(CONFIG_64BIT) || in_compat_syscall())
		return DDI_MODEL_ILP32;
	return DDI_MODEL_LP64;
}

/* What is not allowed now, mprotect(2) is not to give later [D37]. */
static void devmap_limit_protection(struct vm_area_struct *vma, uint_t maxprot)
{
	if (!(maxprot & PROT_READ))
		vm_flags_clear(vma, VM_MAYREAD);
	if (!(maxprot & PROT_WRITE))
		vm_flags_clear(vma, VM_MAYWRITE);
	if (!(maxprot & PROT_EXEC))
		vm_flags_clear(vma, VM_MAYEXEC);
}

/*
 * A vma is limited to what at least one of its handles allows: mprotect(2) then asks
 * each handle for its own limit. A kernel whose vm_ops have no mprotect does not ask, so
 * there a vma is limited to what all of its handles allow.
 */
static uint_t devmap_maxprot(uint_t any, uint_t all)
{
	return VM_OPS_HAS_MPROTECT ? any : all;
}

/* The same for the handles of a range. */
static uint_t devmap_maxprot_of(struct devmap_map *map, offset_t off, offset_t end)
{
	struct devmap *h;
	uint_t all = PROT_ALL, any = 0;

	down_read(&map->lock);
	for (h = devmap_first(map, off); h && h->start < end; h = devmap_next(h)) {
		any |= h->pub.dh_orig_maxprot;
		all &= h->pub.dh_orig_maxprot;
	}
	up_read(&map->lock);
	return devmap_maxprot(any, all);
}

/* Will the mapping show registers alone, whatever comes? */
static bool devmap_has_only_registers(struct devmap_map *map)
{
	struct devmap *h;

	down_read(&map->lock);
	h = devmap_first(map, 0);
	while (h && h->view.regs && !(h->pub.dh_flags & DEVMAP_ALLOW_REMAP))
		h = devmap_next(h);
	up_read(&map->lock);
	return !h;
}

/*
 * May Linux enter the pages of @h, if that is all that the mapping shows? It does so after
 * the map's lock was let go: too late for what the driver may have taken away in between.
 * The next touch enters again, without a question, any page that devmap_unload(9F) has
 * taken away here.
 */
static bool devmap_is_constant(struct devmap *h)
{
	return !devmap_next(h) && !h->view.regs && !h->pub.dh_callbackops.devmap_access &&
	       !(h->pub.dh_flags & DEVMAP_ALLOW_REMAP);
}

/* The file of the pageable object that all of the mapping shows, if that is so. */
static struct file *devmap_pageable_file(struct devmap *first, offset_t bias)
{
	struct file *file = umem_pageable_file(&first->view.window);
	struct devmap *h;

	for (h = first; file && h; h = devmap_next(h))
		if (umem_pageable_file(&h->view.window) != file ||
		    h->start - (offset_t)h->view.window.off != bias)
			return NULL;
	return file ? get_file(file) : NULL;
}

/*
 * As umem_window_file(), for all of the mapping. @bias gets how far user offsets are from
 * those in the file.
 */
static struct file *devmap_window_file(struct devmap_map *map,
				       const struct vm_area_struct *vma, vm_flags_t *kind,
				       offset_t *bias)
{
	struct devmap *first = devmap_first(map, 0);

	lockdep_assert_held(&map->lock);
	*bias = first->start - (offset_t)first->view.window.off;
	if (devmap_is_constant(first))
		return umem_window_file(&first->view.window, vma, kind);
	*kind = VM_MIXEDMAP;
	return devmap_pageable_file(first, *bias);
}

/*
 * Before the first fault. @kind gets the flags for how pages are entered. Returns where the
 * vma begins in the file behind it, in pages.
 */
static pgoff_t devmap_set_file(struct devmap_map *map, const struct vm_area_struct *vma,
			       vm_flags_t *kind)
{
	struct devmap_family *family = map->family;
	offset_t off = ((offset_t)family->pgoff << PAGE_SHIFT) + map->bias, bias;

	if (devmap_has_only_registers(map)) {
		*kind = VM_IO | VM_PFNMAP;
		return family->pgoff;
	}
	down_write(&map->lock);
	family->own_file = devmap_window_file(map, vma, kind, &bias);
	if (family->own_file)
		map->bias = bias;
	up_write(&map->lock);
	return family->own_file ? (off - bias) >> PAGE_SHIFT : family->pgoff;
}

static void devmap_install(struct vm_area_struct *vma, struct devmap_map *map, pgoff_t pgoff,
			   vm_flags_t kind)
{
	/* WIPEONFORK for D38. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_WIPEONFORK | kind);
	vma->vm_pgoff = pgoff;
	vma_set_file(vma, devmap_family_file(map->family));
	vma->vm_private_data = map;
	vma->vm_ops = &devmap_vm_ops;
}

static void devmap_describe(struct as *as, const struct vm_area_struct *vma)
{
	as->mm = vma->vm_mm;
	as->addr = vma->vm_start;
	as->len = vma->vm_end - vma->vm_start;
	as->prot = devmap_prot(vma->vm_flags, VM_READ, VM_WRITE, VM_EXEC);
	as->maxprot = devmap_prot(vma->vm_flags, VM_MAYREAD, VM_MAYWRITE, VM_MAYEXEC);
	as->flags = vma->vm_flags & VM_MAYSHARE ? MAP_SHARED : MAP_PRIVATE;
}

/* Only what mmap(2) can know without the driver is refused here. */
static int devmap_mmap_for_touch(struct as *as, struct vm_area_struct *vma)
{
	struct devmap_map *map;

	if (as->flags != MAP_SHARED)
		return -EINVAL;
	map = devmap_map_new(as, as->off);
	if (!map)
		return -ENOMEM;
	map->family->on_touch = true;
	map->family->model = as->model;
	devmap_install(vma, map, map->family->pgoff, VM_MIXEDMAP);
	return 0;
}

static int devmap_mmap_now(struct as *as, struct vm_area_struct *vma)
{
	int rc = devmap_call_segmap(as);
	vm_flags_t kind;
	pgoff_t pgoff;

	if (!rc && as->map) {
		devmap_limit_protection(vma, devmap_maxprot(as->any, as->all));
		pgoff = devmap_set_file(as->map, vma, &kind);
		devmap_install(vma, as->map, pgoff, kind);
		return 0;
	}
	if (as->map)
		devmap_take_down(as);
	return rc > 0 && rc <= MAX_ERRNO ? -rc : -ENXIO;
}

int ddi_devmap_mmap(struct file *file, struct vm_area_struct *vma,
		    ddi_dev_t dev, const struct ddi_devmap_ops *ops)
{
	struct as as = { .file = file, .ops = ops, .dev = dev, .model = devmap_model() };
	struct devmap_outer *outer = devmap_outer_of(file);

	if (!ops || (!ops->devmap && !ops->segmap))
		return -ENODEV;
	/* Past the range of off_t, which segmap(9E) takes. */
	if (vma->vm_pgoff > (unsigned long)LONG_MAX >> PAGE_SHIFT)
		return -EINVAL;
	if (outer)
		devmap_limit_protection(vma, devmap_outer_seen(outer));
	devmap_describe(&as, vma);
	as.off = (offset_t)vma->vm_pgoff << PAGE_SHIFT;
	return ops->setup_on_touch ? devmap_mmap_for_touch(&as, vma) :
				     devmap_mmap_now(&as, vma);
}
EXPORT_SYMBOL(ddi_devmap_mmap);

/*
 * On first touch. The part of a vma around the touched page that has no handles
 * yet is set up; what was unmapped while the driver's entries ran is cut out.
 */

/* The hole between handles that @off is in. */
static void touch_hole(struct devmap_map *map, offset_t off, offset_t *start, offset_t *end)
{
	struct devmap *h;

	lockdep_assert_held(&map->lock);
	for (h = devmap_first(map, *start); h && h->start < *end; h = devmap_next(h)) {
		if (h->end <= off)
			*start = h->end;
		else
			*end = h->start;
	}
}

/*
 * With the mmap lock held, and the map's: describe what is to be set up. False
 * if it is being set up by another thread.
 */
bool devmap_touch_begin(struct devmap_map *map, const struct vm_area_struct *vma,
			offset_t off, struct as *as)
{
	offset_t first = devmap_vma_offset(vma);
	offset_t start = first, end = first + (offset_t)(vma->vm_end - vma->vm_start);

	lockdep_assert_held(&map->lock);
	if (xchg(&map->is_setting_up, true))
		return false;
	touch_hole(map, off, &start, &end);
	*as = (struct as) {
		.file = map->family->file, .ops = map->family->ops,
		.dev = map->family->dev, .model = map->family->model, .map = map,
		.on_touch = true,
	};
	devmap_describe(as, vma);
	as->off = start;
	as->addr += start - first;
	as->len = end - start;
	return true;
}

static void touch_limit(struct devmap_map *map, struct vm_area_struct *vma)
{
	offset_t off = devmap_vma_offset(vma);
	offset_t end = off + (offset_t)(vma->vm_end - vma->vm_start);

	devmap_limit_protection(vma, devmap_maxprot_of(map, off, end));
}

/* Cut out of a new handle what no vma of the map shows any more. */
static void touch_cut_gaps(struct as *as, struct devmap *h)
{
	unsigned long base = (unsigned long)h->pub.dh_uvaddr, at = base;
	unsigned long end = base + h->pub.dh_len;

	while (at < end) {
		struct vm_area_struct *vma = find_vma(as->mm, at);
		unsigned long next = vma ? min(end, vma->vm_end) : end;

		if (!vma || vma->vm_start >= end || vma->vm_private_data != as->map) {
			devmap_cut(as->map, h->start + (offset_t)(at - base),
				   h->start + (offset_t)(next - base));
		} else {
			if (vma->vm_start > at)
				devmap_cut(as->map, h->start + (offset_t)(at - base),
					   h->start + (offset_t)(vma->vm_start - base));
			touch_limit(as->map, vma);
		}
		at = next;
	}
}

/* From here on the handles are as others. */
static void touch_publish(struct as *as)
{
	offset_t off = as->off;
	struct devmap *h;

	mmap_write_lock(as->mm);
	while ((h = devmap_take_next(as, &off)))
		touch_cut_gaps(as, h);
	mmap_write_unlock(as->mm);
	off = as->off;
	while ((h = devmap_take_next(as, &off)))
		devmap_settle(h);
}

/* Without any lock of Linux, and with a reference to the map; returns an errno. */
int devmap_touch(struct as *as)
{
	int rc = devmap_call_segmap(as);

	if (!rc && !as->is_done)
		rc = ENXIO;
	if (!rc)
		touch_publish(as);
	else if (as->is_done)
		devmap_take_down(as);
	WRITE_ONCE(as->map->is_setting_up, false);
	wake_up_all(&as->map->wait);
	return rc > 0 && rc <= MAX_ERRNO ? rc : rc ? ENXIO : 0;
}
