/* SPDX-License-Identifier: GPL-2.0-only */
/* fault.h - fault injection into this module's allocations, for tests */
#ifndef _DDI_FAULT_H
#define _DDI_FAULT_H

#include <linux/gfp_types.h>
#include <linux/types.h>

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
#include <linux/fault-inject.h>
#endif

struct dentry;

/* Each point has a folder in debugfs, such as ddi/fail_descriptors. */
enum ddi_fault {
	DDI_FAIL_DESCRIPTORS,	/* descriptors of arenas, maps, segments, objects */
	DDI_FAIL_MAGAZINES,	/* quantum caches */
	DDI_FAIL_PAGES,		/* page-aligned memory */
	DDI_FAIL_BLOCKS,	/* memory in one piece, so that it is mapped page by page */
	DDI_FAULTS
};

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
extern struct fault_attr ddi_fault_attr[DDI_FAULTS];

/* Is this allocation to fail? Those with __GFP_NOFAIL never are [V105]. */
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
