/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/mm.h, with what came later
 *
 * vm_flags_set(), vm_flags_clear(): since 6.3. The shim goes with 6.1.
 */
#ifndef _DDI_COMPAT_LINUX_MM_H
#define _DDI_COMPAT_LINUX_MM_H

#include_next <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags &= ~flags;
}
#endif

#endif /* _DDI_COMPAT_LINUX_MM_H */
