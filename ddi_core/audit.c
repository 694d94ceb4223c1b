// SPDX-License-Identifier: GPL-2.0-only
/*
 * audit.c - the stacks that allocated, while the parameter audit is on
 *
 * Owners are kept in a hash table of their own, so descriptors are no larger
 * while audit is off. An owner is published after its allocation, before the
 * address is returned, and removed before a free makes the address available.
 *
 * A free may run with interrupts truly off, on PREEMPT_RT too. So the locks are
 * raw, and no memory is freed here: an owner that is taken out becomes a spare of
 * its bucket until audit is switched off. A spare that was not reused yet still
 * names the last owner, which the report of a double free shows. The table is
 * read under RCU.
 */
#include "ddi_core/audit.h"

#include <linux/export.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>

#include "ddi_core/core.h"

static bool audit;

/* The parameter can be written before ddi_audit_init() and after ddi_audit_exit(). */
static bool audit_ready;

#if DDI_HAS_AUDIT

#define AUDIT_FRAMES	20
/* Frames of this module, below the caller's. */
#define AUDIT_INNER	12
#define AUDIT_BITS	14
#define AUDIT_BUCKETS	BIT(AUDIT_BITS)
#define AUDIT_GFP	(GFP_NOWAIT | __GFP_NOWARN)

/**
 * struct audit_owner - the owner of one allocation
 * @node: in its bucket
 * @where: arena or other object
 * @what: address or number in it
 * @stack: stack of the allocation
 * @pid: thread that allocated, 0 in an interrupt
 * @when: time of the kernel's log, in nanoseconds
 */
struct audit_owner {
	struct hlist_node node;
	const void *where;
	unsigned long what;
	depot_stack_handle_t stack;
	pid_t pid;
	u64 when;
};

struct audit_bucket {
	raw_spinlock_t lock;	/* guards both lists */
	struct hlist_head owners;
	struct hlist_head spare;
};

DEFINE_STATIC_KEY_FALSE(ddi_audit_key);
DDI_EXPORT_FOR_KUNIT(ddi_audit_key);

static struct audit_bucket __rcu *audit_table;

/* NULL while audit is being switched. */
static struct audit_bucket *audit_bucket(const void *where, unsigned long what)
{
	struct audit_bucket *table = rcu_dereference(audit_table);
	unsigned long key = (unsigned long)where ^ what * GOLDEN_RATIO_32;

	return table ? &table[hash_long(key, AUDIT_BITS)] : NULL;
}

static struct audit_owner *audit_find(struct hlist_head *list, const void *where,
				      unsigned long what)
{
	struct audit_owner *owner;

	hlist_for_each_entry(owner, list, node)
		if (owner->where == where && owner->what == what)
			return owner;
	return NULL;
}

/* The allocation is gone; @owner becomes a spare, which names the last owner. */
static void audit_retire(struct audit_bucket *bucket, struct audit_owner *owner)
{
	lockdep_assert_held(&bucket->lock);
	hlist_del(&owner->node);
	hlist_add_head(&owner->node, &bucket->spare);
}

/* The stack above this module's own frames; 0 if the depot has no memory. */
static depot_stack_handle_t audit_stack(void)
{
	unsigned long frame[AUDIT_INNER + AUDIT_FRAMES];
	unsigned int inner = 0, n = stack_trace_save(frame, ARRAY_SIZE(frame), 1);

	while (inner < n && within_module(frame[inner], THIS_MODULE))
		inner++;
	return stack_depot_save(frame + inner, min(n - inner, (unsigned int)AUDIT_FRAMES),
				AUDIT_GFP);
}

/* Prefer the spare of the same allocation, so that there is at most one; else the oldest. */
static struct audit_owner *audit_spare(struct audit_bucket *bucket, const void *where,
				       unsigned long what)
{
	struct audit_owner *owner, *spare = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hlist_for_each_entry(owner, &bucket->spare, node) {
		spare = owner;
		if (owner->where == where && owner->what == what)
			break;
	}
	if (spare)
		hlist_del(&spare->node);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return spare ?: kmalloc(sizeof(*spare), AUDIT_GFP);
}

