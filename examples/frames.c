// SPDX-License-Identifier: GPL-2.0-only
/*
 * frames.c - a Linux driver with one large buffer, which processes go through
 *
 * The buffer is in huge pages as far as Linux has any, so a process that maps it at
 * a suitable address needs one fault for each of them.
 */
#include <ddi/umem.h>

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "example_ioctl.h"

static void *frames;
static ddi_umem_cookie_t frames_cookie;

static ssize_t frames_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	return simple_read_from_buffer(to, size, pos, frames, FRAMES_BUFSIZE);
}

static int frames_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(frames_cookie, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static const struct file_operations frames_fops = {
	.owner			= THIS_MODULE,
	.read			= frames_read,
	.llseek			= default_llseek,
	.mmap			= frames_mmap,
	/* Chooses addresses at which huge pages fit; NULL in a kernel without them. */
	.get_unmapped_area	= thp_get_unmapped_area,
};

static struct miscdevice frames_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ddi_frames",
	.mode	= 0600,
	.fops	= &frames_fops,
};

static int __init frames_init(void)
{
	int err;

	frames = ddi_umem_alloc(FRAMES_BUFSIZE, DDI_UMEM_SLEEP | DDI_UMEM_HUGE, &frames_cookie);
	if (!frames)
		return -ENOMEM;
	err = misc_register(&frames_misc);
	if (err)
		ddi_umem_free(frames_cookie);
	return err;
}

static void __exit frames_exit(void)
{
	misc_deregister(&frames_misc);
	ddi_umem_free(frames_cookie);
}

module_init(frames_init);
module_exit(frames_exit);
MODULE_DESCRIPTION("ddi.ko example: a buffer in huge pages");
MODULE_LICENSE("GPL");
