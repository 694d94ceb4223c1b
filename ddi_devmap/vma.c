// SPDX-License-Identifier: GPL-2.0-only
/*
 * vma.c - what happens to a mapping: fault, split, move, fork, unmap
 *
 * Linux opens a vma for a split, a move and a fork alike [X14]. A fork shows by
 * the mm. A move shows when the old place is closed: it is not where the
 * handle is any more.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/mm.h>
#include <linux/printk.h>

#include "ddi_core/trace.h"

static offset_t vma_user_offset(const struct vm_area_struct *vma)
{
	const struct devmap_map *map = vma->vm_private_data;

	return ((offset_t)vma->vm_pgoff << PAGE_SHIFT) + map->bias;
}

/* The part of a handle that a vma shows; false if it shows none of it. */
static bool devmap_in_vma(const struct devmap *h, const struct vm_area_struct *vma,
			  offset_t *start, offset_t *end)
{
	offset_t off = vma_user_offset(vma);
	offset_t diff = h->pub.dh_uoff - off;

	*start = max(off, h->pub.dh_uoff);
	*end = min_t(offset_t, off + (vma->vm_end - vma->vm_start), devmap_end(h));
	return *start < *end &&
	       (unsigned long)h->pub.dh_uvaddr == vma->vm_start + (unsigned long)diff;
}

/* A handle of the child for [start, end) of a parent's handle. */
static struct devmap *devmap_copy(struct devmap *h, struct devmap_map *child,
				  offset_t start, offset_t end)
{
	struct devmap *n = devmap_handle_create(child, GFP_KERNEL);
	size_t skip = start - h->pub.dh_uoff;

	if (!n)
		return NULL;
	down_read(&h->map->lock);
	n->pub = h->pub;
	n->is_set_up = h->is_set_up;
	n->is_dead = h->is_dead;
	umem_window_dup(&n->window, &h->window);
	up_read(&h->map->lock);
	umem_window_advance(&n->window, skip);
	n->origin = h;
	n->pub.dh_uoff = start;
	n->pub.dh_len = end - start;
	n->pub.dh_roff += skip;
	n->pub.dh_uvaddr += skip;
	down_write(&child->lock);
	list_add_tail(&n->node, &child->handles);
	up_write(&child->lock);
	return n;
}

/* A fork cannot be failed from here, so the child gets a dead mapping [X13]. */
static void devmap_kill(struct devmap *h)
{
	pr_warn_once("devmap: fork: the driver refused a mapping, the child has none\n");
	down_write(&h->map->lock);
	h->is_dead = true;
	umem_window_fini(&h->window);
	h->pub.dh_cookie = NULL;
	up_write(&h->map->lock);
}

/*
 * The child gets one handle for neighbouring vmas into which mprotect(2) has
 * split the parent's: where does the last of them that it inherits end?
 */
static offset_t devmap_dup_end(const struct devmap *h, const struct vm_area_struct *vma,
			       offset_t end)
{
	const struct vm_area_struct *v = vma;
	offset_t from, to;

	while (end < devmap_end(h)) {
		v = find_vma(h->map->mm, v->vm_end);
		if (!v || v->vm_private_data != h->map || v->vm_flags & VM_DONTCOPY ||
		    !devmap_in_vma(h, v, &from, &to) || from != end)
			break;
		end = to;
	}
	return end;
}

static void devmap_dup(struct devmap *h, struct devmap_map *child,
		       const struct vm_area_struct *vma, offset_t start, offset_t end)
{
	struct devmap *n;

	/* A further piece of what was split: the driver knows of it. */
	if (!list_empty(&child->handles)) {
		n = list_last_entry(&child->handles, struct devmap, node);
		if (n->origin == h && devmap_end(n) >= end)
			return;
	}
	n = devmap_copy(h, child, start, devmap_dup_end(h, vma, end));
	if (!n || n->is_dead || !h->pub.dh_callbackops.devmap_dup)
		return;
	if (h->pub.dh_callbackops.devmap_dup(h, h->pub.dh_pvtp, n, &n->pub.dh_pvtp))
		devmap_kill(n);
}

