/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/esunddi.h - umem_lockmemory(9F), declared so that drivers compile
 *
 * Locking user memory is not part of this release: nothing defines the
 * function, and a driver that calls it does not load.
 */
#ifndef _DDI_SYS_ESUNDDI_H
#define _DDI_SYS_ESUNDDI_H

#include <sys/ddidevmap.h>

#define DDI_UMEMLOCK_READ	0x01	/* the device reads the memory */
#define DDI_UMEMLOCK_WRITE	0x02	/* the device writes the memory */
#define DDI_UMEMLOCK_LONGTERM	0x04	/* held beyond a single operation */

struct umem_callback_ops;

int umem_lockmemory(caddr_t addr, size_t len, int flags,
		    ddi_umem_cookie_t *cookiep,
		    struct umem_callback_ops *ops, void *procp);

#endif /* _DDI_SYS_ESUNDDI_H */
