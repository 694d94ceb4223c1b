/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devmap_impl.h - inside of devmap: handles, and the mappings that hold them
 *
 * One mmap(2) makes one struct devmap_map with a tree of handles, ordered by
 * user offset. fork(2) makes another one for the child, with handles of its
 * own. These relatives share a struct devmap_family, which has a range of file
 * offsets of its own, so that the pages of a mapping can be taken from any
 * process without its mmap lock [X18]. That may drop translations of relatives
 * as well; they fault again and notice nothing, because a map remembers what
 * devmap_access(9E) let its process have.
 *
 * Callbacks. devmap_access(9E) and devmap_dup(9E) use a handle, devmap_unmap(9E)
 * changes it: the latter waits for the former, as on Solaris, because it frees
 * what the driver keeps for the handle. munmap(2) itself does not wait: a part
 * that is unmapped while the handle is used is put on the handle's list of
 * cuts, and the last user of the handle cuts it out.
 *
 * A split, or the copy for a fork, enters the tree whole and in one step. Until
 * the callback that tells the driver of it has returned, it is the @twin of the
 * old handle: what the driver does to that one is done to both.
 */
#ifndef _DDI_DEVMAP_IMPL_H
#define _DDI_DEVMAP_IMPL_H

#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <sys/sunddi.h>

#include "ddi_devmap/context.h"
#include "ddi_devmap/ranges.h"
#include "ddi_devmap/view.h"

struct ddi_devmap_ops;
struct devmap_kin;

/* So many handles may one mmap(2) make; each is charged to its caller. */
#define DEVMAP_HANDLES_MAX	65536UL

/**
 * struct devmap - one handle; a devmap_cookie_t points to it
 * @pub: what drivers may read; first. Its range is the driver's idea of it,
 *	which follows @start and @end when devmap_unmap(9E) has returned [D39]
 * @map: the mapping that it is part of, constant
 * @node: in @map's tree
 * @start: user offset of the first byte; this and the rest under map->lock
 * @end: where it ends
 * @view: the memory or registers that it shows, or nothing while invalid
 * @dev: device number of the mmap, for its device context
 * @context: that, once it was used
 * @twin: a part or copy of it that the driver has not been told of yet
 * @cuts: parts to be unmapped when nobody uses it, the highest first
 * @todo: in the list of handles whose cuts are being made
 * @kin: what it shares with its copies in relatives, if it has any
 * @entered: its last entry of a page, as a number of @kin
 * @users: devmap_access(9E) and devmap_dup(9E) callbacks that are running
 * @changes: how often its memory was replaced
 * @is_cutting: devmap_unmap(9E) runs, or tells the driver of this handle
 * @is_new: its setup on first touch is not complete; @is_cutting, too
 * @is_set_up: the driver has called devmap_umem_setup() or devmap_devmem_setup()
 * @is_dead: devmap_dup(9E) failed: nothing can be entered, no more callbacks
 * @is_reported: for a devmap_access(9E) that leaves the page unloaded
 */
struct devmap {
	devmap_handle_t pub;
	struct devmap_map *map;
	struct rb_node node;
	offset_t start;
	offset_t end;
	struct devmap_view view;
	ddi_dev_t dev;
	struct devmap_context *context;
	struct devmap *twin;
	struct list_head cuts;
	struct list_head todo;
	struct devmap_kin *kin;
	atomic_long_t entered;	/* goes up under the lock held for reading */
	atomic_t users;		/* goes up under the lock held for reading */
	unsigned int changes;
	bool is_cutting;
	bool is_new;
	bool is_set_up;
	bool is_dead;
	unsigned int is_reported;	/* s390 does no exact xchg() of a bool */
};

/**
 * struct devmap_map - one mmap(2) in one process
 * @refs: one for each vma that shares it, one for each fault that has dropped
 *	the mmap lock
 * @mm: the process, for comparison only
 * @bias: user offset minus offset in the file
 * @seg: what dh_seg of its handles points to
 * @family: shared with what fork made of this mapping
 * @relative: in family->maps, under family->lock
 * @lock: guards the handles and all below; held while a page is entered, so
 *	that a thread that has changed a handle and then takes its pages away
 *	takes all of them
 * @handles: tree by user offset; it changes only in callbacks of a vma and,
 *	after a fault that outlived an munmap, without any lock of Linux
 * @loaded: what may be entered without asking devmap_access(9E)
 * @recent: the object that the driver's entry has named last, with a reference, for
 *	the task that calls the entry, and only while it does; or NULL
 * @is_setting_up: a first touch runs the driver's entries
 * @wait: for the end of that, and of a devmap_unmap(9E) callback
 * @answers: what devmap_access(9E) has refused, for faults that come again
 * @nr_answers: how many these are
 */
struct devmap_map {
	refcount_t refs;
	struct mm_struct *mm;
	offset_t bias;
	struct seg seg;
	struct devmap_family *family;
	struct rb_node relative;
	struct rw_semaphore lock;
	struct rb_root handles;
	struct devmap_ranges loaded;
	struct umem *recent;
	unsigned int is_setting_up;	/* as is_reported */
	wait_queue_head_t wait;
	struct list_head answers;
	unsigned int nr_answers;
};

