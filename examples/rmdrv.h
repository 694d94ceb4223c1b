/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rmdrv.h - the ported driver's entry points, for its Linux half
 */
#ifndef _DDI_EXAMPLES_RMDRV_H
#define _DDI_EXAMPLES_RMDRV_H

#include "solaris_shim.h"
#include "example_ioctl.h"

int xxattach(void);
void xxdetach(void);
extern struct cb_ops xx_cb_ops;

#endif /* _DDI_EXAMPLES_RMDRV_H */
