// SPDX-License-Identifier: GPL-2.0-only
/* qcache_kunit.c - quantum caches: what they must never be seen to do */
#include <sys/vmem.h>

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "ddi_kunit.h"
#include "ddi_vmem/magazine.h"

#define Q	0x1000UL

/* An arena of @units quanta from @base with sizes up to @max quanta cached. */
static vmem_t *make_arena(struct kunit *test, unsigned long units, unsigned long max, int flags)
{
	vmem_t *vm = vmem_create("qcache", (void *)Q, units * Q, Q, NULL, NULL, NULL,
				 max * Q, VM_SLEEP | flags);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	return vm;
}

static void expect_sound(struct kunit *test, vmem_t *vm, unsigned long inuse)
{
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), inuse);
}

/* One operation on an arena, to be sent to another CPU. */
struct remote {
	vmem_t *vm;
	void *obj[256];
	int n;
	size_t size;
};

static struct remote *make_remote(struct kunit *test, vmem_t *vm, size_t size)
{
	struct remote *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->vm = vm;
	r->size = size;
	return r;
}

static void remote_fill(void *arg)
{
	struct remote *r = arg;

	for (r->n = 0; r->n < ARRAY_SIZE(r->obj); r->n++) {
		r->obj[r->n] = vmem_alloc(r->vm, r->size, VM_NOSLEEP);
		if (!r->obj[r->n])
			break;
	}
}

static void remote_empty(void *arg)
{
	struct remote *r = arg;

	while (r->n)
		vmem_free(r->vm, r->obj[--r->n], r->size);
}

static long remote_fill_work(void *arg)
{
	remote_fill(arg);
	return 0;
}

static long remote_empty_work(void *arg)
{
	remote_empty(arg);
	return 0;
}

/* On another CPU, in its interrupt; in a thread where spinlocks sleep [X7]. */
static void call_on(int cpu, void (*fn)(void *), struct remote *r)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		work_on_cpu(cpu, fn == remote_fill ? remote_fill_work : remote_empty_work, r);
	else
		smp_call_function_single(cpu, fn, r, 1);
}

static int other_cpu(void)
{
	return cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
}

/* V76: small arenas give all they have */
static void small_arena_gives_all(struct kunit *test)
{
	vmem_t *vm = vmem_create("ids", (void *)1, 10, 1, NULL, NULL, NULL, 1,
				 VM_SLEEP | VMC_IDENTIFIER);
	struct remote *r = make_remote(test, vm, 1);

	KUNIT_ASSERT_NOT_NULL(test, vm);
	remote_fill(r);
	KUNIT_EXPECT_EQ(test, r->n, 10);
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), 0);
	remote_empty(r);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
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
	vmem_t *a = vmem_create("a", NULL, 0, Q, NULL, NULL, NULL, Q, VM_NOSLEEP);
	vmem_t *b = make_arena(test, 4, 4, VMC_NO_QCACHE);
	vmem_t *c = vmem_create("c", NULL, 0, BIT(BITS_PER_LONG - 2), NULL, NULL, NULL, -1UL,
				VM_SLEEP | VMC_NO_QCACHE);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, a->qc_max, 0);
	KUNIT_EXPECT_EQ(test, b->qc_max, 0);
	/* Its slabs would be larger than the address space. */
	KUNIT_EXPECT_EQ(test, c->min_import, 64);
	vmem_destroy(c);
	vmem_destroy(a);
	vmem_destroy(b);
}

/* V81, C10: sizes and walks count live objects only */
static void count_live(void *arg, void *start, size_t size)
{
	*(unsigned long *)arg += size;
}

static void sizes_count_live_objects(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 64, 4, 0);
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
	vmem_destroy(vm);
}

/* V95, V96: what CPUs add up in motion is never more than all or less than nothing */
static void sizes_of_objects_in_motion_stay_in_bounds(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 64, 4, 0);
	long moved[] = { -Q, 65 * Q };
	int i;

	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		per_cpu_ptr(vm->qcpu, 0)->inuse += moved[i];
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), i ? 64 * Q : 0);
		KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_FREE), i ? 0 : 64 * Q);
		per_cpu_ptr(vm->qcpu, 0)->inuse -= moved[i];
	}
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

