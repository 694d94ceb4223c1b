// SPDX-License-Identifier: GPL-2.0-only
/*
 * vma.c - what happens to a mapping: split, move, fork, unmap
 *
 * Linux opens a vma for a split, a move and a fork alike [X14]. A fork shows by
 * the mm. A move shows when the old place is closed: it is not where the
 * handle is any more.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>

static offset_t vma_user_end(const struct vm_area_struct *vma)
{
	return devmap_vma_offset(vma) + (offset_t)(vma->vm_end - vma->vm_start);
}

/* The driver's range and address go together, whatever is to be cut out of it. */
static unsigned long devmap_address(const struct devmap *h, offset_t off)
{
	return (unsigned long)h->pub.dh_uvaddr + (unsigned long)(off - h->pub.dh_uoff);
}

/* The part of a handle that a vma shows; false if it shows none of it. */
static bool devmap_in_vma(const struct devmap *h, const struct vm_area_struct *vma,
			  offset_t *start, offset_t *end)
{
	offset_t off = devmap_vma_offset(vma);

	*start = max(off, h->start);
	*end = min(vma_user_end(vma), h->end);
	return *start < *end &&
	       devmap_address(h, *start) == vma->vm_start + (unsigned long)(*start - off);
}

/*
 * A handle of the child for [start, end) of a parent's handle. Both maps show
 * it in one step, so that a change of the parent's handle changes this one, too.
 */
static struct devmap *devmap_copy(struct devmap *h, struct devmap_map *child,
				  offset_t start, offset_t end)
{
	struct devmap *n = devmap_handle_create(child, GFP_KERNEL);

	if (!n)
		return NULL;
	devmap_kin_create(h);
	down_write(&h->map->lock);
	down_write_nested(&child->lock, SINGLE_DEPTH_NESTING);
	devmap_copy_state(n, h, start, end);
	devmap_handle_insert(n);
	h->twin = n;
	up_write(&child->lock);
	up_write(&h->map->lock);
	return n;
}

/* The driver knows the copy now. If it refused it, the child has none [X13]. */
static void devmap_told(struct devmap *h, struct devmap *n, bool refused)
{
	struct devmap_view old = { };

	down_write(&h->map->lock);
	down_write_nested(&n->map->lock, SINGLE_DEPTH_NESTING);
	h->twin = NULL;
	if (refused) {
		n->is_dead = true;
		swap(old, n->view);
		n->pub.dh_cookie = NULL;
	}
	up_write(&n->map->lock);
	up_write(&h->map->lock);
	devmap_view_fini(&old);
	if (refused)
		pr_warn_once("devmap: %ps refused a mapping to a child of process %s (%d), which has none there\n",
			     h->pub.dh_callbackops.devmap_dup, current->comm,
			     task_pid_nr(current));
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

	while (end < h->end) {
		v = find_vma(h->map->mm, v->vm_end);
		if (!v || v->vm_private_data != h->map || v->vm_flags & VM_DONTCOPY ||
		    !devmap_in_vma(h, v, &from, &to) || from != end)
			break;
		end = to;
	}
	return end;
}

/* A further piece of what was split: the driver knows of it. */
static bool devmap_is_dupped(struct devmap_map *child, offset_t start)
{
	bool found;

	down_read(&child->lock);
	found = devmap_find(child, start);
	up_read(&child->lock);
	return found;
}

static void devmap_dup(struct devmap *h, struct devmap_map *child,
		       const struct vm_area_struct *vma, offset_t start, offset_t end)
{
	struct devmap *n;
	int rc = 0;

	if (devmap_is_dupped(child, start))
		return;
	n = devmap_copy(h, child, start, devmap_dup_end(h, vma, end));
	if (!n)
		return;
	if (!n->is_dead && h->pub.dh_callbackops.devmap_dup)
		rc = h->pub.dh_callbackops.devmap_dup(h, h->pub.dh_pvtp, n, &n->pub.dh_pvtp);
	devmap_told(h, n, rc);
}

