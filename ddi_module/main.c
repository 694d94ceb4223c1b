// SPDX-License-Identifier: GPL-2.0-only
/* main.c - loading and unloading of ddi.ko, which starts and stops every part */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/module.h>

#include "ddi_core/audit.h"
#include "ddi_core/core.h"
#include "ddi_core/fault.h"
#include "ddi_core/misuse_table.h"

static int misuse_get(void *data, u64 *val)
{
	*val = ddi_misuse_count();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(misuse_fops, misuse_get, NULL, "%llu\n");

static int __init ddi_init(void)
{
	int err;

	ddi_debugfs_root = debugfs_create_dir("ddi", NULL);
	debugfs_create_file_unsafe("misuse", 0400, ddi_debugfs_root, NULL, &misuse_fops);
	ddi_misuse_table_init(ddi_debugfs_root);
	ddi_fault_init(ddi_debugfs_root);

	err = ddi_vmem_init();
	if (err)
		goto err_debugfs;
	err = ddi_umem_init();
	if (err)
		goto err_vmem;
	err = ddi_devmap_init();
	if (err)
		goto err_umem;
	err = ddi_module_init_notifier();
	if (err)
		goto err_devmap;
	ddi_audit_init();
	pr_info("Solaris DDI allocators, version %s\n", DDI_VERSION);
	return 0;

err_devmap:
	ddi_devmap_exit();
err_umem:
	ddi_umem_exit();
err_vmem:
	ddi_vmem_exit();
err_debugfs:
	debugfs_remove(ddi_debugfs_root);
	return err;
}

static void __exit ddi_exit(void)
{
	/* The files first: they read what the exits below take down. */
	debugfs_remove(ddi_debugfs_root);
	ddi_module_exit_notifier();
	ddi_devmap_exit();
	ddi_umem_exit();
	ddi_vmem_exit();
	ddi_audit_exit();
}

module_init(ddi_init);
module_exit(ddi_exit);
MODULE_AUTHOR("The ddi.ko developers");
MODULE_DESCRIPTION("Solaris/illumos DDI allocators: resource maps, vmem arenas, page-aligned memory");
MODULE_LICENSE("GPL");
MODULE_VERSION(DDI_VERSION);
