/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/export.h, with one way to write a namespace
 *
 * EXPORT_SYMBOL_NS_GPL() takes a string since 6.13, a token before, which no
 * macro can make of a string. The shim goes with 6.12.
 */
#ifndef _DDI_COMPAT_LINUX_EXPORT_H
#define _DDI_COMPAT_LINUX_EXPORT_H

#include_next <linux/export.h>

#ifdef DDI_HAVE_NAMESPACE_STRINGS
#define EXPORT_SYMBOL_NS_TOKEN_GPL(sym, ns)	EXPORT_SYMBOL_NS_GPL(sym, #ns)
#else
#define EXPORT_SYMBOL_NS_TOKEN_GPL(sym, ns)	EXPORT_SYMBOL_NS_GPL(sym, ns)
#endif

#endif /* _DDI_COMPAT_LINUX_EXPORT_H */
