/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.h - make allocations fail, Linux's and this module's
 *
 * That needs fault injection in the kernel; on others nothing fails, and
 * need_faults() skips the case.
 */
#ifndef _FAULTS_H
#define _FAULTS_H

#include <linux/limits.h>
#include <linux/sched.h>

#include <kunit/test.h>

#include "ddi_core/fault.h"

#if defined(CONFIG_FAULT_INJECTION) && defined(CONFIG_FAILSLAB)
/* Fail this task's @nth allocation from now on; returns how many were still to go. */
static inline unsigned int fail_nth(unsigned int nth)
{
	return xchg(&current->fail_nth, nth);
}

static inline void need_faults(struct kunit *test)
{
}

/* Of each @what of ours fail @percent from now on; returns how many failed since the last call. */
static inline unsigned int fail_percent(enum ddi_fault what, unsigned int percent)
{
	struct fault_attr *attr = &ddi_fault_attr[what];
	unsigned int failed = attr->probability ? INT_MAX - atomic_read(&attr->times) : 0;

	atomic_set(&attr->times, INT_MAX);
	attr->probability = percent;
	return failed;
}

/* Fail the next @n allocations of @what, and no other; fail_percent() ends it. */
static inline void fail_next(enum ddi_fault what, unsigned int n)
{
	fail_percent(what, 100);
	atomic_set(&ddi_fault_attr[what].times, n);
}

/* How many of them are still to go? */
static inline unsigned int fail_left(enum ddi_fault what)
{
	return atomic_read(&ddi_fault_attr[what].times);
}
#else
static inline unsigned int fail_nth(unsigned int nth)
{
	return 0;
}

static inline unsigned int fail_percent(enum ddi_fault what, unsigned int percent)
{
	return 0;
}

static inline void fail_next(enum ddi_fault what, unsigned int n)
{
}

static inline unsigned int fail_left(enum ddi_fault what)
{
	return 0;
}

static inline void need_faults(struct kunit *test)
{
	kunit_skip(test, "no fault injection in this kernel");
}
#endif

#endif /* _FAULTS_H */
