/* SPDX-License-Identifier: GPL-2.0-only */
/* misuse_table.h - which objects misuse was reported of */
#ifndef _DDI_MISUSE_TABLE_H
#define _DDI_MISUSE_TABLE_H

struct dentry;

/* Count a report about @object. Any context. */
void ddi_misuse_note(const char *func, const char *object, const void *caller);

void ddi_misuse_table_init(struct dentry *root);

#endif /* _DDI_MISUSE_TABLE_H */
