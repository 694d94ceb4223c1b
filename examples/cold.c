// SPDX-License-Identifier: GPL-2.0-only
/*
 * cold.c - a Linux driver whose buffers are cold most of the time
 *
 * Each open of the device has a pageable buffer, which is released from the
 * start and held only while read(2) or write(2) copies. So Linux may swap all
 * of them, also under processes that map them, and there may be more than the
 * machine has memory.
 *
 * Holds nest and need no lock of the driver's.
 */
#include <ddi/umem.h>

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "example_ioctl.h"

/* What a file opened with O_NONBLOCK does not wait for. */
static int cold_flag(const struct file *file)
{
	return file->f_flags & O_NONBLOCK ? DDI_UMEM_NOSLEEP : DDI_UMEM_SLEEP;
}

static int cold_open(struct inode *inode, struct file *file)
{
	ddi_umem_cookie_t cookie;

	if (!ddi_umem_alloc(COLD_BUFSIZE, DDI_UMEM_PAGEABLE | cold_flag(file), &cookie))
		return -ENOMEM;
	ddi_umem_release(cookie);
	file->private_data = cookie;
	return 0;
}

static int cold_release(struct inode *inode, struct file *file)
{
	ddi_umem_free(file->private_data);
	return 0;
}

static ssize_t cold_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	void *buffer = ddi_umem_hold(file->private_data, cold_flag(file));
	ssize_t done;

	if (!buffer)
		return file->f_flags & O_NONBLOCK ? -EAGAIN : -EIO;
	done = simple_read_from_buffer(to, size, pos, buffer, COLD_BUFSIZE);
	ddi_umem_release(file->private_data);
	return done;
}

static ssize_t cold_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	void *buffer = ddi_umem_hold(file->private_data, cold_flag(file));
	ssize_t done;

	if (!buffer)
		return file->f_flags & O_NONBLOCK ? -EAGAIN : -EIO;
	done = simple_write_to_buffer(buffer, COLD_BUFSIZE, pos, from, size);
	ddi_umem_release(file->private_data);
	return done;
}

static int cold_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(file->private_data, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static const struct file_operations cold_fops = {
	.owner		= THIS_MODULE,
	.open		= cold_open,
	.release	= cold_release,
	.read		= cold_read,
	.write		= cold_write,
	.llseek		= default_llseek,
	.mmap		= cold_mmap,
};

static struct miscdevice cold_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ddi_cold",
	.mode	= 0600,
	.fops	= &cold_fops,
};
module_misc_device(cold_misc);

MODULE_DESCRIPTION("ddi.ko example: buffers that Linux may swap");
MODULE_LICENSE("GPL");
