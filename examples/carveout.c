// SPDX-License-Identifier: GPL-2.0-only
/*
 * carveout.c - a Linux driver that hands out carve-outs of a device's memory
 *
 * The device is QEMU's ivshmem, whose BAR 2 is memory. A process takes carve-outs
 * with an alignment, inside a window (parts of a device often reach only some of its
 * memory), waits for them if it likes, and reads and writes them. They go when the
 * file is closed.
 *
 * Most drivers in Linux that do this use gen_pool. What this one gained:
 * - Alignment, window and best fit in one request. A search of gen_pool has one
 *   algorithm: one that aligns, one that fits best, or one for a fixed place. None has
 *   a window, so that drivers make a pool for each.
 * - Waiting. A gen_pool that is full says 0. Here the request waits, a signal or time
 *   ends that, and .fair serves a large request among many small ones.
 * - "Full" is not "no memory": -ENOSPC and -ENOMEM.
 * - A free of a wrong address or size is reported and changes nothing. gen_pool takes
 *   the machine down, or frees what others have.
 * - The search takes logarithmic time, not time in proportion to the memory.
 * - ddi-top and debugfs show the carve-outs, their owners, and leaks.
 * A gen_pool can do one thing more: it allocates in an NMI handler, without memory.
 */
#include <ddi/vmem.h>

#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "example_ioctl.h"

/**
 * struct carve_device - one device
 * @base: of its memory, as the bus has it: so are the arena's addresses
 * @size: of that
 * @arena: of all of it
 * @mem: where it is mapped; NULL once Linux has taken the device away
 * @lock: guards @mem; held for reading while that is used
 * @misc: what user space opens
 * @name: of that
 * @instance: number in that
 * @ref: one for the driver, one for each open file
 */
struct carve_device {
	unsigned long base;
	size_t size;
	vmem_t *arena;
	void __iomem *mem;
	struct rw_semaphore lock;
	struct miscdevice misc;
	char name[16];
	int instance;
	struct kref ref;
};

/**
 * struct carve - a carve-out
 * @addr: as the bus has it
 * @size: as it was asked for
 * @node: in the list of its file
 */
struct carve {
	unsigned long addr;
	size_t size;
	struct list_head node;
};

/**
 * struct carve_file - one open file
 * @dev: with a reference
 * @lock: guards @carves and what is in them
 * @carves: its carve-outs
 */
struct carve_file {
	struct carve_device *dev;
	struct mutex lock;		/* see above */
	struct list_head carves;
};

static DEFINE_IDA(carve_instances);

static void carve_device_free(struct kref *ref)
{
	struct carve_device *dev = container_of(ref, struct carve_device, ref);

	vmem_destroy(dev->arena);
	kfree(dev);
}

static bool is_sound(const struct carve_device *dev, const struct carve_take *want)
{
	if (!want->size || want->size > dev->size || want->high > dev->size ||
	    want->low >= (want->high ?: dev->size))
		return false;
	return !want->align ||
	       (is_power_of_2(want->align) && want->align >= CARVE_QUANTUM &&
		want->align <= dev->size);
}

static int carve_alloc(struct carve_device *dev, const struct carve_take *want,
		       struct carve *carve)
{
	carve->size = want->size;
	return ddi_vmem_xalloc(dev->arena, &(struct ddi_vmem_request){
		.size = want->size,
		.align = want->align,
		.min = dev->base + want->low,
		.end = want->high ? dev->base + want->high : 0,
		.policy = DDI_VMEM_BESTFIT,
		.gfp = GFP_KERNEL,
		.timeout = msecs_to_jiffies(want->wait_ms),
		.state = TASK_INTERRUPTIBLE,
	}, &carve->addr);
}

static void carve_free(struct carve_device *dev, struct carve *carve)
{
	ddi_vmem_free(dev->arena, carve->addr, carve->size);
	kfree(carve);
}

/* The new owner must not see what the last one wrote. */
static int carve_clear(struct carve_device *dev, const struct carve *carve)
{
	int err = -ENODEV;

	down_read(&dev->lock);
	if (dev->mem) {
		memset_io(dev->mem + (carve->addr - dev->base), 0, carve->size);
		err = 0;
	}
	up_read(&dev->lock);
	return err;
}

