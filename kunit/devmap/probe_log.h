/* SPDX-License-Identifier: GPL-2.0-only */
/* probe_log.h - what /dev/ddi_probe remembers: numbers of its handles, its calls */
#ifndef _DDI_PROBE_LOG_H
#define _DDI_PROBE_LOG_H

#include <ddi/devmap.h>
#include <sys/sunddi.h>

#include "kunit/devmap/devmap_probe.h"

/* Handles have the numbers from 1 to this, less one. */
#define PROBE_NUMBERS	1025

/* The number of @dhp, which gets one; 0 for NULL. */
u32 probe_number(devmap_cookie_t dhp);

/* The handle that has the number; NULL if it has gone, and for 0. */
devmap_cookie_t probe_handle(u32 number);

/* The memory of @dhp may become another handle. */
void probe_forget(devmap_cookie_t dhp);

/* Add @e, with the numbers of @dhp and of new handles, which may be NULL. */
void probe_record(devmap_cookie_t dhp, struct probe_event e,
		  devmap_cookie_t new1, devmap_cookie_t new2);

/* Copy the log to the program, and empty it: 0, or a negative errno. */
long probe_take_log(void __user *arg);

void probe_log_reset(void);

#endif /* _DDI_PROBE_LOG_H */
