/* SPDX-License-Identifier: GPL-2.0-only */
/* ddi/umem.h - ddi_umem_alloc() memory for Linux drivers without devmap(9E) */
#ifndef _DDI_UMEM_H
#define _DDI_UMEM_H

#include <sys/ddidevmap.h>

struct vm_area_struct;

/**
 * ddi_umem_mmap() - map a cookie's memory, or a part of it, into a process
 * @cookie: from ddi_umem_alloc(), or made by the driver
 * @vma: the mapping, which must be shared; its own offset is not looked at
 * @offset: where in the object the mapping begins, in bytes, page-aligned
 *
 * For use in the mmap operation of a struct file_operations:
 *
 *	return ddi_umem_mmap(xx->cookie, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
 *
 * Pages are entered on first touch. Children of fork(2) share the mapping.
 * It may be unmapped in pieces and moved, but not grown. After
 * ddi_umem_free() pages that were not touched yet raise SIGBUS.
 *
 * Context: Process context, within the mmap operation.
 * Return: 0 or a negative errno: EINVAL for a private mapping, a NULL cookie,
 *	or an offset that is negative or not page-aligned; ENXIO for a range
 *	that does not lie inside the object; ENOMEM.
 */
int ddi_umem_mmap(ddi_umem_cookie_t cookie, struct vm_area_struct *vma,
		  offset_t offset);

#endif /* _DDI_UMEM_H */
