/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/mman.h - protections and mapping flags, as segmap(9E) and devmap see them
 *
 * PROT_READ, PROT_WRITE, PROT_EXEC, MAP_SHARED, MAP_PRIVATE, MAP_TYPE and
 * MAP_FIXED are Linux's own, with the values that Solaris gives them.  Linux
 * has another meaning for bit 3 (PROT_SEM), so a Linux protection never
 * reaches a driver unconverted [contract D2, X15].
 */
#ifndef _DDI_SYS_MMAN_H
#define _DDI_SYS_MMAN_H

#include <uapi/linux/mman.h>

#define PROT_USER	0x8	/* accessible from user space; always set */
#define PROT_ALL	(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_USER)

#endif /* _DDI_SYS_MMAN_H */
