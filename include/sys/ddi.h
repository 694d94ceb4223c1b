/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/ddi.h - types and rmalloc(9F), for drivers that include <sys/ddi.h> */
#ifndef _DDI_SYS_DDI_H
#define _DDI_SYS_DDI_H

#include <sys/types.h>
#include <sys/map.h>

#endif /* _DDI_SYS_DDI_H */
