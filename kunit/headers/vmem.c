// SPDX-License-Identifier: GPL-2.0-only
/* vmem.c - vmem_create(9F) and its family need <sys/vmem.h> alone */
#include <sys/vmem.h>

#include "headers.h"

static void *xx_import(vmem_t *source, size_t size, int vmflag)
{
	return vmem_alloc(source, size, vmflag);
}

static void xx_export(vmem_t *source, void *addr, size_t size)
{
	vmem_free(source, addr, size);
}

static void *xx_ximport(vmem_t *source, size_t *sizep, size_t align, int vmflag)
{
	*sizep += align;
	return vmem_xalloc(source, *sizep, align, 0, 0, NULL, NULL, vmflag);
}

static void xx_count(void *arg, void *start, size_t size)
{
	*(size_t *)arg += start ? size : 0;
}

/* G2, V1 */
void use_vmem(void)
{
	vmem_t *top = vmem_create("xx_ids", (void *)1, 100, 1, NULL, NULL, NULL, 0,
				  VM_SLEEP | VMC_IDENTIFIER);
	vmem_t *kid = vmem_create("xx_kid", NULL, 0, 1, xx_import, xx_export, top, 4,
				  VM_SLEEP | VMC_POPULATOR);
	vmem_t *xkid = vmem_xcreate("xx_xkid", NULL, 0, 1, xx_ximport, vmem_xfree, top, 0,
				    VM_SLEEP | VMC_XALIGN);
	size_t total = vmem_size(top, VMEM_ALLOC | VMEM_FREE);
	void *addr = vmem_alloc(kid, 2, VM_NOSLEEP | VM_BESTFIT);

	if (addr != NULL && vmem_contains(kid, addr, 2))
		vmem_free(kid, addr, 2);
	(void)vmem_add(top, (void *)200, 10, VM_SLEEP);
	vmem_walk(top, VMEM_ALLOC | VMEM_REENTRANT, xx_count, &total);
	vmem_qcache_reap(kid);
	addr = vmem_xalloc(top, 1, 0, 0, 0, (void *)7, (void *)8, VM_NOSLEEP | VM_FIRSTFIT);
	if (addr != NULL)
		vmem_xfree(top, addr, 1);
	vmem_destroy(xkid);
	vmem_destroy(kid);
	vmem_destroy(top);
}
