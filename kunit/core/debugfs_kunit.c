// SPDX-License-Identifier: GPL-2.0-only
/* debugfs_kunit.c - files of thousands of lines, read in small pieces */
#include <sys/sunddi.h>

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/vmem_helpers.h"

#define ARENAS		2000
/* A debugging kernel takes its time for each line. */
#define SEGMENTS	(IS_ENABLED(CONFIG_PROVE_LOCKING) ? 20000 : 110000)
/* Few enough for the memory of their cookies, which stays, not to look like a loss. */
#define OBJECTS		300

#define LINE_MAX_LEN	400

/* A reader of lines. */
struct lines {
	struct debugfs_reader *reader;
	char text[SZ_1K];
	size_t have;
};

/* The next line without its end, or NULL; good until the next one is asked for. */
static const char *next_line(struct lines *in, char *line)
{
	char *end = memchr(in->text, '\n', in->have);
	size_t n;

	while (!end) {
		n = debugfs_read(in->reader, in->text + in->have, sizeof(in->text) - in->have);
		if (!n)
			return NULL;
		in->have += n;
		end = memchr(in->text, '\n', in->have);
	}
	n = end - in->text;
	memcpy(line, in->text, min_t(size_t, n, LINE_MAX_LEN - 1));
	line[min_t(size_t, n, LINE_MAX_LEN - 1)] = '\0';
	in->have -= n + 1;
	memmove(in->text, end + 1, in->have);
	return line;
}

static struct lines *read_lines(struct kunit *test, const char *name)
{
	struct lines *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, in);
	in->reader = debugfs_open(test, name);
	return in;
}

/* Behind pointers, which are shorter on 32 bits. */
#define NAME_COLUMN	19

/* How many lines have @word in column @from or later. It takes a page to write them. */
static unsigned long lines_from(struct kunit *test, const char *name, size_t from,
				const char *word)
{
	struct lines *in = read_lines(test, name);
	char line[LINE_MAX_LEN];
	unsigned long n = 0;

	while (next_line(in, line)) {
		n += strlen(line) > from && strstr(line + from, word);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, debugfs_buffer(in->reader), PAGE_SIZE);
	debugfs_close(test, in->reader);
	return n;
}

static unsigned long lines_with(struct kunit *test, const char *name, const char *word)
{
	return lines_from(test, name, 0, word);
}

/* K2: half of them import from an arena of the other half */
static void files_of_many_arenas(struct kunit *test)
{
	vmem_t *vm = NULL;
	int i;

	for (i = 0; i < ARENAS; i++) {
		if (i % 2)
			arena_keep(test, vmem_create("many", NULL, 0, 1, vmem_alloc, vmem_free,
						     vm, 0, VM_SLEEP));
		else
			vm = arena_keep(test, vmem_create("many", AT(1), 10, 1, NULL, NULL, NULL,
							  0, VM_SLEEP));
	}
	KUNIT_EXPECT_EQ(test, lines_with(test, "arenas", " many "), ARENAS);
	KUNIT_EXPECT_EQ(test, lines_from(test, "arenas", NAME_COLUMN, "  many "), ARENAS / 2);
	KUNIT_EXPECT_EQ(test, lines_with(test, "stats", ":many"), ARENAS);
	KUNIT_EXPECT_EQ(test, lines_with(test, "segments", ":many"), ARENAS);
	KUNIT_EXPECT_EQ(test, lines_with(test, "verify", ":many sound"), ARENAS);
}

/* K2: each arena imports from the one before it */
static void file_of_a_long_chain_of_arenas(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, 10, 1);
	int i;

	for (i = 0; i < VMEM_DEPTH_MAX; i++)
		vm = arena_keep(test, vmem_create("link", NULL, 0, 1, vmem_alloc, vmem_free, vm,
						  0, VM_SLEEP));
	KUNIT_EXPECT_EQ(test, lines_with(test, "arenas", " link "), VMEM_DEPTH_MAX);
}

/* K2 */
static void file_of_many_segments(struct kunit *test)
{
	vmem_t *vm = arena_make(test, 1, SEGMENTS, 1);
	int i;

	for (i = 0; i < SEGMENTS; i++) {
		KUNIT_ASSERT_NE(test, take(vm, 1, VM_NOSLEEP), 0);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, lines_with(test, "segments", " ALLC "), SEGMENTS);
}

static void free_all(void *data)
{
	ddi_umem_cookie_t *cookie = data;
	int i;

	for (i = 0; i < OBJECTS && cookie[i]; i++)
		ddi_umem_free(cookie[i]);
	kvfree(cookie);
}

static void file_of_many_umem_objects(struct kunit *test)
{
	ddi_umem_cookie_t *cookie = kvcalloc(OBJECTS, sizeof(*cookie), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cookie);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_all, cookie), 0);
	for (i = 0; i < OBJECTS; i++)
		KUNIT_ASSERT_NOT_NULL(test, ddi_umem_alloc(1, DDI_UMEM_SLEEP, &cookie[i]));
	KUNIT_EXPECT_EQ(test, lines_with(test, "umem", "file_of_many_umem_objects+"), OBJECTS);
}

