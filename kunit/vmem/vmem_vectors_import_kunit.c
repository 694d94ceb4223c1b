// SPDX-License-Identifier: GPL-2.0-only
/* vmem_vectors_import_kunit.c - the worked examples of arenas that import */
#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

/* T14, V64, V70, V71 */
static void t14_kid_imports_pages(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x1000);
	unsigned long a, b;

	a = take(kid, 0x1000, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	b = take(kid, 0x800, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, source_log.imports, 2);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	EXPECT_SIZES(test, kid, 0x1800, 0x800);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0x2000);
	give(kid, a, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_EQ(test, source_log.export_start, a);
	give(kid, b, 0x800);
	KUNIT_EXPECT_EQ(test, source_log.exports, 2);
	KUNIT_EXPECT_EQ(test, source_log.export_start, b);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0);
}

/* T14, V64, V70 */
static void t14_kid_of_small_quantum_shares_a_page(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 16);
	unsigned long a = take(kid, 24, VM_NOSLEEP);

	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	KUNIT_EXPECT_EQ(test, take(kid, 24, VM_NOSLEEP), a + 0x20);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
	give(kid, a, 24);
	KUNIT_EXPECT_EQ(test, source_log.exports, 0);
	give(kid, a + 0x20, 24);
	KUNIT_EXPECT_EQ(test, source_log.exports, 1);
	KUNIT_EXPECT_EQ(test, source_log.export_size, 0x1000);
}

/* T14b, V64 */
static void t14b_alignment_pads_the_import(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 16);
	unsigned long got = xtake(kid, 24, 0x4000, 0, 0, 0, 0, VM_NOSLEEP);

	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x4000);
	KUNIT_EXPECT_EQ(test, got % 0x4000, 0);
	xgive(kid, got, 24);
	got = xtake(kid, 24, 0x4000, 0x10, 0, 0, 0, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x5000);
	KUNIT_EXPECT_EQ(test, got, SOURCE_BASE + 0x10);
}

/* T14b, V64 */
static void t14b_no_import_within_bounds(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 16);

	KUNIT_EXPECT_EQ(test, xtake(kid, 24, 0, 0, 0x100, 0, 0, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(kid, 24, 0, 0, 0, 16, 0, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, xtake(kid, 24, 0, 0, 0, 0, 0x200000, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 0);
}

static vmem_t *xkid_make(struct kunit *test, vmem_t *source, vmem_ximport_t *import, int flags)
{
	return arena_keep(test, vmem_xcreate("xkid", NULL, 0, 0x1000, import, source_export,
					     source, 0, VM_SLEEP | flags));
}

/* T14c, V65, V69 */
static void t14c_import_may_enlarge(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *kid = xkid_make(test, source, source_import_double, 0);
	unsigned long got = take(kid, 0x1000, VM_NOSLEEP);

	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.import_align, 0x1000);
	EXPECT_STATE(test, kid, "A0x100000+0x1000 F0x101000+0x1000");
	give(kid, got, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.export_size, 0x2000);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0);
}

/* T14c, V64, V65 */
static void t14c_import_is_told_the_alignment(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *kid = xkid_make(test, source, source_import_double, 0);

	KUNIT_EXPECT_NE(test, xtake(kid, 0x1000, 0x8000, 0, 0, 0, 0, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x8000);
	KUNIT_EXPECT_EQ(test, source_log.import_align, 0x8000);
}

/* T14c, V65 */
static void t14c_xalign_needs_no_padding(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *kid = xkid_make(test, source, source_import_aligned, VMC_XALIGN);

	take(source, 0x1000, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, xtake(kid, 0x1000, 0x8000, 0, 0, 0, 0, VM_NOSLEEP),
			SOURCE_BASE + 0x8000);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
	KUNIT_EXPECT_EQ(test, source_log.import_align, 0x8000);
}

static unsigned long first_import(struct kunit *test, size_t qcache_max)
{
	vmem_t *source = source_make(test, 0x100000);
	vmem_t *kid = arena_keep(test, vmem_create("t14d", NULL, 0, 0x1000, source_import,
						   source_export, source, qcache_max,
						   VM_SLEEP | VMC_NO_QCACHE));

	take(kid, 0x1000, VM_NOSLEEP);
	return source_log.import_size;
}

/* T14d, V82 */
static void t14d_no_qcache_imports_in_slabs(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, first_import(test, 8 * 0x1000), 0x20000);
	KUNIT_EXPECT_EQ(test, first_import(test, 0), 0x1000);
}

/* T15, V112 */
static void t15_nextfit_pins_no_import(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid = kid_make(test, source, 0x1000);
	unsigned long a = take(kid, 0x1000, VM_NOSLEEP | VM_NEXTFIT);
	unsigned long b = take(kid, 0x1000, VM_NOSLEEP | VM_NEXTFIT);

	give(kid, a, 0x1000);
	give(kid, b, 0x1000);
	arena_close(test, kid);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0);
}

static struct kunit_case vmem_vectors_import_cases[] = {
	KUNIT_CASE(t14_kid_imports_pages),
	KUNIT_CASE(t14_kid_of_small_quantum_shares_a_page),
	KUNIT_CASE(t14b_alignment_pads_the_import),
	KUNIT_CASE(t14b_no_import_within_bounds),
	KUNIT_CASE(t14c_import_may_enlarge),
	KUNIT_CASE(t14c_import_is_told_the_alignment),
	KUNIT_CASE(t14c_xalign_needs_no_padding),
	KUNIT_CASE(t14d_no_qcache_imports_in_slabs),
	KUNIT_CASE(t15_nextfit_pins_no_import),
	{}
};

static struct kunit_suite vmem_vectors_import_suite = {
	.name = "ddi_vmem_vectors_import",
	.init = balance_init,
	.test_cases = vmem_vectors_import_cases,
};

kunit_test_suite(vmem_vectors_import_suite);
