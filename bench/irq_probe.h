/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq_probe.h - how long ddi.ko keeps interrupts off, in time stamps
 *
 * With DDI_IRQ_PROBE=y this is included in front of each of ddi.ko's files,
 * and what they switch interrupts off and on with takes the time. One CPU is
 * assumed, as is that sections are left in the order they were entered.
 * What the rest of the kernel does with interrupts off is not seen.
 */
#ifndef _DDI_IRQ_PROBE_H
#define _DDI_IRQ_PROBE_H

#include <linux/local_lock.h>
#include <linux/spinlock.h>
#include <linux/timex.h>
#include <linux/types.h>

#ifdef DDI_IRQ_PROBE

extern u64 ddi_irq_probe_begin, ddi_irq_probe_max;
extern int ddi_irq_probe_depth;

/* The longest stretch since this was last told to start again */
u64 irq_probe_longest(bool reset);

static __always_inline void irq_probe_off(void)
{
	if (!ddi_irq_probe_depth++)
		ddi_irq_probe_begin = get_cycles();
}

static __always_inline void irq_probe_on(void)
{
	u64 now = get_cycles();

	if (!--ddi_irq_probe_depth && now - ddi_irq_probe_begin > ddi_irq_probe_max)
		ddi_irq_probe_max = now - ddi_irq_probe_begin;
}

#ifdef DDI_IRQ_PROBE_HOOKS

static __always_inline void __probed_unlock(spinlock_t *lock, unsigned long flags)
{
	spin_unlock_irqrestore(lock, flags);
}

#undef spin_lock_irqsave
#define spin_lock_irqsave(lock, flags)						\
do {										\
	raw_spin_lock_irqsave(spinlock_check(lock), flags);			\
	irq_probe_off();							\
} while (0)
#define spin_unlock_irqrestore(lock, flags)					\
do {										\
	irq_probe_on();								\
	__probed_unlock(lock, flags);						\
} while (0)

#undef local_irq_save
#define local_irq_save(flags)							\
do {										\
	raw_local_irq_save(flags);						\
	irq_probe_off();							\
} while (0)
#undef local_irq_restore
#define local_irq_restore(flags)						\
do {										\
	irq_probe_on();								\
	raw_local_irq_restore(flags);						\
} while (0)

#endif /* DDI_IRQ_PROBE_HOOKS */

#else

static inline u64 irq_probe_longest(bool reset)
{
	return 0;
}

#endif /* DDI_IRQ_PROBE */

#endif /* _DDI_IRQ_PROBE_H */
