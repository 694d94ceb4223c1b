// SPDX-License-Identifier: GPL-2.0-only
/*
 * edu_device.c - the edu device: registers, interrupts and the DMA engine
 *
 * A resource map hands out the device's memory: the request path waits for a
 * piece, and the interrupt handler gives it back. An arena numbers the requests.
 */
#include "solaris_shim.h"

#include <sys/types.h>
#include <sys/buf.h>
#include <sys/map.h>
#include <sys/vmem.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

#include "edu_xx.h"

/* Registers, by their offset in bytes */
#define EDU_ID		0x00
#define EDU_LIVENESS	0x04
#define EDU_FACTORIAL	0x08
#define EDU_STATUS	0x20
#define EDU_IRQ_STATUS	0x24
#define EDU_IRQ_ACK	0x64
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98

#define ID_MASK		0xff
#define ID_EDU		0xed
#define STATUS_IRQ	0x80		/* interrupt when it is computed */
#define IRQ_FACTORIAL	0x001
#define IRQ_DMA		0x100
#define CMD_START	1
#define CMD_OUT		2		/* from the device to memory */
#define CMD_IRQ		4

/*
 * The device's own memory, as its DMA engine counts. QEMU up to 7.2 ends when a
 * transfer includes the last of the 4096 bytes.
 */
#define EDU_MEMORY	0x40000
#define EDU_MEMORY_SIZE	4095

/* Registers */

static uint32_t
xx_get(struct xx_state *sp, uint_t reg)
{
	return ddi_get32(NULL, (uint32_t *)(sp->regs + reg));
}

static void
xx_put(struct xx_state *sp, uint_t reg, uint32_t value)
{
	ddi_put32(NULL, (uint32_t *)(sp->regs + reg), value);
}

/* The DMA engine; sp->lock is held */

static void
xx_start(struct xx_state *sp)
{
	struct xx_req *rp = sp->running;

	xx_put(sp, EDU_DMA_SRC, rp->out ? rp->index : rp->from);
	xx_put(sp, EDU_DMA_DST, rp->out ? rp->to : rp->index);
	xx_put(sp, EDU_DMA_COUNT, rp->size);
	xx_put(sp, EDU_DMA_CMD, CMD_START | CMD_IRQ | (rp->out ? CMD_OUT : 0));
}

static void
xx_next(struct xx_state *sp)
{
	struct xx_req *rp = sp->first;

	sp->running = rp;
	if (rp == NULL)
		return;
	sp->first = rp->next;
	if (sp->first == NULL)
		sp->lastp = &sp->first;
	xx_start(sp);
}

/* A request is over: what it held is free for others, and its process goes on. */
static void
xx_done(struct xx_state *sp, struct xx_req *rp, int err)
{
	struct buf *bp = rp->bp;

	rmfree(sp->map, rp->size, rp->index);
	vmem_free(sp->ids, (void *)(rp - sp->reqs + 1), 1);
	bioerror(bp, err);
	biodone(bp);
}

/* Move bytes from one bus address to another, by way of the device's memory. */
int
xx_strategy(struct xx_state *sp, uint32_t from, uint32_t to, struct buf *bp)
{
	struct xx_req *rp;
	boolean_t stopped;
	ulong_t id;

	/* Next fit: numbers are used in turn. Both calls wait for interrupts. */
	id = (ulong_t)vmem_alloc(sp->ids, 1, VM_SLEEP | VM_NEXTFIT);
	rp = &sp->reqs[id - 1];
	rp->next = NULL;
	rp->size = bp->b_bcount;
	rp->from = from;
	rp->to = to;
	rp->out = B_FALSE;
	rp->bp = bp;
	rp->index = rmalloc_wait(sp->map, rp->size);

	intr_mutex_enter(&sp->lock);
	stopped = sp->stopped;
	if (!stopped) {
		*sp->lastp = rp;
		sp->lastp = &rp->next;
		if (sp->running == NULL)
			xx_next(sp);
	}
	intr_mutex_exit(&sp->lock);
	if (stopped)
		xx_done(sp, rp, ENXIO);
	return biowait(bp);
}

static void
xx_intr_dma(struct xx_state *sp)
{
	struct xx_req *rp;

	intr_mutex_enter(&sp->lock);
	rp = sp->running;
	if (rp != NULL && !rp->out && !sp->stopped) {
		rp->out = B_TRUE;
		xx_start(sp);
		rp = NULL;
	} else if (rp != NULL) {
		xx_next(sp);
	}
	intr_mutex_exit(&sp->lock);
	if (rp != NULL)
		xx_done(sp, rp, rp->out ? 0 : ENXIO);
}

static struct buf *
xx_take_factorial(struct xx_state *sp)
{
	struct buf *bp;

	intr_mutex_enter(&sp->lock);
	bp = sp->factorial;
	sp->factorial = NULL;
	intr_mutex_exit(&sp->lock);
	return bp;
}

