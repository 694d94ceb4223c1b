// SPDX-License-Identifier: GPL-2.0-only
/* stats.c - files of debugfs about arenas: arenas, stats, qcaches, verify */
#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/report/report.h"
#include "ddi_vmem/segment/work.h"

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

/* In the order of enum vmem_stat; illumos's names [K1]. */
static const char * const vmem_stat_name[] = {
	"alloc", "free", "wait", "fail", "lookup", "search",
	"populate_wait", "populate_fail", "contains", "contains_search",
};

static_assert(ARRAY_SIZE(vmem_stat_name) == VMEM_STATS);

/* An arena's figures, read at one instant. */
struct vmem_snapshot {
	unsigned long inuse, total, import;
	u64 stat[VMEM_STATS];
};

static void vmem_snapshot(struct vmem *vm, struct vmem_snapshot *snap)
{
	struct vmem_qsum qc = vmem_qc_sum(vm);
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	snap->inuse = vmem_inuse(vm, qc.inuse);
	snap->total = vm->total;
	snap->import = vm->import;
	memcpy(snap->stat, vm->stat, sizeof(snap->stat));
	snap->stat[VMEM_STAT_ALLOC] += qc.allocs;
	snap->stat[VMEM_STAT_FREE] += qc.frees;
	spin_unlock_irqrestore(&vm->lock, flags);
}

/**
 * struct arena_place - position of a reader in a file with a record for each arena
 * @vm: the arena of record @pos, referenced from one read to the next
 * @pos: number of the record; 0 is the head of the table
 * @youngest: arenas created after this one are left out, so that the file ends
 *
 * seq_file asks for record 0, or for the one that it was given last.
 */
struct arena_place {
	struct vmem *vm;
	loff_t pos;
	u64 youngest;
};

static void arena_move(struct arena_place *place, struct vmem *vm, loff_t pos)
{
	if (place->vm)
		vmem_put(place->vm);
	place->vm = vm;
	place->pos = pos;
}

static void *arena_seq_start(struct seq_file *m, loff_t *pos)
{
	struct arena_place *place = m->private;

	if (*pos)
		return *pos == place->pos ? place->vm : NULL;
	arena_move(place, NULL, 0);
	place->youngest = vmem_youngest();
	return SEQ_START_TOKEN;
}

static void *arena_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct arena_place *place = m->private;

	arena_move(place, vmem_get_next(place->vm, place->youngest), ++*pos);
	return place->vm;
}

static void arena_seq_stop(struct seq_file *m, void *v)
{
}

static int arena_seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	arena_move(m->private, NULL, 0);
	return seq_release_private(inode, file);
}

/* The file of records that @name_show() shows. */
#define DEFINE_ARENA_FILE(name)							\
static const struct seq_operations name##_sops = {				\
	.start = arena_seq_start,						\
	.next = arena_seq_next,							\
	.stop = arena_seq_stop,							\
	.show = name##_show,							\
};										\
										\
static int name##_open(struct inode *inode, struct file *file)			\
{										\
	return seq_open_private(file, &name##_sops, sizeof(struct arena_place));	\
}										\
										\
static const struct file_operations name##_fops = {				\
	.owner = THIS_MODULE,							\
	.open = name##_open,							\
	.read = seq_read,							\
	.llseek = seq_lseek,							\
	.release = arena_seq_release,						\
}

/* The column ADDR. Before the kernel has keys to hash pointers its placeholder may be short. */
void vmem_show_pointer(struct seq_file *m, const void *p)
{
	seq_setwidth(m, 18);
	seq_printf(m, "%p", p);
	seq_pad(m, ' ');
}

static void arena_line(struct seq_file *m, struct vmem *vm)
{
	int indent = 2 * (int)vm->depth;
	struct vmem_snapshot snap;

	vmem_snapshot(vm, &snap);
	vmem_show_pointer(m, vm);
	seq_printf(m, "%*s%-*s %16lu %16lu %12llu %8llu\n", indent, "",
		   max(VMEM_NAMELEN - indent, 1), vm->name, snap.inuse, snap.total,
		   snap.stat[VMEM_STAT_ALLOC], snap.stat[VMEM_STAT_FAIL]);
}

static int arenas_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_printf(m, "%-18s %-*s %16s %16s %12s %8s\n", "ADDR", VMEM_NAMELEN, "NAME",
			   "INUSE", "TOTAL", "SUCCEED", "FAIL");
	else
		arena_line(m, v);
	return 0;
}

DEFINE_ARENA_FILE(arenas);

static void stats_block(struct seq_file *m, struct vmem *vm)
{
	struct vmem_snapshot snap;
	int i;

	vmem_snapshot(vm, &snap);
	seq_printf(m, "vmem:%u:%s\n", vm->id, vm->name);
	seq_printf(m, "\t%-16s %lu\n", "mem_inuse", snap.inuse);
	seq_printf(m, "\t%-16s %lu\n", "mem_import", snap.import);
	seq_printf(m, "\t%-16s %lu\n", "mem_total", snap.total);
	seq_printf(m, "\t%-16s %u\n", "vmem_source", vm->source ? vm->source->id : 0);
	for (i = 0; i < VMEM_STATS; i++)
		seq_printf(m, "\t%-16s %llu\n", vmem_stat_name[i], snap.stat[i]);
}

static int stats_show(struct seq_file *m, void *v)
{
	if (v != SEQ_START_TOKEN)
		stats_block(m, v);
	return 0;
}

DEFINE_ARENA_FILE(stats);

static int qcaches_show(struct seq_file *m, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_printf(m, "%-10s %-30s %8s %12s %8s %12s %12s\n", "ID", "NAME", "SIZE",
			   "CACHED", "DEPOT", "HITS", "MISSES");
	else
		vmem_qc_show(m, v);
	return 0;
}

DEFINE_ARENA_FILE(qcaches);

static int verify_show(struct seq_file *m, void *v)
{
	struct vmem *vm = v;

	if (v != SEQ_START_TOKEN)
		seq_printf(m, "vmem:%u:%s %s\n", vm->id, vm->name,
			   vmem_verify(vm) ? "sound" : "corrupt; the kernel log says what");
	return 0;
}

DEFINE_ARENA_FILE(verify);

void vmem_debugfs_init(void)
{
	debugfs_create_file("arenas", 0400, ddi_debugfs_root, NULL, &arenas_fops);
	debugfs_create_file("stats", 0400, ddi_debugfs_root, NULL, &stats_fops);
	vmem_debugfs_segments_init();
	debugfs_create_file("qcaches", 0400, ddi_debugfs_root, NULL, &qcaches_fops);
	debugfs_create_file("verify", 0400, ddi_debugfs_root, NULL, &verify_fops);
}
