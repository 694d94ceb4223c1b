// SPDX-License-Identifier: GPL-2.0-only
/* genalloc.c - Linux's lib/genalloc.c, for this module alone */
#include <linux/export.h>
#include <linux/module.h>

#undef EXPORT_SYMBOL
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)

#include <lib/genalloc.c>
