// SPDX-License-Identifier: GPL-2.0-only
/*
 * misuse_table.c - which objects misuse was reported of, for debugfs
 *
 * A table of fixed size, because a report may come from any context and must
 * not need memory. When it is full, the object whose last report is the oldest
 * gives way.
 */
#include "ddi_core/misuse_table.h"

#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define MISUSE_OBJECTS	64
#define MISUSE_NAMELEN	30

/**
 * struct misuse_object - the reports of one object, or of several of one name
 * @name: of the arena, map or object; empty in an entry that is not in use
 * @count: number of reports
 * @func: the function that the last one was about
 * @caller: address in the driver that called it
 * @turn: number of the last report, among those of all objects
 */
struct misuse_object {
	char name[MISUSE_NAMELEN];
	unsigned long count;
	const char *func;
	const void *caller;
	unsigned long turn;
};

static struct misuse_object objects[MISUSE_OBJECTS];
static unsigned long turns;
static DEFINE_RAW_SPINLOCK(objects_lock);	/* guards these two */

/* The entry of that name, or the one that gives way to it. */
static struct misuse_object *entry_for(const char *name)
{
	struct misuse_object *entry, *oldest = objects;

	lockdep_assert_held(&objects_lock);
	for (entry = objects; entry < &objects[MISUSE_OBJECTS]; entry++) {
		if (!strncmp(entry->name, name, MISUSE_NAMELEN - 1))
			return entry;
		if (entry->turn < oldest->turn)
			oldest = entry;
	}
	*oldest = (struct misuse_object){};
	strscpy(oldest->name, name, MISUSE_NAMELEN);
	return oldest;
}

void ddi_misuse_note(const char *func, const char *object, const void *caller)
{
	struct misuse_object *entry;
	unsigned long flags;

	raw_spin_lock_irqsave(&objects_lock, flags);
	entry = entry_for(object);
	entry->count++;
	entry->func = func;
	entry->caller = caller;
	entry->turn = ++turns;
	raw_spin_unlock_irqrestore(&objects_lock, flags);
}

static int misuses_show(struct seq_file *m, void *v)
{
	struct misuse_object entry;
	unsigned long flags;
	int i;

	seq_puts(m, "COUNT\tFUNCTION\tOBJECT\tCALLER\n");
	for (i = 0; i < MISUSE_OBJECTS; i++) {
		raw_spin_lock_irqsave(&objects_lock, flags);
		entry = objects[i];
		raw_spin_unlock_irqrestore(&objects_lock, flags);
		if (!entry.count)
			continue;
		seq_printf(m, "%lu\t%s\t", entry.count, entry.func);
		seq_escape(m, entry.name, "\t\n\\");
		seq_printf(m, "\t%pS\n", entry.caller);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(misuses);

void ddi_misuse_table_init(struct dentry *root)
{
	debugfs_create_file("misuses", 0400, root, NULL, &misuses_fops);
}
