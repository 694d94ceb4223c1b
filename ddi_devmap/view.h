/* SPDX-License-Identifier: GPL-2.0-only */
/* view.h - what a handle shows: memory, device registers or nothing */
#ifndef _DDI_DEVMAP_VIEW_H
#define _DDI_DEVMAP_VIEW_H

#include "ddi_devmap/registers.h"
#include "ddi_umem/umem_impl.h"

/**
 * struct devmap_view - what a handle shows; all zeroes is nothing
 * @window: memory, from the handle's first byte on
 * @regs: registers, with a reference, which know their user offsets; or NULL
 */
struct devmap_view {
	struct umem_window window;
	struct devmap_regs *regs;
};

static inline bool devmap_view_is_empty(const struct devmap_view *view)
{
	return !view->window.cookie && !view->regs;
}

static inline void devmap_view_dup(struct devmap_view *to, const struct devmap_view *from)
{
	umem_window_dup(&to->window, &from->window);
	to->regs = from->regs;
	if (to->regs)
		devmap_regs_get(to->regs);
}

/* The handle begins @by bytes later. */
static inline void devmap_view_advance(struct devmap_view *view, size_t by)
{
	umem_window_advance(&view->window, by);
}

static inline void devmap_view_fini(struct devmap_view *view)
{
	umem_window_fini(&view->window);
	if (view->regs)
		devmap_regs_put(view->regs);
	view->regs = NULL;
}

#endif /* _DDI_DEVMAP_VIEW_H */
