// SPDX-License-Identifier: GPL-2.0-only
/* misuse_table_kunit.c - the debugfs file that says which objects were misused */
#include <sys/map.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/vmem_helpers.h"

/* The line of the object @name, or NULL. */
static const char *line_of(struct kunit *test, const char *name)
{
	char wanted[48];

	snprintf(wanted, sizeof(wanted), "\t%s\t", name);
	return strstr(debugfs_text(test, "misuses"), wanted);
}

/* G5 */
static void misuse_is_counted_by_object(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("table one", AT(1), 10, 1, NULL, NULL, NULL, 0,
						  VM_SLEEP));

	KUNIT_EXPECT_NULL(test, line_of(test, "table one"));
	EXPECT_MISUSE(test, vmem_free(vm, AT(5), 1));
	EXPECT_MISUSE(test, vmem_free(vm, AT(5), 1));
	EXPECT_MISUSE(test, vmem_add(vm, AT(2), 1, VM_SLEEP));
	KUNIT_EXPECT_NOT_NULL(test, strstr(debugfs_text(test, "misuses"),
					   "3\tvmem_add\ttable one\tmisuse_is_counted_by_object+"));
}

/* G5: a name cannot break the table. */
static void control_characters_are_escaped(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("two\nlines\t", AT(1), 10, 1, NULL, NULL, NULL,
						  0, VM_SLEEP));

	EXPECT_MISUSE(test, vmem_free(vm, AT(5), 1));
	KUNIT_EXPECT_NULL(test, strstr(debugfs_text(test, "misuses"), "two\nlines"));
}

/* G5: more objects than the table has room for. */
static void oldest_object_gives_way(struct kunit *test)
{
	char name[16];
	vmem_t *vm;
	int i;

	for (i = 0; i < 65; i++) {
		snprintf(name, sizeof(name), "full %d", i);
		vm = vmem_create(name, AT(1), 10, 1, NULL, NULL, NULL, 0, VM_SLEEP);
		EXPECT_MISUSE(test, vmem_free(vm, AT(5), 1));
		vmem_destroy(vm);
	}
	KUNIT_EXPECT_NULL(test, line_of(test, "full 0"));
	KUNIT_EXPECT_NOT_NULL(test, line_of(test, "full 1"));
	KUNIT_EXPECT_NOT_NULL(test, line_of(test, "full 64"));
}

static struct kunit_case misuse_table_cases[] = {
	KUNIT_CASE(misuse_is_counted_by_object),
	KUNIT_CASE(control_characters_are_escaped),
	KUNIT_CASE(oldest_object_gives_way),
	{}
};

static struct kunit_suite misuse_table_suite = {
	.name = "ddi_misuse_table",
	.init = balance_init,
	.test_cases = misuse_table_cases,
};

kunit_test_suite(misuse_table_suite);
