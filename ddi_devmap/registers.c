// SPDX-License-Identifier: GPL-2.0-only
/*
 * registers.c - device registers behind a handle: devmap_devmem_setup(9F)
 *
 * The driver's Linux half says where a register set is in physical memory.
 * A split or a fork makes several handles of one. These share one struct
 * devmap_regs, which knows at which user offsets its bytes are: the offsets are
 * the same in all of these handles. So the registers of a device that goes can be
 * cut off without a look at the handles.
 */
#include "ddi_devmap/registers.h"

#include <ddi/devmap.h>

#include <linux/export.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ddi_core/core.h"
#include "ddi_devmap/devmap_impl.h"

/**
 * struct devmap_regs - registers that handles of a family show
 * @refs: one for each handle
 * @node: in regs_list
 * @device: what the Linux half calls the device
 * @family: whose handles these are; it outlives them
 * @first: user offset of the first byte
 * @bias: user offset minus offset in the family's file
 * @place: where they are
 * @caching: how they are entered
 * @lock: held for reading while a page is entered, outside of which come the
 *	map's lock and the mmap lock
 * @is_gone: the device has gone; under @lock
 */
struct devmap_regs {
	refcount_t refs;
	struct list_head node;
	const void *device;
	struct devmap_family *family;
	offset_t first;
	offset_t bias;
	struct devmap_regs_place place;
	enum devmap_caching caching;
	struct rw_semaphore lock;
	bool is_gone;
};

/* Guards the list, and is taken to drop the last reference; outside of devmap_regs.lock. */
static DEFINE_MUTEX(regs_lock);
static LIST_HEAD(regs_list);
/* How often devices were cut off; under regs_lock. */
static unsigned long regs_cuts;

/*
 * The attributes say how far the processor may go. We do not go that far:
 * registers are cached only where the driver asks for it by IOMEM_DATA_CACHED.
 */
enum devmap_caching devmap_regs_caching(uint_t flags, const ddi_device_acc_attr_t *attr)
{
	switch (flags & IOMEM_DATA_MASK) {
	case IOMEM_DATA_CACHED:
		return DEVMAP_CACHED;
	case IOMEM_DATA_UC_WR_COMBINE:
		return DEVMAP_WRITE_COMBINE;
	case IOMEM_DATA_UNCACHED:
		return DEVMAP_UNCACHED;
	}
	if (attr && attr->devacc_attr_dataorder >= DDI_MERGING_OK_ACC)
		return DEVMAP_WRITE_COMBINE;
	return DEVMAP_UNCACHED;
}

DDI_EXPORT_FOR_KUNIT(devmap_regs_caching);

static pgprot_t regs_prot(const struct devmap_regs *regs, pgprot_t prot)
{
	switch (regs->caching) {
	case DEVMAP_UNCACHED:
		prot = pgprot_noncached(prot);
		break;
	case DEVMAP_WRITE_COMBINE:
		prot = pgprot_writecombine(prot);
		break;
	case DEVMAP_CACHED:
		break;
	}
	return pgprot_decrypted(prot);
}

bool devmap_regs_find(const struct ddi_register_set *set, offset_t roff, size_t len,
		      struct devmap_regs_place *place)
{
	phys_addr_t last, from, to;

	if (roff < 0 || !len || check_add_overflow(set->start, set->len - 1, &last))
		return false;
	if (roff >= set->len || len > set->len - roff)
		return false;
	from = round_down(set->start + roff, PAGE_SIZE);
	to = set->start + roff + (len - 1);
	to |= PAGE_SIZE - 1;
	if (from < set->start || to > last)
		return false;
	place->roff = (offset_t)(from - set->start);
	place->pfn = from >> PAGE_SHIFT;
	place->pages = ((to - from) >> PAGE_SHIFT) + 1;
	return true;
}

DDI_EXPORT_FOR_KUNIT(devmap_regs_find);

/* False if a device was cut off since @cuts was read: this one, perhaps. */
static bool regs_publish(struct devmap_regs *regs, unsigned long cuts)
{
	bool valid;

	mutex_lock(&regs_lock);
	valid = cuts == regs_cuts;
	if (valid)
		list_add(&regs->node, &regs_list);
	mutex_unlock(&regs_lock);
	return valid;
}

static unsigned long regs_read_cuts(void)
{
	unsigned long cuts;

	mutex_lock(&regs_lock);
	cuts = regs_cuts;
	mutex_unlock(&regs_lock);
	return cuts;
}

