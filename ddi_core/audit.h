/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns what, kept while the parameter audit is on */
#ifndef _DDI_AUDIT_H
#define _DDI_AUDIT_H

#include <linux/jump_label.h>

struct seq_file;

/*
 * Where a kernel cannot patch jumps each request would pay for looking at the
 * key, so audit is left out; but not where it is to be tested.
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
 * All of these are called only if ddi_audit_on(), from any context. What is
 * owned is @what, an address or number, in @where, an arena or other object.
 */

/* The caller of this module owns it now, if there is memory to note that. */
void ddi_audit_own(const void *where, unsigned long what);

/* Nobody does any more; may be called with interrupts really off. */
void ddi_audit_disown(const void *where, unsigned long what);

/* Nobody owns anything in @where, which is about to go. */
void ddi_audit_forget(const void *where);

/* Show the owner below the line of what is owned; nothing if unknown. */
void ddi_audit_show(struct seq_file *m, const void *where, unsigned long what);

/* Name the owner of what is called @label in the kernel's log, at a limited rate. */
void ddi_audit_log(const char *label, const void *where, unsigned long what);

/* The same for who owned it last, if nobody does and that is known still. */
void ddi_audit_log_earlier(const char *label, const void *where, unsigned long what);

/* Turn it on or off; 0, or what is missing. May sleep. */
int ddi_audit_switch(bool on);

void ddi_audit_init(void);
void ddi_audit_exit(void);

#endif /* _DDI_AUDIT_H */
