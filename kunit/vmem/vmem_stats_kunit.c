// SPDX-License-Identifier: GPL-2.0-only
/* vmem_stats_kunit.c - an arena's counters, and the file that shows them */
#include <linux/debugfs.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/vmem_helpers.h"

/* What an arena has counted of segments and requests. */
struct counters {
	u64 alloc, free, fail, wait;
};

static struct counters counters_of(vmem_t *vm)
{
	return (struct counters){
		.alloc = arena_stat(vm, VMEM_STAT_ALLOC),
		.free = arena_stat(vm, VMEM_STAT_FREE),
		.fail = arena_stat(vm, VMEM_STAT_FAIL),
		.wait = arena_stat(vm, VMEM_STAT_WAIT),
	};
}

static void expect_counters(struct kunit *test, vmem_t *vm, struct counters expected)
{
	struct counters now = counters_of(vm);

	KUNIT_EXPECT_EQ(test, now.alloc, expected.alloc);
	KUNIT_EXPECT_EQ(test, now.free, expected.free);
	KUNIT_EXPECT_EQ(test, now.fail, expected.fail);
	KUNIT_EXPECT_EQ(test, now.wait, expected.wait);
}

/* K3: the contract's own example */
static void counters_follow_the_vector(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);

	KUNIT_EXPECT_EQ(test, take(vm, 11, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NOSLEEP), 1);
	KUNIT_EXPECT_EQ(test, take(vm, 3, VM_NEXTFIT | VM_NOSLEEP), 4);
	KUNIT_EXPECT_EQ(test, take(vm, 30, VM_NEXTFIT | VM_NOSLEEP), 0);
	give(vm, 1, 3);
	expect_counters(test, vm, (struct counters){ .alloc = 2, .free = 1, .fail = 2 });
	KUNIT_EXPECT_EQ(test, vm->inuse, 3);
	KUNIT_EXPECT_EQ(test, vm->total, 10);
	KUNIT_EXPECT_EQ(test, vm->total - vm->inuse, vmem_size(vm, VMEM_FREE));
}

struct failure {
	const char *desc;
	size_t size, align, nocross;
	unsigned long min, max;
	int flags;
};

/* Nothing of 20 units is left in an arena of quantum 1 */
static const struct failure failures[] = {
	{ "default", 20, 0, 0, 0, 0, VM_NOSLEEP },
	{ "best fit", 20, 0, 0, 0, 0, VM_NOSLEEP | VM_BESTFIT },
	{ "first fit", 20, 0, 0, 0, 0, VM_NOSLEEP | VM_FIRSTFIT },
	{ "abort", 20, 0, 0, 0, 0, VM_SLEEP | VM_ABORT },
	{ "high end", 20, 0, 0, 0, 0, VM_NOSLEEP | VM_ENDALLOC },
	{ "aligned", 10, 64, 0, 0, 0, VM_NOSLEEP },
	{ "nocross", 16, 0, 16, 0, 0, VM_NOSLEEP },
	{ "window", 3, 0, 0, 40, 43, VM_NOSLEEP },
	{ "window too small", 10, 0, 0, 1, 5, VM_NOSLEEP },
};

KUNIT_ARRAY_PARAM_DESC(failure, failures, desc);

/* K3 */
static void counter_of_failures_alone_moves(struct kunit *test)
{
	const struct failure *p = test->param_value;
	vmem_t *vm = arena_make(test, 1, 30, 1);
	struct counters expected;

	take_at(vm, 16, 1);
	expected = counters_of(vm);
	expected.fail++;
	KUNIT_EXPECT_EQ(test, xtake(vm, p->size, p->align, 0, p->nocross, p->min, p->max,
				    p->flags), 0);
	expect_counters(test, vm, expected);
	KUNIT_EXPECT_EQ(test, vm->inuse, 1);
	KUNIT_EXPECT_EQ(test, vm->total, 30);
	KUNIT_EXPECT_EQ(test, vm->import, 0);
}

/* K3: a refused import counts as one failure of the child */
static void counter_of_failures_after_a_refused_import(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);

	source_log.fail = true;
	KUNIT_EXPECT_EQ(test, take(kid, 0x1000, VM_NOSLEEP), 0);
	expect_counters(test, kid, (struct counters){ .fail = 1 });
	source_log.fail = false;
}