/*
 * The first handle from *@off on that a vma shows, in use; *@off moves behind
 * it. Waits for devmap_unmap(9E), as it may run after an munmap.
 */
static struct devmap *devmap_use_next(struct devmap_map *map, const struct vm_area_struct *vma,
				      offset_t *off, offset_t *start, offset_t *end)
{
	struct devmap *h;

	down_read(&map->lock);
	while ((h = devmap_first(map, *off)) && h->start < vma_user_end(vma)) {
		if (h->is_new) {
			/* The child's first touch sets it up for the child. */
			*off = h->end;
			continue;
		}
		if (h->is_cutting) {
			up_read(&map->lock);
			if (devmap_wait(map, max(*off, h->start)))
				return NULL;
			down_read(&map->lock);
			continue;
		}
		*off = h->end;
		if (devmap_in_vma(h, vma, start, end)) {
			atomic_inc(&h->users);
			up_read(&map->lock);
			return h;
		}
	}
	up_read(&map->lock);
	return NULL;
}

/*
 * No translation is ever copied to a child [D38]. VM_WIPEONFORK sees to that,
 * but madvise(2) can clear it; then, depending on the kernel, the copies are
 * here already or still to come.
 */
static void devmap_forget_copies(struct vm_area_struct *vma, struct devmap_map *parent,
				 offset_t start, offset_t end)
{
	if (vma->vm_flags & VM_WIPEONFORK)
		return;
	vm_flags_set(vma, VM_WIPEONFORK);
	devmap_zap_offsets(parent, start, end);
}

static void devmap_fork(struct vm_area_struct *vma)
{
	struct devmap_map *parent = vma->vm_private_data;
	struct devmap_map *child = devmap_map_of_child(parent, vma->vm_mm);
	offset_t off = devmap_vma_offset(vma), start, end;
	struct devmap *h;

	while (child && (h = devmap_use_next(parent, vma, &off, &start, &end))) {
		devmap_dup(h, child, vma, start, end);
		devmap_unuse(h);
		cond_resched();
	}
	devmap_forget_copies(vma, parent, devmap_vma_offset(vma), vma_user_end(vma));
	vma->vm_private_data = child;
}

static void devmap_vm_open(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;

	if (!map)
		return;
	if (vma->vm_mm == map->mm)
		devmap_map_get(map);
	else
		devmap_fork(vma);
}

/* The next vma in that direction that stays, as far as this can be told. */
static const struct vm_area_struct *vma_staying_above(const struct vm_area_struct *vma)
{
	do
		vma = find_vma(vma->vm_mm, vma->vm_end);
	while (vma && vma_is_leaving(vma));
	return vma;
}

static const struct vm_area_struct *vma_staying_below(const struct vm_area_struct *vma)
{
	do
		vma = vma_below(vma);
	while (vma && vma_is_leaving(vma));
	return vma;
}

/*
 * The driver hears of one munmap(2) once [D39], but of what mprotect(2) has
 * split, Linux closes piece by piece. All pieces that go have left the
 * process's tree of vmas before, or say that they are about to: what of the
 * handle has no vma any more goes with the first of them. When a process
 * exits, all of it does.
 */
static void devmap_with_neighbours(const struct devmap *h, const struct vm_area_struct *vma,
				   offset_t *start, offset_t *end)
{
	unsigned long base = devmap_address(h, h->start);
	const struct vm_area_struct *below = NULL, *above = NULL;

	if (atomic_read(&vma->vm_mm->mm_users)) {
		below = vma_staying_below(vma);
		above = vma_staying_above(vma);
	}
	*start = h->start;
	if (below && below->vm_end > base)
		*start += (offset_t)(below->vm_end - base);
	if (above && above->vm_start - base < (unsigned long)(h->end - h->start))
		*end = h->start + (offset_t)(above->vm_start - base);
	else
		*end = h->end;
}

/*
 * Find the first handle from *@off on that a closing vma shows, and set
 * [*@start, *@end) to the part that goes with the vma; *@off moves behind the
 * handle. False: there is none.
 */
