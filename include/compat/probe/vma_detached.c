// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a vma say that it is detached? From 6.4 to 6.14; with CONFIG_PER_VMA_LOCK
 * alone.
 * Fails with: no member named
 */
#include <linux/mm_types.h>

bool ddi_probe(struct vm_area_struct *vma);

bool ddi_probe(struct vm_area_struct *vma)
{
	return vma->detached;
}
