// SPDX-License-Identifier: GPL-2.0-only
/* qcache_cpus_kunit.c - quantum caches with several CPUs, and CPU hotplug */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "ddi_vmem/cache/magazine.h"
#include "kunit/lib/balance.h"
#include "kunit/lib/qcache_helpers.h"

static long hoard_fill_work(void *arg)
{
	hoard_fill(arg);
	return 0;
}

static long hoard_empty_work(void *arg)
{
	hoard_empty(arg);
	return 0;
}

/*
 * A function for a CPU to run in its interrupt. By irq_work: in the handler of a
 * call itself lockdep allows raw locks only.
 */
struct on_cpu {
	struct irq_work work;
	void (*fn)(void *arg);
	void *arg;
};

static void on_cpu_run(struct irq_work *work)
{
	struct on_cpu *on = container_of(work, struct on_cpu, work);

	on->fn(on->arg);
}

static void on_cpu_init(struct on_cpu *on, void (*fn)(void *), void *arg)
{
	init_irq_work(&on->work, on_cpu_run);
	on->fn = fn;
	on->arg = arg;
}

static void on_cpu_queue(void *on)
{
	irq_work_queue(&((struct on_cpu *)on)->work);
}

static void call_in_interrupt(int cpu, void (*fn)(void *), void *arg)
{
	struct on_cpu on;

	on_cpu_init(&on, fn, arg);
	smp_call_function_single(cpu, on_cpu_queue, &on, 1);
	irq_work_sync(&on.work);
}

/* On another CPU, in its interrupt; in a thread where spinlocks sleep [X7]. */
static void call_on(int cpu, void (*fn)(void *), struct hoard *h)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		work_on_cpu(cpu, fn == hoard_fill ? hoard_fill_work : hoard_empty_work, h);
	else
		call_in_interrupt(cpu, fn, h);
}

/* V76: an object in another CPU's magazine serves this one */
static void objects_of_other_cpus_serve(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 100, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);
	int cpu;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	migrate_disable();
	cpu = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	call_on(cpu, hoard_fill, h);
	KUNIT_EXPECT_EQ(test, h->n, 100);
	call_on(cpu, hoard_empty, h);
	expect_sound(test, vm, 0);
	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 100);
	expect_sound(test, vm, 100 * Q);
	hoard_empty(h);
	migrate_enable();
}

static unsigned int open_cpus(vmem_t *vm)
{
	return bitmap_weight(vm->qc->open, nr_cpu_ids);
}

/* V76: a request that fails has closed all CPUs; a free opens its own again */
static void failing_request_closes_the_cpus(struct kunit *test)
{
	vmem_t *vm = qcache_make(test, 100, 1, 0);
	struct hoard *h = hoard_make(test, vm, Q);

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	migrate_disable();
	hoard_fill(h);
	call_on(cpumask_any_but(cpu_online_mask, raw_smp_processor_id()), hoard_empty, h);
	KUNIT_EXPECT_EQ(test, open_cpus(vm), 1);
	/* The last one fails, and so closes the other CPU. */
	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, open_cpus(vm), 0);
	hoard_empty(h);
	KUNIT_EXPECT_EQ(test, open_cpus(vm), 1);
	KUNIT_EXPECT_PTR_EQ(test, vmem_alloc(vm, 101 * Q, VM_NOSLEEP), NULL);
	KUNIT_EXPECT_EQ(test, open_cpus(vm), 0);
	KUNIT_EXPECT_EQ(test, vmem_hash_count(&vm->hash), 0);
	migrate_enable();
}

/* Allocate @n objects, and free them. */
static void take_and_give(vmem_t *vm, unsigned long *at, int n)
{
	int i;

	for (i = 0; i < n; i++)
		at[i] = take(vm, Q, VM_NOSLEEP);
	while (i--)
		give(vm, at[i], Q);
}

