// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there vm_flags_set()? Since 6.3.
 * Fails with: implicit declaration of function|undeclared function
 */
#include <linux/mm.h>

void ddi_probe(struct vm_area_struct *vma);

void ddi_probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
}
