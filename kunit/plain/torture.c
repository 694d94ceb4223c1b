// SPDX-License-Identifier: GPL-2.0-only
/* torture.c - ddi_kunit.ko where there is no KUnit: the fuzzer and the stress alone */
#include <linux/module.h>

MODULE_DESCRIPTION("Fuzzer and stress of ddi.ko");
MODULE_LICENSE("GPL");
/* MODULE_IMPORT_NS(), which takes a string or a token. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
