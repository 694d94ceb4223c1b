// SPDX-License-Identifier: GPL-2.0-only
/* irq_probe.c - where ddi.ko keeps how long it kept interrupts off */
#include <linux/export.h>
#include <linux/minmax.h>

#include "irq_probe.h"

u64 ddi_irq_probe_begin, ddi_irq_probe_max;
int ddi_irq_probe_depth;

u64 irq_probe_longest(bool reset)
{
	u64 longest = ddi_irq_probe_max;

	if (reset)
		ddi_irq_probe_max = 0;
	return longest;
}
EXPORT_SYMBOL_GPL(irq_probe_longest);
