// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has KUnit kunit_get_current_test()? Since 6.3.
 * Fails with: undeclared
 */
#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test-bug.h>

extern const typeof(&kunit_get_current_test) ddi_probed;
#endif
