// SPDX-License-Identifier: GPL-2.0-only
/* hello.c - the example of the README: a resource map of 100 slots */
#include <sys/map.h>

#include <linux/module.h>

static int __init hello_init(void)
{
	struct map *mp = rmallocmap(10);	/* 10 allocations at once */
	unsigned long slot;

	if (!mp)
		return -ENOMEM;
	rmfree(mp, 100, 1);			/* manage slots 1 to 100 */
	slot = rmalloc(mp, 5);			/* 5 slots in a row, or 0 */
	pr_info("hello: slots %lu to %lu are mine\n", slot, slot + 4);
	rmfree(mp, 5, slot);
	rmfreemap(mp);
	return 0;
}
module_init(hello_init);

static void __exit hello_exit(void)
{
}
module_exit(hello_exit);

MODULE_DESCRIPTION("ddi.ko example: a resource map in fifteen lines");
MODULE_LICENSE("GPL");
