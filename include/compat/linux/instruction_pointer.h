/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/instruction_pointer.h: since 5.19; before, linux/kernel.h has what is in it. The shim goes
 * with 5.18.
 */
#ifndef _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H
#define _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H

#if __has_include_next(<linux/instruction_pointer.h>)
#include_next <linux/instruction_pointer.h>
#else
#include <linux/kernel.h>
#endif

#endif /* _DDI_COMPAT_LINUX_INSTRUCTION_POINTER_H */
