// SPDX-License-Identifier: GPL-2.0-only
/* fault.c - mappings touched page by page: ours beside what Linux's drivers do */
#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench.h"

#define FAULT_LEN	SZ_64M
#define FAULT_ROUNDS	64U		/* of a mapping that is one page long */

/* What Linux's own ways map: blocks, each in one piece */
#define FAULT_BLOCK	((size_t)SZ_4M)
#define FAULT_BLOCKS	(FAULT_LEN / FAULT_BLOCK)

/* All that is mapped; made by the first who measures, freed by the last. */
static struct {
	struct mutex lock;		/* guards the rest */
	unsigned int users;
	void *block[FAULT_BLOCKS];
	ddi_umem_cookie_t locked, huge, pageable;
} memory = { .lock = __MUTEX_INITIALIZER(memory.lock) };

static void memory_free(void)
{
	unsigned int i;

	for (i = 0; i < FAULT_BLOCKS; i++) {
		if (memory.block[i])
			free_pages_exact(memory.block[i], FAULT_BLOCK);
		memory.block[i] = NULL;
	}
	ddi_umem_free(memory.locked);
	ddi_umem_free(memory.huge);
	ddi_umem_free(memory.pageable);
	memory.locked = NULL;
	memory.huge = NULL;
	memory.pageable = NULL;
}

static int memory_make(void)
{
	bool made = true;
	unsigned int i;

	for (i = 0; i < FAULT_BLOCKS; i++) {
		memory.block[i] = alloc_pages_exact(FAULT_BLOCK, GFP_KERNEL | __GFP_ZERO);
		made &= !!memory.block[i];
	}
	made &= ddi_umem_alloc(FAULT_LEN, DDI_UMEM_SLEEP, &memory.locked) &&
		ddi_umem_alloc(FAULT_LEN, DDI_UMEM_SLEEP | DDI_UMEM_HUGE, &memory.huge) &&
		ddi_umem_alloc(FAULT_LEN, DDI_UMEM_SLEEP | DDI_UMEM_PAGEABLE, &memory.pageable);
	if (!made)
		memory_free();
	return made ? 0 : -ENOMEM;
}

static int memory_get(void)
{
	int err = 0;

	mutex_lock(&memory.lock);
	if (!memory.users)
		err = memory_make();
	if (!err)
		memory.users++;
	mutex_unlock(&memory.lock);
	return err;
}

static void memory_put(void)
{
	mutex_lock(&memory.lock);
	if (!--memory.users)
		memory_free();
	mutex_unlock(&memory.lock);
}

/* The plainest handler: a page for each fault. */
static vm_fault_t insert_fault(struct vm_fault *vmf)
{
	size_t off = vmf->pgoff << PAGE_SHIFT;
	struct page *page = virt_to_page(memory.block[off / FAULT_BLOCK] + off % FAULT_BLOCK);

	if (vm_insert_page(vmf->vma, vmf->address, page))
		return VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct insert_vm_ops = { .fault = insert_fault };

static int insert_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP);
	vma->vm_ops = &insert_vm_ops;
	return 0;
}

/* Everything when it is mapped: no fault comes. */
static int remap_mmap(struct file *file, struct vm_area_struct *vma)
{
	size_t off, piece, len = vma->vm_end - vma->vm_start;
	int err = 0;

	for (off = 0; off < len && !err; off += piece) {
		piece = min(FAULT_BLOCK, len - off);
		err = remap_pfn_range(vma, vma->vm_start + off,
				      page_to_pfn(virt_to_page(memory.block[off / FAULT_BLOCK])),
				      piece, vma->vm_page_prot);
	}
	return err;
}