/* K3, V60 */
static void counters_ignore_misuse(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 30, 1);
	struct counters before;

	take(vm, 3, VM_NOSLEEP);
	before = counters_of(vm);
	EXPECT_MISUSE(test, give(vm, 1, 4));
	EXPECT_MISUSE(test, give(vm, 10, 4));
	EXPECT_MISUSE(test, take(vm, 0, VM_NOSLEEP));
	EXPECT_MISUSE(test, xtake(vm, 3, 3, 0, 0, 0, 0, VM_NOSLEEP));
	expect_counters(test, vm, before);
}

/* K1 */
static void counters_of_import(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x10);
	unsigned long at;

	vmem_add(kid, AT(0x100), 0x10, VM_SLEEP);
	KUNIT_EXPECT_EQ(test, kid->import, 0);
	at = take(kid, 0x20, VM_NOSLEEP);
	KUNIT_EXPECT_EQ(test, kid->import, 0x1000);
	KUNIT_EXPECT_EQ(test, kid->total, 0x1010);
	KUNIT_EXPECT_EQ(test, kid->inuse, 0x20);
	KUNIT_EXPECT_EQ(test, source->inuse, 0x1000);
	give(kid, at, 0x20);
	KUNIT_EXPECT_EQ(test, kid->import, 0);
	KUNIT_EXPECT_EQ(test, arena_stat(source, VMEM_STAT_FREE), 1);
}

/* Where the record of an arena starts, or NULL. */
static const char *record_of(const char *text, u32 id)
{
	char head[24];

	snprintf(head, sizeof(head), "vmem:%u:", id);
	return strstr(text, head);
}

/* The record of @vm in a file that has one for each arena. */
static const char *file_record(struct kunit *test, const char *name, vmem_t *vm)
{
	const char *record = record_of(debugfs_text(test, name), vm->id);

	KUNIT_ASSERT_NOT_NULL(test, record);
	return record;
}

static u64 field_of(struct kunit *test, const char *record, const char *name)
{
	char key[24];
	const char *at;
	u64 value = 0;

	snprintf(key, sizeof(key), "\t%s ", name);
	at = strstr(record, key);
	KUNIT_EXPECT_NOT_NULL_MSG(test, at, "no field %s", name);
	if (at)
		KUNIT_EXPECT_EQ(test, sscanf(at + strlen(key), "%llu", &value), 1);
	return value;
}

/* K1, K2 */
static void file_has_every_field_by_name(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000), *kid = kid_make(test, source, 0x1000);
	const char *record;

	take(kid, 0x800, VM_NOSLEEP);
	take(kid, 0x100000, VM_NOSLEEP);
	record = file_record(test, "stats", kid);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "mem_inuse"), 0x800);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "mem_import"), 0x1000);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "mem_total"), 0x1000);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "vmem_source"), source->id);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "alloc"), 1);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "free"), 0);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "wait"), 0);
	KUNIT_EXPECT_EQ(test, field_of(test, record, "fail"), 1);
	KUNIT_EXPECT_EQ(test, field_of(test, file_record(test, "stats", source), "vmem_source"),
			0);
}

/* K3 */
static void file_forgets_a_destroyed_arena(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	const char *text = debugfs_text(test, "stats");
	u32 id = vm->id;

	KUNIT_EXPECT_NOT_NULL(test, record_of(text, id));
	arena_close(test, vm);
	KUNIT_EXPECT_NULL(test, record_of(debugfs_text(test, "stats"), id));
}

/* K4 */
static void file_of_arenas_indents_children(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x10000);
	const char *text;

	kid_make(test, source, 0x1000);
	text = debugfs_text(test, "arenas");
	KUNIT_EXPECT_PTR_EQ(test, strstr(text, "ADDR"), (char *)text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "   kid "));
}

/* The line after the one that @text points into; it shows an arena of that name. */
static const char *expect_line(struct kunit *test, const char *text, const char *name)
{
	const char *line = strchr(text, '\n') + 1;

	KUNIT_EXPECT_TRUE_MSG(test, strstarts(line + 18, name), "'%s', expected '%s'", line, name);
	return line;
}

