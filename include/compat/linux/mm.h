/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/mm.h, with what came later
 *
 * vma_set_file(), vm_operations_struct's mprotect: since 5.11.
 * page_folio(), folio_try_get(): since 5.16.
 * release_pages(): here since 6.0, in linux/pagemap.h before.
 * vm_flags_set(), vm_flags_clear(): since 6.3.
 * vmf_insert_mixed(): takes a number since 6.17, a structure before.
 * FAULT_FLAG_VMA_LOCK: since 6.4.
 * __uninitialized: in linux/compiler_attributes.h of new stable releases of all of them.
 * Each shim goes with the kernel before that.
 * vma_is_leaving(), vma_below(): Linux has no names for them that all these
 * versions know.
 */
#ifndef _DDI_COMPAT_LINUX_MM_H
#define _DDI_COMPAT_LINUX_MM_H

#include_next <linux/mm.h>
#include <linux/pagemap.h>

/* Once it was called, mmap must not fail: 5.10 would put the file once more. */
#ifndef DDI_HAVE_VMA_SET_FILE
#include <linux/file.h>

static inline void vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	get_file(file);
	swap(vma->vm_file, file);
	fput(file);
}
#endif

/* Where mprotect(2) does not ask the mapping, the VM_MAY* flags of the vma decide. */
#ifdef DDI_HAVE_VM_OPS_MPROTECT
#define VM_OPS_MPROTECT(function)	.mprotect = (function),
#define VM_OPS_HAS_MPROTECT		true
#else
#define VM_OPS_MPROTECT(function)
#define VM_OPS_HAS_MPROTECT		false
#endif

/* Without it, a kernel that clears all variables on the stack clears this one, too. */
#ifndef __uninitialized
#define __uninitialized
#endif

#ifndef page_folio
#define page_folio(page)	compound_head(page)
#define folio_try_get(head)	get_page_unless_zero(head)
#endif

#ifndef DDI_HAVE_VM_FLAGS_SET
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

#ifdef __CHECKER__
#include <linux/pfn_t.h>
#elif __has_include("linux/pfn_t.h")
#include <linux/pfn_t.h>
#endif

#ifdef _LINUX_PFN_T_H_
#define vmf_insert_mixed(vma, addr, pfn) \
	vmf_insert_mixed(vma, addr, __pfn_to_pfn_t(pfn, 0))
#endif

#ifndef DDI_HAVE_FAULT_VMA_LOCK
#define FAULT_FLAG_VMA_LOCK	0
#endif

/*
 * Is the vma being unmapped, although the process's tree still has it? That happens
 * where a new mapping replaces it, from 6.12 on. Without per-vma locks Linux keeps no
 * mark of it, and the answer is no.
 */
static inline bool vma_is_leaving(const struct vm_area_struct *vma)
{
#if defined(DDI_HAVE_VMA_REFCNT)
	return !refcount_read(&vma->vm_refcnt);
#elif defined(DDI_HAVE_VMA_DETACHED)
	return vma->detached;
#else
	return false;
#endif
}

/* The vma below one that has left the process's tree, or NULL. */
static inline struct vm_area_struct *vma_below(const struct vm_area_struct *vma)
{
#ifdef DDI_HAVE_VMA_TREE
	MA_STATE(mas, &vma->vm_mm->mm_mt, vma->vm_start, vma->vm_start);

	return mas_prev(&mas, 0);
#else
	return vma->vm_prev;
#endif
}

#endif /* _DDI_COMPAT_LINUX_MM_H */
