/* SPDX-License-Identifier: GPL-2.0-only */
/* context.h - device contexts, which handles share */
#ifndef _DDI_DEVMAP_CONTEXT_H
#define _DDI_DEVMAP_CONTEXT_H

struct devmap;
struct devmap_context;

/* @to, which nobody knows yet, is a copy of @h. */
void devmap_context_inherit(struct devmap *to, const struct devmap *h);
void devmap_context_leave(struct devmap *h);

#endif /* _DDI_DEVMAP_CONTEXT_H */
