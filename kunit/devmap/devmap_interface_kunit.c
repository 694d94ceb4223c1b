// SPDX-License-Identifier: GPL-2.0-only
/* devmap_interface_kunit.c - what drivers that export memory compile with */
#include <sys/sunddi.h>

#include <linux/container_of.h>

#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

#define SAME_TYPE(a, b)	static_assert(__builtin_types_compatible_p(a, b))

/* U1, D4, D20, D25, D26, D28, D33, D35: prototypes to the letter */
SAME_TYPE(typeof(ddi_umem_alloc), void *(size_t, int, ddi_umem_cookie_t *));
SAME_TYPE(typeof(ddi_umem_free), void (ddi_umem_cookie_t));
SAME_TYPE(typeof(devmap_setup),
	  int (ddi_dev_t, offset_t, ddi_as_handle_t, caddr_t *, size_t, uint_t, uint_t,
	       uint_t, cred_t *));
SAME_TYPE(typeof(ddi_devmap_segmap),
	  int (ddi_dev_t, off_t, ddi_as_handle_t, caddr_t *, off_t, uint_t, uint_t,
	       uint_t, cred_t *));
SAME_TYPE(typeof(devmap_umem_setup),
	  int (devmap_cookie_t, dev_info_t *, struct devmap_callback_ctl *, ddi_umem_cookie_t,
	       offset_t, size_t, uint_t, uint_t, ddi_device_acc_attr_t *));
SAME_TYPE(typeof(devmap_umem_remap),
	  int (devmap_cookie_t, dev_info_t *, ddi_umem_cookie_t, offset_t, size_t, uint_t,
	       uint_t, ddi_device_acc_attr_t *));
SAME_TYPE(typeof(devmap_devmem_remap),
	  int (devmap_cookie_t, dev_info_t *, uint_t, offset_t, size_t, uint_t, uint_t,
	       ddi_device_acc_attr_t *));
SAME_TYPE(typeof(devmap_devmem_setup),
	  int (devmap_cookie_t, dev_info_t *, struct devmap_callback_ctl *, uint_t, offset_t,
	       size_t, uint_t, uint_t, ddi_device_acc_attr_t *));
SAME_TYPE(typeof(devmap_load), int (devmap_cookie_t, offset_t, size_t, uint_t, uint_t));
SAME_TYPE(typeof(devmap_unload), int (devmap_cookie_t, offset_t, size_t));
SAME_TYPE(typeof(devmap_default_access),
	  int (devmap_cookie_t, void *, offset_t, size_t, uint_t, uint_t));
SAME_TYPE(typeof(devmap_do_ctxmgt),
	  int (devmap_cookie_t, void *, offset_t, size_t, uint_t, uint_t,
	       int (*)(devmap_cookie_t, void *, offset_t, size_t, uint_t, uint_t)));
SAME_TYPE(typeof(devmap_set_ctx_timeout), void (devmap_cookie_t, clock_t));

/* D30 */
SAME_TYPE(typeof_member(struct devmap_callback_ctl, devmap_rev), int);
SAME_TYPE(typeof_member(struct devmap_callback_ctl, devmap_map),
	  int (*)(devmap_cookie_t, ddi_dev_t, uint_t, offset_t, size_t, void **));
SAME_TYPE(typeof_member(struct devmap_callback_ctl, devmap_access),
	  int (*)(devmap_cookie_t, void *, offset_t, size_t, uint_t, uint_t));
SAME_TYPE(typeof_member(struct devmap_callback_ctl, devmap_dup),
	  int (*)(devmap_cookie_t, void *, devmap_cookie_t, void **));
SAME_TYPE(typeof_member(struct devmap_callback_ctl, devmap_unmap),
	  void (*)(devmap_cookie_t, void *, offset_t, size_t, devmap_cookie_t, void **,
		   devmap_cookie_t, void **));

