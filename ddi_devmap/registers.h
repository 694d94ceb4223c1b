/* SPDX-License-Identifier: GPL-2.0-only */
/* registers.h - device registers behind a handle */
#ifndef _DDI_DEVMAP_REGISTERS_H
#define _DDI_DEVMAP_REGISTERS_H

#include <linux/mm_types.h>

#include <sys/sunddi.h>

struct ddi_register_set;
struct devmap;
struct devmap_regs;
struct vm_fault;

/* How the processor may treat accesses. */
enum devmap_caching { DEVMAP_UNCACHED, DEVMAP_WRITE_COMBINE, DEVMAP_CACHED };

/**
 * struct devmap_regs_place - whole pages inside a register set
 * @roff: where in the set the first byte is
 * @pfn: its page frame
 * @pages: how many
 */
struct devmap_regs_place {
	offset_t roff;
	unsigned long pfn;
	size_t pages;
};

/* The attributes that a driver's flags and access attributes, or NULL, ask for. */
enum devmap_caching devmap_regs_caching(uint_t flags, const ddi_device_acc_attr_t *attr);
/* The whole pages that [roff, roff + len) lies in; false if one is not inside @set. */
bool devmap_regs_find(const struct ddi_register_set *set, offset_t roff, size_t len,
		      struct devmap_regs_place *place);

/* The part of a register set that a handle shall show. */
struct devmap_regs_request {
	dev_info_t *dip;
	uint_t rnumber;
	offset_t roff;
	size_t len;
	uint_t flags;
	const ddi_device_acc_attr_t *attr;
};

/* With a reference, or NULL. */
struct devmap_regs *devmap_regs_create(const struct devmap *h,
				       const struct devmap_regs_request *req);
void devmap_regs_get(struct devmap_regs *regs);
void devmap_regs_put(struct devmap_regs *regs);
/* Where in the register set a user offset is. */
offset_t devmap_regs_offset(const struct devmap_regs *regs, offset_t off);
bool devmap_regs_are_gone(const struct devmap_regs *regs);
vm_fault_t devmap_regs_enter(struct devmap_regs *regs, struct vm_fault *vmf, offset_t off);

#endif /* _DDI_DEVMAP_REGISTERS_H */