/* The Linux half is asked without a lock of ours, and again if a device went meanwhile. */
static bool regs_resolve(struct devmap_regs *regs, const struct devmap_regs_request *req)
{
	const struct devmap_family *family = regs->family;
	struct ddi_register_set set;
	unsigned long cuts;

	do {
		set = (struct ddi_register_set) { };
		cuts = regs_read_cuts();
		if (family->ops->registers(family->dev, req->dip, req->rnumber, &set) ||
		    !devmap_regs_find(&set, req->roff, req->len, &regs->place))
			return false;
		regs->device = set.device;
	} while (!regs_publish(regs, cuts));
	return true;
}

struct devmap_regs *devmap_regs_create(const struct devmap *h,
				       const struct devmap_regs_request *req)
{
	struct devmap_map *map = h->map;
	struct devmap_regs *regs;

	if (!map->family->ops->registers)
		return NULL;
	regs = kzalloc(sizeof(*regs), GFP_KERNEL_ACCOUNT);
	if (!regs)
		return NULL;
	refcount_set(&regs->refs, 1);
	regs->family = map->family;
	down_read(&map->lock);
	regs->first = h->pub.dh_uoff;
	regs->bias = map->bias;
	up_read(&map->lock);
	regs->caching = devmap_regs_caching(req->flags, req->attr);
	init_rwsem(&regs->lock);
	if (regs_resolve(regs, req))
		return regs;
	kfree(regs);
	return NULL;
}

void devmap_regs_get(struct devmap_regs *regs)
{
	refcount_inc(&regs->refs);
}

void devmap_regs_put(struct devmap_regs *regs)
{
	if (!refcount_dec_and_mutex_lock(&regs->refs, &regs_lock))
		return;
	list_del(&regs->node);
	mutex_unlock(&regs_lock);
	kfree(regs);
}

offset_t devmap_regs_offset(const struct devmap_regs *regs, offset_t off)
{
	return regs->place.roff + (off - regs->first);
}

bool devmap_regs_are_gone(const struct devmap_regs *regs)
{
	return READ_ONCE(regs->is_gone);
}

/*
 * Where a vma may hold memory as well, Linux tells registers from memory by the
 * page frame, and what has a struct page has the attributes of the vma only.
 */
static vm_fault_t regs_insert(const struct devmap_regs *regs, struct vm_fault *vmf,
			      unsigned long pfn)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long address = vmf->address & PAGE_MASK;
	pgprot_t prot = regs_prot(regs, vma->vm_page_prot);

	if (vma->vm_flags & VM_PFNMAP || !pfn_valid(pfn))
		return vmf_insert_pfn_prot(vma, address, pfn, prot);
	if (pgprot_val(prot) == pgprot_val(vma->vm_page_prot))
		return vmf_insert_mixed(vma, address, pfn);
	pr_warn_once("devmap: %pD, process %s (%d): registers at page frame %#lx, for which Linux has a struct page, cannot be mapped uncached together with memory; map them apart\n",
		     vma->vm_file, current->comm, task_pid_nr(current), pfn);
	return VM_FAULT_SIGBUS;
}

/* Enter the page at user offset @off. */
vm_fault_t devmap_regs_enter(struct devmap_regs *regs, struct vm_fault *vmf, offset_t off)
{
	size_t page = (size_t)((off - regs->first) >> PAGE_SHIFT);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (page >= regs->place.pages)
		return ret;
	down_read(&regs->lock);
	if (!regs->is_gone)
		ret = regs_insert(regs, vmf, regs->place.pfn + page);
	up_read(&regs->lock);
	return ret;
}

/* A fault that has entered a page before this has the lock loses it again. */
static void regs_cut(struct devmap_regs *regs)
{
	lockdep_assert_held(&regs_lock);
	down_write(&regs->lock);
	WRITE_ONCE(regs->is_gone, true);
	up_write(&regs->lock);
	devmap_family_zap(regs->family, regs->first - regs->bias,
			  (offset_t)regs->place.pages << PAGE_SHIFT);
}

void ddi_devmap_cut_registers(const void *device)
{
	struct devmap_regs *regs;

	might_sleep();
	mutex_lock(&regs_lock);
	regs_cuts++;
	list_for_each_entry(regs, &regs_list, node) {
		if (regs->device == device && !regs->is_gone)
			regs_cut(regs);
		cond_resched();
	}
	mutex_unlock(&regs_lock);
}
EXPORT_SYMBOL(ddi_devmap_cut_registers);
