/* SPDX-License-Identifier: GPL-2.0-only */
/* span.h - finding the ranges that an arena consists of */
#ifndef _DDI_VMEM_SPAN_H
#define _DDI_VMEM_SPAN_H

#include "ddi_vmem/segment/segment.h"

struct vmem_span *vmem_span_of(struct vmem *vm, unsigned long addr);
struct vmem_span *vmem_span_find(struct vmem *vm, unsigned long addr);
bool vmem_span_overlaps(struct vmem *vm, unsigned long start, unsigned long last);
struct vmem_seg *vmem_span_last_seg(struct vmem *vm, struct vmem_span *span);
void vmem_span_link(struct vmem *vm, struct vmem_span *span);
void vmem_span_unlink(struct vmem *vm, struct vmem_span *span);
unsigned long vmem_span_largest(struct vmem *vm);
void vmem_span_set_max(struct vmem *vm, struct vmem_span *span);
struct vmem_span *vmem_span_next_addr(struct vmem *vm, unsigned long addr,
				      unsigned long size);
struct vmem_span *vmem_span_next_seq(struct vmem *vm, u64 seq, unsigned long size);

static inline bool vmem_has_spans(const struct vmem *vm)
{
	return rb_first_cached(&vm->spans);
}

/* The lowest span of an arena that has one. */
static inline struct vmem_span *vmem_span_first(struct vmem *vm)
{
	return rb_entry(rb_first_cached(&vm->spans), struct vmem_span, by_addr);
}

#endif /* _DDI_VMEM_SPAN_H */
