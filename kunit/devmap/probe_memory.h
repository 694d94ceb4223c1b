/* SPDX-License-Identifier: GPL-2.0-only */
/* probe_memory.h - the memory of /dev/ddi_probe, in numbered slots */
#ifndef _DDI_PROBE_MEMORY_H
#define _DDI_PROBE_MEMORY_H

#include <sys/sunddi.h>

#include <linux/mutex.h>

#include "kunit/devmap/devmap_probe.h"

extern struct mutex probe_lock;

/* NULL for a number that is no slot, too */
ddi_umem_cookie_t probe_cookie(u32 slot);

void probe_free_first(void);
void probe_memory_reset(void);

/* Commands on a slot and its memory; under probe_lock. */
void probe_memory_command(unsigned int cmd, struct probe_args *a);

/* PROBE_IOC_LOCK, without it */
void probe_lock_user(struct probe_args *a);

#endif /* _DDI_PROBE_MEMORY_H */