/* V76: what lies in another CPU's magazines serves this one */
static void other_cpus_objects_serve(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 100, 1, 0);
	struct remote *r = make_remote(test, vm, Q);
	int cpu;

	migrate_disable();
	cpu = other_cpu();
	if (cpu >= nr_cpu_ids) {
		migrate_enable();
		vmem_destroy(vm);
		kunit_skip(test, "needs two CPUs");
	}
	call_on(cpu, remote_fill, r);
	KUNIT_EXPECT_EQ(test, r->n, 100);
	call_on(cpu, remote_empty, r);
	expect_sound(test, vm, 0);
	remote_fill(r);
	KUNIT_EXPECT_EQ(test, r->n, 100);
	expect_sound(test, vm, 100 * Q);
	remote_empty(r);
	migrate_enable();
	vmem_destroy(vm);
}

/* V76: cached space serves requests of other sizes and under constraints */
static void cached_space_serves_all(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 200, 1, 0);
	struct remote *r = make_remote(test, vm, Q);
	void *all;

	remote_fill(r);
	KUNIT_EXPECT_EQ(test, r->n, 200);
	remote_empty(r);
	all = vmem_alloc(vm, 200 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, (void *)Q);
	vmem_free(vm, all, 200 * Q);
	remote_fill(r);
	remote_empty(r);
	/* One specific unit. */
	all = vmem_xalloc(vm, Q, 0, 0, 0, (void *)(50 * Q), (void *)(51 * Q), VM_NOSLEEP);
	KUNIT_EXPECT_PTR_EQ(test, all, (void *)(50 * Q));
	vmem_xfree(vm, all, Q);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

/* V48: policies do not apply to cached sizes */
static void policies_are_ignored(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 64, 1, 0);
	void *a = vmem_alloc(vm, Q, VM_SLEEP);

	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_NEXTFIT), a);
	vmem_free(vm, a, Q);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, Q, VM_SLEEP | VM_ENDALLOC | VM_BESTFIT), a);
	vmem_free(vm, a, Q);
	vmem_destroy(vm);
}

/* V63, V78: wrong frees in an arena with caches */
static void wrong_frees_are_caught(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 64, 4, 0);
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
	vmem_destroy(vm);
}

/* One object that every CPU frees at the same moment. */
struct clash {
	vmem_t *vm;
	void *object;
	atomic_t missing;
};

static void clash_free(void *arg)
{
	struct clash *clash = arg;

	atomic_dec(&clash->missing);
	while (atomic_read(&clash->missing))
		cpu_relax();
	vmem_free(clash->vm, clash->object, Q);
}

/* V63, V78: of frees of one object at the same moment, one is right */
static void frees_at_the_same_moment(struct kunit *test)
{
	unsigned long before = ddi_misuse_count();
	struct clash clash = {};
	unsigned int cpus, i;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "interrupts cannot take the arena's lock here [X7]");
	clash.vm = make_arena(test, 64, 4, 0);
	cpus_read_lock();
	cpus = num_online_cpus();
	for (i = 0; i < 200; i++) {
		clash.object = vmem_alloc(clash.vm, Q, VM_SLEEP);
		atomic_set(&clash.missing, cpus);
		on_each_cpu(clash_free, &clash, 1);
	}
	cpus_read_unlock();
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - before, 200 * (cpus - 1));
	expect_sound(test, clash.vm, 0);
	vmem_destroy(clash.vm);
}

/* V79: after a reap the segment layer has everything back */
static void reap_gives_back(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 200, 2, 0);
	struct remote *r = make_remote(test, vm, 2 * Q);

	remote_fill(r);
	remote_empty(r);
	vmem_qcache_reap(vm);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vm->hash.count, 0);
	KUNIT_EXPECT_EQ(test, vm->head.next->next->size, 200 * Q);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

/* V70, V79: an imported span goes back when the caches let go of it */
static void reap_returns_imports(struct kunit *test)
{
	vmem_t *src = make_arena(test, 64, 0, 0);
	vmem_t *kid = vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, src, Q, VM_SLEEP);
	void *a;

	KUNIT_ASSERT_NOT_NULL(test, kid);
	a = vmem_alloc(kid, Q, VM_SLEEP);
	vmem_free(kid, a, Q);
	KUNIT_EXPECT_EQ(test, vmem_size(kid, VMEM_ALLOC), 0);
	vmem_qcache_reap(kid);
	flush_work(&kid->qreap);
	KUNIT_EXPECT_EQ(test, vmem_size(src, VMEM_ALLOC), 0);
	vmem_destroy(kid);
	vmem_destroy(src);
}

