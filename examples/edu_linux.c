// SPDX-License-Identifier: GPL-2.0-only
/*
 * edu_linux.c - the Linux half of the driver of QEMU's edu device
 *
 * Does what Solaris's device framework does between hardware, system calls and
 * the driver: finds the device, maps its registers, binds memory for DMA, calls
 * the entry points.
 *
 * Linux may take the device away while it is open; Solaris does not detach a
 * driver then. So each call of an entry point is a read section of edu.srcu,
 * and finds out there whether the device has gone. edu_remove() says that it
 * has, stops the device, and waits for the calls that are under way.
 */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uio.h>

#include <ddi/devmap.h>
#include <ddi/umem.h>

/* Last, because it redefines mutex_init() as Solaris has it. */
#include "edu.h"

static unsigned int dma_bits = 28;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "address bits of the DMA engine, 32 at most; QEMU's dma_mask= must agree");

/**
 * struct edu - one device; its dev_info_t
 * @pdev: as PCI has it
 * @regs: its registers
 * @state: as the Solaris half has it
 * @instance: number of the device
 * @misc: what user space opens
 * @name: of that, and of the interrupt
 * @reaches_all: its DMA engine can address all memory
 * @is_gone: Linux has taken it away
 * @srcu: read sections are calls of entry points; waited for after @is_gone
 * @ref: one for the driver, one for each open file
 */
struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct xx_state *state;
	int instance;
	struct miscdevice misc;
	char name[16];
	bool reaches_all;

	bool is_gone;
	struct srcu_struct srcu;
	struct kref ref;
};

/**
 * struct edu_open - one open file
 * @edu: with a reference
 * @dev: the Solaris device number
 */
struct edu_open {
	struct edu *edu;
	ddi_dev_t dev;
};

static DEFINE_IDA(edu_instances);

static struct edu *edu_of(dev_info_t *dip)
{
	return (struct edu *)dip;
}

/* DMA */

int edu_dma_bind(dev_info_t *dip, struct buf *bp, struct edu_dma *dma)
{
	struct device *dev = &edu_of(dip)->pdev->dev;
	int err = ddi_buf_sg_alloc(&dma->table, bp, GFP_KERNEL);

	if (err)
		return -err;
	dma->direction = bp->b_flags & B_READ ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	err = dma_map_sgtable(dev, &dma->table, dma->direction, 0);
	if (err) {
		sg_free_table(&dma->table);
		return -err;
	}
	dma->address = sg_dma_address(dma->table.sgl);
	return 0;
}

void edu_dma_unbind(dev_info_t *dip, struct edu_dma *dma)
{
	dma_unmap_sgtable(&edu_of(dip)->pdev->dev, &dma->table, dma->direction, 0);
	sg_free_table(&dma->table);
}

boolean_t edu_dma_reaches_all(dev_info_t *dip)
{
	return edu_of(dip)->reaches_all ? B_TRUE : B_FALSE;
}

/* Memory near the device, and of a zone that it can address. */
void *edu_dma_alloc(dev_info_t *dip, size_t size, ddi_umem_cookie_t *cookiep)
{
	struct device *dev = &edu_of(dip)->pdev->dev;
	gfp_t zone = dma_bits < 32 ? GFP_DMA : GFP_DMA32;

	return ddi_umem_alloc_node(size, DDI_UMEM_SLEEP, dev_to_node(dev),
				   edu_of(dip)->reaches_all ? 0 : zone, cookiep);
}

/* Entry points */

static void edu_free(struct kref *ref)
{
	struct edu *edu = container_of(ref, struct edu, ref);

	cleanup_srcu_struct(&edu->srcu);
	kfree(edu);
}

static struct edu *edu_get(struct edu *edu)
{
	kref_get(&edu->ref);
	return edu;
}

static void edu_put(struct edu *edu)
{
	kref_put(&edu->ref, edu_free);
}

/* Asked in a read section: until its end the Solaris half is not detached. */
static bool edu_is_here(struct edu *edu)
{
	return !READ_ONCE(edu->is_gone);
}

static int edu_flags(struct file *file)
{
	return (file->f_mode & FMODE_READ ? FREAD : 0) |
	       (file->f_mode & FMODE_WRITE ? FWRITE : 0) |
	       (file->f_flags & O_NONBLOCK ? FNONBLOCK : 0);
}

static int edu_open_entry(struct edu_open *open, struct file *file)
{
	int idx, err = ENODEV;

	idx = srcu_read_lock(&open->edu->srcu);
	if (edu_is_here(open->edu))
		err = xx_cb_ops.cb_open(&open->dev, edu_flags(file), OTYP_CHR,
					(cred_t *)file->f_cred);
	srcu_read_unlock(&open->edu->srcu, idx);
	return -err;
}

