// SPDX-License-Identifier: GPL-2.0-only
/*
 * inode.c - the private files behind devmap mappings
 *
 * Each mmap(2) gets an inode of its own, because unmap_mapping_range() works
 * on all that maps an inode. The file system of these inodes is mounted while
 * there are any, which keeps ddi.ko loaded.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>

#define DEVMAP_FS_MAGIC	0x6464696d	/* "ddim" */

static int devmap_fs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, DEVMAP_FS_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type devmap_fs = {
	.name = "ddi_devmap",
	.owner = THIS_MODULE,
	.init_fs_context = devmap_fs_init_context,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *devmap_mnt;
static int devmap_mnt_users;

static const struct file_operations devmap_file_ops = { };

static struct file *devmap_file_open(void)
{
	struct inode *inode = alloc_anon_inode(devmap_mnt->mnt_sb);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_flags |= S_NOCMTIME;
	file = alloc_file_pseudo(inode, devmap_mnt, "ddi_devmap", O_RDWR,
				 &devmap_file_ops);
	if (IS_ERR(file))
		iput(inode);
	return file;
}

static struct file *devmap_file_create(void)
{
	struct file *file;
	int err;

	err = simple_pin_fs(&devmap_fs, &devmap_mnt, &devmap_mnt_users);
	if (err)
		return ERR_PTR(err);
	file = devmap_file_open();
	if (IS_ERR(file))
		simple_release_fs(&devmap_mnt, &devmap_mnt_users);
	return file;
}

struct devmap_family *devmap_family_create(struct file *device)
{
	struct devmap_family *family;

	family = kzalloc(sizeof(*family), GFP_KERNEL_ACCOUNT);
	if (!family)
		return NULL;
	family->file = devmap_file_create();
	if (IS_ERR(family->file)) {
		kfree(family);
		return NULL;
	}
	family->device = get_file(device);
	refcount_set(&family->refs, 1);
	mutex_init(&family->lock);
	INIT_LIST_HEAD(&family->maps);
	return family;
}

void devmap_family_put(struct devmap_family *family)
{
	if (!refcount_dec_and_test(&family->refs))
		return;
	fput(family->device);
	fput(family->file);
	simple_release_fs(&devmap_mnt, &devmap_mnt_users);
	kfree(family);
}
