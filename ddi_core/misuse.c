// SPDX-License-Identifier: GPL-2.0-only
/* misuse.c - reports of drivers' mistakes: counted, traced, and logged */
#include "ddi_core/core.h"

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "ddi_core/misuse_table.h"
#include "ddi_core/trace.h"

static bool panic_on_misuse;
module_param(panic_on_misuse, bool, 0644);
MODULE_PARM_DESC(panic_on_misuse,
		 "Panic at the first misuse of an allocator, for debugging a driver (default: off)");

struct dentry *ddi_debugfs_root;

unsigned long ddi_wait_report = 30 * HZ;
DDI_EXPORT_FOR_KUNIT(ddi_wait_report);

static atomic_long_t ddi_misuses = ATOMIC_LONG_INIT(0);

void ddi_misuse_report(struct ratelimit_state *rs, const char *func, const char *object,
		       const void *caller, const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	atomic_long_inc(&ddi_misuses);
	ddi_misuse_note(func, object, caller);
	trace_misuse(func, object, caller);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (panic_on_misuse)
		panic("ddi: misuse: %s('%s'): %pV, called from %pS\n",
		      func, object, &vaf, caller);
	if (__ratelimit(rs))
		pr_err("misuse: %s('%s'): %pV, called from %pS\n",
		       func, object, &vaf, caller);
	va_end(args);
}

#ifdef CONFIG_MODULE_UNLOAD
static const void *exit_of(const struct module *mod)
{
	return mod->exit;
}
#else
static const void *exit_of(const struct module *mod)
{
	return NULL;
}
#endif

const void *ddi_left_from(const struct module *mod, const void *caller)
{
	return within_module((unsigned long)caller, mod) ? caller : exit_of(mod);
}

unsigned long ddi_misuse_count(void)
{
	return atomic_long_read(&ddi_misuses);
}

DDI_EXPORT_FOR_KUNIT(ddi_misuse_count);
