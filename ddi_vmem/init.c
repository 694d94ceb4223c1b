// SPDX-License-Identifier: GPL-2.0-only
/* init.c - what all arenas share, when the module is loaded and unloaded */
#include <linux/init.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/report/report.h"
#include "ddi_vmem/segment/segment.h"
#include "ddi_vmem/segment/work.h"

int __init ddi_vmem_init(void)
{
	int err = vmem_seg_cache_init();

	if (err)
		return err;
	err = vmem_work_init();
	if (err)
		goto err_caches;
	err = vmem_qc_init();
	if (err)
		goto err_work;
	vmem_debugfs_init();
	return 0;

err_work:
	vmem_work_exit();
err_caches:
	vmem_seg_cache_exit();
	return err;
}

void ddi_vmem_exit(void)
{
	vmem_qc_exit();
	vmem_work_exit();
	vmem_seg_cache_exit();
}
