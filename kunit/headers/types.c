// SPDX-License-Identifier: GPL-2.0-only
/* types.c - names that drivers of this family use beside functions */
#define DDI_SOLARIS_DEV_T
#include <sys/types.h>
#include <sys/sysmacros.h>
#include <sys/cmn_err.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "headers.h"

struct xx_state {
	dev_t dev;
	daddr_t block;
	pfn_t pfn;
	pgcnt_t pages;
	timeout_id_t timeout;
	u_offset_t end;
	longlong_t signed_count;
	u_longlong_t count;
	id_t id;
	minor_t minor;
	boolean_t open;
	proc_t *proc;
};

/* G13: a function defined the old way */
static int xx_old_style()
{
	return B_TRUE;
}

/* G1, G13 */
int use_types(const struct xx_state *xp)
{
	if (xp->pfn == PFN_INVALID || xp->id > MAXUID || xp->count > UINT32_MAX)
		return DDI_FAILURE;
	if (sizeof(xp->dev) != sizeof(ulong_t) || xp->pages != btopr(xp->end))
		return DDI_FAILURE;
	return xp->open == xx_old_style() ? DDI_SUCCESS : DDI_FLAGERR_ACC + DDI_CAUTIOUS_ACC;
}

static __printf(2, 3)
void xx_say(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcmn_err(level, fmt, ap);
	va_end(ap);
}

/* G12 */
void use_cmn_err()
{
	cmn_err(CE_CONT, "?xx%d: attached", 0);
	cmn_err(CE_CONT, "\n");
	cmn_err(CE_NOTE, "!xx%d: a note", 0);
	cmn_err(CE_WARN, "^xx%d: a warning", 0);
	xx_say(CE_IGNORE, "nothing %s", "at all");
}
