/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/folio_batch.h: what is in it was in linux/pagevec.h before, which newer
 * kernels (seen: 7.2) do not have. The shim goes with 6.12.
 */
#ifndef _DDI_COMPAT_LINUX_FOLIO_BATCH_H
#define _DDI_COMPAT_LINUX_FOLIO_BATCH_H

#ifdef __CHECKER__	/* sparse does not know the question below */
#include <linux/pagevec.h>
#elif __has_include_next(<linux/folio_batch.h>)
#include_next <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#endif /* _DDI_COMPAT_LINUX_FOLIO_BATCH_H */
