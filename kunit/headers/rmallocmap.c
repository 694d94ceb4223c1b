// SPDX-License-Identifier: GPL-2.0-only
/* rmallocmap.c - the include set of rmallocmap(9F) */
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "headers.h"

/* G2, R1 */
void use_rmallocmap(void)
{
	struct map *mp = rmallocmap_wait(1);

	rmfree(mp, btop(ptob(4)), 1);
	rmfreemap(mp);
}
