// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults_import_kunit.c - import functions that fail and misbehave, arenas created
 * and destroyed concurrently, and both with failing allocations
 */
#include <sys/map.h>
#include <sys/sunddi.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kthread.h>

#include "kunit/lib/balance.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/vmem_helpers.h"

/*
 * An import function with random behaviour: it fails, enlarges, sleeps if it may,
 * or first uses the arena that asks.
 */
#define MOODY_THREADS	4

static struct moody {
	vmem_t *source, *kid;
	unsigned long seed, rounds;
	atomic_t calls, running;
	struct completion done;
} moody;

static u32 moody_random(void)
{
	return hash_long(moody.seed + atomic_inc_return(&moody.calls), 32);
}

static void moody_recurse(u32 mood)
{
	unsigned long at = take_at(moody.kid, 0x100, 0x10);

	vmem_size(moody.kid, VMEM_FREE);
	vmem_contains(moody.kid, AT(mood), 0x10);
	if (at)
		xgive(moody.kid, at, 0x10);
}

static void *moody_import(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	u32 mood = moody_random();
	bool sleeps = !(vmflag & VM_NOSLEEP);

	/* Not where it would make every thread wait for a retry [V101]. */
	if (mood % 4 == 0 && !sleeps)
		return NULL;
	if (mood % 4 == 1)
		*size += source->quantum * (1 + mood / 4 % 3);
	if (mood % 5 == 0 && sleeps)
		usleep_range(10, 50);
	if (mood % 7 == 0)
		moody_recurse(mood);
	return vmem_alloc(source, *size, vmflag);
}

static int moody_thread(void *data)
{
	unsigned long at[16] = {}, n;
	size_t size[16];

	for (n = 0; n < moody.rounds; n++) {
		u32 what = moody_random(), i = what % 16;

		if (at[i])
			give(moody.kid, at[i], size[i]);
		size[i] = 1 + what / 16 % 0x1800;
		if (what & BIT(31))
			at[i] = xtake(moody.kid, size[i], 0x2000, 0, 0, 0, 0, VM_NOSLEEP);
		else
			at[i] = take(moody.kid, size[i], what & BIT(30) ? VM_SLEEP : VM_NOSLEEP);
		cond_resched();
	}
	for (n = 0; n < 16; n++)
		if (at[n])
			give(moody.kid, at[n], size[n]);
	if (atomic_dec_and_test(&moody.running))
		complete(&moody.done);
	return 0;
}

static void start_threads(int (*fn)(void *data))
{
	unsigned int i;

	init_completion(&moody.done);
	atomic_set(&moody.running, MOODY_THREADS);
	for (i = 0; i < MOODY_THREADS; i++)
		if (IS_ERR(kthread_run(fn, NULL, "ddi-moody")) &&
		    atomic_dec_and_test(&moody.running))
			complete(&moody.done);
}

/* V64, V65, V67, V68, V70, V112, G10 */
static void import_that_fails_enlarges_and_recurses_leaves_no_trace(struct kunit *test)
{
	unsigned long before = ddi_misuse_count();
	struct rnd_state rnd;

	ddi_kunit_seed(test, &rnd);
	moody.seed = prandom_u32_state(&rnd);
	moody.rounds = ddi_kunit_steps(50000);
	moody.source = source_make(test, 0x400000);
	moody.kid = arena_keep(test, vmem_xcreate("moody", AT(0x100), 0x10, 0x10, moody_import,
						  source_export, moody.source, 0, VM_SLEEP));
	start_threads(moody_thread);
	wait_for_completion(&moody.done);
	KUNIT_EXPECT_EQ(test, ddi_misuse_count(), before);
	EXPECT_STATE(test, moody.kid, "F0x100+0x10");
	EXPECT_STATE(test, moody.source, "F0x100000+0x400000");
	KUNIT_EXPECT_TRUE(test, vmem_verify(moody.kid) && vmem_verify(moody.source));
}

static int life_thread(void *data)
{
	unsigned long n;

	for (n = 0; n < moody.rounds; n++) {
		vmem_t *kid = vmem_create("life", NULL, 0, 0x1000, vmem_alloc, vmem_free,
					  moody.source, n & 1 ? 0 : 0x4000, VM_SLEEP);
		struct map *mp = rmallocmap(n % 8);
		unsigned long at = take(kid, 0x1000, VM_NOSLEEP);
		ddi_umem_cookie_t cookie;

		ddi_umem_alloc(PAGE_SIZE << n % 3, DDI_UMEM_NOSLEEP, &cookie);
		ddi_umem_free(cookie);
		if (mp)
			rmfree(mp, 10, 1 + n);
		if (at)
			give(kid, at, 0x1000);
		vmem_destroy(kid);
		rmfreemap(mp);
		cond_resched();
	}
	if (atomic_dec_and_test(&moody.running))
		complete(&moody.done);
	return 0;
}