/**
 * struct devmap_family - one mmap(2) and its descendants by fork
 * @refs: one for each map
 * @device: where the file offsets come from
 * @pgoff: the first of them, in pages
 * @order: log2 of their number
 * @file: the driver's, kept open, and the driver with it
 * @own_file: stands behind the vmas, at the offsets of the one object that all of it shows,
 *	so that Linux can swap that or map it by huge entries; or NULL: the device's file does
 * @ops: the driver's entries
 * @on_touch: they are called on first touch
 * @dev: for these
 * @model: data model of the process that called mmap(2), for these
 * @lock: guards @maps
 * @maps: tree by process
 */
struct devmap_family {
	refcount_t refs;
	struct devmap_device *device;
	pgoff_t pgoff;
	unsigned int order;
	struct file *file;
	struct file *own_file;
	const struct ddi_devmap_ops *ops;
	bool on_touch;
	ddi_dev_t dev;
	uint_t model;
	struct mutex lock;	/* guards the tree */
	struct rb_root maps;
};

/* So many handles an mmap(2) makes in one go. */
#define DEVMAP_BATCH	32U

/**
 * struct devmap_batch - handles that an mmap(2) makes, on the stack of the task
 * @map: whose handles they are
 * @last: the one in the tree that was made last, or NULL
 * @size: how many there is memory for
 * @made: how many are set up, which the tree gets all at once
 * @handles: these, then those that are still to be made
 */
struct devmap_batch {
	struct devmap_map *map;
	struct devmap *last;
	unsigned int size;
	unsigned int made;
	struct devmap *handles[DEVMAP_BATCH];
};

/* The handle that was begun is set up. */
static inline void devmap_batch_made(struct devmap_batch *batch)
{
	batch->made++;
}

/* device.c */
struct devmap_family *devmap_family_create(struct file *file, unsigned long pages);
void devmap_family_put(struct devmap_family *family);
struct file *devmap_family_file(struct devmap_family *family);
void devmap_zap_offsets(struct devmap_map *map, offset_t start, offset_t end);
void devmap_family_zap(struct devmap_family *family, offset_t from, offset_t len);

/* zap.c */
void devmap_kin_create(struct devmap *h);
void devmap_kin_get(struct devmap *to, const struct devmap *h);
void devmap_kin_put(struct devmap *h);
void devmap_note_entered(struct devmap *h);
void devmap_note_entering(struct devmap *h);
bool devmap_must_zap(const struct devmap *h);
void devmap_zap(struct devmap *h, offset_t start, offset_t end);

/* map.c */
struct devmap_map *devmap_map_new(const struct as *as, offset_t off);
void devmap_map_get(struct devmap_map *map);
void devmap_map_put(struct devmap_map *map);
struct devmap_map *devmap_map_of_child(struct devmap_map *parent,
				       struct mm_struct *mm);
void devmap_handle_insert(struct devmap *h);
void devmap_handle_insert_behind(struct devmap *before, struct devmap *h);
struct devmap *devmap_find(struct devmap_map *map, offset_t off);
struct devmap *devmap_first(struct devmap_map *map, offset_t off);
struct devmap *devmap_next(struct devmap *h);
void devmap_copy_state(struct devmap *to, const struct devmap *h,
		       offset_t start, offset_t end);

/* handle.c */
struct devmap *devmap_handle_create(struct devmap_map *map, gfp_t gfp);
void devmap_handle_destroy(struct devmap *h);
void devmap_batch_init(struct devmap_batch *batch, struct devmap_map *map);
struct devmap *devmap_batch_begin(struct devmap_batch *batch, size_t left);
void devmap_batch_undo(struct devmap_batch *batch);
void devmap_batch_end(struct devmap_batch *batch);

/* cut.c */
void devmap_cut(struct devmap_map *map, offset_t start, offset_t end);
bool devmap_clip_cuts(const struct devmap *h, offset_t off, offset_t *start, offset_t *end);
int devmap_wait(struct devmap_map *map, offset_t off);
void devmap_unuse(struct devmap *h);
void devmap_settle(struct devmap *h);
void devmap_discard(struct devmap *h);

/* ask.c */
bool devmap_is_asking(const struct mm_struct *mm);
void devmap_note_load(const struct devmap_map *map, offset_t start, offset_t end, bool loaded);
void devmap_note_replace(const struct devmap *h);
bool devmap_is_interruptible(const struct devmap *h);
int devmap_ask(struct devmap *h, offset_t off, uint_t rw, bool interruptible, bool *changed);
void devmap_keep_answer(struct devmap_map *map, offset_t off, int rc);
bool devmap_take_answer(struct devmap_map *map, offset_t off, unsigned int flags, int *rc);
void devmap_drop_answers(struct devmap_map *map);

/* fault.c */
vm_fault_t devmap_vm_fault(struct vm_fault *vmf);

/* Does the driver allow what a vma with these flags may do? */
static inline bool devmap_allows(const struct devmap *h, unsigned long vm_flags)
{
	BUILD_BUG_ON(VM_READ != PROT_READ || VM_WRITE != PROT_WRITE || VM_EXEC != PROT_EXEC);
	return !(vm_flags & (VM_READ | VM_WRITE | VM_EXEC) & ~(unsigned long)h->pub.dh_maxprot);
}

static inline offset_t devmap_vma_offset(const struct vm_area_struct *vma)
{
	const struct devmap_map *map = vma->vm_private_data;

	return ((offset_t)vma->vm_pgoff << PAGE_SHIFT) + map->bias;
}

/* vma.c */
extern const struct vm_operations_struct devmap_vm_ops;

#endif /* _DDI_DEVMAP_IMPL_H */