/* K4: a child stands below its parent, whenever it was made */
static void file_of_arenas_puts_children_below_their_parent(struct kunit *test)
{
	vmem_t *a = arena_make(test, 0x1000, 0x1000, 1), *kid, *b, *late;
	const char *text;

	kid = arena_keep(test, vmem_create("kid", NULL, 0, 1, vmem_alloc, vmem_free, a, 0,
					   VM_SLEEP));
	b = arena_keep(test, vmem_create("b", NULL, 0, 1, NULL, NULL, a, 0, VM_SLEEP));
	late = arena_keep(test, vmem_create("late", NULL, 0, 1, vmem_alloc, vmem_free, a, 0,
					    VM_SLEEP));
	arena_keep(test, vmem_create("grandkid", NULL, 0, 1, vmem_alloc, vmem_free, kid, 0,
				     VM_SLEEP));
	text = debugfs_text(test, "arenas");
	text = strstr(text, " file_of_arenas_puts");
	KUNIT_ASSERT_NOT_NULL(test, text);
	text = expect_line(test, text, "   kid  ");
	text = expect_line(test, text, "     grandkid  ");
	text = expect_line(test, text, "   late  ");
	expect_line(test, text, " b  ");
	arena_close(test, late);
	arena_close(test, b);
}

/* A source without an import function may go first; nobody looks at it then. */
static void file_outlives_a_source(struct kunit *test)
{
	vmem_t *source = arena_make(test, 1, 10, 1), *vm;
	u32 id = source->id;

	vm = arena_keep(test, vmem_create("orphan", AT(1), 10, 1, NULL, NULL, source, 0,
					  VM_SLEEP));
	EXPECT_NO_MISUSE(test, arena_close(test, source));
	KUNIT_EXPECT_EQ(test, field_of(test, file_record(test, "stats", vm), "vmem_source"), id);
	KUNIT_EXPECT_NOT_NULL(test, strstr(debugfs_text(test, "arenas"), " orphan "));
}

/* Everything there is of ours, and only for root. */
static void files_are_for_root_alone(struct kunit *test)
{
	static const char * const name[] = {
		"arenas", "stats", "segments", "qcaches", "verify", "umem", "misuse",
		"misuses",
	};
	struct dentry *dir = debugfs_lookup("ddi", NULL), *file;
	unsigned int i;

	if (!dir)
		kunit_skip(test, "no debugfs");
	for (i = 0; i < ARRAY_SIZE(name); i++) {
		file = debugfs_lookup(name[i], dir);
		KUNIT_EXPECT_NOT_NULL_MSG(test, file, "%s", name[i]);
		if (!file)
			continue;
		KUNIT_EXPECT_EQ(test, d_inode(file)->i_mode, S_IFREG | 0400);
		KUNIT_EXPECT_TRUE(test, uid_eq(d_inode(file)->i_uid, GLOBAL_ROOT_UID));
		dput(file);
	}
	dput(dir);
}

/* Pointers of the kernel do not show; numbers of the arena do. */
static void files_hash_pointers(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x1000, 0x1000, 1);
	const char *text = debugfs_text(test, "arenas");
	char address[20];

	snprintf(address, sizeof(address), "%lx", (unsigned long)vm);
	KUNIT_EXPECT_NULL(test, strstr(text, address));
	KUNIT_EXPECT_NULL(test, strstr(debugfs_text(test, "segments"), address));
}

/* An arena with caches and one that imports from it, used and made anew. */
static int make_load(void *unused)
{
	while (!kthread_should_stop()) {
		vmem_t *vm = vmem_create("load", AT(1), 1000, 1, NULL, NULL, NULL, 4, VM_SLEEP);
		vmem_t *kid = vmem_create("load kid", NULL, 0, 1, vmem_alloc, vmem_free, vm, 0,
					  VM_SLEEP);
		int i;

		for (i = 0; i < 100; i++) {
			unsigned long at = take(vm, i % 7 + 1, VM_SLEEP);

			give(kid, take(kid, i + 1, VM_SLEEP), i + 1);
			give(vm, at, i % 7 + 1);
		}
		vmem_destroy(kid);
		vmem_destroy(vm);
		cond_resched();
	}
	return 0;
}

