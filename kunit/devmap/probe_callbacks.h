/* SPDX-License-Identifier: GPL-2.0-only */
/* probe_callbacks.h - the callbacks of /dev/ddi_probe: good, careless and hostile */
#ifndef _DDI_PROBE_CALLBACKS_H
#define _DDI_PROBE_CALLBACKS_H

#include <sys/sunddi.h>

#include <linux/types.h>

/* The device that all mappings are of */
#define PROBE_DEV	((ddi_dev_t)0x4200000007UL)

/*
 * The callbacks that the plan asks for. With @own_access the piece gets a
 * devmap_access(9E) that no other piece has.
 */
struct devmap_callback_ctl probe_callbacks(bool own_access);

/* A mapping begins: probe_plan.fault_at counts from here. */
void probe_callbacks_begin(void);
void probe_callbacks_reset(void);

#endif /* _DDI_PROBE_CALLBACKS_H */