/* The magazines of closed CPUs may fill the depot. A free opens its CPU all the same. */
static void full_depot_keeps_no_cpu_closed(struct kunit *test)
{
	int objects = (QC_DEPOT + 2) * QC_MAGAZINE;
	unsigned long *all = kunit_kcalloc(test, objects, sizeof(*all), GFP_KERNEL);
	vmem_t *source = qcache_make(test, 2 * objects, 0, 0);
	vmem_t *vm = arena_keep(test, vmem_create("kid", NULL, 0, Q, vmem_alloc, vmem_free, source,
						  Q, VM_SLEEP));
	unsigned long imported, at, frees, *cpu_frees;

	KUNIT_ASSERT_NOT_NULL(test, all);
	/* An arena that imports does not empty its caches further than a request needs. */
	imported = take(vm, Q, VM_SLEEP);
	vmem_add(vm, AT(4 * objects * Q), objects * Q, VM_SLEEP);
	migrate_disable();
	take_and_give(vm, all, objects);
	KUNIT_EXPECT_EQ(test, vm->qc->depot[0].n, QC_DEPOT);
	/* Closes the CPU, and is served by the first few objects. */
	at = take(vm, 2 * Q, VM_NOSLEEP);
	KUNIT_EXPECT_NE(test, at, 0);
	KUNIT_EXPECT_EQ(test, open_cpus(vm), 0);
	KUNIT_EXPECT_GT(test, vm->qc->depot[0].n, QC_DEPOT);
	all[0] = take(vm, Q, VM_NOSLEEP);
	cpu_frees = &this_cpu_ptr(vm->qcpu)->frees;
	frees = *cpu_frees;
	give(vm, all[0], Q);
	KUNIT_EXPECT_EQ(test, *cpu_frees, frees + 1);
	migrate_enable();
	give(vm, at, 2 * Q);
	give(vm, imported, Q);
	expect_sound(test, vm, 0);
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

static void clash_queue(void *all)
{
	on_cpu_queue((struct on_cpu *)all + smp_processor_id());
}

static void clash_on_each_cpu(struct on_cpu *all, struct clash *clash)
{
	int cpu;

	for_each_online_cpu(cpu)
		on_cpu_init(&all[cpu], clash_free, clash);
	on_each_cpu(clash_queue, all, 1);
	for_each_online_cpu(cpu)
		irq_work_sync(&all[cpu].work);
}

/* V63, V78: of frees of one object at the same moment, one is right */
static void of_concurrent_frees_one_is_right(struct kunit *test)
{
	unsigned long before = ddi_misuse_count();
	struct on_cpu *all = kunit_kcalloc(test, nr_cpu_ids, sizeof(*all), GFP_KERNEL);
	struct clash clash = {};
	unsigned int cpus, i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		kunit_skip(test, "interrupts cannot take the arena's lock here [X7]");
	clash.vm = qcache_make(test, 64, 4, 0);
	cpus_read_lock();
	cpus = num_online_cpus();
	for (i = 0; i < 200; i++) {
		clash.object = vmem_alloc(clash.vm, Q, VM_SLEEP);
		atomic_set(&clash.missing, cpus);
		clash_on_each_cpu(all, &clash);
	}
	cpus_read_unlock();
	KUNIT_EXPECT_EQ(test, ddi_misuse_count() - before, 200 * (cpus - 1));
	expect_sound(test, clash.vm, 0);
}

/* Threads that hand objects to each other. */
#define EXCHANGE	64

struct exchange {
	vmem_t *vm;
	void *slot[EXCHANGE];
	unsigned long steps, seed;
	atomic_t begun, running;
	struct completion done;
};

static size_t slot_size(int i)
{
	return (1 + i % 4) * Q;
}

/* Free the object of a random slot and allocate another. */
static int exchange_thread(void *arg)
{
	struct exchange *x = arg;
	unsigned long step;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, x->seed + atomic_inc_return(&x->begun));
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

static struct exchange *exchange_run(struct kunit *test, int threads)
{
	struct exchange *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);
	struct rnd_state rnd;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, x);
	ddi_kunit_seed(test, &rnd);
	x->vm = qcache_make(test, 120, 4, 0);
	x->steps = ddi_kunit_steps(100000);
	x->seed = prandom_u32_state(&rnd);
	atomic_set(&x->running, threads);
	init_completion(&x->done);
	for (i = 0; i < threads; i++)
		if (IS_ERR(kthread_run(exchange_thread, x, "ddi-exchange/%d", i)) &&
		    atomic_dec_and_test(&x->running))
			complete(&x->done);
	return x;
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
}

