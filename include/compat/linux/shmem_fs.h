/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/shmem_fs.h, with one way to ask for a file
 *
 * shmem_file_reserve(): shmem_file_setup() without flags, of which older
 * kernels have a number, newer ones a struct. The shim goes with 6.12.
 */
#ifndef _DDI_COMPAT_LINUX_SHMEM_FS_H
#define _DDI_COMPAT_LINUX_SHMEM_FS_H

#include_next <linux/shmem_fs.h>
#include <linux/mm.h>

#ifdef DDI_HAVE_SHMEM_VMA_FLAGS
#define SHMEM_NO_FLAGS	((vma_flags_t) { })
#else
#define SHMEM_NO_FLAGS	0
#endif

/* An unlinked file whose size is accounted for as a whole. */
static inline struct file *shmem_file_reserve(const char *name, loff_t size)
{
	return shmem_file_setup(name, size, SHMEM_NO_FLAGS);
}

#endif /* _DDI_COMPAT_LINUX_SHMEM_FS_H */