/*
 * No translation is ever copied to a child [D38]. VM_WIPEONFORK sees to that,
 * but madvise(2) can clear it; then, depending on the kernel, the copies are
 * here already or still to come.
 */
static void devmap_forget_copies(struct vm_area_struct *vma,
				 struct devmap_map *parent)
{
	if (vma->vm_flags & VM_WIPEONFORK)
		return;
	vm_flags_set(vma, VM_WIPEONFORK);
	unmap_mapping_range(parent->family->file->f_mapping,
			    (loff_t)vma->vm_pgoff << PAGE_SHIFT,
			    vma->vm_end - vma->vm_start, 1);
}

static void devmap_fork(struct vm_area_struct *vma)
{
	struct devmap_map *parent = vma->vm_private_data;
	struct devmap_map *child = devmap_map_of_child(parent, vma->vm_mm);
	offset_t start, end;
	struct devmap *h;

	if (child)
		list_for_each_entry(h, &parent->handles, node)
			if (devmap_in_vma(h, vma, &start, &end))
				devmap_dup(h, child, vma, start, end);
	devmap_forget_copies(vma, parent);
	vma->vm_private_data = child;
}

static void devmap_vm_open(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;

	if (!map)
		return;
	if (vma->vm_mm == map->mm)
		refcount_inc(&map->vmas);
	else
		devmap_fork(vma);
}

/*
 * The driver hears of one munmap(2) once [D39], but of what mprotect(2) has
 * split, Linux closes piece by piece. All pieces that go have left the
 * process's tree of vmas before, or say that they are about to: what of the
 * handle has no vma any more goes with the first of them. When a process
 * exits, all of it does.
 */
static void devmap_with_neighbours(const struct devmap *h, struct mm_struct *mm,
				   offset_t *start, offset_t *end)
{
	unsigned long base = (unsigned long)h->pub.dh_uvaddr;
	offset_t first = h->pub.dh_uoff, from = first, to = devmap_end(h);
	struct vm_area_struct *v = NULL;

	if (atomic_read(&mm->mm_users))
		v = find_vma(mm, base);
	for (; v && v->vm_start < base + h->pub.dh_len; v = find_vma(mm, v->vm_end)) {
		offset_t v_end = first + (offset_t)(v->vm_end - base);

		if (vma_is_leaving(v))
			continue;
		if (v_end <= *start)
			from = v_end;
		else if (v->vm_start > base)
			to = min_t(offset_t, to, first + (offset_t)(v->vm_start - base));
	}
	*start = min(*start, from);
	*end = max(*end, to);
}

static void devmap_vm_close(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;
	struct devmap *h, *next;
	offset_t start, end;

	if (!map)
		return;
	list_for_each_entry_safe(h, next, &map->handles, node)
		if (devmap_in_vma(h, vma, &start, &end)) {
			devmap_with_neighbours(h, vma->vm_mm, &start, &end);
			devmap_cut(h, start, end);
		}
	if (refcount_dec_and_test(&map->vmas))
		devmap_map_destroy(map);
}

/* Whole handles may move; one that would be torn apart stays where it is. */
static int devmap_vm_mremap(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;
	offset_t off, end;
	struct devmap *h;

	if (!map)
		return 0;
	off = vma_user_offset(vma);
	end = off + (vma->vm_end - vma->vm_start);
	list_for_each_entry(h, &map->handles, node)
		if (h->pub.dh_uoff < end && devmap_end(h) > off &&
		    (h->pub.dh_uoff < off || devmap_end(h) > end))
			return -EINVAL;
	list_for_each_entry(h, &map->handles, node)
		if (h->pub.dh_uoff >= off && h->pub.dh_uoff < end)
			h->pub.dh_uvaddr = (caddr_t)vma->vm_start +
					   (h->pub.dh_uoff - off);
	return 0;
}