static int native_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(memory.locked, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static int huge_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(memory.huge, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static int pageable_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_umem_mmap(memory.pageable, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
}

static int setup(devmap_cookie_t dhp, struct devmap_callback_ctl *callbacks,
		 ddi_umem_cookie_t cookie, offset_t off, size_t len, size_t *maplen)
{
	*maplen = len;
	return devmap_umem_setup(dhp, NULL, callbacks, cookie, off, len, PROT_ALL,
				 DEVMAP_DEFAULTS, NULL);
}

static int plain_entry(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
		       size_t *maplen, uint_t model)
{
	return setup(dhp, NULL, memory.locked, off, len, maplen);
}

static int huge_entry(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
		      size_t *maplen, uint_t model)
{
	return setup(dhp, NULL, memory.huge, off, len, maplen);
}

static int asking_entry(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
			size_t *maplen, uint_t model)
{
	static struct devmap_callback_ctl callbacks = {
		.devmap_rev = DEVMAP_OPS_REV,
		.devmap_access = devmap_default_access,
	};

	return setup(dhp, &callbacks, memory.locked, off, len, maplen);
}

static int devmap_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = plain_entry };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static int devmap_huge_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = huge_entry };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static int asking_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = asking_entry };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static const struct file_operations insert_fops = { .mmap = insert_mmap };
static const struct file_operations remap_fops = { .mmap = remap_mmap };
static const struct file_operations native_fops = { .mmap = native_mmap };
static const struct file_operations pageable_fops = { .mmap = pageable_mmap };
static const struct file_operations devmap_fops = { .mmap = devmap_mmap };
static const struct file_operations asking_fops = { .mmap = asking_mmap };

/* Linux chooses addresses at which huge pages fit. */
static const struct file_operations huge_fops = {
	.mmap = huge_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
};

static const struct file_operations devmap_huge_fops = {
	.mmap = devmap_huge_mmap,
	.get_unmapped_area = thp_get_unmapped_area,
};

/* Without file operations it is anonymous memory; "none" has been touched before. */
static const struct fault_way {
	const char *name;
	const struct file_operations *fops;
	bool is_touched;
} fault_ways[] = {
	{ "none", NULL, true },
	{ "anonymous" },
	{ "vm_insert_page", &insert_fops },
	{ "remap_pfn_range", &remap_fops },
	{ "umem_mmap", &native_fops },
	{ "umem_mmap-huge", &huge_fops },
	{ "umem_mmap-pageable", &pageable_fops },
	{ "devmap", &devmap_fops },
	{ "devmap-huge", &devmap_huge_fops },
	{ "devmap_access", &asking_fops },
};

/**
 * struct fault_run - mappings of one way, and what they have cost
 * @file: what is mapped; NULL for anonymous memory
 * @is_touched: touch all pages once before it counts
 * @pages: how long a mapping is
 * @order: in which its pages are touched, from the first on if NULL
 * @mmap: what making them has cost
 * @touch: and touching them
 * @failed: pages that could not be
 */
struct fault_run {
	struct file *file;
	bool is_touched;
	unsigned int pages;
	u32 *order;
	u64 mmap;
	u64 touch;
	unsigned long failed;
};

