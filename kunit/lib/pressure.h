/* SPDX-License-Identifier: GPL-2.0-only */
/* pressure.h - have Linux ask for memory back */
#ifndef _DDI_KUNIT_PRESSURE_H
#define _DDI_KUNIT_PRESSURE_H

#include <linux/types.h>

/* Have Linux ask every shrinker for what it has, as an administrator can. */
bool drop_slabs(void);

#endif /* _DDI_KUNIT_PRESSURE_H */
