/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/ddi.h - what Solaris drivers include for rmalloc(9F), btop(9F) and the basic types */
#ifndef _DDI_SYS_DDI_H
#define _DDI_SYS_DDI_H

#include <linux/minmax.h>

#include <sys/types.h>
#include <sys/map.h>
#include <sys/sysmacros.h>

/* Linux has these since 6.11. */
#ifndef MIN
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#endif

#endif /* _DDI_SYS_DDI_H */
