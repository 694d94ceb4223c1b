/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kunit/test-bug.h, with what came later
 *
 * kunit_get_current_test(): since 6.3. The shim goes with 6.1.
 */
#ifndef _DDI_COMPAT_KUNIT_TEST_BUG_H
#define _DDI_COMPAT_KUNIT_TEST_BUG_H

#include_next <kunit/test-bug.h>

#if IS_ENABLED(CONFIG_KUNIT) && !defined(DDI_HAVE_KUNIT_CURRENT_TEST)
#include <linux/sched.h>

static inline struct kunit *kunit_get_current_test(void)
{
	return current->kunit_test;
}
#endif

#endif /* _DDI_COMPAT_KUNIT_TEST_BUG_H */
