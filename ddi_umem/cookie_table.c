// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie_table.c - the live ddi_umem_alloc() objects
 *
 * Tells a live cookie from a freed or made-up one without reading what is not
 * ours, lets exactly one of two racing frees win, and is what the debugfs file
 * lists.
 */
#include "ddi_core/audit.h"
#include "ddi_core/core.h"

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"

/* Audit records the owners of cookies under this key. */
static const char umem_owners;

/*
 * From now on the cookie is the driver's. That takes no lock, because a thread that finds
 * the object not live does nothing with it.
 */
void umem_register(struct umem *umem)
{
	/* Pairs with umem_is_live(), which sees all that was written before. */
	smp_store_release(&umem->is_live, true);
	if (ddi_audit_on())
		ddi_audit_own(&umem_owners, (unsigned long)&umem->cookie);
}

/* For a cookie that is about to be freed, forget its owner; for a wrong free, log it. */
static void umem_audit_claim(const void *cookie, const struct umem *umem)
{
	char label[32];

	if (!IS_ERR(umem)) {
		ddi_audit_disown(&umem_owners, (unsigned long)cookie);
		return;
	}
	snprintf(label, sizeof(label), "umem %p", cookie);
	if (umem == ERR_PTR(-EINVAL))
		ddi_audit_log(label, &umem_owners, (unsigned long)cookie);
	else
		ddi_audit_log_earlier(label, &umem_owners, (unsigned long)cookie);
}

static struct umem *umem_try_claim(ddi_umem_cookie_t cookie, uint_t types)
{
	struct umem *umem = umem_pool_find(cookie);
	unsigned long flags;
	int err = 0;

	if (IS_ERR_OR_NULL(umem))
		return ERR_PTR(-ENOENT);
	spin_lock_irqsave(&umem->lock, flags);
	if (!umem_is_live(umem))
		err = -ENOENT;
	else if (umem->cookie.type != umem->type || !(umem->type & types))
		err = -EINVAL;
	else
		WRITE_ONCE(umem->is_live, false);
	spin_unlock_irqrestore(&umem->lock, flags);
	return err ? ERR_PTR(err) : umem;
}

/*
 * Take the driver's reference away from it, for freeing; once per object. No
 * window translates the address any more. @types are the types that are meant.
 */
struct umem *umem_claim(ddi_umem_cookie_t cookie, uint_t types)
{
	struct umem *umem = umem_try_claim(cookie, types);

	if (ddi_audit_on())
		umem_audit_claim(cookie, umem);
	return umem;
}

/*
 * A reference to a live object. NULL if the cookie is in memory that never was
 * ours: a driver may have made it. An error pointer if it was freed.
 */
struct umem *umem_find_get(ddi_umem_cookie_t cookie)
{
	struct umem *umem = umem_pool_find(cookie);
	unsigned long flags;
	bool live;

	if (IS_ERR_OR_NULL(umem))
		return umem;
	spin_lock_irqsave(&umem->lock, flags);
	live = umem_is_live(umem);
	if (live) {
		umem->was_viewed = true;
		umem->is_reusable = false;
		refcount_inc(&umem->refs);
	}
	spin_unlock_irqrestore(&umem->lock, flags);
	return live ? umem : ERR_PTR(-ENOENT);
}

/*
 * Hold an object once more that is held already; returns its address. -ENOENT if it
 * is not live, -EINVAL if it is not pageable, -EAGAIN if it is not held.
 */
void *umem_hold_again(ddi_umem_cookie_t cookie)
{
	struct umem *umem = umem_pool_find(cookie);
	void *addr = ERR_PTR(-ENOENT);
	unsigned long flags;
	bool live;

	if (IS_ERR_OR_NULL(umem))
		return addr;
	spin_lock_irqsave(&umem->lock, flags);
	live = umem_is_live(umem);
	if (live && !umem->pageable)
		addr = ERR_PTR(-EINVAL);
	else if (live && atomic_inc_not_zero(&umem->pageable->holds))
		addr = umem->addr;
	else if (live)
		addr = ERR_PTR(-EAGAIN);
	spin_unlock_irqrestore(&umem->lock, flags);
	return addr;
}

static const char *umem_type_name(const struct umem *umem)
{
	switch (umem->type) {
	case KMEM_PAGEABLE:
		return umem_pageable_is_held(umem) ? "pageable" : "released";
	case UMEM_TRASH:
		return "trash";
	case UMEM_LOCKED:
		return "user";
	default:
		return "locked";
	}
}

static size_t umem_pages(const struct umem *umem)
{
	return umem->type == UMEM_TRASH ? 1 : umem->size >> PAGE_SHIFT;
}

/**
 * struct umem_place - where a reader of the file is
 * @pos: number of the record; 0 is the head of the table
 * @umem: that object, or what it was
 * @size: copied from it, for it may go as soon as its lock is released
 * @type: name of its type
 * @pages: how many it has
 * @mappings: how many windows there are of it
 * @resident: how many of its pages are in memory
 * @swapped: how many are swapped out
 * @caller: who allocated it
 * @module: the module whose init function that was, if Linux has freed it since
 *
 * seq_file asks for record 0, or for the one that it was given last.
 */
