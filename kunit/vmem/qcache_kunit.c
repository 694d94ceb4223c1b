// SPDX-License-Identifier: GPL-2.0-only
/* qcache_kunit.c - quantum caches: what they must never be seen to do */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/workqueue.h>

#include "ddi_vmem/cache/magazine.h"
#include "kunit/lib/qcache_helpers.h"
#include "kunit/lib/waiters_helpers.h"

/* V76: small arenas give all they have */
static void small_arena_gives_all(struct kunit *test)
{
	vmem_t *vm = arena_keep(test, vmem_create("ids", AT(1), 10, 1, NULL, NULL, NULL, 1,
						  VM_SLEEP | VMC_IDENTIFIER));
	struct hoard *h = hoard_make(test, vm, 1);

	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 10);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 0);
	hoard_empty(h);
	expect_sound(test, vm, 0);
}

/* V73: sizes up to 16 quanta, rounded down to the quantum */
static void effective_maximum(struct kunit *test)
{
	static const struct { size_t max, effective; } row[] = {
		{ 0, 0 }, { Q - 1, 0 }, { Q, Q }, { Q + Q / 2, Q }, { 16 * Q, 16 * Q },
		{ 256 * Q, 16 * Q },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		vmem_t *vm = vmem_create("max", NULL, 0, Q, NULL, NULL, NULL, row[i].max, VM_SLEEP);

		KUNIT_ASSERT_NOT_NULL(test, vm);
		KUNIT_EXPECT_EQ(test, vm->qc_max, row[i].effective);
		vmem_destroy(vm);
	}
}

/* V77, V82: no caches for a creation that may not sleep, nor with VMC_NO_QCACHE */
static void creation_without_caches(struct kunit *test)
{
	vmem_t *a = arena_keep(test, vmem_create("a", NULL, 0, Q, NULL, NULL, NULL, Q,
						 VM_NOSLEEP));
	vmem_t *b = qcache_make(test, 4, 4, VMC_NO_QCACHE);
	vmem_t *c = arena_keep(test, vmem_create("c", NULL, 0, BIT(BITS_PER_LONG - 2), NULL,
						 NULL, NULL, -1UL, VM_SLEEP | VMC_NO_QCACHE));

	KUNIT_EXPECT_EQ(test, a->qc_max, 0);
	KUNIT_EXPECT_EQ(test, b->qc_max, 0);
	/* Its slabs would be larger than the address space. */
	KUNIT_EXPECT_EQ(test, c->min_import, 64);
}

static void count_live(void *arg, void *start, size_t size)
{
	*(unsigned long *)arg += size;
}

/* V81, C10: sizes and walks count live objects only */
static void sizes_count_live_objects(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	unsigned long alloc = 0, free = 0;
	void *a = vmem_alloc(vm, Q, VM_SLEEP), *b = vmem_alloc(vm, 2 * Q + 8, VM_SLEEP);

	expect_sound(test, vm, 3 * Q + 8);
	vmem_free(vm, a, Q);
	expect_sound(test, vm, 2 * Q + 8);
	vmem_walk(vm, VMEM_ALLOC, count_live, &alloc);
	vmem_walk(vm, VMEM_FREE, count_live, &free);
	KUNIT_EXPECT_EQ(test, alloc, 2 * Q + 8);
	KUNIT_EXPECT_EQ(test, free, 61 * Q);
	vmem_free(vm, b, 2 * Q + 8);
	expect_sound(test, vm, 0);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 64 * Q);
}

/* V95, V96: what CPUs add up in motion is never more than all or less than nothing */
static void sizes_of_objects_in_motion_stay_in_bounds(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	long moved[] = { -Q, 65 * Q };
	int i;

	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		per_cpu_ptr(vm->qcpu, 0)->inuse += moved[i];
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), i ? 64 * Q : 0);
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), i ? 0 : 64 * Q);
		per_cpu_ptr(vm->qcpu, 0)->inuse -= moved[i];
	}
	expect_sound(test, vm, 0);
}

/* V76: cached space serves requests of other sizes and under constraints */
static void cached_space_serves_all(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 200, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);
	void *all;

	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 200);
	hoard_empty(h);
	all = vmem_alloc(vm, 200 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, AT(Q));
	vmem_free(vm, all, 200 * Q);
	hoard_fill(h);
	hoard_empty(h);
	/* One specific unit. */
	all = vmem_xalloc(vm, Q, 0, 0, 0, AT(50 * Q), AT(51 * Q), VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, AT(50 * Q));
	vmem_xfree(vm, all, Q);
	expect_sound(test, vm, 0);
}

/* V48: policies do not apply to cached sizes */
static void policies_are_ignored(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 1, 0);
	void *a = vmem_alloc(vm, Q, VM_SLEEP);

	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_NEXTFIT), a);
	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_ENDALLOC | VM_BESTFIT), a);
	vmem_free(vm, a, Q);
}

