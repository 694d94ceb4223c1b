// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap_kunit.c - devmap, as a driver calls it
 *
 * What processes see of it is tried by the programs in guest/.
 */
#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/shmem_fs.h>
#include <linux/uaccess.h>

#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

#define TEST_DEV	((ddi_dev_t)0x123456789UL)
#define TEST_PAGES	4
#define TEST_LEN	(TEST_PAGES * PAGE_SIZE)

struct setup_case {
	const char *name;
	offset_t off;
	size_t len;
	uint_t maxprot;
	uint_t flags;
	int result;
	bool no_cookie;
};

/* D20 to D24. The mapping is readable and writable, the object 4 pages. */
static const struct setup_case setups[] = {
	{ "all of it", 0, TEST_LEN, PROT_ALL, 0, 0 },
	{ "its last byte", TEST_LEN - 1, 1, PROT_ALL, 0, 0 },
	{ "odd offset and length", 5, PAGE_SIZE, PROT_ALL, 0, 0 },
	{ "no cookie", 0, TEST_LEN, PROT_ALL, 0, -1, true },
	{ "no cookie, invalid", 0, TEST_LEN, PROT_ALL, 3, -1, true },
	{ "a byte too long", 0, TEST_LEN + 1, PROT_ALL, 0, -1 },
	{ "a byte too far", TEST_LEN, 1, PROT_ALL, 0, -1 },
	{ "negative offset", -1, 1, PROT_ALL, 0, -1 },
	{ "negative offset that wraps into the object", -(offset_t)PAGE_SIZE,
	  2 * PAGE_SIZE, PROT_ALL, 0, -1 },
	{ "lowest offset", LLONG_MIN, 0, PROT_ALL, 0, -1 },
	{ "highest offset", LLONG_MAX, 1, PROT_ALL, 0, -1 },
	{ "highest length", PAGE_SIZE, SIZE_MAX, PROT_ALL, 0, -1 },
	{ "length that wraps", PAGE_SIZE, -PAGE_SIZE, PROT_ALL, 0, -1 },
	{ "maxprot without write", 0, 1, PROT_READ | PROT_USER, 0, -1 },
	{ "maxprot without user", 0, 1, PROT_READ | PROT_WRITE, 0, -1 },
	{ "maxprot just enough", 0, 1, PROT_READ | PROT_WRITE | PROT_USER, 0, 0 },
	{ "cached", 0, 1, PROT_ALL, IOMEM_DATA_CACHED, 0 },
	{ "write-combined", 0, 1, PROT_ALL, IOMEM_DATA_UC_WR_COMBINE, 0 },
	{ "uncached", 0, 1, PROT_ALL, IOMEM_DATA_UNCACHED, 0 },
	{ "two attributes", 0, 1, PROT_ALL, IOMEM_DATA_CACHED | IOMEM_DATA_UNCACHED, -1 },
	{ "undefined attribute", 0, 1, PROT_ALL, 0x80000, -1 },
	{ "invalid", 0, 1, PROT_ALL, DEVMAP_MAPPING_INVALID, -1 },
	{ "invalid, to be remapped", 0, 1, PROT_ALL,
	  DEVMAP_MAPPING_INVALID | DEVMAP_ALLOW_REMAP, 0 },
	{ "page size and an unknown flag", 0, 1, PROT_ALL, DEVMAP_USE_PAGESIZE | 0x800, 0 },
};

KUNIT_ARRAY_PARAM_DESC(setup, setups, name);

/* What its segmap(9E) adds to the length, and what it changes of the other arguments */
struct segmap_change {
	long more;
	uint_t prot;
	uint_t maxprot;
	uint_t flags;
};

/* What the driver below does and sees; one case at a time. */
static struct devmap_fixture {
	const struct setup_case *setup;
	ddi_umem_cookie_t cookie;
	struct file *file;
	const struct ddi_devmap_ops *ops;
	int segmap_result;
	offset_t segmap_shift;
	struct segmap_change change;
	int second_setup;
	int unmaps;
	offset_t mapped_off;
	int locks[3];	/* held before the mapping, in devmap(9E), in devmap_map(9E) */

	int result;
	devmap_handle_t *h;
	devmap_handle_t seen;
} fix;

