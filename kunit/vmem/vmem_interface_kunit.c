// SPDX-License-Identifier: GPL-2.0-only
/* vmem_interface_kunit.c - types, values and prototypes that ported drivers compile with */
#include <sys/map.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/vmem_helpers.h"

#define SAME_TYPE(a, b)	static_assert(__builtin_types_compatible_p(a, b))

/* G1: sizes of the types, although Linux has types of the same names */
SAME_TYPE(ulong_t, unsigned long);
SAME_TYPE(uint_t, unsigned int);
SAME_TYPE(uchar_t, unsigned char);
SAME_TYPE(caddr_t, char *);
SAME_TYPE(offset_t, long long);
SAME_TYPE(minor_t, unsigned int);
SAME_TYPE(ddi_umem_cookie_t, void *);
SAME_TYPE(devmap_cookie_t, void *);

/* R1, V1: prototypes to the letter */
SAME_TYPE(typeof(rmallocmap), struct map *(size_t));
SAME_TYPE(typeof(rmallocmap_wait), struct map *(size_t));
SAME_TYPE(typeof(rmfreemap), void (struct map *));
SAME_TYPE(typeof(rmalloc), unsigned long (struct map *, size_t));
SAME_TYPE(typeof(rmalloc_wait), unsigned long (struct map *, size_t));
SAME_TYPE(typeof(rmfree), void (struct map *, size_t, ulong_t));
SAME_TYPE(vmem_alloc_t, void *(vmem_t *, size_t, int));
SAME_TYPE(vmem_free_t, void (vmem_t *, void *, size_t));
SAME_TYPE(vmem_ximport_t, void *(vmem_t *, size_t *, size_t, int));
SAME_TYPE(typeof(vmem_alloc), vmem_alloc_t);
SAME_TYPE(typeof(vmem_free), vmem_free_t);
SAME_TYPE(typeof(vmem_xfree), vmem_free_t);
SAME_TYPE(typeof(vmem_add), void *(vmem_t *, void *, size_t, int));
SAME_TYPE(typeof(vmem_xalloc),
	  void *(vmem_t *, size_t, size_t, size_t, size_t, void *, void *, int));
SAME_TYPE(typeof(vmem_contains), int (vmem_t *, void *, size_t));
SAME_TYPE(typeof(vmem_walk), void (vmem_t *, int, void (*)(void *, void *, size_t), void *));
SAME_TYPE(typeof(vmem_size), size_t (vmem_t *, int));
SAME_TYPE(typeof(vmem_destroy), void (vmem_t *));
SAME_TYPE(typeof(vmem_qcache_reap), void (vmem_t *));

struct flag_value {
	const char *name;
	unsigned int value, expected;
};

static const struct flag_value flag_values[] = {
	{ "VM_SLEEP", VM_SLEEP, 0 },
	{ "VM_NOSLEEP", VM_NOSLEEP, 1 },
	{ "VM_PANIC", VM_PANIC, 2 },
	{ "VM_PUSHPAGE", VM_PUSHPAGE, 4 },
	{ "VM_NORMALPRI", VM_NORMALPRI, 8 },
	{ "VM_KMFLAGS", VM_KMFLAGS, 0xff },
	{ "VM_BESTFIT", VM_BESTFIT, 0x100 },
	{ "VM_FIRSTFIT", VM_FIRSTFIT, 0x200 },
	{ "VM_NEXTFIT", VM_NEXTFIT, 0x400 },
	{ "VM_MEMLOAD", VM_MEMLOAD, 0x800 },
	{ "VM_NORELOC", VM_NORELOC, 0x1000 },
	{ "VM_ABORT", VM_ABORT, 0x2000 },
	{ "VM_ENDALLOC", VM_ENDALLOC, 0x4000 },
	{ "VM_FLAGS", VM_FLAGS, 0xffff },
	{ "VMC_POPULATOR", VMC_POPULATOR, 0x10000 },
	{ "VMC_NO_QCACHE", VMC_NO_QCACHE, 0x20000 },
	{ "VMC_IDENTIFIER", VMC_IDENTIFIER, 0x40000 },
	{ "VMC_XALLOC", VMC_XALLOC, 0x80000 },
	{ "VMC_XALIGN", VMC_XALIGN, 0x100000 },
	{ "VMC_DUMPSAFE", VMC_DUMPSAFE, 0x200000 },
	{ "VMC_FLAGS", VMC_FLAGS, 0xffff0000 },
	{ "VMEM_ALLOC", VMEM_ALLOC, 1 },
	{ "VMEM_FREE", VMEM_FREE, 2 },
	{ "VMEM_SPAN", VMEM_SPAN, 0x10 },
	{ "VMEM_ROTOR", VMEM_ROTOR, 0x20 },
	{ "VMEM_WALKER", VMEM_WALKER, 0x40 },
	{ "VMEM_REENTRANT", VMEM_REENTRANT, 0x80000000 },
};