static bool devmap_allows(const struct devmap *h, unsigned long vm_flags)
{
	uint_t maxprot = h->pub.dh_maxprot;

	return !((vm_flags & VM_READ && !(maxprot & PROT_READ)) ||
		 (vm_flags & VM_WRITE && !(maxprot & PROT_WRITE)) ||
		 (vm_flags & VM_EXEC && !(maxprot & PROT_EXEC)));
}

static int __maybe_unused
devmap_vm_mprotect(struct vm_area_struct *vma, unsigned long addr,
		   unsigned long addr_end, unsigned long newflags)
{
	struct devmap_map *map = vma->vm_private_data;
	offset_t start, end, off;
	struct devmap *h;
	int err = 0;

	if (!map)
		return 0;
	off = vma_user_offset(vma);
	start = off + (addr - vma->vm_start);
	end = off + (addr_end - vma->vm_start);
	down_read(&map->lock);
	list_for_each_entry(h, &map->handles, node)
		if (h->pub.dh_uoff < end && devmap_end(h) > start &&
		    !devmap_allows(h, newflags))
			err = -EACCES;
	up_read(&map->lock);
	return err;
}

/* Must devmap_access(9E) be called before the page may be entered? */
static bool devmap_must_ask(const struct devmap *h, offset_t off)
{
	return h->pub.dh_callbackops.devmap_access && !devmap_is_loaded(h, off);
}

/* A page that was unloaded again in between is touched, and asked for, again. */
static vm_fault_t devmap_enter(struct devmap *h, struct vm_fault *vmf, offset_t off)
{
	lockdep_assert_held(&h->map->lock);
	if (devmap_must_ask(h, off))
		return VM_FAULT_NOPAGE;
	if (!devmap_allows(h, vmf->vma->vm_flags))
		return VM_FAULT_SIGSEGV;
	return umem_insert_page(vmf, &h->window, off - h->pub.dh_uoff);
}

static uint_t devmap_rw(const struct vm_fault *vmf)
{
	if (vmf->flags & FAULT_FLAG_WRITE)
		return DEVMAP_WRITE;
	return vmf->flags & FAULT_FLAG_INSTRUCTION ? DEVMAP_EXEC : DEVMAP_READ;
}

static vm_fault_t devmap_fault(struct vm_fault *vmf)
{
	struct devmap_map *map = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct devmap *h;
	offset_t off;

	if (!map)
		return VM_FAULT_SIGBUS;
	off = ((offset_t)vmf->pgoff << PAGE_SHIFT) + map->bias;
	down_read(&map->lock);
	h = devmap_find(map, off);
	if (h && !h->is_dead && devmap_must_ask(h, off)) {
		/* It stays meanwhile: unmapping its last page waits for this fault. */
		up_read(&map->lock);
		if (devmap_ask(h, off, devmap_rw(vmf)))
			return VM_FAULT_SIGBUS;
		down_read(&map->lock);
		/* But another part of it may have gone, and split it. */
		h = devmap_find(map, off);
	}
	if (h && !h->is_dead)
		ret = devmap_enter(h, vmf, off);
	up_read(&map->lock);
	return ret;
}

static vm_fault_t devmap_vm_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = devmap_fault(vmf);

	trace_fault(vmf->address, (unsigned long)vmf->pgoff << PAGE_SHIFT,
		    vmf->flags & FAULT_FLAG_WRITE, (__force unsigned int)ret);
	return ret;
}

const struct vm_operations_struct devmap_vm_ops = {
	.open = devmap_vm_open,
	.close = devmap_vm_close,
	.mremap = devmap_vm_mremap,
	VM_OPS_MPROTECT(devmap_vm_mprotect)
	.fault = devmap_vm_fault,
};