/* U20 */
SAME_TYPE(typeof_member(struct ddi_umem_cookie, size), size_t);
SAME_TYPE(typeof_member(struct ddi_umem_cookie, cvaddr), caddr_t);
SAME_TYPE(typeof_member(struct ddi_umem_cookie, type), uint_t);
SAME_TYPE(typeof_member(struct ddi_umem_cookie, locked), uint_t);
SAME_TYPE(typeof_member(struct ddi_umem_cookie, cook_refcnt), ulong_t);

struct abi_value {
	const char *name;
	unsigned int value, expected;
};

#define VALUE(name, expected)	{ #name, name, expected }

static const struct abi_value abi_values[] = {
	VALUE(DDI_UMEM_SLEEP, 0), VALUE(DDI_UMEM_NOSLEEP, 1),
	VALUE(DDI_UMEM_PAGEABLE, 2), VALUE(DDI_UMEM_TRASH, 4),
	VALUE(KMEM_PAGEABLE, 0x100), VALUE(KMEM_NON_PAGEABLE, 0x200),
	VALUE(UMEM_LOCKED, 0x400), VALUE(UMEM_TRASH, 0x800),
	VALUE(PROT_READ, 1), VALUE(PROT_WRITE, 2), VALUE(PROT_EXEC, 4),
	VALUE(PROT_USER, 8), VALUE(PROT_ALL, 0xf),
	VALUE(MAP_SHARED, 1), VALUE(MAP_PRIVATE, 2), VALUE(MAP_TYPE, 0xf),
	VALUE(MAP_FIXED, 0x10),
	VALUE(DEVMAP_DEFAULTS, 0), VALUE(DEVMAP_MAPPING_INVALID, 1),
	VALUE(DEVMAP_ALLOW_REMAP, 2), VALUE(DEVMAP_USE_PAGESIZE, 4),
	VALUE(IOMEM_DATA_CACHED, 0x10000), VALUE(IOMEM_DATA_UC_WR_COMBINE, 0x20000),
	VALUE(IOMEM_DATA_UNCACHED, 0x40000), VALUE(DEVMAP_OPS_REV, 1),
	VALUE(DEVMAP_ACCESS, 0), VALUE(DEVMAP_PROT, 1),
	VALUE(DEVMAP_LOCK, 2), VALUE(DEVMAP_UNLOCK, 3),
	VALUE(DEVMAP_OTHER, 0), VALUE(DEVMAP_READ, 1), VALUE(DEVMAP_WRITE, 2),
	VALUE(DEVMAP_EXEC, 3), VALUE(DEVMAP_CREATE, 4),
	VALUE(DDI_MODEL_MASK, 0x0ff00000), VALUE(DDI_MODEL_ILP32, 0x00100000),
	VALUE(DDI_MODEL_LP64, 0x00200000),
	VALUE(FC_HWERR, 1), VALUE(FC_ALIGN, 2), VALUE(FC_OBJERR, 3), VALUE(FC_PROT, 4),
	VALUE(FC_NOMAP, 5), VALUE(FC_NOSUPPORT, 6), VALUE(FC_MAKE_ERR(22), 0x1603),
};

/* U2, U20, D2, D10, D23, D31, D34 */
static void values_are_those_of_the_abi(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(abi_values); i++)
		KUNIT_EXPECT_EQ_MSG(test, abi_values[i].value, abi_values[i].expected,
				    "%s", abi_values[i].name);
}

/* U1, D4, D20, D25, D26, D28, D30, D33, D35: the compiler has checked the types above */
static void off_t_and_dev_t_are_as_wide_as_on_solaris(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(offset_t), 8);
	KUNIT_EXPECT_EQ(test, sizeof(ddi_dev_t), sizeof(ulong_t));
	KUNIT_EXPECT_EQ(test, sizeof(off_t), sizeof(long));
}

static struct kunit_case devmap_interface_cases[] = {
	KUNIT_CASE(values_are_those_of_the_abi),
	KUNIT_CASE(off_t_and_dev_t_are_as_wide_as_on_solaris),
	{ }
};

static struct kunit_suite devmap_interface_suite = {
	.name = "ddi_devmap_interface",
	.init = balance_init,
	.test_cases = devmap_interface_cases,
};

kunit_test_suite(devmap_interface_suite);
