// SPDX-License-Identifier: GPL-2.0-only
/* esunddi.c - umem_lockmemory() */
#include <sys/types.h>
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include "headers.h"

static void xx_cleanup(ddi_umem_cookie_t cookie)
{
	struct ddi_umem_cookie *cp = cookie;

	if (cp->callbacks.cbo_umem_callback_version == UMEM_CALLBACK_VERSION)
		ddi_umem_unlock(cookie);
}

/* G2, L10 */
int use_lockmemory(caddr_t addr, size_t len, ddi_umem_cookie_t *cookiep)
{
	struct umem_callback_ops ops;

	ops.cbo_umem_callback_version = UMEM_CALLBACK_VERSION;
	ops.cbo_umem_lock_cleanup = xx_cleanup;
	return umem_lockmemory(addr, len, DDI_UMEMLOCK_READ | DDI_UMEMLOCK_LONGTERM, cookiep,
			       &ops, NULL);
}
