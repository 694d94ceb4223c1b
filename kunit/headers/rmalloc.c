// SPDX-License-Identifier: GPL-2.0-only
/* rmalloc.c - the include set of rmalloc(9F) and rmfree(9F) */
#include <sys/map.h>
#include <sys/ddi.h>

#include "headers.h"

/* G2, R1: a driver that divides a buffer of its own */
static ulong_t xx_take(struct map *mp, size_t size, int sleep)
{
	return (sleep ? rmalloc_wait : rmalloc)(mp, size);
}

void use_rmalloc(void)
{
	struct map *mp = rmallocmap(8);
	ulong_t index;

	if (mp == NULL)
		mp = rmallocmap_wait(8);
	rmfree(mp, 100, 1);
	index = xx_take(mp, 10, 0);
	if (index)
		rmfree(mp, 10, index);
	rmfreemap(mp);
}
