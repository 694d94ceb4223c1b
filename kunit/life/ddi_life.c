// SPDX-License-Identifier: GPL-2.0-only
/*
 * ddi_life.c - a driver that comes and goes, tidy or not
 *
 * It has an arena with caches, a child that imports from it, a resource map
 * and an object of memory, and uses all of them. What it leaves behind
 * another load of it can find by the address, and free.
 */
#include <sys/map.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include <linux/module.h>

enum { LEAVE_NOTHING, LEAVE_SEGMENTS, LEAVE_ALL };

static int leave;
module_param(leave, int, 0444);
MODULE_PARM_DESC(leave, "At unload: 1: destroy arenas with segments in use, 2: free nothing");

static vmem_t *arena, *kid;
static struct map *map;
static ddi_umem_cookie_t cookie;

/* What was left behind: read after one load, given to the next. */
module_param_named(arena, *(unsigned long *)&arena, ulong, 0444);
module_param_named(kid, *(unsigned long *)&kid, ulong, 0444);
module_param_named(map, *(unsigned long *)&map, ulong, 0444);
module_param_named(cookie, *(unsigned long *)&cookie, ulong, 0444);

/* Out of init text, which is gone when a stack that it is in is shown. */
static noinline bool life_make(void)
{
	arena = vmem_create("life", (void *)0x1000, 0x100000, 0x1000, NULL, NULL, NULL, 0x4000,
			    VM_SLEEP);
	if (!arena)
		return false;
	kid = vmem_create("life kid", NULL, 0, 0x10, vmem_alloc, vmem_free, arena, 0, VM_SLEEP);
	map = rmallocmap_wait(10);
	rmfree(map, 100, 1);
	ddi_umem_alloc(3 * PAGE_SIZE, DDI_UMEM_SLEEP, &cookie);
	return kid && cookie;
}

static noinline void life_use(void)
{
	void *at = vmem_alloc(arena, 0x2000, VM_SLEEP), *small = vmem_alloc(kid, 0x30, VM_SLEEP);
	unsigned long index = rmalloc(map, 5);

	if (leave)
		return;
	vmem_free(kid, small, 0x30);
	vmem_free(arena, at, 0x2000);
	rmfree(map, 5, index);
}

static void life_end(void)
{
	vmem_destroy(kid);
	vmem_destroy(arena);
	rmfreemap(map);
	ddi_umem_free(cookie);
}

static int __init life_init(void)
{
	/* Those of an earlier load: leave frees them this time. */
	if (arena)
		return 0;
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