static int fix_map(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags,
		   offset_t off, size_t len, void **pvtp)
{
	fix.mapped_off = off;
	fix.locks[2] = lockdep_depth(current);
	*pvtp = &fix;
	return dev == TEST_DEV ? 0 : -1;
}

static void fix_unmap(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		      devmap_cookie_t new1, void **pvtp1,
		      devmap_cookie_t new2, void **pvtp2)
{
	fix.unmaps += pvtp == &fix;
}

static int fix_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off,
		      size_t len, size_t *maplen, uint_t model)
{
	const struct setup_case *s = fix.setup;
	struct devmap_callback_ctl cb = {
		.devmap_rev = DEVMAP_OPS_REV,
		.devmap_map = fix_map,
		.devmap_unmap = fix_unmap,
	};

	fix.h = dhp;
	fix.locks[1] = lockdep_depth(current);
	fix.result = devmap_umem_setup(dhp, NULL, &cb, s->no_cookie ? NULL : fix.cookie,
				       s->off, s->len, s->maxprot, s->flags, NULL);
	/* D22: it was copied */
	memset(&cb, 0xff, sizeof(cb));
	fix.seen = *fix.h;
	*maplen = len;
	return fix.result;
}

static int fix_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
		      caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
		      uint_t flags, cred_t *cred)
{
	int rc;

	if (fix.segmap_result < 0)
		return 0;
	rc = ddi_devmap_segmap(dev, off + fix.segmap_shift, as, addrp, len + fix.change.more,
			       prot & ~fix.change.prot, maxprot & ~fix.change.maxprot,
			       flags ^ fix.change.flags, cred);
	fix.second_setup = devmap_setup(dev, off, as, addrp, len, prot, maxprot,
					flags, cred);
	return rc ?: fix.segmap_result;
}

static const struct ddi_devmap_ops plain_ops = { .devmap = fix_devmap };

static const struct ddi_devmap_ops segmap_ops = {
	.devmap = fix_devmap,
	.segmap = fix_segmap,
};

static const struct ddi_devmap_ops entryless_ops = { .segmap = ddi_devmap_segmap };
static const struct ddi_devmap_ops no_ops;

static int fix_mmap(struct file *file, struct vm_area_struct *vma)
{
	fix.locks[0] = lockdep_depth(current);
	return ddi_devmap_mmap(file, vma, TEST_DEV, fix.ops);
}

static const struct file_operations fix_fops = { .mmap = fix_mmap };

static unsigned long try_map(struct kunit *test, const struct setup_case *setup,
			     const struct ddi_devmap_ops *ops)
{
	fix.setup = setup;
	fix.ops = ops;
	return kunit_vm_mmap(test, fix.file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, 0);
}

static unsigned long map(struct kunit *test, const struct setup_case *setup)
{
	unsigned long addr = try_map(test, setup, &plain_ops);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return addr;
}

static const struct setup_case whole = { "", 0, TEST_LEN, PROT_ALL, DEVMAP_ALLOW_REMAP };

/* D20, D21, D22, D23, D24 */
static void setup_checks_its_arguments(struct kunit *test)
{
	const struct setup_case *s = test->param_value;
	unsigned long addr = try_map(test, s, &plain_ops);

	KUNIT_EXPECT_EQ(test, fix.result, s->result);
	if (s->result) {
		KUNIT_EXPECT_EQ(test, (long)addr, -ENXIO);
		KUNIT_EXPECT_EQ(test, fix.unmaps, 0);
	} else {
		vm_munmap(addr, PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, fix.unmaps, 1);
	}
}

/* D20 */
static void setup_without_a_handle_fails(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, devmap_umem_setup(NULL, NULL, NULL, fix.cookie, 0, 1,
						PROT_ALL, 0, NULL), -1);
}

/* D41, C43 */
static void handle_shows_what_drivers_read(struct kunit *test)
{
	static const struct setup_case s = { "", PAGE_SIZE, PAGE_SIZE, PROT_ALL, 0, 0 };
	unsigned long addr = map(test, &s);

	KUNIT_EXPECT_PTR_EQ(test, fix.seen.dh_cookie, fix.cookie);
	KUNIT_EXPECT_EQ(test, fix.seen.dh_roff, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, fix.h->dh_len, PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, fix.h->dh_pvtp, (void *)&fix);
	KUNIT_EXPECT_EQ(test, (unsigned long)fix.h->dh_uvaddr, addr);
	vm_munmap(addr, PAGE_SIZE);
}

