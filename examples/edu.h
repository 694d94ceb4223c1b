/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edu.h - what the two halves of the driver of QEMU's edu device share
 */
#ifndef _DDI_EXAMPLES_EDU_H
#define _DDI_EXAMPLES_EDU_H

#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>

#include "solaris_shim.h"
#include "example_ioctl.h"

struct xx_state;

/* edu_device.c and edu_minor.c, called by edu_linux.c */
int xx_init(void);
void xx_fini(void);
struct xx_state *xxattach(dev_info_t *dip, int instance, caddr_t regs);
void xxstop(struct xx_state *sp);
void xxabort(struct xx_state *sp);
void xxdetach(struct xx_state *sp);
uint_t xxintr(caddr_t arg);
extern struct cb_ops xx_cb_ops;

/*
 * In place of ddi_dma_*(9F): a buf that the device may reach, at one address. The
 * buf must lie in one page.
 */
struct edu_dma {
	uint32_t		address;
	struct sg_table		table;
	enum dma_data_direction	direction;
};

/* edu_linux.c, called by the Solaris half */
int edu_dma_bind(dev_info_t *dip, struct buf *bp, struct edu_dma *dma);
void edu_dma_unbind(dev_info_t *dip, struct edu_dma *dma);
boolean_t edu_dma_reaches_all(dev_info_t *dip);
void *edu_dma_alloc(dev_info_t *dip, size_t size, ddi_umem_cookie_t *cookiep);

#endif /* _DDI_EXAMPLES_EDU_H */
