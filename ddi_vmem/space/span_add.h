/* SPDX-License-Identifier: GPL-2.0-only */
/* span_add.h - adding, extending and removing spans */
#ifndef _DDI_VMEM_SPAN_ADD_H
#define _DDI_VMEM_SPAN_ADD_H

#include "ddi_vmem/segment/segment.h"

struct vmem_seg *vmem_span_insert(struct vmem *vm, struct vmem_span *span,
				  unsigned long start, unsigned long size,
				  bool imported);
void vmem_span_remove(struct vmem *vm, struct vmem_span *span);
struct vmem_span *vmem_span_idle(struct vmem *vm, struct vmem_seg *seg);
struct vmem_span *vmem_collect_idle(struct vmem *vm, struct vmem_seg *seg,
				    struct vmem_span *idle);
struct vmem_seg *vmem_seams_close(struct vmem *vm, struct vmem_seg *seg);
bool vmem_span_extend(struct vmem *vm, unsigned long start, unsigned long size,
		      struct vmem_span **gone, unsigned long *irqflags);

#endif /* _DDI_VMEM_SPAN_ADD_H */