struct umem_place {
	loff_t pos;
	struct umem *umem;
	size_t size;
	const char *type;
	size_t pages;
	unsigned int mappings;
	unsigned long resident;
	unsigned long swapped;
	const void *caller;
	char module[MODULE_NAME_LEN];
};

/* The address of a driver's init function has no name any more. */
static void umem_copy_caller(struct umem_place *place, const struct umem *umem)
{
	const struct module *owner = umem->owner;

	lockdep_assert_held(&umem->lock);
	place->caller = umem->caller;
	place->module[0] = '\0';
	if (owner && owner != THIS_MODULE && !within_module((unsigned long)umem->caller, owner))
		strscpy(place->module, owner->name, sizeof(place->module));
}

/* False if it is not live. */
static bool umem_copy(struct umem_place *place, struct umem *umem)
{
	bool live;

	spin_lock_irq(&umem->lock);
	live = umem_is_live(umem);
	if (live) {
		place->umem = umem;
		place->size = umem->size;
		place->type = umem_type_name(umem);
		place->pages = umem_pages(umem);
		place->resident = umem->pageable ? umem_pageable_resident(umem) : place->pages;
		place->swapped = umem->pageable ? umem_pageable_swapped(umem) : 0;
		place->mappings = refcount_read(&umem->refs) - 1;
		umem_copy_caller(place, umem);
	}
	spin_unlock_irq(&umem->lock);
	return live;
}

static void *umem_seq_start(struct seq_file *m, loff_t *pos)
{
	struct umem_place *place = m->private;

	if (*pos)
		return place->umem && *pos == place->pos ? place : NULL;
	*place = (struct umem_place) { };
	return SEQ_START_TOKEN;
}

static void *umem_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct umem_place *place = m->private;
	struct umem *umem = place->umem;

	place->pos = ++*pos;
	while ((umem = umem_pool_next(umem)) && !umem_copy(place, umem))
		cond_resched();
	if (!umem)
		place->umem = NULL;
	return umem ? place : NULL;
}

static void umem_seq_stop(struct seq_file *m, void *v)
{
}

static int umem_seq_show(struct seq_file *m, void *v)
{
	struct umem_place *place = v;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%-16s %16s %-8s %10s %8s %10s %10s %s\n", "COOKIE", "SIZE",
			   "TYPE", "PAGES", "MAPPINGS", "RESIDENT", "SWAPPED", "CALLER");
		return 0;
	}
	seq_printf(m, "%p %16zu %-8s %10zu %8u %10lu %10lu ", &place->umem->cookie, place->size,
		   place->type, place->pages, place->mappings, place->resident, place->swapped);
	if (place->module[0])
		seq_printf(m, "init function [%s]\n", place->module);
	else
		seq_printf(m, "%pS\n", place->caller);
	if (ddi_audit_on())
		ddi_audit_show(m, &umem_owners, (unsigned long)&place->umem->cookie);
	return 0;
}

static const struct seq_operations umem_sops = {
	.start = umem_seq_start,
	.next = umem_seq_next,
	.stop = umem_seq_stop,
	.show = umem_seq_show,
};

static int umem_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &umem_sops, sizeof(struct umem_place));
}

static const struct file_operations umem_fops = {
	.owner = THIS_MODULE,
	.open = umem_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* Note @mod as the owner of what its init function allocated, whose code is about to go. */
void ddi_umem_module_came(const struct module *mod)
{
	struct umem *umem;

	for (umem = umem_pool_next(NULL); umem; umem = umem_pool_next(umem)) {
		spin_lock_irq(&umem->lock);
		if (umem_is_live(umem) && !umem->owner &&
		    within_module((unsigned long)umem->caller, mod))
			umem->owner = mod;
		spin_unlock_irq(&umem->lock);
	}
}

static bool umem_is_of(const struct umem *umem, const struct module *mod)
{
	return umem->owner ? umem->owner == mod : within_module((unsigned long)umem->caller, mod);
}

/* Make an object that @mod leaves behind our own; false if it is none of @mod's. */
static bool umem_disown(struct umem *umem, const struct module *mod, size_t *size,
			const void **caller)
{
	bool found;

	spin_lock_irq(&umem->lock);
	found = umem_is_live(umem) && umem_is_of(umem, mod);
	if (found) {
		umem->owner = THIS_MODULE;
		umem_watch_forget(umem);
		*size = umem->size;
		*caller = umem->caller;
	}
	spin_unlock_irq(&umem->lock);
	return found;
}

void ddi_umem_module_goes(const struct module *mod)
{
	const void *caller;
	struct umem *umem;
	size_t size;

	umem_user_flush();
	for (umem = umem_pool_next(NULL); umem; umem = umem_pool_next(umem)) {
		if (!umem_disown(umem, mod, &size, &caller))
			continue;
		ddi_misuse("module exit", "umem", ddi_left_from(mod, caller),
			   "%s leaves cookie %p behind, of %zu bytes", mod->name,
			   &umem->cookie, size);
		if (ddi_audit_on())
			ddi_audit_log("umem", &umem_owners, (unsigned long)&umem->cookie);
	}
	/* Wait for functions of the driver that began to run during the loop. */
	umem_user_flush();
}

void umem_table_init(struct dentry *root)
{
	debugfs_create_file("umem", 0400, root, NULL, &umem_fops);
}
