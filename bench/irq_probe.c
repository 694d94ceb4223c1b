// SPDX-License-Identifier: GPL-2.0-only
/* irq_probe.c - where ddi.ko keeps how long it kept interrupts off */
#include <linux/export.h>

#include "irq_probe.h"

u64 ddi_irq_probe_begin;
int ddi_irq_probe_depth;
unsigned long ddi_irq_probe_from;
struct irq_stretch ddi_irq_probe_longest;

struct irq_stretch irq_probe_longest(void)
{
	struct irq_stretch longest = ddi_irq_probe_longest;

	ddi_irq_probe_longest.length = 0;
	return longest;
}
EXPORT_SYMBOL_GPL(irq_probe_longest);