/* Free the segment at which the reader is and those behind it, except every tenth. */
static void reader_continues_when_segments_are_freed(struct kunit *test)
{
	unsigned long start, seen = 0, tens = 0, freed = 0;
	vmem_t *vm = arena_make(test, 1, 1000, 1);
	struct lines *in = read_lines(test, "segments");
	char line[LINE_MAX_LEN];
	const char *at;
	int i;

	for (i = 0; i < 1000; i++)
		take(vm, 1, VM_NOSLEEP);
	while (next_line(in, line)) {
		at = strstr(line, " ALLC ");
		if (!at || sscanf(at, " ALLC %lx", &start) != 1)
			continue;
		KUNIT_EXPECT_GT(test, start, seen);
		seen = start;
		tens += start % 10 == 0;
		/* The file is not read further ahead than that. */
		while (freed < start + 100 && freed < 1000)
			if (++freed % 10)
				give(vm, freed, 1);
	}
	KUNIT_EXPECT_EQ(test, tens, 100);
	KUNIT_EXPECT_EQ(test, arena_segments(vm), 200);
	debugfs_close(test, in->reader);
}

/* V112: the arena that a reader is at, and those around it */
static void reader_continues_when_arenas_are_destroyed(struct kunit *test)
{
	struct debugfs_reader *reader = debugfs_open(test, "arenas");
	char name[16], *text = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	vmem_t *vm[9];
	size_t n, used = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < ARRAY_SIZE(vm); i++) {
		snprintf(name, sizeof(name), "going%d", i);
		vm[i] = arena_keep(test, vmem_create(name, AT(1), 10, 1, NULL, NULL, NULL, 0,
						     VM_SLEEP));
	}
	/* One line each time. */
	while (!strstr(text, "going4")) {
		n = debugfs_read(reader, text + used, 1);
		KUNIT_ASSERT_EQ(test, n, 1);
		used += n;
	}
	/* The reader is at 4 or at 5. */
	for (i = 3; i <= 6; i++)
		arena_close(test, vm[i]);
	do {
		n = debugfs_read(reader, text + used, SZ_64K - 1 - used);
		used += n;
	} while (n);
	debugfs_close(test, reader);
	KUNIT_EXPECT_NULL(test, strstr(text, "going6"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "going7"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "going8"));
	KUNIT_EXPECT_PTR_EQ(test, strstr(text, "ADDR"), text);
	KUNIT_EXPECT_NULL(test, strstr(text + 1, "ADDR"));
}

/* From the beginning once more, as lseek() does. */
static void reader_can_begin_again(struct kunit *test)
{
	struct lines *in = read_lines(test, "segments");
	char first[LINE_MAX_LEN], again[LINE_MAX_LEN];

	arena_make(test, 1, 10, 1);
	KUNIT_ASSERT_NOT_NULL(test, next_line(in, first));
	KUNIT_ASSERT_NOT_NULL(test, next_line(in, first));
	while (next_line(in, again))
		;
	debugfs_rewind(in->reader);
	KUNIT_ASSERT_NOT_NULL(test, next_line(in, again));
	KUNIT_ASSERT_NOT_NULL(test, next_line(in, again));
	KUNIT_EXPECT_STREQ(test, first, again);
	debugfs_close(test, in->reader);
}

/* The change that happens before each byte that the reader asks for. */
struct meanwhile {
	void (*happens)(struct meanwhile *it);
	vmem_t *vm;
};

/* Does the file end all the same? */
static void expect_end(struct kunit *test, const char *name, struct meanwhile *it)
{
	struct debugfs_reader *reader = debugfs_open(test, name);
	char *text = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	unsigned int n = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	do {
		it->happens(it);
	} while (n < SZ_64K - 1 && debugfs_read(reader, text + n++, 1));
	KUNIT_EXPECT_LT_MSG(test, n, SZ_64K - 1, "%.8000s", text);
	debugfs_close(test, reader);
}

static void another_arena(struct meanwhile *it)
{
	vmem_t *vm = vmem_create("young", AT(1), 10, 1, NULL, NULL, NULL, 0, VM_SLEEP);

	vmem_destroy(it->vm);
	it->vm = vm;
}

/* K2 */
static void files_end_while_arenas_come_and_go(struct kunit *test)
{
	struct meanwhile it = { another_arena };

	expect_end(test, "arenas", &it);
	expect_end(test, "segments", &it);
	vmem_destroy(it.vm);
}

static void same_segment(struct meanwhile *it)
{
	give(it->vm, 1, 1);
	take(it->vm, 1, VM_NOSLEEP);
}

static void another_span(struct meanwhile *it)
{
	static unsigned long at = 0x100000;

	vmem_add(it->vm, AT(at), 1, VM_SLEEP);
	at += 2;
}

/* K2 */
static void file_of_segments_ends_while_they_come_and_go(struct kunit *test)
{
	struct meanwhile it = { same_segment, arena_make(test, 1, 10, 1) };

	KUNIT_EXPECT_EQ(test, take(it.vm, 1, VM_NOSLEEP), 1);
	expect_end(test, "segments", &it);
	it.happens = another_span;
	expect_end(test, "segments", &it);
}

static struct kunit_case debugfs_cases[] = {
	KUNIT_CASE(files_of_many_arenas),
	KUNIT_CASE(file_of_a_long_chain_of_arenas),
	KUNIT_CASE(file_of_many_segments),
	KUNIT_CASE(file_of_many_umem_objects),
	KUNIT_CASE(reader_continues_when_segments_are_freed),
	KUNIT_CASE(reader_continues_when_arenas_are_destroyed),
	KUNIT_CASE(reader_can_begin_again),
	KUNIT_CASE(files_end_while_arenas_come_and_go),
	KUNIT_CASE(file_of_segments_ends_while_they_come_and_go),
	{}
};

static struct kunit_suite debugfs_suite = {
	.name = "ddi_debugfs",
	.init = balance_init,
	.test_cases = debugfs_cases,
};

kunit_test_suite(debugfs_suite);