/* A thread that sleeps for one unit. */
struct sleeper {
	vmem_t *vm;
	size_t size;
	void *got;
	struct completion done;
};

static int sleeper_thread(void *arg)
{
	struct sleeper *s = arg;

	s->got = vmem_alloc(s->vm, s->size, VM_SLEEP);
	complete(&s->done);
	return 0;
}

static void wait_until_asleep(vmem_t *vm, unsigned int n)
{
	while (READ_ONCE(vm->waiters) < n || !wq_has_sleeper(&vm->wait))
		schedule_timeout_uninterruptible(1);
}

/* V76, V100: a cached size freed while somebody waits goes to the waiter */
static void free_wakes_a_waiter(struct kunit *test)
{
	vmem_t *vm = make_arena(test, 4, 1, 0);
	struct sleeper s = { .vm = vm, .size = 2 * Q };
	struct remote *r = make_remote(test, vm, Q);
	unsigned long left;

	init_completion(&s.done);
	remote_fill(r);
	KUNIT_ASSERT_EQ(test, r->n, 4);
	kthread_run(sleeper_thread, &s, "ddi_sleeper");
	wait_until_asleep(vm, 1);
	remote_empty(r);
	left = wait_for_completion_timeout(&s.done, 10 * HZ);
	KUNIT_EXPECT_NE(test, left, 0);
	KUNIT_EXPECT_NOT_NULL(test, s.got);
	vmem_free(vm, s.got, 2 * Q);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

/* Threads that hand objects to each other. */
#define EXCHANGE	64

struct exchange {
	struct kunit *test;
	vmem_t *vm;
	void *slot[EXCHANGE];
	unsigned long steps;
	atomic_t running;
	struct completion done;
	unsigned long seed;
	bool hotplug;
};

static size_t slot_size(int i)
{
	return (1 + i % 4) * Q;
}

/* Take what lies in a random slot and free it, put a new one there. */
static int exchange_thread(void *arg)
{
	struct exchange *x = arg;
	unsigned long step;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, x->seed + raw_smp_processor_id());
	for (step = 0; step < x->steps; step++) {
		int i = ddi_kunit_below(&rnd, EXCHANGE);
		void *obj = vmem_alloc(x->vm, slot_size(i), VM_NOSLEEP);

		obj = xchg(&x->slot[i], obj);
		if (obj)
			vmem_free(x->vm, obj, slot_size(i));
		if (step % 1024 == 0) {
			if (step % 8192 == 0)
				vmem_qcache_reap(x->vm);
			cond_resched();
		}
	}
	if (atomic_dec_and_test(&x->running))
		complete(&x->done);
	return 0;
}

static void exchange_run(struct kunit *test, struct exchange *x, int threads)
{
	struct rnd_state rnd;
	int i;

	ddi_kunit_seed(test, &rnd);
	x->vm = make_arena(test, 120, 4, 0);
	x->steps = ddi_kunit_steps(100000);
	x->seed = prandom_u32_state(&rnd);
	atomic_set(&x->running, threads);
	init_completion(&x->done);
	for (i = 0; i < threads; i++)
		kthread_run(exchange_thread, x, "ddi_exchange/%d", i);
}

static void exchange_check(struct kunit *test, struct exchange *x)
{
	unsigned long held = 0;
	int i;

	for (i = 0; i < EXCHANGE; i++)
		held += x->slot[i] ? slot_size(i) : 0;
	expect_sound(test, x->vm, held);
	for (i = 0; i < EXCHANGE; i++)
		if (x->slot[i])
			vmem_free(x->vm, x->slot[i], slot_size(i));
	expect_sound(test, x->vm, 0);
	vmem_destroy(x->vm);
}

/* V76, V81: allocated on one CPU, freed on another, with reaps between */
static void threads_exchange_objects(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned long before = ddi_misuse_count();

	exchange_run(test, x, 8);
	wait_for_completion(&x->done);
	exchange_check(test, x);
	KUNIT_EXPECT_EQ(test, ddi_misuse_count(), before);
}

