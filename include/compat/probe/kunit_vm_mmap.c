// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has KUnit kunit_vm_mmap()? Since 6.11.
 * Fails with: undeclared
 */
#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test.h>

extern const typeof(&kunit_vm_mmap) ddi_probed;
#endif
