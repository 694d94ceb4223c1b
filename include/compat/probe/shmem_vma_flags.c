// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does shmem_file_setup() take a vma_flags_t? Since 7.0; a number before.
 * Fails with: shmem_file_setup takes a number
 */
#include <linux/shmem_fs.h>

typedef struct file *(of_a_number)(const char *, loff_t, unsigned long);

_Static_assert(!__builtin_types_compatible_p(typeof(shmem_file_setup), of_a_number),
	       "shmem_file_setup takes a number");
