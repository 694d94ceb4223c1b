/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq_probe.h - how long ddi.ko keeps interrupts off, in time stamps
 *
 * With DDI_IRQ_PROBE=y this is included before each of ddi.ko's files, and
 * replaces the macros that switch interrupts off and on by ones that take the
 * time. It assumes one CPU, and sections that are left in the order in which they
 * were entered. It does not see the rest of the kernel.
 */
#ifndef _DDI_IRQ_PROBE_H
#define _DDI_IRQ_PROBE_H

#include <linux/instruction_pointer.h>
#include <linux/local_lock.h>
#include <linux/spinlock.h>
#include <linux/timex.h>
#include <linux/types.h>

/**
 * struct irq_stretch - a stretch of code with interrupts off
 * @length: in time stamps
 * @from: where they were switched off
 * @to: where they were switched on
 */
struct irq_stretch {
	u64 length;
	unsigned long from;
	unsigned long to;
};

#ifdef DDI_IRQ_PROBE

extern u64 ddi_irq_probe_begin;
extern int ddi_irq_probe_depth;
extern unsigned long ddi_irq_probe_from;
extern struct irq_stretch ddi_irq_probe_longest;

/* The longest stretch since this was last called */
struct irq_stretch irq_probe_longest(void);

static __always_inline void irq_probe_off(void)
{
	if (ddi_irq_probe_depth++)
		return;
	ddi_irq_probe_from = _THIS_IP_;
	ddi_irq_probe_begin = get_cycles();
}

static __always_inline void irq_probe_on(void)
{
	u64 length = get_cycles() - ddi_irq_probe_begin;

	if (!--ddi_irq_probe_depth && length > ddi_irq_probe_longest.length)
		ddi_irq_probe_longest = (struct irq_stretch){
			length, ddi_irq_probe_from, _THIS_IP_
		};
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

static inline struct irq_stretch irq_probe_longest(void)
{
	return (struct irq_stretch){ 0 };
}

#endif /* DDI_IRQ_PROBE */

#endif /* _DDI_IRQ_PROBE_H */
