// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - file offsets for mappings, by which their pages can be taken away
 *
 * unmap_mapping_range() reaches the pages of a mapping in any process, by the
 * offset in an address space. A device's own address space will not do: other
 * mappings of the device have the same offsets, and may not survive it. So the
 * mappings of a device node share one more file of that node, which is nobody's
 * descriptor and has an address space of its own, and each mmap(2) gets offsets
 * in it that no other has. The file has the node's path, which is what
 * /proc/PID/maps shows; its offsets there are not those of the user.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

/*
 * Ranges of 2^n pages have a region of the offsets for each n; a range's number
 * in it is an identifier. Offsets in bytes stay below 2^63.
 */
#define REGION_SHIFT	(IS_ENABLED(CONFIG_64BIT) ? 57 - PAGE_SHIFT : 27)
#define REGIONS		(IS_ENABLED(CONFIG_64BIT) ? 58 - PAGE_SHIFT : 21)

/**
 * struct devmap_device - a device node that is mapped
 * @node: in a bucket, under its lock
 * @refs: one for each family
 * @file: opened by path only, which the driver does not hear of
 * @mapping: the address space of @file
 * @ids: numbers of the ranges in each region
 */
struct devmap_device {
	struct hlist_node node;
	refcount_t refs;
	struct file *file;
	struct address_space mapping;
	struct ida ids[REGIONS];
};

#define BUCKET_BITS	6

static struct devmap_bucket {
	spinlock_t lock;	/* guards the list; also taken to drop the last reference */
	struct hlist_head devices;
} devmap_buckets[1 << BUCKET_BITS] = {
	[0 ... (1 << BUCKET_BITS) - 1] = { .lock = __SPIN_LOCK_UNLOCKED(devmap_buckets.lock) },
};

static struct devmap_bucket *bucket_of(const struct file *file)
{
	return &devmap_buckets[hash_ptr(file->f_path.dentry, BUCKET_BITS)];
}

static struct devmap_device *device_get(struct devmap_bucket *bucket, const struct file *file)
{
	struct devmap_device *device;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(device, &bucket->devices, node)
		if (path_equal(&device->file->f_path, &file->f_path)) {
			refcount_inc(&device->refs);
			return device;
		}
	return NULL;
}

static struct devmap_device *devmap_device_create(struct file *file)
{
	struct devmap_device *device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!device)
		return NULL;
	device->file = dentry_open(&file->f_path, O_PATH, current_cred());
	if (IS_ERR(device->file)) {
		kfree(device);
		return NULL;
	}
	address_space_init_once(&device->mapping);
	device->mapping.host = file_inode(file);
	device->mapping.a_ops = &empty_aops;
	mapping_set_gfp_mask(&device->mapping, GFP_HIGHUSER);
	device->file->f_mapping = &device->mapping;
	refcount_set(&device->refs, 1);
	for (i = 0; i < REGIONS; i++)
		ida_init(&device->ids[i]);
	return device;
}

static void devmap_device_destroy(struct devmap_device *device)
{
	unsigned int i;

	for (i = 0; i < REGIONS; i++)
		ida_destroy(&device->ids[i]);
	fput(device->file);
	kfree(device);
}

/* The last vma has left the address space before its close callback ran. */
static void device_put(struct devmap_device *device)
{
	struct devmap_bucket *bucket = bucket_of(device->file);

	if (!refcount_dec_and_lock(&device->refs, &bucket->lock))
		return;
	hlist_del(&device->node);
	spin_unlock(&bucket->lock);
	devmap_device_destroy(device);
}

static struct devmap_device *device_of(struct file *file)
{
	struct devmap_bucket *bucket = bucket_of(file);
	struct devmap_device *device, *new;

	spin_lock(&bucket->lock);
	device = device_get(bucket, file);
	spin_unlock(&bucket->lock);
	if (device)
		return device;
	new = devmap_device_create(file);
	if (!new)
		return NULL;
	spin_lock(&bucket->lock);
	device = device_get(bucket, file);
	if (!device)
		hlist_add_head(&new->node, &bucket->devices);
	spin_unlock(&bucket->lock);
	if (device)
		devmap_device_destroy(new);
	return device ?: new;
}

static int family_take_offsets(struct devmap_family *family, unsigned long pages)
{
	unsigned int order = order_base_2(pages);
	int id;

	if (order >= REGIONS)
		return -ENOMEM;
	id = ida_alloc_max(&family->device->ids[order],
			   min_t(u64, INT_MAX, (1ULL << (REGION_SHIFT - order)) - 1),
			   GFP_KERNEL);
	if (id < 0)
		return id;
	family->order = order;
	family->pgoff = ((pgoff_t)order << REGION_SHIFT) + ((pgoff_t)id << order);
	return 0;
}

static void family_give_offsets(struct devmap_family *family)
{
	pgoff_t in_region = family->pgoff - ((pgoff_t)family->order << REGION_SHIFT);

	ida_free(&family->device->ids[family->order], in_region >> family->order);
}

struct devmap_family *devmap_family_create(struct file *file, unsigned long pages)
{
	struct devmap_family *family;

	family = kzalloc(sizeof(*family), GFP_KERNEL_ACCOUNT);
	if (!family)
		return NULL;
	family->device = device_of(file);
	if (!family->device)
		goto err_family;
	if (family_take_offsets(family, pages))
		goto err_device;
	family->file = get_file(file);
	refcount_set(&family->refs, 1);
	mutex_init(&family->lock);
	family->maps = RB_ROOT;
	return family;

err_device:
	device_put(family->device);
err_family:
	kfree(family);
	return NULL;
}

void devmap_family_put(struct devmap_family *family)
{
	if (!refcount_dec_and_test(&family->refs))
		return;
	family_give_offsets(family);
	device_put(family->device);
	fput(family->file);
	if (family->own_file)
		fput(family->own_file);
	kfree(family);
}

/* What is to stand behind the vmas; without a reference of the caller's. */
struct file *devmap_family_file(struct devmap_family *family)
{
	return family->own_file ?: family->device->file;
}

/*
 * Drop translations by offsets in the file, in whatever process they are. Where a
 * long has 32 bits, unmap_mapping_range() takes no more of an offset than that.
 */
void devmap_family_zap(struct devmap_family *family, offset_t from, offset_t len)
{
	struct address_space *mapping = devmap_family_file(family)->f_mapping;

	if (IS_ENABLED(CONFIG_64BIT))
		unmap_mapping_range(mapping, from, len, 1);
	else
		unmap_mapping_pages(mapping, from >> PAGE_SHIFT, len >> PAGE_SHIFT, true);
}

/* The same by user offsets. */
void devmap_zap_offsets(struct devmap_map *map, offset_t start, offset_t end)
{
	devmap_family_zap(map->family, start - map->bias, end - start);
}
