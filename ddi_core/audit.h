/* SPDX-License-Identifier: GPL-2.0-only */
/* audit.h - owners of allocations, recorded while the parameter audit is on */
#ifndef _DDI_AUDIT_H
#define _DDI_AUDIT_H

#include <linux/jump_label.h>

struct seq_file;

/*
 * A kernel that cannot patch jumps would test the key in each request, so audit
 * is left out there, unless KUnit wants to test it.
 */
#if IS_ENABLED(CONFIG_STACKDEPOT) && (IS_ENABLED(CONFIG_JUMP_LABEL) || IS_ENABLED(CONFIG_KUNIT))
#define DDI_HAS_AUDIT	1
DECLARE_STATIC_KEY_FALSE(ddi_audit_key);
#define ddi_audit_on()	static_branch_unlikely(&ddi_audit_key)
#else
#define DDI_HAS_AUDIT	0
#define ddi_audit_on()	false
#endif

/*
 * Call these only if ddi_audit_on(), from any context. An allocation is named by
 * @what, an address or number, in @where, an arena or other object.
 */

/* Record this module's caller as the owner, if memory allows. */
void ddi_audit_own(const void *where, unsigned long what);

/* The allocation is about to be freed. Interrupts may be truly off. */
void ddi_audit_disown(const void *where, unsigned long what);

/* @where is about to be freed: drop all its owners. */
void ddi_audit_forget(const void *where);

/* Print the owner, if known, below the line of the allocation. */
void ddi_audit_show(struct seq_file *m, const void *where, unsigned long what);

/* Log the owner, rate-limited; each line begins with @label. */
void ddi_audit_log(const char *label, const void *where, unsigned long what);

/* Log the last owner of an address that is free now, if it is still known. */
void ddi_audit_log_earlier(const char *label, const void *where, unsigned long what);

/* Turn audit on or off. Returns 0 or a negative errno; may sleep. */
int ddi_audit_switch(bool on);

void ddi_audit_init(void);
void ddi_audit_exit(void);

#endif /* _DDI_AUDIT_H */
