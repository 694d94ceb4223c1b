/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/esunddi.h - umem_lockmemory(): user memory locked for longer than a call */
#ifndef _DDI_SYS_ESUNDDI_H
#define _DDI_SYS_ESUNDDI_H

#include <sys/ddidevmap.h>

/**
 * umem_lockmemory() - lock memory of the current process for long
 * @addr: user address, page-aligned
 * @len: bytes, whole pages
 * @flags: as for ddi_umem_lock(); with DDI_UMEMLOCK_LONGTERM @ops is needed,
 *	and memory of a file that the process maps shared is refused
 * @cookiep: set to the cookie, or to NULL on any failure
 * @ops: version UMEM_CALLBACK_VERSION, and a function that is called, once and
 *	in process context, when the process unmaps a part of the range, or is
 *	gone. The driver then stops using the memory and unlocks it.
 * @procp: the current process, or NULL, which means the same
 *
 * The memory stays locked until ddi_umem_unlock(), whatever the process does.
 * The function may still be called while that runs, or after it, with the dead
 * cookie; it is not called when the driver has been unloaded.
 *
 * Context: Process context, may sleep.
 * Return: as ddi_umem_lock(); EFAULT also for shared memory of a file, EINVAL
 *	also for an @ops that is missing or of another version, and for another
 *	process; EOPNOTSUPP on kernels that cannot say when memory is unmapped.
 *
 * Contract L10.
 */
int umem_lockmemory(caddr_t addr, size_t len, int flags, ddi_umem_cookie_t *cookiep,
		    struct umem_callback_ops *ops, proc_t *procp);

#endif /* _DDI_SYS_ESUNDDI_H */
