/* SPDX-License-Identifier: GPL-2.0-only */
/* probe_registers.h - the devices behind /dev/ddi_probe */
#ifndef _DDI_PROBE_REGISTERS_H
#define _DDI_PROBE_REGISTERS_H

#include <sys/sunddi.h>

struct ddi_register_set;

int probe_regs_init(void);
void probe_regs_exit(void);
void probe_regs_reset(void);

/* Where set PROBE_REGS... is: 0, or an errno of the driver's Linux half. */
int probe_regs_find(uint_t rnumber, struct ddi_register_set *set);

/* A byte of the registers, as the device sees it. */
u8 *probe_regs_at(size_t off);

/* The device of PROBE_REGS goes, and comes back. */
void probe_regs_remove(void);
void probe_regs_return(void);

#endif /* _DDI_PROBE_REGISTERS_H */