/* V76, V81: allocated on one CPU, freed on another, with reaps between */
static void objects_survive_allocation_and_free_on_different_cpus(struct kunit *test)
{
	unsigned long before = ddi_misuse_count();
	struct exchange *x = exchange_run(test, 8);

	wait_for_completion(&x->done);
	exchange_check(test, x);
	KUNIT_EXPECT_EQ(test, ddi_misuse_count(), before);
}

/* vmem_verify() finds no fault in an arena that is in use. */
static void verify_under_load_finds_no_fault(struct kunit *test)
{
	struct exchange *x = exchange_run(test, 4);
	unsigned int looks = 0, wrong = 0;

	while (!try_wait_for_completion(&x->done)) {
		wrong += !vmem_verify(x->vm);
		looks++;
		cond_resched();
	}
	KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "of %u looks", looks);
	exchange_check(test, x);
}

static void need_hotplug(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU) || num_online_cpus() < 2)
		kunit_skip(test, "needs CPU hotplug and two CPUs");
}

/* V76, V81: CPUs come and go under load */
static void hotplug_under_load_loses_no_object(struct kunit *test)
{
	int rounds = 0, err;
	struct exchange *x;

	need_hotplug(test);
	x = exchange_run(test, 4);
	do {
		err = remove_cpu(1);
		if (!err)
			err = add_cpu(1);
		rounds++;
	} while (!err && !completion_done(&x->done));
	wait_for_completion(&x->done);
	KUNIT_EXPECT_EQ_MSG(test, err, 0, "in round %d of hotplug", rounds);
	kunit_info(test, "%d rounds of hotplug", rounds);
	exchange_check(test, x);
}

/* An arena of @units that caches sizes of up to @max, all of it free and left on CPU 1. */
static struct hoard *leave_on_cpu_1(struct kunit *test, unsigned long units, unsigned long max)
{
	struct hoard *h;

	need_hotplug(test);
	h = hoard_make(test, qcache_make(test, units, max, 0), Q);
	call_on(1, hoard_fill, h);
	call_on(1, hoard_empty, h);
	return h;
}

/* V76: objects parked on a CPU that went offline serve all the same */
static void objects_of_an_offline_cpu_serve(struct kunit *test)
{
	struct hoard *h = leave_on_cpu_1(test, 100, 1);
	vmem_t *vm = h->vm;

	KUNIT_ASSERT_EQ(test, remove_cpu(1), 0);
	hoard_fill(h);
	KUNIT_EXPECT_EQ(test, h->n, 100);
	hoard_empty(h);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	expect_sound(test, vm, 0);
}

/* A CPU's cached objects are returned when it goes offline. */
static void offline_cpu_is_drained(struct kunit *test)
{
	struct hoard *h = leave_on_cpu_1(test, 256, 2);
	vmem_t *vm = h->vm;

	KUNIT_EXPECT_GT(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_ASSERT_EQ(test, remove_cpu(1), 0);
	flush_work(&vm->qreap);
	KUNIT_EXPECT_EQ(test, vmem_hash_count(&vm->hash), 0);
	KUNIT_EXPECT_EQ(test, add_cpu(1), 0);
	expect_sound(test, vm, 0);
}

static struct kunit_case qcache_cpus_cases[] = {
	KUNIT_CASE(objects_of_other_cpus_serve),
	KUNIT_CASE(failing_request_closes_the_cpus),
	KUNIT_CASE(full_depot_keeps_no_cpu_closed),
	KUNIT_CASE(of_concurrent_frees_one_is_right),
	KUNIT_CASE_SLOW(objects_survive_allocation_and_free_on_different_cpus),
	KUNIT_CASE_SLOW(verify_under_load_finds_no_fault),
	KUNIT_CASE_SLOW(hotplug_under_load_loses_no_object),
	KUNIT_CASE(objects_of_an_offline_cpu_serve),
	KUNIT_CASE(offline_cpu_is_drained),
	{}
};

static struct kunit_suite qcache_cpus_suite = {
	.name = "ddi_vmem_qcache_cpus",
	.init = balance_init,
	.test_cases = qcache_cpus_cases,
};

kunit_test_suite(qcache_cpus_suite);
