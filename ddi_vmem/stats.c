// SPDX-License-Identifier: GPL-2.0-only
/* stats.c - arenas as debugfs shows them: table, counters, segments, verify */
#include "ddi_audit.h"
#include "ddi_internal.h"
#include "vmem_impl.h"

#include <linux/debugfs.h>
#include <linux/sched.h>
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
	struct vmem_qsum qc;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	qc = vmem_qc_sum(vm);
	snap->inuse = vm->inuse + qc.inuse;
	snap->total = vm->total;
	snap->import = vm->import;
	memcpy(snap->stat, vm->stat, sizeof(snap->stat));
	snap->stat[VMEM_STAT_ALLOC] += qc.allocs;
	snap->stat[VMEM_STAT_FREE] += qc.frees;
	spin_unlock_irqrestore(&vm->lock, flags);
}

/* Call @show for every arena; each is referenced meanwhile. */
static void vmem_for_each(struct seq_file *m, void (*show)(struct seq_file *m, struct vmem *vm))
{
	struct vmem *vm, *next;

	for (vm = vmem_get_next(NULL); vm; vm = next) {
		show(m, vm);
		next = vmem_get_next(vm);
		vmem_put(vm);
	}
}

static int vmem_depth(const struct vmem *vm)
{
	int depth = 0;

	for (vm = vmem_parent(vm); vm; vm = vmem_parent(vm))
		depth++;
	return depth;
}

/* The column ADDR. What stands for a pointer before there are keys to hash it may be short. */
static void show_pointer(struct seq_file *m, const void *p)
{
	seq_setwidth(m, 18);
	seq_printf(m, "%p", p);
	seq_pad(m, ' ');
}

static void arena_line(struct seq_file *m, struct vmem *vm)
{
	int indent = 2 * vmem_depth(vm);
	struct vmem_snapshot snap;

	vmem_snapshot(vm, &snap);
	show_pointer(m, vm);
	seq_printf(m, "%*s%-*s %16lu %16lu %12llu %8llu\n", indent, "",
		   max(VMEM_NAMELEN - indent, 1), vm->name, snap.inuse, snap.total,
		   snap.stat[VMEM_STAT_ALLOC], snap.stat[VMEM_STAT_FAIL]);
}

static int arenas_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%-18s %-*s %16s %16s %12s %8s\n", "ADDR", VMEM_NAMELEN, "NAME",
		   "INUSE", "TOTAL", "SUCCEED", "FAIL");
	vmem_for_each(m, arena_line);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(arenas);

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

static int stats_show(struct seq_file *m, void *unused)
{
	vmem_for_each(m, stats_block);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static void segment_line(struct seq_file *m, const struct vmem_seg *seg)
{
	static const char * const type[] = { "FREE", "ALLC", "SPAN" };
	bool alloc = seg_type(seg) == VMEM_SEG_ALLOC;

	show_pointer(m, seg);
	seq_printf(m, "%s %16lx %16lx %16lx\n",
		   alloc && seg_is_cached(seg) ? "QCCH" : type[seg_type(seg)], seg->start,
		   seg->start + seg->size, alloc ? seg->asize : seg->size);
}

static void segments_block(struct seq_file *m, struct vmem *vm)
{
	struct vmem_cursor cur;
	unsigned long start;
	unsigned int n = 0;
	bool owned;

	seq_printf(m, "vmem:%u:%s\n", vm->id, vm->name);
	spin_lock_irq(&vm->lock);
	vmem_cursor_start(vm, &cur);
	while (cur.next != &vm->head && !seq_has_overflowed(m)) {
		segment_line(m, cur.next);
		start = cur.next->start;
		owned = ddi_audit_on() && seg_type(cur.next) == VMEM_SEG_ALLOC;
		cur.next = cur.next->next;
		if (!owned && ++n % VMEM_STEPS)
			continue;
		spin_unlock_irq(&vm->lock);
		if (owned)
			ddi_audit_show(m, vm, start);
		cond_resched();
		spin_lock_irq(&vm->lock);
	}
	vmem_cursor_stop(vm, &cur);
	spin_unlock_irq(&vm->lock);
}

static int segments_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%-18s %s %16s %16s %16s\n", "ADDR", "TYPE", "START", "END", "SIZE");
	vmem_for_each(m, segments_block);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(segments);

static int qcaches_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%-10s %-30s %8s %12s %8s %12s %12s\n", "ID", "NAME", "SIZE",
		   "CACHED", "DEPOT", "HITS", "MISSES");
	vmem_for_each(m, vmem_qc_show);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(qcaches);

static void verify_line(struct seq_file *m, struct vmem *vm)
{
	seq_printf(m, "vmem:%u:%s %s\n", vm->id, vm->name,
		   vmem_verify(vm) ? "sound" : "corrupt; the kernel log says what");
}

static int verify_show(struct seq_file *m, void *unused)
{
	vmem_for_each(m, verify_line);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verify);

void vmem_debugfs_init(void)
{
	debugfs_create_file("arenas", 0400, ddi_debugfs_root, NULL, &arenas_fops);
	debugfs_create_file("stats", 0400, ddi_debugfs_root, NULL, &stats_fops);
	debugfs_create_file("segments", 0400, ddi_debugfs_root, NULL, &segments_fops);
	debugfs_create_file("qcaches", 0400, ddi_debugfs_root, NULL, &qcaches_fops);
	debugfs_create_file("verify", 0400, ddi_debugfs_root, NULL, &verify_fops);
}
