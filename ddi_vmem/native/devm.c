// SPDX-License-Identifier: GPL-2.0-only
/* devm.c - arenas and segments that go when a driver lets go of a device */
#include "ddi_vmem/native/native.h"

#include <linux/device.h>
#include <linux/export.h>
#include <linux/slab.h>

static void destroy(void *vm)
{
	vmem_destroy(vm);
}

vmem_t *__devm_ddi_vmem_create(struct device *dev, const struct ddi_vmem_config *config,
			       struct lock_class_key *key)
{
	vmem_t *vm = vmem_native_create("devm_ddi_vmem_create", config, key,
					__builtin_return_address(0));
	int err;

	if (IS_ERR(vm))
		return vm;
	err = devm_add_action_or_reset(dev, destroy, vm);
	return err ? ERR_PTR(err) : vm;
}
EXPORT_SYMBOL(__devm_ddi_vmem_create);

static void free_segment(struct device *dev, void *res)
{
	struct ddi_vmem_segment *seg = res;

	ddi_vmem_free(seg->vm, seg->addr, seg->size);
}

int devm_ddi_vmem_xalloc(struct device *dev, vmem_t *vm, const struct ddi_vmem_request *req,
			 unsigned long *addr)
{
	struct ddi_vmem_segment *seg = devres_alloc(free_segment, sizeof(*seg), GFP_KERNEL);
	int err;

	if (!seg)
		return -ENOMEM;
	seg->vm = vm;
	seg->size = req->size;
	err = vmem_native_alloc("devm_ddi_vmem_xalloc", vm, req, __builtin_return_address(0),
				&seg->addr);
	if (err) {
		devres_free(seg);
		return err;
	}
	*addr = seg->addr;
	devres_add(dev, seg);
	return 0;
}
EXPORT_SYMBOL(devm_ddi_vmem_xalloc);
