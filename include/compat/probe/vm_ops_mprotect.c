// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a mapping asked before mprotect(2)? Since 5.11.
 * Fails with: no member named|does not refer to any field
 */
#include <linux/mm.h>

void *ddi_probe(const struct vm_operations_struct *ops);

void *ddi_probe(const struct vm_operations_struct *ops)
{
	return ops->mprotect;
}