static int edu_open(struct inode *inode, struct file *file)
{
	struct edu *edu = container_of(file->private_data, struct edu, misc);
	struct edu_open *open = kzalloc(sizeof(*open), GFP_KERNEL);
	int err;

	if (!open)
		return -ENOMEM;
	open->edu = edu_get(edu);
	open->dev = makedevice(MISC_MAJOR, edu->instance);
	err = edu_open_entry(open, file);
	if (err) {
		edu_put(edu);
		kfree(open);
		return err;
	}
	file->private_data = open;
	return 0;
}

static int edu_release(struct inode *inode, struct file *file)
{
	struct edu_open *open = file->private_data;
	int idx;

	idx = srcu_read_lock(&open->edu->srcu);
	/* xxdetach() has closed it otherwise. */
	if (edu_is_here(open->edu))
		xx_cb_ops.cb_close(open->dev, edu_flags(file), OTYP_CHR, (cred_t *)file->f_cred);
	srcu_read_unlock(&open->edu->srcu, idx);
	edu_put(open->edu);
	kfree(open);
	return 0;
}

/* Return the bytes done; the next call returns the error. */
static ssize_t edu_rw(struct file *file, char __user *buf, size_t count, loff_t *pos,
		      enum uio_rw rw)
{
	struct iovec memory = { .iov_base = buf, .iov_len = count };
	iovec_t solaris = { .iov_base = (caddr_t __force)buf, .iov_len = count };
	struct edu_open *open = file->private_data;
	struct iov_iter iter;
	struct uio uio = {
		.uio_iter = &iter,
		.uio_iov = &solaris,
		.uio_loffset = *pos,
		.uio_resid = count,
		.uio_fmode = edu_flags(file),
	};
	int (*entry)(ddi_dev_t dev, uio_t *uiop, cred_t *credp) =
		rw == UIO_READ ? xx_cb_ops.cb_read : xx_cb_ops.cb_write;
	int idx, err = ENODEV;

	iov_iter_init(&iter, rw == UIO_READ ? READ : WRITE, &memory, 1, count);
	idx = srcu_read_lock(&open->edu->srcu);
	if (edu_is_here(open->edu))
		err = entry(open->dev, &uio, (cred_t *)file->f_cred);
	srcu_read_unlock(&open->edu->srcu, idx);
	*pos = uio.uio_loffset;
	return uio.uio_resid != count ? count - uio.uio_resid : -err;
}

static ssize_t edu_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return edu_rw(file, buf, count, pos, UIO_READ);
}

static ssize_t edu_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	return edu_rw(file, (char __user *)buf, count, pos, UIO_WRITE);
}

static long edu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct edu_open *open = file->private_data;
	int idx, err = ENODEV, rval = 0;

	idx = srcu_read_lock(&open->edu->srcu);
	if (edu_is_here(open->edu))
		err = xx_cb_ops.cb_ioctl(open->dev, cmd, arg, edu_flags(file),
					 (cred_t *)file->f_cred, &rval);
	srcu_read_unlock(&open->edu->srcu, idx);
	return err ? -err : rval;
}

/* Where registers are; the device has one set beside its configuration space. */
static int edu_registers(ddi_dev_t dev, dev_info_t *dip, uint_t rnumber,
			 struct ddi_register_set *set)
{
	struct edu *edu = edu_of(dip);

	if (rnumber != 1)
		return ENXIO;
	set->start = pci_resource_start(edu->pdev, 0);
	set->len = pci_resource_len(edu->pdev, 0);
	set->device = edu;
	return 0;
}

/* Filled in when the module is loaded. */
static struct ddi_devmap_ops edu_devmap_ops = {
	.registers = edu_registers,
};

static int edu_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct edu_open *open = file->private_data;
	int idx, err = -ENODEV;

	idx = srcu_read_lock(&open->edu->srcu);
	if (edu_is_here(open->edu))
		err = ddi_devmap_mmap(file, vma, open->dev, &edu_devmap_ops);
	srcu_read_unlock(&open->edu->srcu, idx);
	return err;
}

static const struct file_operations edu_fops = {
	.owner		= THIS_MODULE,
	.open		= edu_open,
	.release	= edu_release,
	.read		= edu_read,
	.write		= edu_write,
	.unlocked_ioctl	= edu_ioctl,
	.mmap		= edu_mmap,
	.llseek		= default_llseek,
};

/* The device */

static irqreturn_t edu_intr(int irq, void *arg)
{
	return xxintr(arg) == DDI_INTR_CLAIMED ? IRQ_HANDLED : IRQ_NONE;
}