/* K2, K5: files are read while what they tell of changes and goes */
static void files_are_readable_under_load(struct kunit *test)
{
	static const char * const name[] = { "arenas", "stats", "segments", "qcaches" };
	struct task_struct *load[2];
	unsigned int i;

	arena_keep(test, vmem_create("witness", AT(1), 10, 1, NULL, NULL, NULL, 1, VM_SLEEP));
	for (i = 0; i < ARRAY_SIZE(load); i++) {
		load[i] = kthread_run(make_load, NULL, "ddi_load");
		KUNIT_ASSERT_FALSE(test, IS_ERR(load[i]));
	}
	for (i = 0; i < 40; i++) {
		const char *text = debugfs_text(test, name[i % ARRAY_SIZE(name)]);

		KUNIT_EXPECT_NOT_NULL(test, strstr(text, "witness"));
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(load); i++)
		KUNIT_EXPECT_EQ(test, kthread_stop(load[i]), 0);
}

/* K4, K2: the file can be read while it describes its own reader's arena */
static void file_of_segments_lists_types(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 0x777000, 0x3000, 0x1000);
	const char *record;

	take(vm, 0x1001, VM_NOSLEEP);
	record = file_record(test, "segments", vm);
	KUNIT_EXPECT_NOT_NULL(test, strstr(record, "SPAN           777000           77a000"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(record, "ALLC           777000           779000"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(record, "FREE           779000           77a000"));
	record = file_record(test, "verify", vm);
	KUNIT_EXPECT_NOT_NULL(test, strstr(record, " sound\n"));
}

/* K2: in pieces, so that a long list keeps nobody out */
static void file_of_segments_lists_many(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 100, 1);
	const char *record;
	int i;

	for (i = 1; i <= 100; i++)
		take(vm, 1, VM_NOSLEEP);
	record = file_record(test, "segments", vm);
	for (i = 1; i <= 100; i++) {
		char line[40];

		snprintf(line, sizeof(line), "ALLC %16x %16x", i, i + 1);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(record, line), "no segment %d", i);
	}
}

/* K4: size, cached objects, magazines in the depot, hits, misses */
static void file_of_caches_tells_occupancy(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("told", AT(0x10), 0x1000, 0x10, NULL, NULL,
						  NULL, 0x20, VM_SLEEP));
	unsigned long at = take(vm, 0x20, VM_SLEEP);
	char line[120];
	const char *text;

	give(vm, at, 0x20);
	take(vm, 0x20, VM_SLEEP);
	take(vm, 0x20, VM_SLEEP);
	xgive(vm, take(vm, 0x30, VM_SLEEP), 0x30);
	text = debugfs_text(test, "qcaches");
	snprintf(line, sizeof(line), "%-10u %-30s %8u %12u %8u %12u %12u\n", vm->id, "told", 0x20,
		 0, 0, 1, 2);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, line), "%s", line);
}

static struct kunit_case vmem_stats_cases[] = {
	KUNIT_CASE(counters_follow_the_vector),
	KUNIT_CASE_PARAM(counter_of_failures_alone_moves, failure_gen_params),
	KUNIT_CASE(counter_of_failures_after_a_refused_import),
	KUNIT_CASE(counters_ignore_misuse),
	KUNIT_CASE(counters_of_import),
	KUNIT_CASE(file_has_every_field_by_name),
	KUNIT_CASE(file_forgets_a_destroyed_arena),
	KUNIT_CASE(file_of_arenas_indents_children),
	KUNIT_CASE(file_of_arenas_puts_children_below_their_parent),
	KUNIT_CASE(file_outlives_a_source),
	KUNIT_CASE(files_are_for_root_alone),
	KUNIT_CASE(files_hash_pointers),
	KUNIT_CASE(files_are_readable_under_load),
	KUNIT_CASE(file_of_segments_lists_types),
	KUNIT_CASE(file_of_segments_lists_many),
	KUNIT_CASE(file_of_caches_tells_occupancy),
	{}
};

static struct kunit_suite vmem_stats_suite = {
	.name = "ddi_statistics",
	.init = balance_init,
	.test_cases = vmem_stats_cases,
};

kunit_test_suite(vmem_stats_suite);
