// SPDX-License-Identifier: GPL-2.0-only
/*
 * module_exit_kunit.c - objects that a driver has not destroyed at its exit
 *
 * Here the driver is this module, which tells ddi.ko that it is unloaded and is
 * not. make lifecycle unloads a real one.
 */
#include <sys/map.h>
#include <sys/sunddi.h>

#include <linux/module.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

/* G5: an arena, a map and a cookie are a mistake each, once */
static void each_object_left_is_reported_once(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	struct map *mp = rmallocmap_wait(1);
	unsigned long before = ddi_misuse_count();
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	ddi_module_goes(THIS_MODULE);
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - before, 3);
	ddi_module_goes(THIS_MODULE);
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - before, 3);
	ddi_umem_free(cookie);
	rmfreemap(mp);
	EXPECT_STATE(test, vm, "F1+100");
}

/* G5: memory that one module freed and another reuses belongs to the other */
static void object_left_after_a_report_is_reported(struct kunit *test)
{
	ddi_umem_cookie_t cookie;

	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	EXPECT_MISUSE(test, ddi_module_goes(THIS_MODULE));
	ddi_umem_free(cookie);
	ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	EXPECT_MISUSE(test, ddi_module_goes(THIS_MODULE));
	ddi_umem_free(cookie);
}

static void object_of_another_module_is_not_reported(struct kunit *test)
{
	struct module *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 16);

	KUNIT_ASSERT_NOT_NULL(test, other);
	EXPECT_NO_MISUSE(test, ddi_module_goes(other));
	KUNIT_EXPECT_NE(test, take(kid, 1, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
}

static void expect_cut_off(struct kunit *test, vmem_t *source, vmem_t *kid)
{
	unsigned long at = take(kid, 0x800, VM_NOSLEEP), imports;

	KUNIT_EXPECT_NE(test, at, 0);
	imports = source_log.imports;
	ddi_module_goes(THIS_MODULE);
	/* Imported space is still allocated from; nothing is imported or exported. */
	KUNIT_EXPECT_EQ(test, take(kid, 0x800, VM_NOSLEEP), at + 0x800);
	KUNIT_EXPECT_EQ(test, take(kid, 0x1000, VM_NOSLEEP), 0);
	xgive(kid, at, 0x800);
	xgive(kid, at + 0x800, 0x800);
	KUNIT_EXPECT_EQ(test, source_log.imports, imports);
	KUNIT_EXPECT_EQ(test, source_log.exports, 0);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0x1000);
	KUNIT_EXPECT_TRUE(test, vmem_verify(kid));
	EXPECT_NO_MISUSE(test, arena_close(test, kid));
	xgive(source, SOURCE_BASE, 0x1000);
}

/* G5, V112: functions whose code is gone are not called, at destroy neither */
static void import_function_of_an_unloaded_module_is_not_called(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);

	expect_cut_off(test, source, kid_make(test, source, 16));
}

static void ximport_function_of_an_unloaded_module_is_not_called(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	vmem_t *kid = vmem_xcreate("left", NULL, 0, 16, source_import_aligned, source_export,
				   source, 0, VM_SLEEP);

	expect_cut_off(test, source, arena_keep(test, kid));
}

static struct kunit_case leave_cases[] = {
	KUNIT_CASE(each_object_left_is_reported_once),
	KUNIT_CASE(object_left_after_a_report_is_reported),
	KUNIT_CASE(object_of_another_module_is_not_reported),
	KUNIT_CASE(import_function_of_an_unloaded_module_is_not_called),
	KUNIT_CASE(ximport_function_of_an_unloaded_module_is_not_called),
	{}
};

static struct kunit_suite leave_suite = {
	.name = "ddi_module_exit",
	.init = balance_init,
	.test_cases = leave_cases,
};

kunit_test_suite(leave_suite);
