// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - from mmap(2) to a driver's devmap(9E) entry
 *
 * The address space handle that travels through a driver's segmap(9E) entry is
 * either the mmap call being served or, tagged, a file to be mapped.
 */
#include <ddi/devmap.h>

#include <linux/compat.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>

#include "ddi_devmap/devmap_impl.h"
#include "ddi_umem/pageable.h"

/* Errors are negative inside, as Linux has them, and positive for drivers. */

/* An mmap call being served; lives on the stack of ddi_devmap_mmap(). */
struct as {
	struct file *file;
	struct vm_area_struct *vma;
	const struct ddi_devmap_ops *ops;
	struct devmap_map *map;	/* what devmap_setup() made, or NULL */
};

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

static int devmap_check(const struct as *as, const struct devmap_request *req)
{
	const struct vm_area_struct *vma = as->vma;
	uint_t prot = devmap_prot(vma->vm_flags, VM_READ, VM_WRITE, VM_EXEC);
	offset_t end;

	if (!as->ops->devmap || as->map)
		return -EINVAL;
	if ((req->flags & MAP_TYPE) != MAP_SHARED)
		return -EINVAL;
	if (req->off < 0 || req->off & ~PAGE_MASK || req->len > LLONG_MAX ||
	    check_add_overflow(req->off, (offset_t)req->len, &end))
		return -EINVAL;
	if (PAGE_ALIGN(req->len) != vma->vm_end - vma->vm_start)
		return -EINVAL;
	/* The vma is made already: a driver cannot take protection from it. */
	if (prot & ~(req->prot | PROT_USER) || req->prot & ~(req->maxprot | PROT_USER))
		return -EACCES;
	return 0;
}

/*
 * A handle for the beginning of [off, off + left). How much the driver covers
 * is in dh_len.
 */
static int devmap_call_entry(struct as *as, struct devmap_map *map,
			     const struct devmap_request *req, offset_t off,
			     size_t left)
{
	struct devmap *h = devmap_handle_create(map, GFP_KERNEL);
	size_t maplen = 0;

	if (!h)
		return -ENOMEM;
	list_add_tail(&h->node, &map->handles);
	h->pub.dh_uoff = off;
	h->pub.dh_len = left;
	h->pub.dh_uvaddr = (caddr_t)as->vma->vm_start + (off - req->off);
	h->pub.dh_prot = req->prot | PROT_USER;
	h->pub.dh_orig_maxprot = req->maxprot | PROT_USER;
	h->pub.dh_maxprot = h->pub.dh_orig_maxprot;
	if (as->ops->devmap(req->dev, h, off, left, &maplen, devmap_model()))
		return -ENXIO;
	if (!h->is_set_up)
		return -ENXIO;
	if (!maplen || (maplen < left && maplen & ~PAGE_MASK))
		return -EINVAL;
	h->pub.dh_len = min(left, maplen);
	return 0;
}

static int devmap_call_entries(struct as *as, struct devmap_map *map,
			       const struct devmap_request *req)
{
	size_t done = 0, len = PAGE_ALIGN(req->len);
	int err;

	while (done < len) {
		err = devmap_call_entry(as, map, req, req->off + done, len - done);
		if (err)
			return err;
		done += list_last_entry(&map->handles, struct devmap, node)->pub.dh_len;
		cond_resched();
	}
	return 0;
}

/* Handles with and without a say, or with different ones, do not mix [D12]. */
static int devmap_check_access(const struct devmap_map *map)
{
	const struct devmap *h, *first;

	first = list_first_entry(&map->handles, struct devmap, node);
	list_for_each_entry(h, &map->handles, node)
		if (h->pub.dh_callbackops.devmap_access !=
		    first->pub.dh_callbackops.devmap_access)
			return -EOPNOTSUPP;
	return 0;
}

/* Undo devmap_map(9E) for the handles before @end; NULL: for all. */
static void devmap_unmap_before(struct devmap_map *map, const struct devmap *end)
{
	struct devmap *h, *next;

	list_for_each_entry_safe(h, next, &map->handles, node) {
		if (h == end)
			break;
		devmap_cut(h, h->pub.dh_uoff, devmap_end(h));
	}
}

static int devmap_call_maps(struct devmap_map *map, const struct devmap_request *req)
{
	struct devmap *h;

	list_for_each_entry(h, &map->handles, node) {
		if (!h->pub.dh_callbackops.devmap_map ||
		    !h->pub.dh_callbackops.devmap_map(h, req->dev, req->flags,
						      h->pub.dh_uoff, h->pub.dh_len,
						      &h->pub.dh_pvtp))
			continue;
		devmap_unmap_before(map, h);
		return -ENXIO;
	}
	return 0;
}

static struct devmap_map *devmap_new_map(struct as *as, offset_t off)
{
	offset_t file_off = (offset_t)as->vma->vm_pgoff << PAGE_SHIFT;
	struct devmap_family *family = devmap_family_create(as->file);
	struct devmap_map *map;

	if (!family)
		return NULL;
	map = devmap_map_create(family, as->vma->vm_mm, off - file_off);
	devmap_family_put(family);
	return map;
}