/* D44, G10: a driver may take its own locks in its entries */
static void no_lock_is_held_in_the_drivers_entries(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_LOCKDEP))
		kunit_skip(test, "needs lockdep");
	vm_munmap(map(test, &whole), PAGE_SIZE);
	KUNIT_EXPECT_GT(test, fix.locks[0], 0);		/* the mmap lock */
	KUNIT_EXPECT_EQ(test, fix.locks[1], fix.locks[0]);
	KUNIT_EXPECT_EQ(test, fix.locks[2], fix.locks[0]);
}

/* Q16, D5 */
static void mmap_without_an_entry_fails(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &no_ops), -ENODEV);
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &entryless_ops), -EINVAL);
}

/* D4: wherever else the address space handle comes from */
static void setup_without_an_address_space_fails(struct kunit *test)
{
	caddr_t addr = NULL;

	KUNIT_EXPECT_EQ(test, devmap_setup(TEST_DEV, 0, NULL, &addr, PAGE_SIZE, PROT_ALL,
					   PROT_ALL, MAP_SHARED, NULL), EINVAL);
	KUNIT_EXPECT_EQ(test, devmap_setup(TEST_DEV, 0, ddi_devmap_as(fix.file), NULL,
					   PAGE_SIZE, PROT_ALL, PROT_ALL, MAP_SHARED,
					   NULL), EINVAL);
	KUNIT_EXPECT_EQ(test, devmap_setup(TEST_DEV, 0, ddi_devmap_as(fix.file), &addr,
					   PAGE_SIZE, PROT_ALL, PROT_READ, MAP_SHARED,
					   NULL), EACCES);
}

/* D4: the file's mmap operation is none of ours, and what it has mapped goes again */
static void setup_for_a_foreign_file_fails(struct kunit *test)
{
	struct file *file = shmem_file_setup("ddi_kunit", PAGE_SIZE, 0);
	int mapped;
	caddr_t addr = NULL;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	/* Now the case has memory of a process. */
	vm_munmap(map(test, &whole), PAGE_SIZE);
	mapped = current->mm->map_count;
	KUNIT_EXPECT_EQ(test, devmap_setup(TEST_DEV, 0, ddi_devmap_as(file), &addr, PAGE_SIZE,
					   PROT_READ | PROT_USER, PROT_ALL, MAP_SHARED, NULL),
			EINVAL);
	KUNIT_EXPECT_NULL(test, addr);
	KUNIT_EXPECT_EQ(test, current->mm->map_count, mapped);
	fput(file);
}

/* D4: a segmap(9E) that is content with nothing maps nothing */
static void segmap_without_setup_fails(struct kunit *test)
{
	fix.segmap_result = -1;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -ENXIO);
}

/* D4: what was set up is taken down again */
static void segmap_failure_after_setup_unmaps(struct kunit *test)
{
	fix.segmap_result = EBUSY;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -EBUSY);
	KUNIT_EXPECT_EQ(test, fix.unmaps, 1);
}

/* D4: one mmap, one setup; and the driver may shift the offset */
static void segmap_may_change_the_offset(struct kunit *test)
{
	unsigned long addr;

	fix.segmap_shift = 8 * PAGE_SIZE;
	addr = try_map(test, &whole, &segmap_ops);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_EXPECT_EQ(test, fix.second_setup, EINVAL);
	KUNIT_EXPECT_EQ(test, fix.mapped_off, 8 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, put_user(1, (u8 __user *)addr), 0);
	vm_munmap(addr, PAGE_SIZE);
}

/* D14, D21: user offsets that Solaris cannot say */
static void segmap_offset_out_of_range_is_einval(struct kunit *test)
{
	fix.segmap_shift = -(offset_t)PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -EINVAL);
	fix.segmap_shift = LONG_MAX - PAGE_SIZE / 2;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -EINVAL);
	fix.segmap_shift = 5;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -EINVAL);
}