/* V8, V71, V110, V112, K5, K2: with a reader of the statistics all the while */
static void create_and_destroy_side_by_side(struct kunit *test)
{
	static const char * const file[] = { "stats", "arenas", "segments", "verify" };
	unsigned int i;

	moody.source = source_make(test, 0x400000);
	moody.rounds = ddi_kunit_steps(20000) / 4;
	start_threads(life_thread);
	for (i = 0; i < 40; i++)
		debugfs_text(test, file[i % 4]);
	wait_for_completion(&moody.done);
	EXPECT_STATE(test, moody.source, "F0x100000+0x400000");
	KUNIT_EXPECT_EQ(test, atomic_read(&moody.source->children), 0);
}

static unsigned int fail_a_part_of_all(unsigned int percent)
{
	unsigned int failed = 0;
	int what;

	for (what = 0; what < DDI_FAULTS; what++)
		failed += fail_percent(what, percent);
	return failed;
}

static void faults_end(void *unused)
{
	fail_a_part_of_all(0);
}

/* V12, V62, V68, V105, V107, R9, R23, U7: the two cases above without memory now and then */
static void faults_at_random(struct kunit *test)
{
	unsigned int failed;

	need_faults(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, faults_end, NULL), 0);
	fail_a_part_of_all(20);
	import_that_fails_enlarges_and_recurses_leaves_no_trace(test);
	create_and_destroy_side_by_side(test);
	failed = fail_a_part_of_all(0);
	KUNIT_EXPECT_GT(test, failed, 1000);
	kunit_info(test, "%u faults", failed);
}

#define ROOM	0x1000

static void *import_room(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	*size = ROOM;
	return vmem_alloc(source, *size, vmflag);
}

/* Allocate in what begins at @at until no descriptor is left: a cut takes one or two. */
static void use_all_descriptors(struct kunit *test, vmem_t *vm, unsigned long at)
{
	unsigned long end = at + ROOM, start;

	for (; vm->pool_n && at < end; at++) {
		start = vm->pool_n == 2 ? at + 1 : at;
		KUNIT_ASSERT_EQ(test, take_at(vm, start, 1), start);
	}
	KUNIT_ASSERT_EQ(test, vm->pool_n, 0);
}

/* V67, V107: the caches gave back a span for a request, which then lacks descriptors */
static void span_goes_back_when_there_is_no_descriptor(struct kunit *test)
{
	vmem_t *source = source_make(test, 4 * ROOM), *kid;
	unsigned long at;

	need_faults(test);
	kid = arena_keep(test, vmem_xcreate("kid", NULL, 0, 1, import_room, source_export,
					    source, 1, VM_SLEEP));
	at = take(kid, 1, VM_NOSLEEP);
	KUNIT_ASSERT_NOT_NULL(test, vmem_add(kid, AT(ROOM), ROOM, VM_SLEEP));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, faults_end, NULL), 0);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	use_all_descriptors(test, kid, ROOM);
	give(kid, at, 1);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), ROOM);
	KUNIT_EXPECT_EQ(test, xtake(kid, ROOM, 1, 0, 0, 0, 0, VM_NOSLEEP), 0);
	KUNIT_EXPECT_EQ(test, vmem_size(source, VMEM_ALLOC), 0);
}

/* V66, V82, V105: an import of more than the request needs does not sleep for memory */
static void larger_import_fails_without_memory(struct kunit *test)
{
	vmem_t *source = source_make(test, 0x100000), *kid;

	need_faults(test);
	kid = arena_keep(test, vmem_create("kid", NULL, 0, 0x1000, source_import, source_export,
					   source, 0x8000, VM_SLEEP | VMC_NO_QCACHE));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, faults_end, NULL), 0);
	fail_percent(DDI_FAIL_DESCRIPTORS, 100);
	KUNIT_EXPECT_NE(test, take(kid, 0x1000, VM_SLEEP), 0);
	KUNIT_EXPECT_EQ(test, source_log.imports, 1);
	KUNIT_EXPECT_EQ(test, source_log.import_size, 0x1000);
}

static struct kunit_case faults_import_cases[] = {
	KUNIT_CASE(larger_import_fails_without_memory),
	KUNIT_CASE(span_goes_back_when_there_is_no_descriptor),
	KUNIT_CASE_SLOW(import_that_fails_enlarges_and_recurses_leaves_no_trace),
	KUNIT_CASE_SLOW(create_and_destroy_side_by_side),
	KUNIT_CASE_SLOW(faults_at_random),
	{}
};

static struct kunit_suite faults_import_suite = {
	.name = "ddi_faults_import",
	.init = balance_init,
	.test_cases = faults_import_cases,
};

kunit_test_suite(faults_import_suite);
