// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap_handles_kunit.c - mappings whose driver makes a handle for each page
 *
 * Every case ends with the check that all handles have gone back to Linux.
 */
#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

/* More than are made in one go. */
#define PAGES	70
#define LEN	(PAGES * PAGE_SIZE)

/* The devmap(9E) entry does one of these when it is called for handle number .at. */
enum { NOTHING, FAIL, NO_SETUP, TOO_FAR, OWN_ACCESS, FREE, THE_REST };

static struct {
	struct file *file;
	ddi_umem_cookie_t cookie[2];
	unsigned int cookies;	/* shown by turns */
	unsigned int at;
	int what;
	unsigned int calls;
	int result;
} pieces;

static struct umem *pieces_umem(unsigned int i)
{
	return container_of(pieces.cookie[i], struct umem, cookie);
}

static int pieces_setup(devmap_cookie_t dhp, unsigned int n, int what)
{
	struct devmap_callback_ctl cb = { .devmap_rev = DEVMAP_OPS_REV };
	offset_t off = what == TOO_FAR ? LEN : n * PAGE_SIZE;

	if (what == OWN_ACCESS)
		cb.devmap_access = devmap_default_access;
	pieces.result = devmap_umem_setup(dhp, NULL, &cb, pieces.cookie[n % pieces.cookies], off,
					  PAGE_SIZE, PROT_ALL, 0, NULL);
	return pieces.result;
}

static int pieces_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
			 size_t *maplen, uint_t model)
{
	unsigned int n = pieces.calls++;
	int what = n == pieces.at ? pieces.what : NOTHING;

	*maplen = what == THE_REST ? len : PAGE_SIZE;
	if (what == FAIL)
		return 1;
	if (what == NO_SETUP)
		return 0;
	if (what == FREE)
		ddi_umem_free(pieces.cookie[0]);
	return pieces_setup(dhp, n, what);
}

static const struct ddi_devmap_ops pieces_ops = { .devmap = pieces_devmap };

static int pieces_mmap(struct file *file, struct vm_area_struct *vma)
{
	return ddi_devmap_mmap(file, vma, (ddi_dev_t)1, &pieces_ops);
}

static const struct file_operations pieces_fops = { .mmap = pieces_mmap };

static long pieces_map(struct kunit *test, unsigned int at, int what)
{
	pieces.calls = 0;
	pieces.at = at;
	pieces.what = what;
	return kunit_vm_mmap(test, pieces.file, 0, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
}

/* D6, D20, D12: each handle may be the last one, and nothing shows the object then */
static void mmap_may_fail_at_each_handle(struct kunit *test)
{
	static const struct { int what; long err; } faults[] = {
		{ FAIL, -ENXIO }, { NO_SETUP, -ENXIO }, { TOO_FAR, -ENXIO },
		{ OWN_ACCESS, -EOPNOTSUPP },
	};
	unsigned int i, at;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		/* The first handle may have any devmap_access(9E). */
		for (at = faults[i].what == OWN_ACCESS; at < PAGES; at++) {
			KUNIT_EXPECT_EQ(test, pieces_map(test, at, faults[i].what),
					faults[i].err);
			KUNIT_EXPECT_EQ(test, pieces.calls, at + 1);
		}
	}
	KUNIT_EXPECT_EQ(test, refcount_read(&pieces_umem(0)->refs), 1);
}

/* D8: what was expected to come does not: one handle has all the rest */
static void handle_may_have_all_the_rest(struct kunit *test)
{
	unsigned int at;
	long addr;

	for (at = 0; at < PAGES; at++) {
		addr = pieces_map(test, at, THE_REST);
		KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
		KUNIT_EXPECT_EQ(test, pieces.calls, at + 1);
		KUNIT_EXPECT_EQ(test, refcount_read(&pieces_umem(0)->refs), at + 2);
		vm_munmap(addr, LEN);
	}
	KUNIT_EXPECT_EQ(test, refcount_read(&pieces_umem(0)->refs), 1);
}

/* U22: the object that the handle before shows was freed meanwhile */
static void cookie_freed_between_handles_is_misuse(struct kunit *test)
{
	unsigned int at;

	for (at = 1; at < PAGES; at += 23) {
		EXPECT_MISUSE(test, KUNIT_EXPECT_EQ(test, pieces_map(test, at, FREE), -ENXIO));
		KUNIT_EXPECT_EQ(test, pieces.calls, at + 1);
		KUNIT_EXPECT_EQ(test, pieces.result, -1);
		KUNIT_ASSERT_NOT_NULL(test, ddi_umem_alloc(LEN, DDI_UMEM_SLEEP,
							   &pieces.cookie[0]));
	}
}

/* U10: each handle shows what it was set up with */
static void handles_show_two_objects_by_turns(struct kunit *test)
{
	unsigned int i;
	long addr;
	u8 byte;

	pieces.cookies = 2;
	memset(pieces_umem(0)->addr, 1, LEN);
	memset(pieces_umem(1)->addr, 2, LEN);
	addr = pieces_map(test, 0, NOTHING);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&pieces_umem(i)->refs), 1 + PAGES / 2);
	for (i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_EQ(test, get_user(byte, (u8 __user *)addr + i * PAGE_SIZE), 0);
		KUNIT_EXPECT_EQ(test, byte, 1 + i % 2);
	}
	vm_munmap(addr, LEN);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&pieces_umem(i)->refs), 1);
}

static int pieces_init(struct kunit *test)
{
	int err = balance_init(test);
	unsigned int i;

	if (err)
		return err;
	pieces.file = anon_inode_getfile("ddi_kunit", &pieces_fops, NULL, O_RDWR);
	if (IS_ERR(pieces.file))
		return PTR_ERR(pieces.file);
	for (i = 0; i < 2; i++)
		ddi_umem_alloc(LEN, DDI_UMEM_SLEEP, &pieces.cookie[i]);
	pieces.cookies = 1;
	return 0;
}

static void pieces_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		ddi_umem_free(pieces.cookie[i]);
	if (!IS_ERR_OR_NULL(pieces.file))
		fput(pieces.file);
}

static struct kunit_case pieces_cases[] = {
	KUNIT_CASE(mmap_may_fail_at_each_handle),
	KUNIT_CASE(handle_may_have_all_the_rest),
	KUNIT_CASE(cookie_freed_between_handles_is_misuse),
	KUNIT_CASE(handles_show_two_objects_by_turns),
	{ }
};

static struct kunit_suite pieces_suite = {
	.name = "ddi_devmap_handles",
	.init = pieces_init,
	.exit = pieces_exit,
	.test_cases = pieces_cases,
};

kunit_test_suite(pieces_suite);