struct segmap_case {
	const char *name;
	struct segmap_change change;
	int error;
};

static const struct segmap_case segmaps[] = {
	{ "a page more", { .more = PAGE_SIZE }, EINVAL },
	{ "nothing", { .more = -(long)PAGE_SIZE }, EINVAL },
	{ "less protection", { .prot = PROT_WRITE }, EACCES },
	{ "more protection than may be", { .maxprot = PROT_WRITE }, EACCES },
	{ "private", { .flags = MAP_SHARED ^ MAP_PRIVATE }, EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(segmap, segmaps, name);

/* D4, D14: what it sets up must be what mmap(2) asked for */
static void segmap_may_change_nothing_else(struct kunit *test)
{
	const struct segmap_case *c = test->param_value;

	fix.change = c->change;
	KUNIT_EXPECT_EQ(test, (long)try_map(test, &whole, &segmap_ops), -c->error);
	KUNIT_EXPECT_EQ(test, fix.unmaps, 1);
}

/* D25, D26, U23: what the kernel reaches through a process's address */
static void remap_takes_the_old_pages_away(struct kunit *test)
{
	u8 *p = ((struct ddi_umem_cookie *)fix.cookie)->cvaddr;
	unsigned long addr = map(test, &whole);
	u8 byte = 0;

	p[0] = 1;
	p[2 * PAGE_SIZE] = 2;
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), 0);
	KUNIT_EXPECT_EQ(test, byte, 1);
	KUNIT_EXPECT_EQ(test, devmap_umem_remap(fix.h, NULL, fix.cookie, 2 * PAGE_SIZE,
						PAGE_SIZE, PROT_ALL, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, fix.h->dh_roff, 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), 0);
	KUNIT_EXPECT_EQ(test, byte, 2);
	KUNIT_EXPECT_EQ(test, devmap_devmem_remap(fix.h, NULL, 0, 0, 0, PROT_ALL,
						  DEVMAP_MAPPING_INVALID, NULL), 0);
	KUNIT_EXPECT_NULL(test, fix.h->dh_cookie);
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), -EFAULT);
	vm_munmap(addr, PAGE_SIZE);
}

/* U22: before, the mapping would have shown another object, or worse */
static void setup_of_a_freed_cookie_is_misuse(struct kunit *test)
{
	ddi_umem_free(fix.cookie);
	EXPECT_MISUSE(test, try_map(test, &whole, &plain_ops));
	KUNIT_EXPECT_EQ(test, fix.result, -1);
	ddi_umem_alloc(TEST_LEN, DDI_UMEM_SLEEP, &fix.cookie);
}

/* U22, U23: a late fault finds "freed", not garbage */
static void fault_after_free_fails(struct kunit *test)
{
	unsigned long addr = map(test, &whole);
	u8 byte = 0;

	ddi_umem_free(fix.cookie);
	fix.cookie = NULL;
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), -EFAULT);
	KUNIT_EXPECT_EQ(test, byte, 0);
	vm_munmap(addr, PAGE_SIZE);
}

static struct page *trash_page(struct kunit *test)
{
	ddi_umem_free(fix.cookie);
	ddi_umem_alloc(TEST_LEN, DDI_UMEM_SLEEP | DDI_UMEM_TRASH, &fix.cookie);
	KUNIT_ASSERT_NOT_NULL(test, fix.cookie);
	return container_of(fix.cookie, struct umem, cookie)->page;
}

/*
 * U12: long before its count of references overflows there is no more, nor when pins
 * have made it overflow
 */
static void worn_trash_page_is_refused(struct kunit *test)
{
	static const int refs[] = { INT_MAX / 2, INT_MAX };
	struct page *trash = trash_page(test);
	unsigned long addr = map(test, &whole);
	u8 byte = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		page_ref_add(trash, refs[i]);
		KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), -EFAULT);
		KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 1);
		page_ref_sub(trash, refs[i]);
	}
	KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr), 0);
	KUNIT_EXPECT_EQ(test, byte, 0);
	vm_munmap(addr, PAGE_SIZE);
}