static void audit_enter(struct audit_bucket *bucket, const struct audit_owner *seen)
{
	struct audit_owner *owner = audit_spare(bucket, seen->where, seen->what);
	unsigned long flags;

	if (!owner)
		return;
	*owner = *seen;
	raw_spin_lock_irqsave(&bucket->lock, flags);
	hlist_add_head(&owner->node, &bucket->owners);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
}

void ddi_audit_own(const void *where, unsigned long what)
{
	struct audit_owner seen = {
		.where = where,
		.what = what,
		.pid = in_task() ? current->pid : 0,
		.when = local_clock(),
	};
	struct audit_bucket *bucket;

	/* The allocator of PREEMPT_RT takes locks that sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible())
		return;
	seen.stack = audit_stack();
	rcu_read_lock();
	bucket = audit_bucket(where, what);
	if (bucket)
		audit_enter(bucket, &seen);
	rcu_read_unlock();
}

enum audit_known { AUDIT_UNKNOWN, AUDIT_OWNER, AUDIT_EARLIER };

/* Copy the owner, or the last one. @retire: the allocation is about to be freed. */
static enum audit_known audit_get(const void *where, unsigned long what, bool retire,
				  struct audit_owner *copy)
{
	enum audit_known known = AUDIT_OWNER;
	struct audit_bucket *bucket;
	struct audit_owner *owner;
	unsigned long flags;

	rcu_read_lock();
	bucket = audit_bucket(where, what);
	if (!bucket) {
		rcu_read_unlock();
		return AUDIT_UNKNOWN;
	}
	raw_spin_lock_irqsave(&bucket->lock, flags);
	owner = audit_find(&bucket->owners, where, what);
	if (owner && retire)
		audit_retire(bucket, owner);
	if (!owner) {
		known = AUDIT_EARLIER;
		owner = audit_find(&bucket->spare, where, what);
	}
	if (owner)
		*copy = *owner;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	rcu_read_unlock();
	return owner ? known : AUDIT_UNKNOWN;
}

void ddi_audit_disown(const void *where, unsigned long what)
{
	struct audit_owner owner;

	audit_get(where, what, true, &owner);
}

/* Spares are forgotten too: another object may be allocated at @where. */
static void audit_empty(struct audit_bucket *bucket, const void *where)
{
	struct audit_owner *owner;
	struct hlist_node *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hlist_for_each_entry_safe(owner, next, &bucket->owners, node)
		if (owner->where == where)
			audit_retire(bucket, owner);
	hlist_for_each_entry(owner, &bucket->spare, node)
		if (owner->where == where)
			owner->where = NULL;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
}

void ddi_audit_forget(const void *where)
{
	struct audit_bucket *table;
	unsigned int i;

	rcu_read_lock();
	table = rcu_dereference(audit_table);
	for (i = 0; table && i < AUDIT_BUCKETS; i++)
		audit_empty(&table[i], where);
	rcu_read_unlock();
}

DDI_EXPORT_FOR_KUNIT(ddi_audit_forget);

/* "owner: pid 42 at 12.345678", the time as in the kernel's log. */
static void audit_headline(const struct audit_owner *owner, char *text, size_t size)
{
	u64 s = owner->when;
	u32 us = do_div(s, NSEC_PER_SEC) / NSEC_PER_USEC;

	if (owner->pid)
		snprintf(text, size, "owner: pid %d at %llu.%06u", owner->pid, s, us);
	else
		snprintf(text, size, "owner: an interrupt at %llu.%06u", s, us);
}

void ddi_audit_show(struct seq_file *m, const void *where, unsigned long what)
{
	struct audit_owner owner;
	unsigned long *frame;
	unsigned int i, n;
	char text[64];

	if (audit_get(where, what, false, &owner) != AUDIT_OWNER)
		return;
	audit_headline(&owner, text, sizeof(text));
	seq_printf(m, "\t%s\n", text);
	n = stack_depot_fetch(owner.stack, &frame);
	for (i = 0; i < n; i++)
		seq_printf(m, "\t  %pS\n", (void *)frame[i]);
}

static void audit_log(const char *label, const struct audit_owner *owner, const char *when)
{
	unsigned long *frame;
	unsigned int i, n;
	char text[64];

	audit_headline(owner, text, sizeof(text));
	pr_err("%s: %s%s\n", label, when, text);
	n = stack_depot_fetch(owner->stack, &frame);
	for (i = 0; i < n; i++)
		pr_err("  %pS\n", (void *)frame[i]);
}

static DEFINE_RATELIMIT_STATE(audit_limit, 5 * HZ, 10);

void ddi_audit_log(const char *label, const void *where, unsigned long what)
{
	struct audit_owner owner;

	if (!__ratelimit(&audit_limit))
		return;
	if (audit_get(where, what, false, &owner) == AUDIT_OWNER)
		audit_log(label, &owner, "");
	else
		pr_err("%s: owner: not recorded (audit was off, or memory short)\n", label);
}

void ddi_audit_log_earlier(const char *label, const void *where, unsigned long what)
{
	struct audit_owner owner;

	if (audit_get(where, what, false, &owner) == AUDIT_EARLIER && __ratelimit(&audit_limit))
		audit_log(label, &owner, "free; earlier ");
}

static void audit_free_list(struct hlist_head *list)
{
	struct audit_owner *owner;
	struct hlist_node *next;

	hlist_for_each_entry_safe(owner, next, list, node)
		kfree(owner);
}

static void audit_off(void)
{
	struct audit_bucket *table = rcu_replace_pointer(audit_table, NULL, true);
	unsigned int i;

	if (!table)
		return;
	static_branch_disable(&ddi_audit_key);
	synchronize_rcu();
	for (i = 0; i < AUDIT_BUCKETS; i++) {
		audit_free_list(&table[i].owners);
		audit_free_list(&table[i].spare);
		cond_resched();
	}
	kvfree(table);
}

static int audit_on(void)
{
	struct audit_bucket *table;
	unsigned int i;

	if (rcu_access_pointer(audit_table))
		return 0;
	if (stack_depot_init())
		return -ENOMEM;
	table = kvcalloc(AUDIT_BUCKETS, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < AUDIT_BUCKETS; i++)
		raw_spin_lock_init(&table[i].lock);
	rcu_assign_pointer(audit_table, table);
	static_branch_enable(&ddi_audit_key);
	return 0;
}

/* The caller serialises calls. */
int ddi_audit_switch(bool on)
{
	if (on)
		return audit_on();
	audit_off();
	return 0;
}

#else

int ddi_audit_switch(bool on)
{
	return on ? -EOPNOTSUPP : 0;
}

#endif /* DDI_HAS_AUDIT */

DDI_EXPORT_FOR_KUNIT(ddi_audit_switch);

static int audit_apply(void)
{
	int err = audit_ready ? ddi_audit_switch(audit) : 0;

	if (err)
		pr_warn("audit stays off: %s\n", err == -EOPNOTSUPP ?
			"this kernel lacks CONFIG_STACKDEPOT or CONFIG_JUMP_LABEL" :
			"out of memory; write 1 to the parameter again later");
	return err;
}

/* The kernel serialises writers of parameters. */
static int audit_set(const char *val, const struct kernel_param *kp)
{
	bool before = audit;
	int err = param_set_bool(val, kp);

	if (err)
		return err;
	err = audit_apply();
	if (err)
		audit = before;
	return err;
}

static const struct kernel_param_ops audit_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = audit_set,
	.get = param_get_bool,
};

module_param_cb(audit, &audit_ops, &audit, 0644);
__MODULE_PARM_TYPE(audit, "bool");
MODULE_PARM_DESC(audit,
		 "Record the stack of each allocation, for debugfs and reports (default: off)");

void __init ddi_audit_init(void)
{
	audit_ready = true;
	/* A failure is logged; the module works without audit. */
	if (audit_apply())
		audit = false;
}

void ddi_audit_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	audit_ready = false;
	ddi_audit_switch(false);
	kernel_param_unlock(THIS_MODULE);
}
