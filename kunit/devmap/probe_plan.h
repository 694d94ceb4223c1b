/* SPDX-License-Identifier: GPL-2.0-only */
/* probe_plan.h - what /dev/ddi_probe shall do, and its callbacks that wait */
#ifndef _DDI_PROBE_PLAN_H
#define _DDI_PROBE_PLAN_H

#include <linux/compiler.h>

#include "kunit/devmap/devmap_probe.h"

extern struct probe_plan probe_plan;

/* From the program: 0, or a negative errno. */
long probe_set_plan(const void __user *arg);
void probe_plan_reset(void);

/* Wait here, at the worst moment, as long as the plan holds calls of this kind. */
void probe_hold(u32 op);

/* Wait here until a signal comes. */
void probe_hold_until_signal(void);

/* Replace the kinds of calls that wait. */
void probe_set_hold(u32 hold);

/* Wait until a call is held: 0 if one is. */
int probe_await(void);

#endif /* _DDI_PROBE_PLAN_H */
