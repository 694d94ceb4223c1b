// SPDX-License-Identifier: GPL-2.0-only
/*
 * module_exit.c - objects that a driver has not destroyed when it is unloaded
 *
 * Each is reported as misuse and kept, with a reference to this module. An object
 * is traced to its driver by the address that created it. Code in .init.text is
 * discarded when the module goes live, so MODULE_STATE_LIVE is the last moment at
 * which such an address can be mapped to its module.
 */
#include <linux/module.h>
#include <linux/notifier.h>

#include "ddi_core/core.h"

void ddi_module_goes(const struct module *mod)
{
	ddi_vmem_module_goes(mod);
	ddi_umem_module_goes(mod);
}

DDI_EXPORT_FOR_KUNIT(ddi_module_goes);

static int ddi_module_event(struct notifier_block *nb, unsigned long event, void *mod)
{
	switch (event) {
	case MODULE_STATE_LIVE:
		ddi_vmem_module_came(mod);
		ddi_umem_module_came(mod);
		break;
	case MODULE_STATE_GOING:
		ddi_module_goes(mod);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block ddi_module_nb = {
	.notifier_call = ddi_module_event,
};

int __init ddi_module_init_notifier(void)
{
	return register_module_notifier(&ddi_module_nb);
}

void ddi_module_exit_notifier(void)
{
	unregister_module_notifier(&ddi_module_nb);
}
