/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations of ours that can be made to fail, for tests */
#ifndef _DDI_FAULT_H
#define _DDI_FAULT_H

#include <linux/gfp_types.h>
#include <linux/types.h>

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
#include <linux/fault-inject.h>
#endif

struct dentry;

/* Each has a folder of knobs in debugfs, ddi/fail_descriptors and so on. */
enum ddi_fault {
	DDI_FAIL_DESCRIPTORS,	/* whatever describes an arena, map or object */
	DDI_FAIL_MAGAZINES,	/* quantum caches */
	DDI_FAIL_PAGES,		/* page-aligned memory */
	DDI_FAULTS
};

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
extern struct fault_attr ddi_fault_attr[DDI_FAULTS];

/* Must this allocation, by these flags, fail? Never one that cannot [V105]. */
static inline bool ddi_should_fail(enum ddi_fault what, gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) && should_fail(&ddi_fault_attr[what], 1);
}

void ddi_fault_init(struct dentry *root);
#else
static inline bool ddi_should_fail(enum ddi_fault what, gfp_t gfp)
{
	return false;
}

static inline void ddi_fault_init(struct dentry *root)
{
}
#endif

#endif /* _DDI_FAULT_H */
