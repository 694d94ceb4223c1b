// SPDX-License-Identifier: GPL-2.0-only
/* mmap.c - ddi_umem_mmap(), ddi_umem_is_held(): for Linux drivers without devmap */
#include <ddi/umem.h>

#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ddi_core/trace.h"
#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"

/**
 * struct umem_mapping - what the pieces of one mmap(2), and of its forks, share
 * @vmas: how many of them there are
 * @first: the vma's own offset at which @window begins, in pages
 * @window: the memory
 * @device: the driver's file, kept open, if another stands behind the vmas
 *
 * Constant after creation but for @vmas.
 */
struct umem_mapping {
	refcount_t vmas;
	pgoff_t first;
	struct umem_window window;
	struct file *device;
};

/*
 * A page can have 2^31 references, and each page table entry of a TRASH page is one. If
 * fork copied these entries, a process could make more than that. So fork copies none,
 * and a child gets an entry when it touches the page.
 */
static void umem_wipe_trash(struct vm_area_struct *vma)
{
	struct umem_mapping *mapping = vma->vm_private_data;

	if (mapping->window.type == UMEM_TRASH)
		vm_flags_set(vma, VM_WIPEONFORK);
}

static void umem_vm_open(struct vm_area_struct *vma)
{
	struct umem_mapping *mapping = vma->vm_private_data;

	refcount_inc(&mapping->vmas);
	/* In fork, if madvise(2) has cleared it. Some old kernels have copied by then. */
	umem_wipe_trash(vma);
}

static void umem_vm_close(struct vm_area_struct *vma)
{
	struct umem_mapping *mapping = vma->vm_private_data;

	if (!refcount_dec_and_test(&mapping->vmas))
		return;
	umem_window_fini(&mapping->window);
	if (mapping->device)
		fput(mapping->device);
	kfree(mapping);
}

static vm_fault_t umem_vm_fault(struct vm_fault *vmf)
{
	struct umem_mapping *mapping = vmf->vma->vm_private_data;
	size_t off = (vmf->pgoff - mapping->first) << PAGE_SHIFT;
	vm_fault_t ret = umem_window_enter(&mapping->window, vmf, off);

	trace_fault(vmf->address, off, vmf->flags & FAULT_FLAG_WRITE,
		    (__force unsigned int)ret);
	return ret;
}

static const struct vm_operations_struct umem_vm_ops = {
	.open = umem_vm_open,
	.close = umem_vm_close,
	.fault = umem_vm_fault,
};

/* Returns the flag for how pages are entered; see umem_window_file(). */
static vm_flags_t umem_set_file(struct umem_mapping *mapping, struct vm_area_struct *vma)
{
	vm_flags_t kind;
	struct file *file = umem_window_file(&mapping->window, vma, &kind);

	mapping->device = NULL;
	if (!file)
		return kind;
	mapping->device = get_file(vma->vm_file);
	vma->vm_pgoff = mapping->window.off >> PAGE_SHIFT;
	vma_set_file(vma, file);
	fput(file);
	return kind;
}

int ddi_umem_mmap(ddi_umem_cookie_t cookie, struct vm_area_struct *vma,
		  offset_t offset)
{
	struct umem_mapping *mapping;
	vm_flags_t kind;
	int err;

	if (!(vma->vm_flags & VM_MAYSHARE) || offset & ~PAGE_MASK)
		return -EINVAL;
	mapping = kmalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return -ENOMEM;
	err = umem_window_init(&mapping->window, cookie, offset,
			       vma->vm_end - vma->vm_start, "ddi_umem_mmap");
	if (err) {
		kfree(mapping);
		return err;
	}
	refcount_set(&mapping->vmas, 1);
	kind = umem_set_file(mapping, vma);
	mapping->first = vma->vm_pgoff;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | kind);
	vma->vm_private_data = mapping;
	vma->vm_ops = &umem_vm_ops;
	umem_wipe_trash(vma);
	return 0;
}
EXPORT_SYMBOL(ddi_umem_mmap);

int ddi_umem_is_held(ddi_umem_cookie_t cookie, offset_t offset, size_t len)
{
	struct umem_window window;
	int held;

	might_sleep();
	if (!len)
		return 0;
	held = umem_window_init(&window, cookie, round_down(offset, PAGE_SIZE),
				len + (offset & ~PAGE_MASK), "ddi_umem_is_held");
	if (held)
		return held;
	held = umem_window_is_held(&window);
	umem_window_fini(&window);
	return held;
}
EXPORT_SYMBOL(ddi_umem_is_held);