/* V63, V78: wrong frees in an arena with caches */
static void wrong_frees_are_caught(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 64, 4, 0);
	void *a = vmem_alloc(vm, 3 * Q - 8, VM_SLEEP), *b, *x;

	EXPECT_MISUSE(test, vmem_free(vm, a, 2 * Q));
	EXPECT_MISUSE(test, vmem_free(vm, a, 5 * Q));
	EXPECT_MISUSE(test, vmem_free(vm, a + Q, 3 * Q));
	EXPECT_MISUSE(test, vmem_xfree(vm, a, 3 * Q - 8));
	expect_sound(test, vm, 3 * Q - 8);
	EXPECT_NO_MISUSE(test, vmem_free(vm, a, 2 * Q + 1));
	EXPECT_MISUSE(test, vmem_free(vm, a, 3 * Q));
	EXPECT_MISUSE(test, vmem_xfree(vm, a, 3 * Q));
	expect_sound(test, vm, 0);
	x = vmem_xalloc(vm, Q, 0, 0, 0, NULL, NULL, VM_SLEEP);
	EXPECT_MISUSE(test, vmem_free(vm, x, Q));
	EXPECT_NO_MISUSE(test, vmem_xfree(vm, x, Q));
	/* Above the cached sizes the two families are one. */
	b = vmem_alloc(vm, 8 * Q, VM_SLEEP);
	EXPECT_NO_MISUSE(test, vmem_xfree(vm, b, 8 * Q));
	expect_sound(test, vm, 0);
}

/* V79: after a reap the segment layer has everything back */
static void reap_gives_back(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 200, 2, 0);
	struct hoard *h = hoard_make(test, vm, 2 * Q);

	hoard_fill(h);
	hoard_empty(h);
	vmem_qcache_reap(vm);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_EXPECT_EQ(test, vm->head.next->next->size, 200 * Q);
	expect_sound(test, vm, 0);
}

/* V70, V79: an imported span goes back when the caches let go of it */
static void reap_returns_imports(struct kunit *test)
{
	vmem_t *src = qcache_make(test, 64, 0, 0);
	vmem_t *kid = arena_keep(test, vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, src,
						   Q, VM_SLEEP));
	void *a;

	a = vmem_alloc(kid, Q, VM_SLEEP);
	vmem_free(kid, a, Q);
	KUNIT_EXPECT_EQ(test, vmem_size(kid, VMEM_ALLOC), 0);
	vmem_qcache_reap(kid);
	flush_work(&kid->qreap);
	KUNIT_EXPECT_EQ(test, vmem_size(src, VMEM_ALLOC), 0);
}

/* V76, V100: a cached size freed while somebody waits goes to the waiter */
static void free_wakes_a_waiter(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 4, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);
	struct waiter *w;

	hoard_fill(h);
	KUNIT_ASSERT_EQ(test, h->n, 4);
	w = wait_for(test, vm, 2 * Q, VM_SLEEP);
	await_sleepers(test, vm, 1);
	hoard_empty(h);
	expect_got(test, w);
	give(vm, w->got, 2 * Q);
	expect_sound(test, vm, 0);
}

/* Have Linux ask every shrinker for what it has, as an administrator can. */
static bool drop_slabs(void)
{
	struct file *file = filp_open("/proc/sys/vm/drop_caches", O_WRONLY, 0);
	loff_t pos = 0;
	ssize_t done;

	if (IS_ERR(file))
		return false;
	done = kernel_write(file, "2", 1, &pos);
	filp_close(file, NULL);
	return done == 1;
}

/* V80: under pressure what is cached goes back, as free space in one piece */
static void shrinker_empties_the_caches(struct kunit *test)
{
	unsigned long end = jiffies + 10 * HZ;
	vmem_t *vm = qcache_make(test, 256, 2, 0);
	struct hoard *h = hoard_make(test, vm, Q);

	hoard_fill(h);
	hoard_empty(h);
	KUNIT_EXPECT_GT(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_ASSERT_TRUE(test, drop_slabs());
	while (vmem_unlocked(vmem_hash_count(&vm->hash)) && time_before(jiffies, end))
		fsleep(1000);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_EXPECT_EQ(test, vm->head.next->next->size, 256 * Q);
	expect_sound(test, vm, 0);
}

static struct kunit_case qcache_cases[] = {
	KUNIT_CASE(small_arena_gives_all),
	KUNIT_CASE(effective_maximum),
	KUNIT_CASE(creation_without_caches),
	KUNIT_CASE(sizes_count_live_objects),
	KUNIT_CASE(sizes_of_objects_in_motion_stay_in_bounds),
	KUNIT_CASE(cached_space_serves_all),
	KUNIT_CASE(policies_are_ignored),
	KUNIT_CASE(wrong_frees_are_caught),
	KUNIT_CASE(reap_gives_back),
	KUNIT_CASE(reap_returns_imports),
	KUNIT_CASE(free_wakes_a_waiter),
	KUNIT_CASE(shrinker_empties_the_caches),
	{}
};

static struct kunit_suite qcache_suite = {
	.name = "ddi_vmem_qcache",
	.test_cases = qcache_cases,
};

kunit_test_suite(qcache_suite);
