// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie_table.c - the live ddi_umem_alloc() objects
 *
 * A hash by cookie address. It tells a live cookie from a freed or made-up one
 * without touching what the pointer points to, lets exactly one of two racing
 * frees win, and is what the debugfs file lists.
 */
#include "ddi_core/audit.h"
#include "ddi_core/core.h"

#include <linux/bits.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "ddi_umem/umem_impl.h"

#define UMEM_HASH_BITS	10
#define UMEM_BUCKETS	BIT(UMEM_HASH_BITS)

static struct umem_bucket {
	spinlock_t lock;	/* guards the list and its objects' node */
	struct hlist_head objects;
} umem_buckets[UMEM_BUCKETS];

static struct umem_bucket *bucket_of(const void *cookie)
{
	return &umem_buckets[hash_ptr(cookie, UMEM_HASH_BITS)];
}

static struct umem *bucket_find(struct umem_bucket *bucket, const void *cookie)
{
	struct umem *umem;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(umem, &bucket->objects, node)
		if (&umem->cookie == cookie)
			return umem;
	return NULL;
}

void umem_register(struct umem *umem)
{
	struct umem_bucket *bucket = bucket_of(&umem->cookie);
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	hlist_add_head(&umem->node, &bucket->objects);
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (ddi_audit_on())
		ddi_audit_own(umem_buckets, (unsigned long)&umem->cookie);
}

spinlock_t *umem_lock_of(const struct umem *umem)
{
	return &bucket_of(&umem->cookie)->lock;
}

/* Has the driver not freed it? Stays true while the caller holds its lock. */
bool umem_is_live(const struct umem *umem)
{
	lockdep_assert_held(umem_lock_of(umem));
	return !hlist_unhashed(&umem->node);
}

/* It is not the driver's any more, or it is, and was to be freed wrongly. */
static void umem_audit_claim(const void *cookie, const struct umem *umem)
{
	char label[32];

	if (!IS_ERR(umem)) {
		ddi_audit_disown(umem_buckets, (unsigned long)cookie);
		return;
	}
	snprintf(label, sizeof(label), "umem %p", cookie);
	if (umem == ERR_PTR(-EINVAL))
		ddi_audit_log(label, umem_buckets, (unsigned long)cookie);
	else
		ddi_audit_log_earlier(label, umem_buckets, (unsigned long)cookie);
}

/*
 * Take the driver's reference away from it, for freeing; once per object. No
 * window translates the address any more.
 */
struct umem *umem_claim(ddi_umem_cookie_t cookie)
{
	struct umem_bucket *bucket = bucket_of(cookie);
	struct umem *umem;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	umem = bucket_find(bucket, cookie);
	if (!umem)
		umem = ERR_PTR(-ENOENT);
	else if (umem->cookie.type != umem->type)
		umem = ERR_PTR(-EINVAL);
	else
		hlist_del_init(&umem->node);
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (ddi_audit_on())
		umem_audit_claim(cookie, umem);
	return umem;
}

/* A reference to a live object; NULL if the cookie is not one of ours. */
struct umem *umem_find_get(ddi_umem_cookie_t cookie)
{
	struct umem_bucket *bucket = bucket_of(cookie);
	struct umem *umem;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	umem = bucket_find(bucket, cookie);
	if (umem) {
		umem->was_viewed = true;
		refcount_inc(&umem->refs);
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	return umem;
}

static const char *umem_type_name(const struct umem *umem)
{
	switch (umem->type) {
	case KMEM_PAGEABLE:
		return "pageable";
	case UMEM_TRASH:
		return "trash";
	default:
		return "locked";
	}
}

static size_t umem_pages(const struct umem *umem)
{
	return umem->trash ? 1 : umem->size >> PAGE_SHIFT;
}

/**
 * struct umem_place - where a reader of the file is
 * @pos: number of the record; 0 is the head of the table
 * @bucket: the bucket of the record's object
 * @cookie: that object, by its address, NULL for none yet
 * @size: copied from it, for it may go as soon as the bucket's lock does
 * @type: name of its type
 * @pages: how many it has
 * @mappings: how many windows there are of it
 * @caller: who allocated it
 *
 * seq_file asks for record 0, or for the one that it was given last.
 */
struct umem_place {
	loff_t pos;
	unsigned int bucket;
	const void *cookie;
	size_t size;
	const char *type;
	size_t pages;
	unsigned int mappings;
	const void *caller;
};

static void umem_copy(struct umem_place *place, const struct umem *umem)
{
	place->cookie = &umem->cookie;
	place->size = umem->size;
	place->type = umem_type_name(umem);
	place->pages = umem_pages(umem);
	place->mappings = refcount_read(&umem->refs) - 1;
	place->caller = umem->caller;
}

/* To the next object of the bucket, by address; false if there is none. */
static bool umem_next_in(struct umem_bucket *bucket, struct umem_place *place)
{
	struct umem *umem, *found = NULL;

	spin_lock_irq(&bucket->lock);
	hlist_for_each_entry(umem, &bucket->objects, node)
		if ((const void *)&umem->cookie > place->cookie && (!found || umem < found))
			found = umem;
	if (found)
		umem_copy(place, found);
	spin_unlock_irq(&bucket->lock);
	return found;
}

static void *umem_seq_start(struct seq_file *m, loff_t *pos)
{
	struct umem_place *place = m->private;

	if (*pos)
		return place->bucket < UMEM_BUCKETS && *pos == place->pos ? place : NULL;
	*place = (struct umem_place) { };
	return SEQ_START_TOKEN;
}

static void *umem_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct umem_place *place = m->private;

