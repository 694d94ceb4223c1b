/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/mm.h, with what came later
 *
 * vm_flags_set(), vm_flags_clear(): since 6.3. The shim goes with 6.1.
 * vma_is_leaving(): Linux has no name for it that all these versions know.
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

/*
 * Is it being unmapped, though the process's tree still has it? Only where a
 * new mapping replaces it, and not before 6.12. Without per-vma locks nothing
 * tells.
 */
static inline bool vma_is_leaving(const struct vm_area_struct *vma)
{
#ifndef CONFIG_PER_VMA_LOCK
	return false;
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	return vma->detached;
#else
	return !refcount_read(&vma->vm_refcnt);
#endif
}

#endif /* _DDI_COMPAT_LINUX_MM_H */
