// SPDX-License-Identifier: GPL-2.0-only
/* Never compiled: the suites that the self-test's logs must show. */

static struct kunit_suite apple_suite = {
	.name = "apple",
	.test_cases = apple_cases,
};

static struct kunit_suite pear_suite = {
	.name = "pear",
	.test_cases = pear_cases,
};

static struct kunit_suite plum_suite = {
	.name = "plum",
	.test_cases = plum_cases,
};

kunit_test_suites(&apple_suite, &pear_suite, &plum_suite);