	place->pos = ++*pos;
	while (!umem_next_in(&umem_buckets[place->bucket], place)) {
		place->cookie = NULL;
		if (++place->bucket == UMEM_BUCKETS)
			return NULL;
	}
	return place;
}

static void umem_seq_stop(struct seq_file *m, void *v)
{
}

static int umem_seq_show(struct seq_file *m, void *v)
{
	struct umem_place *place = v;

	if (v == SEQ_START_TOKEN) {
		seq_printf(m, "%-16s %16s %-8s %10s %8s %s\n", "COOKIE", "SIZE",
			   "TYPE", "PAGES", "MAPPINGS", "CALLER");
		return 0;
	}
	seq_printf(m, "%p %16zu %-8s %10zu %8u %pS\n", place->cookie, place->size,
		   place->type, place->pages, place->mappings, place->caller);
	if (ddi_audit_on())
		ddi_audit_show(m, umem_buckets, (unsigned long)place->cookie);
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

/* @mod's init function, whose addresses tell that it allocated this, vanishes. */
void ddi_umem_module_came(const struct module *mod)
{
	struct umem_bucket *bucket;
	struct umem *umem;

	for (bucket = umem_buckets; bucket < umem_buckets + UMEM_BUCKETS; bucket++) {
		spin_lock_irq(&bucket->lock);
		hlist_for_each_entry(umem, &bucket->objects, node)
			if (!umem->owner && within_module((unsigned long)umem->caller, mod))
				umem->owner = mod;
		spin_unlock_irq(&bucket->lock);
	}
}

static bool umem_is_of(const struct umem *umem, const struct module *mod)
{
	return umem->owner ? umem->owner == mod : within_module((unsigned long)umem->caller, mod);
}

/* Make an object that @mod leaves behind our own; false if there is none. */
static bool umem_disown(struct umem_bucket *bucket, const struct module *mod,
			ddi_umem_cookie_t *cookie, size_t *size, const void **caller)
{
	struct umem *umem;
	bool found = false;

	spin_lock_irq(&bucket->lock);
	hlist_for_each_entry(umem, &bucket->objects, node) {
		found = umem_is_of(umem, mod);
		if (!found)
			continue;
		umem->owner = THIS_MODULE;
		*cookie = &umem->cookie;
		*size = umem->size;
		*caller = umem->caller;
		break;
	}
	spin_unlock_irq(&bucket->lock);
	return found;
}

void ddi_umem_module_goes(const struct module *mod)
{
	struct umem_bucket *bucket;
	ddi_umem_cookie_t cookie;
	const void *caller;
	size_t size;

	for (bucket = umem_buckets; bucket < umem_buckets + UMEM_BUCKETS; bucket++) {
		while (umem_disown(bucket, mod, &cookie, &size, &caller)) {
			ddi_misuse("module exit", "umem", ddi_left_from(mod, caller),
				   "%s leaves cookie %p behind, of %zu bytes", mod->name, cookie,
				   size);
			if (ddi_audit_on())
				ddi_audit_log("umem", umem_buckets, (unsigned long)cookie);
		}
	}
}

void umem_registry_init(struct dentry *root)
{
	size_t i;

	for (i = 0; i < UMEM_BUCKETS; i++)
		spin_lock_init(&umem_buckets[i].lock);
	debugfs_create_file("umem", 0400, root, NULL, &umem_fops);
}
