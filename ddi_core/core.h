/* SPDX-License-Identifier: GPL-2.0-only */
/* core.h - misuse reports, debugfs, load and unload: shared by all parts of ddi.ko */
#ifndef _DDI_CORE_H
#define _DDI_CORE_H

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/instruction_pointer.h>
#include <linux/ratelimit_types.h>
#include <linux/types.h>

struct dentry;
struct module;

/* /sys/kernel/debug/ddi, or an error pointer, which debugfs calls accept. */
extern struct dentry *ddi_debugfs_root;

/**
 * ddi_misuse_report() - count and log a driver's mistake [contract G5]
 * @rs: rate limit of this class of reports; counting is never limited
 * @func: the public function that the driver called
 * @object: name of the arena, map or object
 * @caller: the driver's call address
 * @fmt: the argument that is wrong, and what was expected
 *
 * Context: Any. Must be called without any of the module's locks held.
 */
__printf(5, 6)
void ddi_misuse_report(struct ratelimit_state *rs, const char *func, const char *object,
		       const void *caller, const char *fmt, ...);

/*
 * Report misuse from the public function @fn, called from @caller. Each use
 * has its own rate limit, so that one noisy mistake does not silence another.
 */
#define ddi_misuse(fn, object, caller, fmt, ...)				\
do {										\
	static DEFINE_RATELIMIT_STATE(__rs, 5 * HZ, 10);			\
	ddi_misuse_report(&__rs, fn, object, caller, fmt, ##__VA_ARGS__);	\
} while (0)

/* The call address in the driver, found by unwinding: for slow paths only. */
const void *ddi_caller(void);

/* Number of misuse reports since the module was loaded. */
unsigned long ddi_misuse_count(void);

/*
 * A thread that has waited this many ticks is named in the log, and again each
 * time the wait has doubled. Only tests change it.
 */
extern unsigned long ddi_wait_report;

/*
 * A driver's gfp_t less what says where pages come from, and how: the slab allocator
 * warns of it.
 */
static inline gfp_t ddi_slab_gfp(gfp_t gfp)
{
	return gfp & ~(GFP_ZONEMASK | __GFP_COMP | __GFP_ZERO);
}

/* Exports for ddi_kunit.ko alone; none without KUnit. */
#if IS_ENABLED(CONFIG_KUNIT) || defined(DDI_TORTURE)
#define DDI_EXPORT_FOR_KUNIT(sym)	EXPORT_SYMBOL_NS_TOKEN_GPL(sym, EXPORTED_FOR_KUNIT_TESTING)
#else
#define DDI_EXPORT_FOR_KUNIT(sym)
#endif

/* A driver's init function has returned; its module is unloaded. See module_exit.c. */
void ddi_vmem_module_came(const struct module *mod);
void ddi_vmem_module_goes(const struct module *mod);
void ddi_umem_module_came(const struct module *mod);
void ddi_umem_module_goes(const struct module *mod);
void ddi_module_goes(const struct module *mod);

/*
 * The address that a report of an object left behind by @mod shows: @caller,
 * which created the object, or, if that code was discarded after init, the
 * module's exit function.
 */
const void *ddi_left_from(const struct module *mod, const void *caller);

int ddi_module_init_notifier(void);
void ddi_module_exit_notifier(void);
int ddi_vmem_init(void);
void ddi_vmem_exit(void);
int ddi_umem_init(void);
void ddi_umem_exit(void);
int ddi_devmap_init(void);
void ddi_devmap_exit(void);

#endif /* _DDI_CORE_H */
