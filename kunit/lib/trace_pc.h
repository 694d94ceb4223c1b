/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_pc.h - branches of ddi.ko that were taken, for the fuzzer
 *
 * In a build with DDI_TRACE_PC=y the compiler calls trace/trace_pc.c, then a
 * part of ddi.ko, at each branch. Other builds know no places.
 */
#ifndef _DDI_TRACE_PC_H
#define _DDI_TRACE_PC_H

#include <linux/types.h>

#ifdef DDI_TRACE_PC
/* Has this thread been to places that it had not been to before the last call? */
bool ddi_trace_news(void);
/* How many places that is by now. */
unsigned int ddi_trace_places(void);
void ddi_trace_forget(void);
/* The compiler inserts calls of this. */
void __sanitizer_cov_trace_pc(void);
#else
static inline bool ddi_trace_news(void)
{
	return false;
}

static inline unsigned int ddi_trace_places(void)
{
	return 0;
}

static inline void ddi_trace_forget(void)
{
}
#endif

#endif /* _DDI_TRACE_PC_H */
