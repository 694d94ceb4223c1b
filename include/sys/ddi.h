/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/ddi.h - what most Solaris drivers include for rmalloc(9F) and types */
#ifndef _DDI_SYS_DDI_H
#define _DDI_SYS_DDI_H

#include <sys/types.h>
#include <sys/map.h>

#endif /* _DDI_SYS_DDI_H */
