// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_pc.c - records the branches that one thread takes in ddi.ko
 *
 * A place is a pair of branches that came one after the other, hashed into a
 * bit map. Part of ddi.ko in builds with DDI_TRACE_PC=y; not instrumented
 * itself.
 */
#include "kunit/lib/trace_pc.h"

#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/instruction_pointer.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "ddi_core/core.h"

#define PLACE_BITS	16

static DECLARE_BITMAP(been, BIT(PLACE_BITS));
static struct task_struct *tracer;
static unsigned long last;
static unsigned int places, told;

/* The compiler calls this. */
void notrace __sanitizer_cov_trace_pc(void)
{
	unsigned long pc = _RET_IP_;

	if (current != tracer || !in_task())
		return;
	places += !__test_and_set_bit(hash_long(pc ^ last << 1, PLACE_BITS), been);
	last = pc;
}

bool ddi_trace_news(void)
{
	bool news = places != told;

	tracer = current;
	told = places;
	return news;
}

DDI_EXPORT_FOR_KUNIT(ddi_trace_news);

unsigned int ddi_trace_places(void)
{
	return places;
}

DDI_EXPORT_FOR_KUNIT(ddi_trace_places);

void ddi_trace_forget(void)
{
	bitmap_zero(been, BIT(PLACE_BITS));
	places = 0;
	told = 0;
}

DDI_EXPORT_FOR_KUNIT(ddi_trace_forget);