/* U22: a page outlives its mapping where somebody has pinned it */
static void pinned_page_is_held(struct kunit *test)
{
	unsigned long addr = map(test, &whole);
	struct page *page = NULL;

	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 0);
	KUNIT_EXPECT_EQ(test, get_user_pages_fast(addr, 1, FOLL_WRITE, &page), 1);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 1);
	vm_munmap(addr, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 5, 1), 1);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, PAGE_SIZE, PAGE_SIZE), 0);
	put_page(page);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 0);
}

/* U22, U12: a page that stands for many is not held by these */
static void trash_page_is_held_by_others_alone(struct kunit *test)
{
	struct page *trash = trash_page(test);

	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 0);
	get_page(trash);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, TEST_LEN), 1);
	put_page(trash);
}

/* G8 */
static void is_held_checks_its_range(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(NULL, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, -1, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, TEST_LEN, 1), -ENXIO);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 5, TEST_LEN - 5), 0);
	KUNIT_EXPECT_EQ(test, ddi_umem_is_held(fix.cookie, 5, TEST_LEN - 4), -ENXIO);
}

/* D33: (EINVAL << 8) | FC_OBJERR */
static void load_outside_a_fault_fails(struct kunit *test)
{
	unsigned long addr = map(test, &whole);

	KUNIT_EXPECT_EQ(test, devmap_load(fix.h, 0, PAGE_SIZE, DEVMAP_ACCESS, DEVMAP_READ),
			(EINVAL << 8) | 3);
	KUNIT_EXPECT_EQ(test, devmap_unload(fix.h, PAGE_SIZE, PAGE_SIZE), (EINVAL << 8) | 3);
	KUNIT_EXPECT_EQ(test, devmap_unload(NULL, 0, PAGE_SIZE), (EINVAL << 8) | 3);
	KUNIT_EXPECT_EQ(test, devmap_unload(fix.h, 0, 0), 0);
	vm_munmap(addr, PAGE_SIZE);
}

static int fix_init(struct kunit *test)
{
	struct file *file;
	int err = balance_init(test);

	if (err)
		return err;
	file = anon_inode_getfile("ddi_kunit", &fix_fops, NULL, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fix = (struct devmap_fixture) { .file = file };
	ddi_umem_alloc(TEST_LEN, DDI_UMEM_SLEEP, &fix.cookie);
	return fix.cookie ? 0 : -ENOMEM;
}

static void fix_exit(struct kunit *test)
{
	ddi_umem_free(fix.cookie);
	if (fix.file)
		fput(fix.file);
}

static struct kunit_case devmap_cases[] = {
	KUNIT_CASE_PARAM(setup_checks_its_arguments, setup_gen_params),
	KUNIT_CASE(setup_without_a_handle_fails),
	KUNIT_CASE(handle_shows_what_drivers_read),
	KUNIT_CASE(no_lock_is_held_in_the_drivers_entries),
	KUNIT_CASE(mmap_without_an_entry_fails),
	KUNIT_CASE(setup_without_an_address_space_fails),
	KUNIT_CASE(setup_for_a_foreign_file_fails),
	KUNIT_CASE(segmap_without_setup_fails),
	KUNIT_CASE(segmap_failure_after_setup_unmaps),
	KUNIT_CASE(segmap_may_change_the_offset),
	KUNIT_CASE(segmap_offset_out_of_range_is_einval),
	KUNIT_CASE_PARAM(segmap_may_change_nothing_else, segmap_gen_params),
	KUNIT_CASE(remap_takes_the_old_pages_away),
	KUNIT_CASE(setup_of_a_freed_cookie_is_misuse),
	KUNIT_CASE(fault_after_free_fails),
	KUNIT_CASE(load_outside_a_fault_fails),
	KUNIT_CASE(worn_trash_page_is_refused),
	KUNIT_CASE(pinned_page_is_held),
	KUNIT_CASE(trash_page_is_held_by_others_alone),
	KUNIT_CASE(is_held_checks_its_range),
	{ }
};

static struct kunit_suite devmap_suite = {
	.name = "ddi_devmap",
	.init = fix_init,
	.exit = fix_exit,
	.test_cases = devmap_cases,
};

kunit_test_suite(devmap_suite);
