/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devmap_impl.h - inside of devmap: handles, and the mappings that hold them
 *
 * One mmap(2) makes one struct devmap_map with a list of handles, in order of
 * their user offset. fork(2) makes another one for the child, with handles of
 * its own. All of these share a struct devmap_family, whose private file
 * stands behind their vmas, so that pages can be taken from any process by
 * file offset, without its mmap lock [X18]. That may drop translations of
 * relatives as well; they fault again and notice nothing, because a handle
 * remembers what devmap_access(9E) let its process have.
 *
 * A map is shared by the vmas into which its mmap(2) was split. The list of
 * handles changes only under the process's mmap lock held for writing, or in a
 * munmap that has it for reading and excludes others; map->lock is needed on
 * top to change it or what its handles show, and to walk it in a fault.
 */
#ifndef _DDI_DEVMAP_IMPL_H
#define _DDI_DEVMAP_IMPL_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

#include <sys/sunddi.h>

#include "ddi_umem/umem_impl.h"

struct file;
struct mm_struct;
struct task_struct;
struct vm_area_struct;

/**
 * struct devmap - one handle; a devmap_cookie_t points to it
 * @pub: what drivers may read; first
 * @map: the mapping that it is part of, constant
 * @node: in @map's list
 * @window: the memory that it shows, or nothing while invalid; under map->lock
 * @loaded_start: user offset from which pages may be entered without asking
 *	devmap_access(9E); under map->lock
 * @loaded_end: where that ends
 * @origin: handle that fork copied this one from; for comparison only
 * @is_set_up: the driver has called devmap_umem_setup()
 * @is_dead: devmap_dup(9E) failed: nothing can be entered, no more callbacks
 */
struct devmap {
	devmap_handle_t pub;
	struct devmap_map *map;
	struct list_head node;
	struct umem_window window;
	offset_t loaded_start;
	offset_t loaded_end;
	const struct devmap *origin;
	bool is_set_up;
	bool is_dead;
};

/**
 * struct devmap_map - one mmap(2) in one process
 * @vmas: how many vmas share it
 * @mm: the process, for comparison only
 * @bias: user offset minus offset in the file
 * @family: shared with what fork made of this mapping
 * @sibling: in family->maps, under family->lock
 * @lock: guards the list and what its handles show; held while a page is
 *	entered, so that who has changed a handle and then takes its pages away
 *	takes all of them
 * @handles: in order of user offset
 */
struct devmap_map {
	refcount_t vmas;
	struct mm_struct *mm;
	offset_t bias;
	struct devmap_family *family;
	struct list_head sibling;
	struct rw_semaphore lock;
	struct list_head handles;
};

/**
 * struct devmap_family - one mmap(2) and its descendants by fork
 * @refs: one for each map
 * @file: private, behind the vmas
 * @device: the driver's file, kept open, and the driver with it
 * @lock: guards @maps
 * @maps: at most one per process
 */
struct devmap_family {
	refcount_t refs;
	struct file *file;
	struct file *device;
	struct mutex lock;	/* guards the list */
	struct list_head maps;
};

static inline offset_t devmap_end(const struct devmap *h)
{
	return h->pub.dh_uoff + h->pub.dh_len;
}

/* inode.c */
struct devmap_family *devmap_family_create(struct file *device);
void devmap_family_put(struct devmap_family *family);

/* map.c */
struct devmap_map *devmap_map_create(struct devmap_family *family,
				     struct mm_struct *mm, offset_t bias);
void devmap_map_destroy(struct devmap_map *map);
struct devmap_map *devmap_map_of_child(struct devmap_map *parent,
				       struct mm_struct *mm);
struct devmap *devmap_handle_create(struct devmap_map *map, gfp_t gfp);
void devmap_handle_destroy(struct devmap *h);
struct devmap *devmap_find(struct devmap_map *map, offset_t off);
void devmap_cut(struct devmap *h, offset_t start, offset_t end);
void devmap_zap(struct devmap *h, offset_t start, offset_t end);

/* access.c */
bool devmap_is_loaded(const struct devmap *h, offset_t off);
void devmap_forget_all(struct devmap *h);
int devmap_ask(struct devmap *h, offset_t off, uint_t rw);

/* vma.c */
extern const struct vm_operations_struct devmap_vm_ops;

#endif /* _DDI_DEVMAP_IMPL_H */