static int carve_take(struct carve_file *f, struct carve_take __user *uwant)
{
	struct carve_device *dev = f->dev;
	struct carve_take want;
	struct carve *carve;
	int err;

	if (copy_from_user(&want, uwant, sizeof(want)))
		return -EFAULT;
	if (!is_sound(dev, &want))
		return -EINVAL;
	carve = kmalloc(sizeof(*carve), GFP_KERNEL);
	if (!carve)
		return -ENOMEM;
	err = carve_alloc(dev, &want, carve);
	if (err) {
		kfree(carve);
		/* Do not begin again to count the time. */
		return err == -ERESTARTSYS ? -EINTR : err;
	}
	err = carve_clear(dev, carve);
	if (!err && put_user(carve->addr - dev->base, &uwant->offset))
		err = -EFAULT;
	if (err) {
		carve_free(dev, carve);
		return err;
	}
	mutex_lock(&f->lock);
	list_add(&carve->node, &f->carves);
	mutex_unlock(&f->lock);
	return 0;
}

/* The carve-out of the file in which @offset lies, or NULL. */
static struct carve *carve_at(struct carve_file *f, loff_t offset)
{
	struct carve *carve;

	list_for_each_entry(carve, &f->carves, node)
		if (offset >= carve->addr - f->dev->base &&
		    offset - (carve->addr - f->dev->base) < carve->size)
			return carve;
	return NULL;
}

static int carve_give(struct carve_file *f, u32 offset)
{
	struct carve *carve;

	guard(mutex)(&f->lock);
	carve = carve_at(f, offset);
	if (!carve || carve->addr - f->dev->base != offset)
		return -ENOENT;
	list_del(&carve->node);
	carve_free(f->dev, carve);
	return 0;
}

static long carve_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct carve_file *f = file->private_data;
	void __user *uarg = (void __user *)arg;
	u32 offset;

	switch (cmd) {
	case CARVE_TAKE:
		return carve_take(f, uarg);
	case CARVE_GIVE:
		if (get_user(offset, (u32 __user *)uarg))
			return -EFAULT;
		return carve_give(f, offset);
	default:
		return -ENOTTY;
	}
}

/* How much of @size bytes at @pos lies in one carve-out of the file, and fits in a page. */
static size_t carve_part(struct carve_file *f, size_t size, loff_t pos)
{
	struct carve *carve = carve_at(f, pos);

	return carve ? min3(size, carve->size - (size_t)(pos - (carve->addr - f->dev->base)),
			    (size_t)PAGE_SIZE) : 0;
}

/* Between @page and the device. Return the bytes moved, or -ENXIO outside carve-outs. */
static ssize_t carve_move(struct carve_file *f, void *page, size_t size, loff_t pos, bool write)
{
	struct carve_device *dev = f->dev;
	ssize_t done;

	guard(mutex)(&f->lock);
	size = carve_part(f, size, pos);
	if (!size)
		return -ENXIO;
	down_read(&dev->lock);
	done = dev->mem ? size : -ENODEV;
	if (dev->mem && write)
		memcpy_toio(dev->mem + pos, page, size);
	else if (dev->mem)
		memcpy_fromio(page, dev->mem + pos, size);
	up_read(&dev->lock);
	return done;
}

static ssize_t carve_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);
	ssize_t done;

	if (!page)
		return -ENOMEM;
	done = size ? carve_move(file->private_data, page, size, *pos, false) : 0;
	if (done > 0 && copy_to_user(to, page, done))
		done = -EFAULT;
	if (done > 0)
		*pos += done;
	free_page((unsigned long)page);
	return done;
}

static ssize_t carve_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	void *page = (void *)__get_free_page(GFP_KERNEL);
	ssize_t done = -EFAULT;

	if (!page)
		return -ENOMEM;
	size = min_t(size_t, size, PAGE_SIZE);
	if (!copy_from_user(page, from, size))
		done = size ? carve_move(file->private_data, page, size, *pos, true) : 0;
	if (done > 0)
		*pos += done;
	free_page((unsigned long)page);
	return done;
}

