// SPDX-License-Identifier: GPL-2.0-only
/*
 * idspace.c - spaces of small integers, as Solaris's identifier arenas
 *
 * The upper half is an identifier space in the way kernels and drivers build
 * one on a vmem arena: a fixed range of integers, handed out in turn, lowest
 * first, or by name, that can be extended while in use.  An arena cannot hand
 * out 0, so identifier n is unit n + 1 of the arena.
 *
 * The lower half is the device /dev/idspace that lets a program drive it.
 */
#include <sys/vmem.h>

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "example_ioctl.h"

/* Identifiers are below this, so that n + 1 fits into 32 bits. */
#define IDS_LIMIT	BIT(30)

static void *ids_unit(u32 id)
{
	return (void *)((unsigned long)id + 1);
}

static s32 ids_id(void *unit)
{
	return (long)unit - 1;
}

/* An empty space. */
static vmem_t *ids_create(const char *name)
{
	return vmem_create(name, NULL, 0, 1, NULL, NULL, NULL, 0,
			   VM_SLEEP | VMC_IDENTIFIER);
}

/*
 * Add a range of new identifiers. One that overlaps the space would be reported
 * as misuse, so the caller checks.
 */
static int ids_extend(vmem_t *ids, u32 low, u32 count)
{
	return vmem_add(ids, ids_unit(low), count, VM_SLEEP) ? 0 : -EINVAL;
}

/* The first free identifier behind the last; freed ones come again after a round. */
static s32 ids_next(vmem_t *ids)
{
	return ids_id(vmem_alloc(ids, 1, VM_NOSLEEP | VM_NEXTFIT));
}

/* Like ids_next(), but waits until an identifier is free. */
static s32 ids_next_wait(vmem_t *ids)
{
	return ids_id(vmem_alloc(ids, 1, VM_SLEEP | VM_NEXTFIT));
}

/* The lowest free identifier, which keeps tables short. */
static s32 ids_first(vmem_t *ids)
{
	return ids_id(vmem_alloc(ids, 1, VM_NOSLEEP | VM_FIRSTFIT));
}

/* Exactly @id; -1 if it is in use or no part of the space. */
static s32 ids_specific(vmem_t *ids, u32 id)
{
	return ids_id(vmem_xalloc(ids, 1, 0, 0, 0, ids_unit(id),
				  ids_unit(id + 1), VM_NOSLEEP));
}

static void ids_free(vmem_t *ids, u32 id)
{
	vmem_free(ids, ids_unit(id), 1);
}

/* State of one open of the device */
struct ids_file {
	vmem_t *ids;		/* its space */
	struct xarray used;	/* id -> holder; in real drivers: an object */
	struct mutex lock;	/* one IDS_EXTEND at a time */
};

static int ids_open(struct inode *inode, struct file *file)
{
	struct ids_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->ids = ids_create("example_ids");
	if (!f->ids) {
		kfree(f);
		return -ENOMEM;
	}
	xa_init(&f->used);
	mutex_init(&f->lock);
	file->private_data = f;
	return 0;
}

static int ids_release(struct inode *inode, struct file *file)
{
	struct ids_file *f = file->private_data;
	unsigned long id;
	void *holder;

	xa_for_each(&f->used, id, holder)
		ids_free(f->ids, id);
	xa_destroy(&f->used);
	vmem_destroy(f->ids);
	kfree(f);
	return 0;
}

/* Enter @id in the table and copy it to the user, or free it again. */
static long ids_give(struct ids_file *f, s32 id, u32 __user *uid, int failed)
{
	void *holder = xa_mk_value(current->tgid);

	if (id < 0)
		return failed;
	if (xa_err(xa_store(&f->used, id, holder, GFP_KERNEL))) {
		ids_free(f->ids, id);
		return -ENOMEM;
	}
	if (put_user(id, uid)) {
		xa_erase(&f->used, id);
		ids_free(f->ids, id);
		return -EFAULT;
	}
	return 0;
}

static long ids_ioctl_specific(struct ids_file *f, u32 __user *uid)
{
	u32 id;

	if (get_user(id, uid))
		return -EFAULT;
	if (id >= IDS_LIMIT)
		return -EINVAL;
	return ids_give(f, ids_specific(f->ids, id), uid, -EEXIST);
}

static long ids_ioctl_free(struct ids_file *f, u32 __user *uid)
{
	u32 id;

	if (get_user(id, uid))
		return -EFAULT;
	/* Of two that free the same identifier only one erases the entry. */
	if (!xa_erase(&f->used, id))
		return -ENOENT;
	ids_free(f->ids, id);
	return 0;
}

static bool ids_overlaps(vmem_t *ids, const struct ids_range *r)
{
	u32 i;

	for (i = 0; i < r->count; i++)
		if (vmem_contains(ids, ids_unit(r->low + i), 1))
			return true;
	return false;
}

static long ids_ioctl_extend(struct ids_file *f, void __user *arg)
{
	struct ids_range r;
	long err = -EEXIST;

	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	if (!r.count || r.count > 65536 || r.low >= IDS_LIMIT)
		return -EINVAL;
	mutex_lock(&f->lock);
	if (!ids_overlaps(f->ids, &r))
		err = ids_extend(f->ids, r.low, r.count);
	mutex_unlock(&f->lock);
	return err;
}

static long ids_ioctl_stat(struct ids_file *f, void __user *arg)
{
	struct ids_stat st = {
		.used = vmem_size(f->ids, VMEM_ALLOC),
		.unused = vmem_size(f->ids, VMEM_FREE),
	};

	return copy_to_user(arg, &st, sizeof(st)) ? -EFAULT : 0;
}

static long ids_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ids_file *f = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case IDS_EXTEND:
		return ids_ioctl_extend(f, uarg);
	case IDS_NEXT:
		return ids_give(f, ids_next(f->ids), uarg, -ENOSPC);
	case IDS_FIRST:
		return ids_give(f, ids_first(f->ids), uarg, -ENOSPC);
	case IDS_WAIT:
		return ids_give(f, ids_next_wait(f->ids), uarg, -ENOSPC);
	case IDS_SPECIFIC:
		return ids_ioctl_specific(f, uarg);
	case IDS_FREE:
		return ids_ioctl_free(f, uarg);
	case IDS_STAT:
		return ids_ioctl_stat(f, uarg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ids_fops = {
	.owner		= THIS_MODULE,
	.open		= ids_open,
	.release	= ids_release,
	.unlocked_ioctl	= ids_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice ids_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "idspace",
	.mode	= 0600,
	.fops	= &ids_fops,
};
module_misc_device(ids_misc);

MODULE_DESCRIPTION("ddi.ko example: identifier spaces");
MODULE_LICENSE("GPL");