/* Whoever suspects an arena in use is told that it is sound, as it is. */
static void verify_under_load(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	unsigned int looks = 0, wrong = 0;

	exchange_run(test, x, 4);
	while (!try_wait_for_completion(&x->done)) {
		wrong += !vmem_verify(x->vm);
		looks++;
		cond_resched();
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "of %u looks", looks);
	exchange_check(test, x);
}

/* DESIGN 2: CPUs come and go under load */
static void hotplug_under_load(struct kunit *test)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	int rounds = 0;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "needs CPU hotplug and two CPUs");
	exchange_run(test, x, 4);
	while (!try_wait_for_completion(&x->done)) {
		if (remove_cpu(1) || add_cpu(1))
			break;
		rounds++;
	}
	if (atomic_read(&x->running))
		wait_for_completion(&x->done);
	kunit_info(test, "%d rounds of hotplug", rounds);
	exchange_check(test, x);
}

/* An arena of @units that caches sizes of up to @max, all of it free and left on CPU 1. */
static struct remote *leave_on_cpu_1(struct kunit *test, unsigned long units, unsigned long max)
{
	struct remote *r;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "needs CPU hotplug and two CPUs");
	r = make_remote(test, make_arena(test, units, max, 0), Q);
	call_on(1, remote_fill, r);
	call_on(1, remote_empty, r);
	return r;
}

/* V76: objects parked on a CPU that went offline serve all the same */
static void offline_cpus_objects_serve(struct kunit *test)
{
	struct remote *r = leave_on_cpu_1(test, 100, 1);
	vmem_t *vm = r->vm;

	KUNIT_ASSERT_EQ(test, remove_cpu(1), 0);
	remote_fill(r);
	KUNIT_EXPECT_EQ(test, r->n, 100);
	remote_empty(r);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

/* DESIGN 2: what a CPU has cached goes back when it goes offline */
static void offline_cpu_is_drained(struct kunit *test)
{
	struct remote *r = leave_on_cpu_1(test, 256, 2);
	vmem_t *vm = r->vm;

	KUNIT_EXPECT_GT(test, vm->hash.count, 0);
	KUNIT_ASSERT_EQ(test, remove_cpu(1), 0);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vm->hash.count, 0);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
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
	vmem_t *vm = make_arena(test, 256, 2, 0);
	struct remote *r = make_remote(test, vm, Q);

	remote_fill(r);
	remote_empty(r);
	KUNIT_EXPECT_GT(test, vm->hash.count, 0);
	KUNIT_ASSERT_TRUE(test, drop_slabs());
	while (vmem_unlocked(vm->hash.count) && time_before(jiffies, end))
		fsleep(1000);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vm->hash.count, 0);
	KUNIT_EXPECT_EQ(test, vm->head.next->next->size, 256 * Q);
	expect_sound(test, vm, 0);
	vmem_destroy(vm);
}

static struct kunit_case qcache_cases[] = {
	KUNIT_CASE(small_arena_gives_all),
	KUNIT_CASE(effective_maximum),
	KUNIT_CASE(creation_without_caches),
	KUNIT_CASE(sizes_count_live_objects),
	KUNIT_CASE(sizes_of_objects_in_motion_stay_in_bounds),
	KUNIT_CASE(other_cpus_objects_serve),
	KUNIT_CASE(cached_space_serves_all),
	KUNIT_CASE(policies_are_ignored),
	KUNIT_CASE(wrong_frees_are_caught),
	KUNIT_CASE(frees_at_the_same_moment),
	KUNIT_CASE(reap_gives_back),
	KUNIT_CASE(reap_returns_imports),
	KUNIT_CASE(free_wakes_a_waiter),
	KUNIT_CASE_SLOW(threads_exchange_objects),
	KUNIT_CASE_SLOW(verify_under_load),
	KUNIT_CASE(shrinker_empties_the_caches),
	KUNIT_CASE_SLOW(hotplug_under_load),
	KUNIT_CASE(offline_cpus_objects_serve),
	KUNIT_CASE(offline_cpu_is_drained),
	{}
};

static struct kunit_suite qcache_suite = {
	.name = "ddi_vmem_qcache",
	.test_cases = qcache_cases,
};

kunit_test_suite(qcache_suite);
