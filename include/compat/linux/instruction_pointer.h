/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/instruction_pointer.h: since 5.19; before, linux/kernel.h has what is in it. The shim goes
 * with 5.18.
 */
#ifndef _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H
#define _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H

#ifdef __CHECKER__	/* sparse does not know the question below */
#include_next <linux/instruction_pointer.h>
#elif __has_include_next(<linux/instruction_pointer.h>)
#include_next <linux/instruction_pointer.h>
#else
#include <linux/kernel.h>
#endif

#endif /* _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H */