KUNIT_ARRAY_PARAM_DESC(flag_value, flag_values, name);

/* V2, V3, V4 */
static void flag_has_its_abi_value(struct kunit *test)
{
	const struct flag_value *p = test->param_value;

	KUNIT_EXPECT_EQ(test, p->value, p->expected);
}

/* G1, G3; R1 and V1 are checked by the compiler, above */
static void types_have_their_sizes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(offset_t), 8);
	KUNIT_EXPECT_EQ(test, sizeof(size_t), sizeof(ulong_t));
	KUNIT_EXPECT_EQ(test, B_FALSE, 0);
	KUNIT_EXPECT_EQ(test, B_TRUE, 1);
	KUNIT_EXPECT_EQ(test, DDI_SUCCESS, 0);
	KUNIT_EXPECT_EQ(test, DDI_FAILURE, -1);
}

/* G7 */
static void functions_pass_as_values(struct kunit *test)
{
	unsigned long (*get)(struct map *, size_t) = test->param_value ? rmalloc_wait : rmalloc;
	vmem_t *source = arena_make(test, 0x1000, 0x10000, 0x1000);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, 16, vmem_alloc, vmem_free,
						   source, 0, VM_SLEEP));
	vmem_t *xkid = arena_keep(test, vmem_create("kid", NULL, 0, 16, vmem_alloc, vmem_xfree,
						    source, 0, VM_SLEEP));

	KUNIT_EXPECT_PTR_EQ(test, get, &rmalloc);
	KUNIT_EXPECT_NE(test, take(kid, 100, VM_NOSLEEP), 0);
	KUNIT_EXPECT_NE(test, take(xkid, 100, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0x2000);
	arena_clear(kid);
	arena_clear(xkid);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0);
}

/* V5 */
static void sleep_with_nosleep_does_not_sleep(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_SLEEP | VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP | VM_PUSHPAGE), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP + VM_FIRSTFIT), 0);
}

/* V2, V6 */
static void unknown_bits_are_ignored(struct kunit *test)
{
	int ignored = VM_MEMLOAD | VM_NORELOC | 0xf0 | 0x8000 | 0x80000000;
	vmem_t *vm = arena_make(test, 1, 10, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 4, VM_NOSLEEP | VM_NORMALPRI | ignored), 1);
	KUNIT_EXPECT_EQ(test, xtake(vm, 6, 0, 0, 0, 0, 0, VM_NOSLEEP | ignored), 5);
	KUNIT_EXPECT_EQ(test, take(vm, 1, VM_NOSLEEP | ignored), 0);
}

static struct kunit_case vmem_interface_cases[] = {
	KUNIT_CASE_PARAM(flag_has_its_abi_value, flag_value_gen_params),
	KUNIT_CASE(types_have_their_sizes),
	KUNIT_CASE(functions_pass_as_values),
	KUNIT_CASE(sleep_with_nosleep_does_not_sleep),
	KUNIT_CASE(unknown_bits_are_ignored),
	{}
};

static struct kunit_suite vmem_interface_suite = {
	.name = "ddi_interface",
	.init = balance_init,
	.test_cases = vmem_interface_cases,
};

kunit_test_suite(vmem_interface_suite);