static bool devmap_next_gone(struct devmap_map *map, const struct vm_area_struct *vma,
			     offset_t *off, offset_t *start, offset_t *end)
{
	bool found = false;
	struct devmap *h;
	offset_t at;

	down_read(&map->lock);
	for (h = devmap_first(map, *off); h && h->start < vma_user_end(vma) && !found;
	     h = devmap_next(h)) {
		*off = h->end;
		if (!devmap_in_vma(h, vma, start, end))
			continue;
		at = *start;
		devmap_with_neighbours(h, vma, start, end);
		/* With a piece that was closed before, perhaps. */
		found = devmap_clip_cuts(h, at, start, end);
	}
	up_read(&map->lock);
	return found;
}

static void devmap_vm_close(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;
	offset_t off, start, end;

	if (!map)
		return;
	off = devmap_vma_offset(vma);
	while (devmap_next_gone(map, vma, &off, &start, &end)) {
		devmap_cut(map, start, end);
		cond_resched();
	}
	devmap_map_put(map);
}

/* Would a move tear a handle apart, or move one that is about to be cut? */
static int devmap_check_move(struct devmap_map *map, offset_t off, offset_t end)
{
	struct devmap *h;

	lockdep_assert_held(&map->lock);
	if (READ_ONCE(map->is_setting_up))
		return -EAGAIN;
	for (h = devmap_first(map, off); h && h->start < end; h = devmap_next(h)) {
		if (h->start < off || h->end > end)
			return -EINVAL;
		if (h->is_cutting || !list_empty(&h->cuts))
			return -EAGAIN;
	}
	return 0;
}

/* Whole handles may move; one that would be torn apart stays where it is. */
static int devmap_vm_mremap(struct vm_area_struct *vma)
{
	struct devmap_map *map = vma->vm_private_data;
	offset_t off, end;
	struct devmap *h;
	int err;

	if (!map)
		return 0;
	off = devmap_vma_offset(vma);
	end = vma_user_end(vma);
	down_write(&map->lock);
	err = devmap_check_move(map, off, end);
	for (h = devmap_first(map, off); !err && h && h->start < end; h = devmap_next(h))
		h->pub.dh_uvaddr = (caddr_t)vma->vm_start + (h->start - off);
	up_write(&map->lock);
	return err;
}

/*
 * When the protection of a vma changes, Linux writes it into the page table entries.
 * On some processors that replaces the attributes of registers by those of memory. So
 * the entries of registers go, and the next fault makes them again. vm_flags_set() takes
 * the lock of the vma, which keeps faults away until then.
 */
static void devmap_forget_registers(struct vm_area_struct *vma, offset_t start, offset_t end)
{
	struct devmap_map *map = vma->vm_private_data;
	offset_t from = end, to = start;
	struct devmap *h;

	down_read(&map->lock);
	for (h = devmap_first(map, start); h && h->start < end; h = devmap_next(h))
		if (h->view.regs) {
			from = min(from, max(start, h->start));
			to = max(to, min(end, h->end));
		}
	up_read(&map->lock);
	if (from >= to)
		return;
	vm_flags_set(vma, 0);
	devmap_zap_offsets(map, from, to);
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
	off = devmap_vma_offset(vma);
	start = off + (addr - vma->vm_start);
	end = off + (addr_end - vma->vm_start);
	down_read(&map->lock);
	for (h = devmap_first(map, start); h && h->start < end && !err; h = devmap_next(h))
		if (!devmap_allows(h, newflags))
			err = -EACCES;
	up_read(&map->lock);
	if (!err)
		devmap_forget_registers(vma, start, end);
	return err;
}

const struct vm_operations_struct devmap_vm_ops = {
	.open = devmap_vm_open,
	.close = devmap_vm_close,
	.mremap = devmap_vm_mremap,
	VM_OPS_MPROTECT(devmap_vm_mprotect)
	.fault = devmap_vm_fault,
};
