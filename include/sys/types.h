/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/types.h - the Solaris type names that a ported driver compiles with
 *
 * Everything here is a typedef that is identical in OpenZFS's SPL, so both
 * sets of headers can meet in one file.  Linux's own dev_t (32 bits) and
 * daddr_t (int) differ from Solaris's; no prototype of ours uses them: they
 * say ddi_dev_t and ddi_daddr_t.  A file that includes no Linux header after
 * ours may define DDI_SOLARIS_DEV_T first, and then reads dev_t, daddr_t and
 * pfn_t as Solaris has them [contract G1, X20].
 */
#ifndef _DDI_SYS_TYPES_H
#define _DDI_SYS_TYPES_H

#include <linux/types.h>

typedef unsigned long	ulong_t;
typedef unsigned int	uint_t;
typedef unsigned short	ushort_t;
typedef unsigned char	uchar_t;
typedef long long	longlong_t;
typedef unsigned long long u_longlong_t;
typedef longlong_t	offset_t;
typedef u_longlong_t	u_offset_t;
typedef ulong_t		pgcnt_t;
typedef int		id_t;
typedef unsigned int	minor_t;
typedef unsigned int	major_t;
typedef void		*timeout_id_t;
typedef struct cred	cred_t;
typedef struct task_struct proc_t;

#ifndef UINT32_MAX
#define UINT32_MAX	0xffffffffU
#endif
#define MAXUID		2147483647

#ifndef _SPL_TYPES_H
typedef enum { B_FALSE = 0, B_TRUE = 1 } boolean_t;
#endif

/* A Solaris device number; getminor() takes its low half on LP64. */
typedef unsigned long	ddi_dev_t;
/* A Solaris disk block number. */
typedef long		ddi_daddr_t;
/* A page frame number. */
typedef unsigned long	ddi_pfn_t;
#define PFN_INVALID	(~(ddi_pfn_t)0)
/*
 * Kernels that have linux/pfn_t.h have a structure of this name. sparse cannot ask
 * for a header, and is run for such a kernel.
 */
#ifdef __CHECKER__
#elif !__has_include("linux/pfn_t.h")
typedef ddi_pfn_t	pfn_t;
#endif

#ifdef DDI_SOLARIS_DEV_T
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#define dev_t	ddi_dev_t
#define daddr_t	ddi_daddr_t
#define pfn_t	ddi_pfn_t
#endif

#endif /* _DDI_SYS_TYPES_H */
