// SPDX-License-Identifier: GPL-2.0-only
/* drm_mm.c - Linux's drivers/gpu/drm/drm_mm.c, for this module alone */
#include <linux/export.h>
#include <linux/module.h>

#undef EXPORT_SYMBOL
#define EXPORT_SYMBOL(sym)

#include <drivers/gpu/drm/drm_mm.c>

/* drm_mm_print() wants the rest of DRM; it is not called here. */
void drm_printf(struct drm_printer *p, const char *f, ...)
{
}
