// SPDX-License-Identifier: GPL-2.0-only
/* pressure.c - have Linux ask for memory back */
#include "kunit/lib/pressure.h"

#include <linux/err.h>
#include <linux/fs.h>

bool drop_slabs(void)
{
	struct file *file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t done;

	if (IS_ERR(file))
		return false;
	done = kernel_write(file, "2", 1, &pos);
	filp_close(file, NULL);
	return done == 1;
}
