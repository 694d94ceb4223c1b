// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there vma_set_file()? Since 5.11.
 * Fails with: implicit declaration of function|undeclared function
 */
#include <linux/mm.h>

void ddi_probe(struct vm_area_struct *vma, struct file *file);

void ddi_probe(struct vm_area_struct *vma, struct file *file)
{
	vma_set_file(vma, file);
}
