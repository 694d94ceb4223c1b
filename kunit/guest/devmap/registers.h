/* SPDX-License-Identifier: GPL-2.0-only */
/* registers.h - a device with registers, for the cases about them */
#ifndef _DDI_GUEST_REGISTERS_H
#define _DDI_GUEST_REGISTERS_H

#include "guest.h"

/* The device's own view of PROBE_REGS. */
u8 reg_peek(u64 off);
void reg_poke(u64 off, u8 value);
/* The first byte of each page is 30 and so on. */
void mark_registers(void);
void remove_device(void);

/* One handle that shows a register set from its beginning. */
struct probe_plan plan_of(u32 set, u32 flags);
/* All of PROBE_REGS, marked; pages from @from to @to as seen there. */
u8 *four_pages(u32 flags);
void expect_registers(u8 *p, int from, int to);
/* So that they are entered again. */
void lose_translations(u8 *p, size_t len);

/* Handle 1 shows others. */
long long remap_to_registers(u32 set, u64 off, u64 len);

#endif /* _DDI_GUEST_REGISTERS_H */