/* Registers, and what its DMA engine can reach */
static int edu_map(struct edu *edu)
{
	struct device *dev = &edu->pdev->dev;
	int err = pci_enable_device(edu->pdev);

	if (err)
		return err;
	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(min(dma_bits, 32U)));
	if (err)
		goto err_disable;
	edu->reaches_all = dma_get_required_mask(dev) <= dma_get_mask(dev);
	err = pci_request_regions(edu->pdev, "edu");
	if (err)
		goto err_disable;
	edu->regs = pci_iomap(edu->pdev, 0, 0);
	if (edu->regs)
		return 0;
	err = -ENOMEM;
	pci_release_regions(edu->pdev);
err_disable:
	pci_disable_device(edu->pdev);
	return err;
}

static void edu_unmap(struct edu *edu)
{
	pci_iounmap(edu->pdev, edu->regs);
	pci_release_regions(edu->pdev);
	pci_disable_device(edu->pdev);
}

/* The Solaris half, and interrupts; MSI where the kernel has it. */
static int edu_attach(struct edu *edu)
{
	int err = pci_alloc_irq_vectors(edu->pdev, 1, 1, PCI_IRQ_ALL_TYPES);

	if (err < 0)
		return err;
	err = -ENODEV;
	edu->state = xxattach((dev_info_t *)edu, edu->instance, (caddr_t __force)edu->regs);
	if (!edu->state)
		goto err_vectors;
	pci_set_master(edu->pdev);
	err = request_irq(pci_irq_vector(edu->pdev, 0), edu_intr, IRQF_SHARED, edu->name,
			  edu->state);
	if (!err)
		return 0;
	pci_clear_master(edu->pdev);
	xxdetach(edu->state);
err_vectors:
	pci_free_irq_vectors(edu->pdev);
	return err;
}

static void edu_detach(struct edu *edu)
{
	WRITE_ONCE(edu->is_gone, true);
	xxstop(edu->state);
	pci_clear_master(edu->pdev);
	free_irq(pci_irq_vector(edu->pdev, 0), edu->state);
	xxabort(edu->state);
	synchronize_srcu(&edu->srcu);
	/* No mmap(2) asks for registers any more. */
	ddi_devmap_cut_registers(edu);
	xxdetach(edu->state);
	pci_free_irq_vectors(edu->pdev);
}

static int edu_show(struct edu *edu)
{
	edu->misc = (struct miscdevice) {
		.minor	= MISC_DYNAMIC_MINOR,
		.name	= edu->name,
		.mode	= 0600,
		.fops	= &edu_fops,
		.parent	= &edu->pdev->dev,
	};
	return misc_register(&edu->misc);
}

static struct edu *edu_create(struct pci_dev *pdev)
{
	struct edu *edu = kzalloc(sizeof(*edu), GFP_KERNEL);

	if (!edu)
		return NULL;
	edu->pdev = pdev;
	kref_init(&edu->ref);
	if (init_srcu_struct(&edu->srcu)) {
		kfree(edu);
		return NULL;
	}
	edu->instance = ida_alloc(&edu_instances, GFP_KERNEL);
	if (edu->instance < 0) {
		edu_put(edu);
		return NULL;
	}
	snprintf(edu->name, sizeof(edu->name), "edu%d", edu->instance);
	return edu;
}

static void edu_destroy(struct edu *edu)
{
	ida_free(&edu_instances, edu->instance);
	edu_put(edu);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *edu = edu_create(pdev);
	int err;

	if (!edu)
		return -ENOMEM;
	err = edu_map(edu);
	if (err)
		goto err_destroy;
	err = edu_attach(edu);
	if (err)
		goto err_unmap;
	err = edu_show(edu);
	if (err)
		goto err_detach;
	pci_set_drvdata(pdev, edu);
	return 0;

err_detach:
	edu_detach(edu);
err_unmap:
	edu_unmap(edu);
err_destroy:
	edu_destroy(edu);
	return err;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = pci_get_drvdata(pdev);

	misc_deregister(&edu->misc);
	edu_detach(edu);
	edu_unmap(edu);
	edu_destroy(edu);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name		= "edu",
	.id_table	= edu_ids,
	.probe		= edu_probe,
	.remove		= edu_remove,
};

static int __init edu_init(void)
{
	int err;

	edu_devmap_ops.devmap = xx_cb_ops.cb_devmap;
	if (xx_init() != DDI_SUCCESS)
		return -ENOMEM;
	err = pci_register_driver(&edu_driver);
	if (err)
		xx_fini();
	return err;
}
module_init(edu_init);

static void __exit edu_cleanup(void)
{
	pci_unregister_driver(&edu_driver);
	xx_fini();
}
module_exit(edu_cleanup);

MODULE_DESCRIPTION("ddi.ko example: a ported Solaris driver of QEMU's edu device");
MODULE_LICENSE("GPL");
