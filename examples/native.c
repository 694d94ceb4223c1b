// SPDX-License-Identifier: GPL-2.0-only
/*
 * native.c - a Linux driver that hands out slots of a buffer
 *
 * The buffer is one ddi_umem object. A vmem arena over its addresses hands
 * out whole pages of it, and may cache slots of up to four pages. A slot
 * belongs to the open file that took it, which may map it; mappings hold the
 * file. A process may also have pinned pages of a slot, which outlives file and
 * mapping, so a slot goes back to the arena only when nobody holds its pages.
 *
 * A file may have a note, too, which is much shorter than a page. An arena of
 * notes imports pages from that of slots as it needs them, and gives them back.
 */
#include <ddi/umem.h>
#include <ddi/vmem.h>

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "example_ioctl.h"

static void *buffer;
static ddi_umem_cookie_t buffer_cookie;
static vmem_t *slots;
static vmem_t *notes;			/* in pages of slots */

/**
 * struct native_slot - whole pages of the buffer
 * @addr: inside the buffer, as the arena has it
 * @size: bytes
 * @node: in the list of slots without a file whose pages are held
 */
struct native_slot {
	unsigned long addr;
	size_t size;
	struct list_head node;
};

static DEFINE_MUTEX(held_lock);		/* guards the list */
static LIST_HEAD(held_slots);

/* State of one open of the device */
struct native_file {
	/* Taken inside mmap_lock, so user space is not touched under it. */
	struct mutex lock;

	/* Under the lock; set once. */
	struct native_slot *slot;	/* or NULL */

	/* Under the lock; replaced by each write(2). */
	unsigned long note;	/* inside the buffer, or 0 */
	size_t note_size;	/* bytes */
};

static struct native_slot *slot_create(size_t size)
{
	struct native_slot *slot = kmalloc(sizeof(*slot), GFP_KERNEL);
	int err;

	if (!slot)
		return ERR_PTR(-ENOMEM);
	slot->size = size;
	err = ddi_vmem_alloc(slots, size, GFP_KERNEL, &slot->addr);
	if (!err)
		return slot;
	kfree(slot);
	return ERR_PTR(err);
}

static void slot_destroy(struct native_slot *slot)
{
	ddi_vmem_free(slots, slot->addr, slot->size);
	kfree(slot);
}

static unsigned long slot_offset(const struct native_slot *slot)
{
	return slot->addr - (unsigned long)buffer;
}

static bool slot_is_held(const struct native_slot *slot)
{
	return ddi_umem_is_held(buffer_cookie, slot_offset(slot), slot->size);
}

/* No file has it any more. A process that has pinned its pages must not see the next owner's. */
static void slot_give_back(struct native_slot *slot)
{
	if (!slot_is_held(slot)) {
		slot_destroy(slot);
		return;
	}
	mutex_lock(&held_lock);
	list_add(&slot->node, &held_slots);
	mutex_unlock(&held_lock);
}

/* Take back the slots that no process holds any more. */
static void slots_reclaim(void)
{
	struct native_slot *slot, *next;

	mutex_lock(&held_lock);
	list_for_each_entry_safe(slot, next, &held_slots, node)
		if (!slot_is_held(slot)) {
			list_del(&slot->node);
			slot_destroy(slot);
		}
	mutex_unlock(&held_lock);
}

static int native_open(struct inode *inode, struct file *file)
{
	struct native_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->lock);
	file->private_data = f;
	return 0;
}

static int native_release(struct inode *inode, struct file *file)
{
	struct native_file *f = file->private_data;

	if (f->slot)
		slot_give_back(f->slot);
	if (f->note)
		ddi_vmem_free(notes, f->note, f->note_size);
	kfree(f);
	return 0;
}

static int native_take(struct native_file *f, size_t size)
{
	struct native_slot *slot;

	guard(mutex)(&f->lock);
	if (!size || size > NATIVE_BUFSIZE)
		return -EINVAL;
	if (f->slot)
		return -EBUSY;
	slots_reclaim();
	slot = slot_create(PAGE_ALIGN(size));
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	/* The new owner must not see what the last one wrote. */
	memset((void *)slot->addr, 0, slot->size);
	f->slot = slot;
	return 0;
}

/* Where the slot starts inside the buffer. */
static int native_where(struct native_file *f, unsigned int *offset)
{
	guard(mutex)(&f->lock);
	if (!f->slot)
		return -ENXIO;
	*offset = slot_offset(f->slot);
	return 0;
}

