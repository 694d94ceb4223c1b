// SPDX-License-Identifier: GPL-2.0-only
/* balance.c - does all that a case took from Linux come back? */
#include "kunit/lib/balance.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/vmstat.h>

#include "ddi_umem/umem_impl.h"

/*
 * Less than what a case loses that loses a page each time. What is in no statistic grows
 * with the CPUs: their per-CPU memory, and page tables of vmalloc() areas, which Linux
 * unmaps the later the more CPUs there are. On 64 that was 410 pages.
 */
static long slack_pages(void)
{
	return BALANCE_OFTEN / 2 + 8L * num_online_cpus();
}

/* KASAN's shadow of vmalloc() memory is in no statistic, and would look like a loss. */
#define COUNT_PAGES	!IS_ENABLED(CONFIG_KASAN_VMALLOC)

/* How long pages and objects may take to come back by work items and RCU. */
#define PATIENCE_MS	3000

static const char * const caches[] = { "ddi_vmem_seg", "ddi_vmem_span", "ddi_devmap" };

static struct {
	long pages;
	long objects[ARRAY_SIZE(caches)];
} before;

/*
 * Each CPU keeps free pages, and changes of the counters, to itself for a while, and
 * changes them without a lock: a sum that was torn is looked at again, see check().
 */
static long free_in(struct zone *zone)
{
	long pages = atomic_long_read(&zone->vm_stat[NR_FREE_PAGES]);
	int cpu;

	for_each_online_cpu(cpu) {
		struct per_cpu_zonestat *stat = per_cpu_ptr(zone->per_cpu_zonestats, cpu);

		/* That CPU goes on meanwhile. */
		pages += data_race(per_cpu_ptr(zone->per_cpu_pageset, cpu)->count);
		/* Here, too */
		pages += data_race(stat->vm_stat_diff[NR_FREE_PAGES]);
	}
	return pages;
}

static long node_stat(struct pglist_data *node, enum node_stat_item item)
{
	long n = atomic_long_read(&node->vm_stat[item]);
	int cpu;

	for_each_online_cpu(cpu) {
		/* That CPU goes on meanwhile. */
		n += data_race(per_cpu_ptr(node->per_cpu_nodestats, cpu)->vm_node_stat_diff[item]);
	}
	return n;
}

static long accounted_in(struct pglist_data *node)
{
	long pages = node_stat(node, NR_SLAB_RECLAIMABLE_B) +
		     node_stat(node, NR_SLAB_UNRECLAIMABLE_B) +
		     node_stat(node, NR_FILE_PAGES) + node_stat(node, NR_ANON_MAPPED) +
		     node_stat(node, NR_PAGETABLE) +
		     node_stat(node, NR_KERNEL_STACK_KB) / (PAGE_SIZE / 1024);
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (populated_zone(&node->node_zones[i]))
			pages += free_in(&node->node_zones[i]);
	return pages;
}

long balance_pages(void)
{
	long pages = totalram_pages();
	int node;

	for_each_online_node(node)
		pages -= accounted_in(NODE_DATA(node));
	return pages;
}

/* Write @text to a file of sysfs, or read a number from it. */
static long slab_file(const char *cache, const char *name, const char *text)
{
	char path[80], answer[80] = "", *end = answer;
	struct file *file;
	loff_t pos = 0;
	long n = -1;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, name);
	file = filp_open(path, text ? O_WRONLY : O_RDONLY, 0);
	if (IS_ERR(file))
		return -1;
	if (text)
		n = kernel_write(file, text, strlen(text), &pos);
	/* The sum, and then that of each node. */
	else if (kernel_read(file, answer, sizeof(answer) - 1, &pos) > 0 &&
		 kstrtol(strsep(&end, "\n "), 10, &n))
		n = -1;
	fput(file);
	/* For a kernel thread, which has no way back to user mode that closes it */
	flush_delayed_fput();
	return n;
}

long balance_objects(const char *cache)
{
	/* The CPUs' slabs count as full until they are given up. */
	if (slab_file(cache, "shrink", "1") < 0)
		return -1;
	return slab_file(cache, "objects", NULL);
}

/* Freed pages and objects may still be in a cache of ours, or wait for RCU. */
static void settle(void)
{
	umem_flush_deferred();
	umem_page_cache_drain();
	rcu_barrier();
}

static bool balanced(long *pages, long *objects)
{
	bool all = true;
	int i;

	settle();
	*pages = balance_pages() - before.pages;
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		objects[i] = balance_objects(caches[i]) - before.objects[i];
		all &= objects[i] <= 0;
	}
	return all && (!COUNT_PAGES || *pages <= slack_pages());
}

static void check(void *data)
{
	struct kunit *test = data;
	long pages, objects[ARRAY_SIZE(caches)];
	unsigned int waited;
	int i;

	for (waited = 0; !balanced(&pages, objects) && waited < PATIENCE_MS; waited += 50)
		msleep(50);
	if (COUNT_PAGES)
		KUNIT_EXPECT_LE_MSG(test, pages, slack_pages(), "pages did not come back");
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		KUNIT_EXPECT_LE_MSG(test, objects[i], 0L, "objects of %s did not come back",
				    caches[i]);
}

/* KUnit runs a case's own cleanup before check(), because that was added first. */
int balance_init(struct kunit *test)
{
	int i;

	settle();
	before.pages = balance_pages();
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		before.objects[i] = balance_objects(caches[i]);
		if (before.objects[i] < 0)
			return -ENODATA;
	}
	return kunit_add_action_or_reset(test, check, test);
}
