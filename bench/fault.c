// SPDX-License-Identifier: GPL-2.0-only
/* fault.c - first touch of a mapped page: our handlers beside the plainest one */
#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "bench.h"

#define FAULT_PAGES	256U
#define FAULT_LEN	(FAULT_PAGES * PAGE_SIZE)
#define FAULT_ROUNDS	16U

/* The mapped memory: one contiguous block, which keeps the plain handler plain. */
static caddr_t fault_memory;
static ddi_umem_cookie_t fault_cookie, pageable_cookie;

static vm_fault_t plain_fault(struct vm_fault *vmf)
{
	size_t off = vmf->pgoff << PAGE_SHIFT;

	if (vm_insert_page(vmf->vma, vmf->address, virt_to_page(fault_memory + off)))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct plain_vm_ops = { .fault = plain_fault };

static int plain_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_ops = &plain_vm_ops;
	return 0;
}

static int native_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(fault_cookie, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static int pageable_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(pageable_cookie, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static int setup(devmap_cookie_t dhp, struct devmap_callback_ctl *callbacks,
		 offset_t off, size_t len, size_t *maplen)
{
	*maplen = len;
	return devmap_umem_setup(dhp, NULL, callbacks, fault_cookie, off, len, PROT_ALL,
				 DEVMAP_DEFAULTS, NULL);
}

static int plain_entry(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
		       size_t *maplen, uint_t model)
{
	return setup(dhp, NULL, off, len, maplen);
}

static int asking_entry(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
			size_t *maplen, uint_t model)
{
	static struct devmap_callback_ctl callbacks = {
		.devmap_rev = DEVMAP_OPS_REV,
		.devmap_access = devmap_default_access,
	};

	return setup(dhp, &callbacks, off, len, maplen);
}

static int devmap_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = plain_entry };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static int asking_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = asking_entry };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static const struct file_operations plain_fops = { .mmap = plain_mmap };
static const struct file_operations native_fops = { .mmap = native_mmap };
static const struct file_operations pageable_fops = { .mmap = pageable_mmap };
static const struct file_operations devmap_fops = { .mmap = devmap_mmap };
static const struct file_operations asking_fops = { .mmap = asking_mmap };

static const struct fault_way {
	const char *name;
	const struct file_operations *fops;
} fault_ways[] = {
	{ "vm_insert_page", &plain_fops },
	{ "umem_mmap", &native_fops },
	{ "umem_mmap-pageable", &pageable_fops },
	{ "devmap", &devmap_fops },
	{ "devmap_access", &asking_fops },
};

/* Touch every page of a new mapping; the pages that could not be are counted. */
static u64 touch_all(struct file *file, unsigned long *failed)
{
	unsigned long addr;
	unsigned int i;
	u64 cost = 0;

	addr = vm_mmap(file, 0, FAULT_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (IS_ERR_VALUE(addr)) {
		*failed += FAULT_PAGES;
		return 0;
	}
	for (i = 0; i < FAULT_PAGES; i++) {
		u64 begin = bench_clock();

		*failed += !!put_user(1, (u8 __user *)(addr + i * PAGE_SIZE));
		cost += bench_clock() - begin;
	}
	vm_munmap(addr, FAULT_LEN);
	return cost;
}

static int measure(const struct fault_way *way)
{
	unsigned int i, rounds = bench_profile ? 2 : FAULT_ROUNDS;
	unsigned long failed = 0, tenth;
	struct file *file;
	u64 cost = 0;

	file = anon_inode_getfile("ddi_bench", way->fops, NULL, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bench_mark();
	for (i = 0; i < rounds; i++)
		cost += touch_all(file, &failed);
	bench_mark();
	fput(file);
	tenth = div64_u64(10 * cost, rounds * FAULT_PAGES);
	pr_notice("row,pair,fault,%s,%lu,%lu.%lu,%lu,%lu,%u\n", way->name, PAGE_SIZE,
		  tenth / 10, tenth % 10, failed, failed, rounds * FAULT_PAGES);
	return 0;
}

int bench_fault(const char *name)
{
	unsigned int i;
	int err = 0;

	fault_memory = ddi_umem_alloc(FAULT_LEN, DDI_UMEM_NOSLEEP, &fault_cookie);
	if (!fault_memory)
		return -ENOMEM;
	ddi_umem_alloc(FAULT_LEN, DDI_UMEM_SLEEP | DDI_UMEM_PAGEABLE, &pageable_cookie);
	for (i = 0; i < ARRAY_SIZE(fault_ways) && !err; i++)
		if (!strcmp(name, "all") || !strcmp(name, fault_ways[i].name))
			err = measure(&fault_ways[i]);
	ddi_umem_free(pageable_cookie);
	ddi_umem_free(fault_cookie);
	return err;
}