static long native_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg)
{
	struct native_file *f = file->private_data;
	unsigned int __user *uarg = (unsigned int __user *)arg;
	unsigned int value;
	int err;

	switch (cmd) {
	case NATIVE_TAKE:
		if (get_user(value, uarg))
			return -EFAULT;
		return native_take(f, value);
	case NATIVE_WHERE:
		err = native_where(f, &value);
		return err ?: put_user(value, uarg);
	default:
		return -ENOTTY;
	}
}

static ssize_t native_write(struct file *file, const char __user *from,
			    size_t size, loff_t *pos)
{
	struct native_file *f = file->private_data;
	size_t old_size = size;
	unsigned long note;
	int err;

	if (!size || size > NATIVE_NOTESIZE)
		return -EINVAL;
	err = ddi_vmem_alloc(notes, size, GFP_KERNEL, &note);
	if (err)
		return err;
	if (copy_from_user((void *)note, from, size)) {
		ddi_vmem_free(notes, note, size);
		return -EFAULT;
	}
	mutex_lock(&f->lock);
	swap(f->note, note);
	swap(f->note_size, old_size);
	mutex_unlock(&f->lock);
	if (note)
		ddi_vmem_free(notes, note, old_size);
	return size;
}

static ssize_t native_read(struct file *file, char __user *to, size_t size,
			   loff_t *pos)
{
	struct native_file *f = file->private_data;
	char note[NATIVE_NOTESIZE];
	size_t note_size;

	mutex_lock(&f->lock);
	note_size = f->note_size;
	if (f->note)
		memcpy(note, (void *)f->note, note_size);
	mutex_unlock(&f->lock);
	return simple_read_from_buffer(to, size, pos, note, note_size);
}

static int native_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct native_file *f = file->private_data;
	unsigned long size = vma->vm_end - vma->vm_start;
	u64 off = (u64)vma->vm_pgoff << PAGE_SHIFT;

	guard(mutex)(&f->lock);
	if (!f->slot)
		return -ENXIO;
	/* The cookie is all of the buffer: keep to this file's slot. */
	if (off > f->slot->size || size > f->slot->size - off)
		return -EINVAL;
	return ddi_umem_mmap(buffer_cookie, vma, slot_offset(f->slot) + off);
}

static const struct file_operations native_fops = {
	.owner		= THIS_MODULE,
	.open		= native_open,
	.release	= native_release,
	.read		= native_read,
	.write		= native_write,
	.unlocked_ioctl	= native_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= native_mmap,
};

static struct miscdevice native_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "ddi_native",
	.mode	= 0600,
	.fops	= &native_fops,
};

static int __init native_init(void)
{
	int err = -ENOMEM;

	buffer = ddi_umem_alloc(NATIVE_BUFSIZE, DDI_UMEM_SLEEP,
				&buffer_cookie);
	if (!buffer)
		return err;
	slots = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "native_slots",
		.base = (unsigned long)buffer,
		.size = NATIVE_BUFSIZE,
		.quantum = PAGE_SIZE,
		.qcache_max = 4 * PAGE_SIZE,
		.gfp = GFP_KERNEL,
	}));
	if (IS_ERR(slots)) {
		err = PTR_ERR(slots);
		goto free_buffer;
	}
	notes = ddi_vmem_create((&(struct ddi_vmem_config){
		.name = "native_notes",
		.quantum = NATIVE_NOTESIZE / 4,
		.source = slots,
		.gfp = GFP_KERNEL,
	}));
	if (IS_ERR(notes)) {
		err = PTR_ERR(notes);
		goto destroy_slots;
	}
	err = misc_register(&native_misc);
	if (err)
		goto destroy_notes;
	return 0;

destroy_notes:
	vmem_destroy(notes);
destroy_slots:
	vmem_destroy(slots);
free_buffer:
	ddi_umem_free(buffer_cookie);
	return err;
}
module_init(native_init);

static void __exit native_exit(void)
{
	struct native_slot *slot, *next;

	misc_deregister(&native_misc);
	/* Pages that are still pinned stay with the process that has pinned them. */
	list_for_each_entry_safe(slot, next, &held_slots, node)
		slot_destroy(slot);
	vmem_destroy(notes);
	vmem_destroy(slots);
	ddi_umem_free(buffer_cookie);
}
module_exit(native_exit);

MODULE_DESCRIPTION("ddi.ko example: slots of a buffer, the Linux way");
MODULE_LICENSE("GPL");
