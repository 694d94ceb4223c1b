/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ddi/devmap.h - binds a ported driver's devmap(9E) entry to a Linux file
 *
 *	static const struct ddi_devmap_ops xx_devmap_ops = {
 *		.devmap = xx_devmap,
 *	};
 *
 *	static int xx_mmap(struct file *file, struct vm_area_struct *vma)
 *	{
 *		return ddi_devmap_mmap(file, vma, xx_dev(file), &xx_devmap_ops);
 *	}
 *
 * A mapping keeps the file open, and with it the driver loaded.
 */
#ifndef _DDI_DEVMAP_H
#define _DDI_DEVMAP_H

#include <sys/sunddi.h>

struct file;
struct vm_area_struct;

/**
 * struct ddi_register_set - where a register set of a device is
 * @start: physical address of its first byte
 * @len: bytes
 * @device: the device, by any pointer that ddi_devmap_cut_registers() will get
 *
 * For a PCI device: pci_resource_start(), pci_resource_len() and the struct
 * pci_dev. Processes are given whole pages that lie inside the set, so nothing
 * beyond its end. Of a set that is smaller than a page, or begins inside one,
 * the incomplete pages cannot be mapped: their other bytes may belong to another
 * device. A Linux half that knows that they do not may give @start and @len of the
 * whole page.
 */
struct ddi_register_set {
	phys_addr_t start;
	phys_addr_t len;
	const void *device;
};

/**
 * struct ddi_devmap_ops - the memory mapping entries of a driver's cb_ops
 * @devmap: devmap(9E): sets up the handle for the beginning of the range and
 *	says in *maplen how many bytes it covers
 * @segmap: segmap(9E): checks, and calls ddi_devmap_segmap() or
 *	devmap_setup(); NULL for devmap_setup() itself
 * @registers: says where register set @rnumber of the device is, for
 *	devmap_devmem_setup() and devmap_devmem_remap(); @dip is what these got.
 *	NULL for a device without. Called without any lock of ddi.ko, perhaps
 *	more than once for one setup
 * @setup_on_touch: call them when the mapping is first touched, not in mmap(2)
 *
 * All return 0 or a positive errno; -1 is understood as well. Must stay for
 * as long as mappings exist.
 *
 * mmap(2) holds the mmap lock of the process while it calls a driver. A driver
 * that takes a lock in these entries, or in devmap_map(9E), and elsewhere copies
 * from or to user memory with that lock held, can deadlock, which it cannot on
 * Solaris. With @setup_on_touch they are called without any lock of Linux, by
 * the thread that first touches the mapping, for each part of it that has become
 * a vma of its own. An error that mmap(2) would have returned ends the access
 * instead, by SIGSEGV or, for EIO, SIGBUS; the next access tries again. The
 * entries must not change the offset.
 */
struct ddi_devmap_ops {
	int (*devmap)(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off,
		      size_t len, size_t *maplen, uint_t model);
	int (*segmap)(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
		      caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
		      uint_t flags, cred_t *cred);
	int (*registers)(ddi_dev_t dev, dev_info_t *dip, uint_t rnumber,
			 struct ddi_register_set *set);
	bool setup_on_touch;
};

/**
 * ddi_devmap_mmap() - serve a Linux mmap by a driver's devmap(9E) entry
 * @file: the file that is mapped
 * @vma: the mapping; its offset becomes the user offset of devmap(9E)
 * @dev: what the driver's entries get as the device number
 * @ops: the driver's entries
 *
 * For use as, or in, the mmap operation of a struct file_operations.
 *
 * Context: Process context, within the mmap operation.
 * Return: 0 or a negative errno: ENODEV without a devmap entry, EINVAL for a
 *	private mapping, otherwise as the driver's segmap(9E) or devmap_setup()
 *	returns.
 */
int ddi_devmap_mmap(struct file *file, struct vm_area_struct *vma,
		    ddi_dev_t dev, const struct ddi_devmap_ops *ops);

/**
 * ddi_devmap_as() - address space handle for a mapping made outside mmap(2)
 * @file: an open file of the driver, which the caller keeps open
 *
 * For a driver that calls ddi_devmap_segmap() or devmap_setup() from an
 * ioctl(9E) to create a mapping in the current process: pass this as the
 * address space, and the address wanted, or NULL, in *addrp. The new mapping
 * goes through @file's mmap operation, with the process's mmap lock held, so
 * the caller must not hold a lock that the driver's mapping entries take.
 *
 * Context: Any.
 * Return: the handle; nothing has to be released.
 */
ddi_as_handle_t ddi_devmap_as(struct file *file);

/**
 * ddi_devmap_cut_registers() - take a device's registers away from all processes
 * @device: as in struct ddi_register_set
 *
 * For the Linux half's remove: first let @registers fail for the device, then
 * call this. Once it has returned, no process reaches the registers: each access
 * raises SIGBUS, until the driver puts something else there by a remap. Memory
 * of ddi_umem_alloc() in the same mappings stays. Does not wait for callbacks of
 * the driver that are running: devmap_access(9E) may be one of them.
 *
 * Context: Process context, may sleep.
 */
void ddi_devmap_cut_registers(const void *device);

#endif /* _DDI_DEVMAP_H */
