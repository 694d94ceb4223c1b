/* SPDX-License-Identifier: GPL-2.0-only */
/* report.h - arenas in debugfs, and vmem_verify() */
#ifndef _DDI_VMEM_REPORT_H
#define _DDI_VMEM_REPORT_H

#include "ddi_vmem/vmem_impl.h"

struct seq_file;

/* stats.c */
void vmem_show_pointer(struct seq_file *m, const void *p);
void vmem_debugfs_init(void);

/* debugfs_segments.c */
void vmem_debugfs_segments_init(void);

/* verify.c */
bool vmem_verify(struct vmem *vm);

#endif /* _DDI_VMEM_REPORT_H */
