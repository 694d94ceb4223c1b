// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there hrtimer_setup()? Since 6.13.
 * Fails with: hrtimer_setup
 */
#include <linux/hrtimer.h>

void *ddi_probe(void);

void *ddi_probe(void)
{
	return hrtimer_setup;
}