static int devmap_setup_vma(struct as *as, const struct devmap_request *req)
{
	struct devmap_map *map;
	int err = devmap_check(as, req);

	if (err)
		return err;
	map = devmap_new_map(as, req->off);
	if (!map)
		return -ENOMEM;
	err = devmap_call_entries(as, map, req);
	if (!err)
		err = devmap_check_access(map);
	if (!err)
		err = devmap_call_maps(map, req);
	if (err)
		devmap_map_destroy(map);
	else
		as->map = map;
	return err;
}

/* For a driver that maps outside mmap(2): go through its own mmap operation. */
static int devmap_setup_file(struct file *file, caddr_t *addrp,
			     const struct devmap_request *req)
{
	unsigned long addr;

	if (req->prot & ~req->maxprot)
		return -EACCES;
	addr = vm_mmap(file, (unsigned long)*addrp, req->len,
		       req->prot & (PROT_READ | PROT_WRITE | PROT_EXEC),
		       req->flags, req->off);
	if (IS_ERR_VALUE(addr))
		return (long)addr;
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
	err = devmap_setup_vma(as, req);
	if (!err)
		*addrp = (caddr_t)as->vma->vm_start;
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

/*
 * What no handle of the mapping allows, mprotect(2) is not to give [D37]; nor
 * what one of them forbids, if it does not ask.
 */
static void devmap_limit_protection(struct vm_area_struct *vma,
				    const struct devmap_map *map)
{
	const struct devmap *h;
	uint_t all = PROT_ALL, any = 0, maxprot;

	list_for_each_entry(h, &map->handles, node) {
		any |= h->pub.dh_orig_maxprot;
		all &= h->pub.dh_orig_maxprot;
	}
	maxprot = VM_OPS_HAS_MPROTECT ? any : all;
	if (!(maxprot & PROT_READ))
		vm_flags_clear(vma, VM_MAYREAD);
	if (!(maxprot & PROT_WRITE))
		vm_flags_clear(vma, VM_MAYWRITE);
	if (!(maxprot & PROT_EXEC))
		vm_flags_clear(vma, VM_MAYEXEC);
}

/*
 * The file of the pageable object that all of the mapping shows, if that is so;
 * and how far user offsets are from those in it.
 */
static struct file *devmap_pageable_file(const struct devmap_map *map, offset_t *bias)
{
	const struct devmap *h, *first;
	struct file *file;

	first = list_first_entry(&map->handles, struct devmap, node);
	file = umem_pageable_file(&first->window);
	*bias = first->pub.dh_uoff - first->window.off;
	list_for_each_entry(h, &map->handles, node)
		if (umem_pageable_file(&h->window) != file ||
		    h->pub.dh_uoff - (offset_t)h->window.off != *bias)
			return NULL;
	return file;
}

/* Linux finds the page table entries of what it swaps by file and offset. */
static void devmap_set_pageable_file(struct as *as)
{
	struct devmap_map *map = as->map;
	offset_t off = ((offset_t)as->vma->vm_pgoff << PAGE_SHIFT) + map->bias, bias;
	struct file *file = devmap_pageable_file(map, &bias);

	if (!file)
		return;
	fput(map->family->file);
	map->family->file = get_file(file);
	map->bias = bias;
	as->vma->vm_pgoff = (off - bias) >> PAGE_SHIFT;
}

static void devmap_install(struct as *as)
{
	struct vm_area_struct *vma = as->vma;

	devmap_limit_protection(vma, as->map);
	devmap_set_pageable_file(as);
	/* VM_MIXEDMAP for vm_insert_page() in faults; WIPEONFORK for D38. */
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP | VM_WIPEONFORK);
	vma_set_file(vma, as->map->family->file);
	vma->vm_private_data = as->map;
	vma->vm_ops = &devmap_vm_ops;
}

static int devmap_call_segmap(struct as *as, ddi_dev_t dev)
{
	struct vm_area_struct *vma = as->vma;
	caddr_t addr = (caddr_t)vma->vm_start;

	return (as->ops->segmap ?: ddi_devmap_segmap)
		(dev, (off_t)(vma->vm_pgoff << PAGE_SHIFT), as, &addr,
		 vma->vm_end - vma->vm_start,
		 devmap_prot(vma->vm_flags, VM_READ, VM_WRITE, VM_EXEC),
		 devmap_prot(vma->vm_flags, VM_MAYREAD, VM_MAYWRITE, VM_MAYEXEC),
		 vma->vm_flags & VM_MAYSHARE ? MAP_SHARED : MAP_PRIVATE,
		 (cred_t *)current_cred());
}

int ddi_devmap_mmap(struct file *file, struct vm_area_struct *vma,
		    ddi_dev_t dev, const struct ddi_devmap_ops *ops)
{
	struct as as = { .file = file, .vma = vma, .ops = ops };
	int rc;

	if (!ops || (!ops->devmap && !ops->segmap))
		return -ENODEV;
	/* Past the range of off_t, which segmap(9E) takes. */
	if (vma->vm_pgoff > (unsigned long)LONG_MAX >> PAGE_SHIFT)
		return -EINVAL;
	rc = devmap_call_segmap(&as, dev);
	if (!rc && as.map) {
		devmap_install(&as);
		return 0;
	}
	if (as.map) {
		devmap_unmap_before(as.map, NULL);
		devmap_map_destroy(as.map);
	}
	return rc > 0 && rc <= MAX_ERRNO ? -rc : -ENXIO;
}
EXPORT_SYMBOL(ddi_devmap_mmap);
