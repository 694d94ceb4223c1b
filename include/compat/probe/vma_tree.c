// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are the vmas of a process in a maple tree? Since 6.1.
 * Fails with: no member named
 */
#include <linux/mm_types.h>

void *ddi_probe(struct mm_struct *mm);

void *ddi_probe(struct mm_struct *mm)
{
	return &mm->mm_mt;
}
