// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a generator of KUnit's parameters get the test? Since 6.18.
 * Fails with: incompatible (function )?pointer type|no member named
 */
#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/test.h>

const void *ddi_probe_generator(struct kunit *test, const void *prev, char *desc);

const struct kunit_case ddi_probed = { .generate_params = ddi_probe_generator };
#endif
