// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a symbol namespace written as a string? Since 6.13.
 * Fails with: a namespace is a token
 */
#include <linux/module.h>

#undef MODULE_INFO
#define MODULE_INFO(tag, info)							\
	_Static_assert(sizeof(info) == sizeof("N"), "a namespace is a token")

MODULE_IMPORT_NS("N");
