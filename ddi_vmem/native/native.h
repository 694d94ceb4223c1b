/* SPDX-License-Identifier: GPL-2.0-only */
/* native.h - what the calls for Linux drivers share */
#ifndef _DDI_VMEM_NATIVE_H
#define _DDI_VMEM_NATIVE_H

#include <ddi/vmem.h>

vmem_t *vmem_native_create(const char *fn, const struct ddi_vmem_config *config,
			   struct lock_class_key *key, const void *caller);
int vmem_native_alloc(const char *fn, vmem_t *vm, const struct ddi_vmem_request *want,
		      const void *caller, unsigned long *addr);

#endif /* _DDI_VMEM_NATIVE_H */