uint_t
xxintr(caddr_t arg)
{
	struct xx_state *sp = (struct xx_state *)arg;
	uint32_t status = xx_get(sp, EDU_IRQ_STATUS);
	struct buf *bp;

	/* All ones are read where there is no device any more. */
	if (status == 0 || status == ~0U)
		return DDI_INTR_UNCLAIMED;
	xx_put(sp, EDU_IRQ_ACK, status);
	if (status & IRQ_DMA)
		xx_intr_dma(sp);
	if (status & IRQ_FACTORIAL) {
		bp = xx_take_factorial(sp);
		if (bp != NULL)
			biodone(bp);
	}
	return DDI_INTR_CLAIMED;
}

int
xx_factorial(struct xx_state *sp, uint32_t *value)
{
	struct buf *bp = getrbuf(KM_SLEEP);
	int err = ENXIO;

	mutex_enter(&sp->factorial_lock);
	intr_mutex_enter(&sp->lock);
	if (!sp->stopped) {
		sp->factorial = bp;
		xx_put(sp, EDU_STATUS, STATUS_IRQ);
		xx_put(sp, EDU_FACTORIAL, *value);
		err = 0;
	}
	intr_mutex_exit(&sp->lock);
	if (err == 0)
		err = biowait(bp);
	if (err == 0)
		*value = xx_get(sp, EDU_FACTORIAL);
	mutex_exit(&sp->factorial_lock);
	freerbuf(bp);
	return err;
}

/* A device comes and goes */

static boolean_t
xx_is_busy(struct xx_state *sp)
{
	boolean_t busy;

	intr_mutex_enter(&sp->lock);
	busy = sp->running != NULL || sp->factorial != NULL ||
	       (xx_get(sp, EDU_DMA_CMD) & CMD_START);
	intr_mutex_exit(&sp->lock);
	return busy;
}

/* For a second at most */
static boolean_t
xx_wait_idle(struct xx_state *sp)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (!xx_is_busy(sp))
			return B_TRUE;
		delay(drv_usectohz(10000));
	}
	return B_FALSE;
}

static boolean_t
xx_is_alive(struct xx_state *sp)
{
	if ((xx_get(sp, EDU_ID) & ID_MASK) != ID_EDU)
		return B_FALSE;
	xx_put(sp, EDU_LIVENESS, 0x12345678);
	return xx_get(sp, EDU_LIVENESS) == ~0x12345678U;
}

static int
xx_reset(struct xx_state *sp)
{
	if (!xx_is_alive(sp) || !xx_wait_idle(sp)) {
		cmn_err(CE_WARN, "edu%d: the device does not answer", sp->instance);
		return DDI_FAILURE;
	}
	xx_put(sp, EDU_STATUS, 0);
	xx_put(sp, EDU_IRQ_ACK, ~0U);
	return DDI_SUCCESS;
}

/* NULL if the device does not answer. */
struct xx_state *
xx_create(dev_info_t *dip, int instance, caddr_t regs)
{
	struct xx_state *sp;

	sp = kmem_zalloc(sizeof(*sp), KM_SLEEP);
	sp->dip = dip;
	sp->instance = instance;
	sp->regs = regs;
	sp->lastp = &sp->first;
	intr_mutex_init(&sp->lock);
	mutex_init(&sp->factorial_lock, NULL, MUTEX_DRIVER, NULL);
	if (xx_reset(sp) != DDI_SUCCESS) {
		kmem_free(sp, sizeof(*sp));
		return NULL;
	}
	sp->map = rmallocmap_wait(EDU_NREQS);
	rmfree(sp->map, EDU_MEMORY_SIZE, EDU_MEMORY);
	sp->ids = vmem_create("edu_requests", (void *)1, EDU_NREQS, 1, NULL,
			      NULL, NULL, 0, VM_SLEEP | VMC_IDENTIFIER);
	return sp;
}

/* Begin no transfer any more, and wait for the one under way. */
void
xxstop(struct xx_state *sp)
{
	struct xx_req *rp, *next;

	intr_mutex_enter(&sp->lock);
	sp->stopped = B_TRUE;
	rp = sp->first;
	sp->first = NULL;
	sp->lastp = &sp->first;
	intr_mutex_exit(&sp->lock);
	for (; rp != NULL; rp = next) {
		next = rp->next;
		xx_done(sp, rp, ENXIO);
	}
	if (!xx_wait_idle(sp))
		cmn_err(CE_WARN, "edu%d: the device does not stop", sp->instance);
}

/* The device cannot reach memory any more: nothing is under way. */
void
xxabort(struct xx_state *sp)
{
	struct buf *bp = xx_take_factorial(sp);
	struct xx_req *rp;

	intr_mutex_enter(&sp->lock);
	rp = sp->running;
	sp->running = NULL;
	intr_mutex_exit(&sp->lock);
	if (rp != NULL)
		xx_done(sp, rp, EIO);
	if (bp != NULL) {
		bioerror(bp, EIO);
		biodone(bp);
	}
}

void
xx_destroy(struct xx_state *sp)
{
	vmem_destroy(sp->ids);
	rmfreemap(sp->map);
	kmem_free(sp, sizeof(*sp));
}
