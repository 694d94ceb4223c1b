// SPDX-License-Identifier: GPL-2.0-only
/* debugfs_segments.c - the file of debugfs with the segments of all arenas */
#include "ddi_core/audit.h"
#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/report/report.h"
#include "ddi_vmem/segment/segment.h"
#include "ddi_vmem/segment/work.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

/**
 * struct seg_place - position of a reader in the file
 * @pos: number of the record; 0 is the head of the table
 * @youngest: arenas created after that record are left out
 * @vm: the arena of record @pos, referenced from one read to the next
 * @cur: behind the segment of that record; in use while @vm is set
 * @last_span: spans added after the reader came to the arena are left out
 * @seg: the record's segment, by its address; NULL for the line of the arena
 * @type: copied from it, for it may go as soon as the arena's lock does
 * @cached: it is in a quantum cache
 * @start: first integer
 * @last: last integer
 * @size: as asked for, if it is allocated
 *
 * seq_file asks for record 0, or for the one that it was given last. The file
 * has an end, even if arenas, spans and segments come and go all the time.
 */
struct seg_place {
	loff_t pos;
	u64 youngest;
	struct vmem *vm;
	struct vmem_cursor cur;
	u64 last_span;
	const void *seg;
	enum vmem_seg_type type;
	bool cached;
	unsigned long start, last, size;
};

/* Is there something ahead of the cursor? */
static bool seg_ahead(const struct seg_place *place)
{
	struct vmem_seg *seg = place->cur.next;

	lockdep_assert_held(&place->vm->lock);
	if (seg == &place->vm->head)
		return false;
	return seg_type(seg) != VMEM_SEG_SPAN || seg_span(seg)->seq <= place->last_span;
}

/*
 * Copy the segment at the cursor and move the cursor on. False if the segment does
 * not reach beyond the last copied one: it was split off, or freed, just there.
 */
static bool seg_copy(struct seg_place *place)
{
	struct vmem_seg *seg = place->cur.next;
	enum vmem_seg_type type = seg_type(seg);

	lockdep_assert_held(&place->vm->lock);
	place->cur.next = seg->next;
	if (type != VMEM_SEG_SPAN && place->type != VMEM_SEG_SPAN && seg_last(seg) <= place->last)
		return false;
	place->seg = seg;
	place->type = type;
	place->cached = type == VMEM_SEG_ALLOC && seg_is_cached(seg);
	place->start = seg->start;
	place->last = seg_last(seg);
	place->size = type == VMEM_SEG_ALLOC ? seg->asize : seg->size;
	return true;
}

/* To the next segment of the arena; false if there is none. */
static bool seg_next(struct seg_place *place)
{
	struct vmem *vm = place->vm;
	unsigned int n = 0;
	bool more;

	spin_lock_irq(&vm->lock);
	for (more = seg_ahead(place); more && !seg_copy(place); more = seg_ahead(place)) {
		if (++n % VMEM_STEPS)
			continue;
		spin_unlock_irq(&vm->lock);
		cond_resched();
		spin_lock_irq(&vm->lock);
	}
	spin_unlock_irq(&vm->lock);
	return more;
}

static void seg_leave_arena(struct seg_place *place)
{
	struct vmem *vm = place->vm;

	if (!vm)
		return;
	spin_lock_irq(&vm->lock);
	vmem_cursor_stop(vm, &place->cur);
	spin_unlock_irq(&vm->lock);
	vmem_put(vm);
	place->vm = NULL;
}

/* To the line of the next arena, or behind the last one. */
static void seg_next_arena(struct seg_place *place)
{
	struct vmem *vm = vmem_get_next(place->vm, place->youngest);

	seg_leave_arena(place);
	place->seg = NULL;
	place->type = VMEM_SEG_SPAN;
	if (!vm)
		return;
	place->vm = vm;
	spin_lock_irq(&vm->lock);
	place->last_span = vm->span_seq;
	vmem_cursor_start(vm, &place->cur);
	spin_unlock_irq(&vm->lock);
}

static void *seg_seq_start(struct seq_file *m, loff_t *pos)
{
	struct seg_place *place = m->private;

	if (*pos)
		return place->vm && *pos == place->pos ? place : NULL;
	seg_leave_arena(place);
	place->pos = 0;
	place->youngest = vmem_youngest();
	return SEQ_START_TOKEN;
}

static void *seg_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct seg_place *place = m->private;

	if (v == SEQ_START_TOKEN || !seg_next(place))
		seg_next_arena(place);
	place->pos = ++*pos;
	return place->vm ? place : NULL;
}

static void seg_seq_stop(struct seq_file *m, void *v)
{
}

static void seg_show(struct seq_file *m, const struct seg_place *place)
{
	static const char * const type[] = { "FREE", "ALLC", "SPAN" };

	vmem_show_pointer(m, place->seg);
	seq_printf(m, "%s %16lx %16lx %16lx\n", place->cached ? "QCCH" : type[place->type],
		   place->start, place->last + 1, place->size);
	if (place->type == VMEM_SEG_ALLOC && ddi_audit_on())
		ddi_audit_show(m, place->vm, place->start);
}

static int seg_seq_show(struct seq_file *m, void *v)
{
	const struct seg_place *place = v;

	if (v == SEQ_START_TOKEN)
		seq_printf(m, "%-18s %s %16s %16s %16s\n", "ADDR", "TYPE", "START", "END", "SIZE");
	else if (!place->seg)
		seq_printf(m, "vmem:%u:%s\n", place->vm->id, place->vm->name);
	else
		seg_show(m, place);
	return 0;
}

static const struct seq_operations segments_sops = {
	.start = seg_seq_start,
	.next = seg_seq_next,
	.stop = seg_seq_stop,
	.show = seg_seq_show,
};

static int segments_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &segments_sops, sizeof(struct seg_place));
}

static int segments_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	seg_leave_arena(m->private);
	return seq_release_private(inode, file);
}

static const struct file_operations segments_fops = {
	.owner = THIS_MODULE,
	.open = segments_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = segments_release,
};

void vmem_debugfs_segments_init(void)
{
	debugfs_create_file("segments", 0400, ddi_debugfs_root, NULL, &segments_fops);
}
