/* SPDX-License-Identifier: GPL-2.0-only */
/* ddi_context.h - call a function in process, softirq or hard-irq context, or under a lock */
#ifndef _DDI_CONTEXT_H
#define _DDI_CONTEXT_H

#include <kunit/test.h>

#include <linux/types.h>

enum ddi_context {
	IN_PROCESS,
	IN_SOFTIRQ,		/* a tasklet */
	IN_TIMER,		/* a softirq as well */
	IN_HARDIRQ,		/* irq_work */
	IN_HRTIMER,		/* hard-irq too, but for PREEMPT_RT */
	UNDER_SPINLOCK,
	IRQS_OFF,
	DDI_CONTEXTS
};

extern const char * const ddi_context_name[DDI_CONTEXTS];

/* PREEMPT_RT takes no sleeping spinlock with interrupts really off. */
static inline bool ddi_context_exists(enum ddi_context ctx)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || ctx != IRQS_OFF;
}

/*
 * Can a function there see that it must not sleep? On PREEMPT_RT handlers are
 * threads and a spinlock's holder may be preempted.
 */
static inline bool ddi_context_is_known_atomic(enum ddi_context ctx)
{
	return ctx != IN_PROCESS && !IS_ENABLED(CONFIG_PREEMPT_RT);
}

/* Call @fn(@arg) in that context and wait until it has returned. */
void ddi_run_in(enum ddi_context ctx, void (*fn)(void *arg), void *arg);

/* The parameter of a case that runs once in each context, for KUNIT_CASE_PARAM(). */
KUNIT_GENERATOR(ddi_next_context);

static inline enum ddi_context ddi_context_of(const struct kunit *test)
{
	return *(const enum ddi_context *)test->param_value;
}

#endif /* _DDI_CONTEXT_H */
