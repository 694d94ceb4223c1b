// SPDX-License-Identifier: GPL-2.0-only
/* fault.c - fault injection points in debugfs; empty without CONFIG_FAULT_INJECTION_DEBUG_FS */
#include "ddi_core/fault.h"

#include "ddi_core/core.h"

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
struct fault_attr ddi_fault_attr[DDI_FAULTS] = {
	[0 ... DDI_FAULTS - 1] = FAULT_ATTR_INITIALIZER,
};

DDI_EXPORT_FOR_KUNIT(ddi_fault_attr);

static const char * const ddi_fault_name[] = {
	[DDI_FAIL_DESCRIPTORS] = "fail_descriptors",
	[DDI_FAIL_MAGAZINES] = "fail_magazines",
	[DDI_FAIL_PAGES] = "fail_pages",
	[DDI_FAIL_BLOCKS] = "fail_blocks",
};

static_assert(ARRAY_SIZE(ddi_fault_name) == DDI_FAULTS);

void ddi_fault_init(struct dentry *root)
{
	int i;

	for (i = 0; i < DDI_FAULTS; i++) {
		/* Thousands of failures would fill the log with stacks. */
		ddi_fault_attr[i].verbose = 0;
		fault_create_debugfs_attr(ddi_fault_name[i], root, &ddi_fault_attr[i]);
	}
}
#endif
