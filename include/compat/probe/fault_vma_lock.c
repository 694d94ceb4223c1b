// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there FAULT_FLAG_VMA_LOCK? Since 6.4.
 * Fails with: undeclared
 */
#include <linux/mm.h>

unsigned int ddi_probe(void);

unsigned int ddi_probe(void)
{
	return FAULT_FLAG_VMA_LOCK;
}
