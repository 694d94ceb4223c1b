// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a vma count its readers? Since 6.15; with CONFIG_PER_VMA_LOCK alone.
 * Fails with: no member named
 */
#include <linux/mm_types.h>
#include <linux/refcount.h>

int ddi_probe(struct vm_area_struct *vma);

int ddi_probe(struct vm_area_struct *vma)
{
	return refcount_read(&vma->vm_refcnt);
}