static int carve_open(struct inode *inode, struct file *file)
{
	struct carve_device *dev = container_of(file->private_data, struct carve_device, misc);
	struct carve_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	kref_get(&dev->ref);
	f->dev = dev;
	mutex_init(&f->lock);
	INIT_LIST_HEAD(&f->carves);
	file->private_data = f;
	return 0;
}

static int carve_release(struct inode *inode, struct file *file)
{
	struct carve_file *f = file->private_data;
	struct carve *carve, *next;

	list_for_each_entry_safe(carve, next, &f->carves, node)
		carve_free(f->dev, carve);
	kref_put(&f->dev->ref, carve_device_free);
	kfree(f);
	return 0;
}

static const struct file_operations carve_fops = {
	.owner		= THIS_MODULE,
	.open		= carve_open,
	.release	= carve_release,
	.read		= carve_read,
	.write		= carve_write,
	.unlocked_ioctl	= carve_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= default_llseek,
};

static struct carve_device *carve_create(struct pci_dev *pdev)
{
	struct carve_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	dev->instance = ida_alloc(&carve_instances, GFP_KERNEL);
	if (dev->instance < 0)
		goto err_free;
	dev->base = pci_resource_start(pdev, 2);
	dev->size = pci_resource_len(pdev, 2);
	init_rwsem(&dev->lock);
	kref_init(&dev->ref);
	snprintf(dev->name, sizeof(dev->name), "carveout%d", dev->instance);
	dev->misc = (struct miscdevice) {
		.minor	= MISC_DYNAMIC_MINOR,
		.name	= dev->name,
		.mode	= 0600,
		.fops	= &carve_fops,
		.parent	= &pdev->dev,
	};
	dev->arena = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = dev->name,
		.base = dev->base,
		.size = dev->size,
		.quantum = CARVE_QUANTUM,
		.fair = true,
		.gfp = GFP_KERNEL,
	}));
	if (!IS_ERR(dev->arena))
		return dev;
	ida_free(&carve_instances, dev->instance);
err_free:
	kfree(dev);
	return NULL;
}

/* No file can be opened any more: its name is free. */
static void carve_destroy(struct carve_device *dev)
{
	ida_free(&carve_instances, dev->instance);
	kref_put(&dev->ref, carve_device_free);
}

static int carve_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct carve_device *dev;
	int err = pci_enable_device(pdev);

	if (err)
		return err;
	err = pci_request_regions(pdev, "carveout");
	if (err)
		goto err_disable;
	err = -ENOMEM;
	dev = carve_create(pdev);
	if (!dev)
		goto err_regions;
	dev->mem = pci_iomap(pdev, 2, 0);
	if (!dev->mem)
		goto err_device;
	pci_set_drvdata(pdev, dev);
	err = misc_register(&dev->misc);
	if (!err)
		return 0;
	pci_iounmap(pdev, dev->mem);
err_device:
	carve_destroy(dev);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
	return err;
}

/* Files may stay open, and threads wait in the arena, which goes with the last of them. */
static void carve_remove(struct pci_dev *pdev)
{
	struct carve_device *dev = pci_get_drvdata(pdev);
	void __iomem *mem = dev->mem;

	misc_deregister(&dev->misc);
	down_write(&dev->lock);
	WRITE_ONCE(dev->mem, NULL);
	up_write(&dev->lock);
	pci_iounmap(pdev, mem);
	carve_destroy(dev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static const struct pci_device_id carve_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, 0x1110) },
	{}
};
MODULE_DEVICE_TABLE(pci, carve_ids);

static struct pci_driver carve_driver = {
	.name		= "carveout",
	.id_table	= carve_ids,
	.probe		= carve_probe,
	.remove		= carve_remove,
};
module_pci_driver(carve_driver);

MODULE_DESCRIPTION("ddi.ko example: carve-outs of a device's memory");
MODULE_LICENSE("GPL");
