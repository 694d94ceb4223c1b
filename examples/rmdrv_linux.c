// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmdrv_linux.c - calls the entry points of the ported driver from Linux
 *
 * Does what Solaris's device framework does between a system call and
 * cb_ops(9S): makes device numbers and uios, and turns positive error numbers
 * into negative ones. file->private_data is the Solaris device number of an open.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include <ddi/devmap.h>

/* Last, because it redefines mutex_init() as Solaris has it. */
#include "rmdrv.h"

static ddi_dev_t rmdrv_dev(struct file *file)
{
	return (ddi_dev_t)file->private_data;
}

static int rmdrv_flags(struct file *file)
{
	return (file->f_mode & FMODE_READ ? FREAD : 0) |
	       (file->f_mode & FMODE_WRITE ? FWRITE : 0) |
	       (file->f_flags & O_NONBLOCK ? FNONBLOCK : 0);
}

static int rmdrv_open(struct inode *inode, struct file *file)
{
	ddi_dev_t dev = makedevice(MISC_MAJOR, 0);
	int err = xx_cb_ops.cb_open(&dev, rmdrv_flags(file), OTYP_CHR,
				    (cred_t *)file->f_cred);

	file->private_data = (void *)dev;
	return -err;
}

static int rmdrv_release(struct inode *inode, struct file *file)
{
	return -xx_cb_ops.cb_close(rmdrv_dev(file), rmdrv_flags(file),
				   OTYP_CHR, (cred_t *)file->f_cred);
}

/* Return the bytes done; the next call returns the error. */
static ssize_t rmdrv_rw(struct kiocb *iocb, struct iov_iter *iter,
			int (*entry)(ddi_dev_t, struct uio *, cred_t *))
{
	struct file *file = iocb->ki_filp;
	size_t count = iov_iter_count(iter);
	struct uio uio = {
		.uio_iter = iter,
		.uio_loffset = iocb->ki_pos,
		.uio_resid = count,
		.uio_fmode = rmdrv_flags(file),
	};
	int err = entry(rmdrv_dev(file), &uio, (cred_t *)file->f_cred);

	iocb->ki_pos = uio.uio_loffset;
	if (uio.uio_resid != count)
		return count - uio.uio_resid;
	return -err;
}

static ssize_t rmdrv_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return rmdrv_rw(iocb, iter, xx_cb_ops.cb_read);
}

static ssize_t rmdrv_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return rmdrv_rw(iocb, iter, xx_cb_ops.cb_write);
}

static long rmdrv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	int rval = 0;
	int err = xx_cb_ops.cb_ioctl(rmdrv_dev(file), cmd, arg,
				     rmdrv_flags(file),
				     (cred_t *)file->f_cred, &rval);

	return err ? -err : rval;
}

/* Filled in when the module is loaded. */
static struct ddi_devmap_ops rmdrv_devmap_ops;

static int rmdrv_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_devmap_mmap(file, vma, rmdrv_dev(file), &rmdrv_devmap_ops);
}

static const struct file_operations rmdrv_fops = {
	.owner		= THIS_MODULE,
	.open		= rmdrv_open,
	.release	= rmdrv_release,
	.read_iter	= rmdrv_read_iter,
	.write_iter	= rmdrv_write_iter,
	.unlocked_ioctl	= rmdrv_ioctl,
	.mmap		= rmdrv_mmap,
	.llseek		= default_llseek,
};

static struct miscdevice rmdrv_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "rmdrv",
	.mode	= 0600,
	.fops	= &rmdrv_fops,
};

static int __init rmdrv_init(void)
{
	int err;

	rmdrv_devmap_ops.devmap = xx_cb_ops.cb_devmap;
	if (xxattach() != DDI_SUCCESS)
		return -ENOMEM;
	err = misc_register(&rmdrv_misc);
	if (err)
		xxdetach();
	return err;
}
module_init(rmdrv_init);

static void __exit rmdrv_exit(void)
{
	misc_deregister(&rmdrv_misc);
	xxdetach();
}
module_exit(rmdrv_exit);

MODULE_DESCRIPTION("ddi.ko example: a ported Solaris character driver");
MODULE_LICENSE("GPL");