static u32 *random_order(unsigned int pages)
{
	u32 *order = kvmalloc_array(pages, sizeof(*order), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int i;

	if (!order)
		return NULL;
	prandom_seed_state(&rnd, 1);
	for (i = 0; i < pages; i++) {
		unsigned int j = bench_random(&rnd, 0, i);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

static int run_open(struct fault_run *run, const struct fault_way *way)
{
	int err = memory_get();

	if (err)
		return err;
	*run = (struct fault_run) {
		.is_touched = way->is_touched,
		.pages = bench_profile ? 256 : FAULT_LEN >> PAGE_SHIFT,
	};
	if (!way->fops)
		return 0;
	run->file = anon_inode_getfile("ddi_bench", way->fops, NULL, O_RDWR);
	if (!IS_ERR(run->file))
		return 0;
	memory_put();
	return PTR_ERR(run->file);
}

static void run_close(struct fault_run *run)
{
	kvfree(run->order);
	if (run->file)
		fput(run->file);
	memory_put();
}

static void touch(struct fault_run *run, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < run->pages; i++) {
		size_t page = run->order ? run->order[i] : i;

		run->failed += !!put_user(1, (u8 __user *)(addr + page * PAGE_SIZE));
	}
}

static unsigned long map(struct fault_run *run)
{
	unsigned long addr, flags = run->file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;

	addr = vm_mmap(run->file, 0, run->pages * PAGE_SIZE, PROT_READ | PROT_WRITE, flags, 0);
	if (!IS_ERR_VALUE(addr) && run->is_touched)
		touch(run, addr);
	return addr;
}

static int measure_once(struct fault_run *run)
{
	u64 begin = bench_clock(), mapped;
	unsigned long addr = map(run);

	if (IS_ERR_VALUE(addr))
		return addr;
	mapped = bench_clock();
	touch(run, addr);
	run->touch += bench_clock() - mapped;
	if (!run->is_touched)
		run->mmap += mapped - begin;
	vm_munmap(addr, run->pages * PAGE_SIZE);
	return 0;
}

static int measure(struct fault_run *run, const char *pattern, const char *way)
{
	unsigned int i, rounds = bench_profile ? 2 : 1;
	int err = 0;
	u64 pages;

	if (!strcmp(pattern, "one")) {
		run->pages = 1;
		rounds = FAULT_ROUNDS;
	} else if (!strcmp(pattern, "random")) {
		run->order = random_order(run->pages);
		if (!run->order)
			return -ENOMEM;
	}
	bench_settle();
	bench_mark();
	for (i = 0; i < rounds && !err; i++)
		err = measure_once(run);
	bench_mark();
	if (err)
		return err;
	pages = rounds * run->pages;
	pr_notice("row,fault,%s,%s,%llu,%llu,%lu,%llu\n", pattern, way,
		  div64_u64(run->mmap, pages), div64_u64(run->touch, pages), run->failed, pages);
	return 0;
}

/* Two processes that touch mappings of the same memory at once, or one that does alone */
static struct {
	atomic_t waiting;
	spinlock_t lock;		/* guards the rest */
	unsigned int done;
	u64 begin;
	u64 end;
} race = { .lock = __SPIN_LOCK_UNLOCKED(race.lock), .begin = U64_MAX };

static void race_note(unsigned int processes, u64 begin, u64 end, const char *way, u64 pages)
{
	u64 tenth;

	spin_lock(&race.lock);
	race.begin = min(race.begin, begin);
	race.end = max(race.end, end);
	if (++race.done == processes) {
		tenth = div64_u64(10 * (race.end - race.begin), processes * pages);
		pr_notice("row,smp,touch,%s,%u,%llu.%llu\n", way, processes,
			  tenth / 10, tenth % 10);
		race.done = 0;
		race.begin = U64_MAX;
		race.end = 0;
		atomic_set(&race.waiting, 0);
	}
	spin_unlock(&race.lock);
}

static int measure_race(struct fault_run *run, unsigned int processes, const char *way)
{
	unsigned long addr = map(run);
	u64 begin;

	/* The other one must not wait for ever. */
	atomic_inc(&race.waiting);
	while (atomic_read(&race.waiting) < processes)
		cond_resched();
	begin = ktime_get_ns();
	if (!IS_ERR_VALUE(addr))
		touch(run, addr);
	race_note(processes, begin, ktime_get_ns(), way, run->pages);
	if (IS_ERR_VALUE(addr))
		return addr;
	vm_munmap(addr, run->pages * PAGE_SIZE);
	return 0;
}

static int measure_way(const struct fault_way *way, const char *pattern)
{
	struct fault_run run;
	int err = run_open(&run, way);

	if (err)
		return err;
	if (!strcmp(pattern, "alone"))
		err = measure_race(&run, 1, way->name);
	else if (!strcmp(pattern, "two"))
		err = measure_race(&run, 2, way->name);
	else
		err = measure(&run, pattern, way->name);
	run_close(&run);
	return err;
}

int bench_fault(const char *pattern, const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault_ways); i++)
		if (!strcmp(name, fault_ways[i].name))
			return measure_way(&fault_ways[i], pattern);
	return -EINVAL;
}
