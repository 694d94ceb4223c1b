/* SPDX-License-Identifier: GPL-2.0-only */
/* setup.h - a mapping that is being set up by the driver's entries */
#ifndef _DDI_DEVMAP_SETUP_H
#define _DDI_DEVMAP_SETUP_H

#include <ddi/devmap.h>

struct devmap;
struct devmap_map;
struct mm_struct;
struct vm_area_struct;

/**
 * struct as - what an address space handle points to: a call being served
 * @file: the driver's
 * @mm: the process that maps
 * @ops: the driver's entries
 * @dev: what they get as the device number
 * @off: user offset of the first byte
 * @addr: its address
 * @len: bytes, whole pages
 * @prot: protection, as Solaris has it
 * @maxprot: what mprotect(2) might make of it
 * @flags: MAP_SHARED or MAP_PRIVATE
 * @model: data model of the process
 * @map: what devmap_setup() makes; on first touch, what it adds to
 * @on_touch: called on first touch, without the mmap lock
 * @any: PROT_* bits that at least one of its handles allows
 * @all: those that each of them allows
 * @has_map: of its handles one has a devmap_map(9E), at least
 * @is_done: devmap_setup() was called and succeeded
 *
 * On the stack of ddi_devmap_mmap(), or of a fault.
 */
struct as {
	struct file *file;
	struct mm_struct *mm;
	const struct ddi_devmap_ops *ops;
	ddi_dev_t dev;
	offset_t off;
	unsigned long addr;
	size_t len;
	uint_t prot;
	uint_t maxprot;
	uint_t flags;
	uint_t model;
	struct devmap_map *map;
	uint_t any;
	uint_t all;
	bool on_touch;
	bool has_map;
	bool is_done;
};

/* setup.c */
int devmap_call_segmap(struct as *as);
void devmap_take_down(struct as *as);
struct devmap *devmap_take_next(struct as *as, offset_t *off);

/* A mapping made outside mmap(2), which comes back through the mmap operation. */
struct devmap_outer;
struct devmap_outer *devmap_outer_of(const struct file *file);
uint_t devmap_outer_seen(struct devmap_outer *outer);

/* bind.c */
bool devmap_touch_begin(struct devmap_map *map, const struct vm_area_struct *vma,
			offset_t off, struct as *as);
int devmap_touch(struct as *as);

#endif /* _DDI_DEVMAP_SETUP_H */
