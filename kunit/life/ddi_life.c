// SPDX-License-Identifier: GPL-2.0-only
/*
 * ddi_life.c - a driver that is loaded and unloaded, and may leave objects behind
 *
 * It has an arena with caches, a child that imports from it, another that
 * does so through functions of this module, a resource map and an object of
 * memory, and uses all of them. Another load of it can find the objects that it
 * left behind by their addresses, and free them.
 */
#include <sys/map.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include <linux/module.h>

enum { LEAVE_NOTHING, LEAVE_SEGMENTS, LEAVE_ALL };

static int leave;
module_param(leave, int, 0444);
MODULE_PARM_DESC(leave, "At unload: 1: destroy arenas with segments in use, 2: free nothing");

static vmem_t *arena, *kid, *own;
static unsigned long own_at;
static struct map *map;
static ddi_umem_cookie_t cookie;

/* Addresses of objects left behind: read after one load, passed to the next. */
module_param_named(arena, *(unsigned long *)&arena, ulong, 0444);
module_param_named(kid, *(unsigned long *)&kid, ulong, 0444);
module_param_named(own, *(unsigned long *)&own, ulong, 0444);
module_param(own_at, ulong, 0444);
module_param_named(map, *(unsigned long *)&map, ulong, 0444);
module_param_named(cookie, *(unsigned long *)&cookie, ulong, 0444);

static void *life_import(vmem_t *source, size_t size, int vmflag)
{
	return vmem_alloc(source, size, vmflag);
}

static void life_export(vmem_t *source, void *at, size_t size)
{
	vmem_free(source, at, size);
}

/* In init text, which is discarded before this driver is unloaded. */
static bool __init life_make(void)
{
	arena = vmem_create("life", (void *)0x1000, 0x100000, 0x1000, NULL, NULL, NULL, 0x4000,
			    VM_SLEEP);
	if (!arena)
		return false;
	kid = vmem_create("life kid", NULL, 0, 0x10, vmem_alloc, vmem_free, arena, 0, VM_SLEEP);
	own = vmem_create("life own", NULL, 0, 0x10, life_import, life_export, arena, 0, VM_SLEEP);
	map = rmallocmap_wait(10);
	rmfree(map, 100, 1);
	ddi_umem_alloc(3 * PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	return kid && own && cookie;
}

/* Not in init text: stacks with this function are shown after the load. */
static noinline void life_use(void)
{
	void *at = vmem_alloc(arena, 0x2000, VM_SLEEP), *small = vmem_alloc(kid, 0x30, VM_SLEEP);
	unsigned long index = rmalloc(map, 5);

	own_at = (unsigned long)vmem_alloc(own, 0x1000, VM_SLEEP);
	if (leave)
		return;
	vmem_free(kid, small, 0x30);
	vmem_free(own, (void *)own_at, 0x1000);
	vmem_free(arena, at, 0x2000);
	rmfree(map, 5, index);
}

static void life_end(void)
{
	vmem_destroy(own);
	vmem_destroy(kid);
	vmem_destroy(arena);
	rmfreemap(map);
	ddi_umem_free(cookie);
}

/* Objects of an earlier load, whose import functions must not be called. */
static int __init life_again(void)
{
	void *at = vmem_alloc(own, 0x2000, VM_NOSLEEP);

	vmem_free(own, (void *)own_at, 0x1000);
	return at ? -EIO : 0;
}

static int __init life_init(void)
{
	/* An earlier load left these behind; @leave makes life_exit() free them this time. */
	if (arena)
		return life_again();
	if (!life_make()) {
		life_end();
		return -ENOMEM;
	}
	life_use();
	return 0;
}

static void __exit life_exit(void)
{
	if (leave != LEAVE_ALL)
		life_end();
}

module_init(life_init);
module_exit(life_exit);
MODULE_DESCRIPTION("A driver that comes and goes, for tests of ddi.ko");
MODULE_LICENSE("GPL");
