// SPDX-License-Identifier: GPL-2.0-only
/* user_lockmemory_kunit.c - umem_lockmemory(): memory locked for long, and its callback */
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include <linux/anon_inodes.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmu_context.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/tracepoint.h>

#include "ddi_core/trace.h"
#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/user_memory.h"

static ddi_umem_cookie_t cleaned_up;

static void note_cleanup(ddi_umem_cookie_t cookie)
{
	cleaned_up = cookie;
}

/* L2, L10 */
static void lockmemory_checks_its_arguments(struct kunit *test)
{
	struct umem_callback_ops ops = { UMEM_CALLBACK_VERSION, note_cleanup };
	int flags = FOR_READ | DDI_UMEMLOCK_LONGTERM;
	caddr_t addr = user_memory(test, RW);
	ddi_umem_cookie_t cookie = test;

	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, &cookie, NULL, NULL), EINVAL);
	KUNIT_EXPECT_NULL(test, cookie);
	ops.cbo_umem_callback_version++;
	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, &cookie, &ops, NULL), EINVAL);
	ops.cbo_umem_callback_version--;
	ops.cbo_umem_lock_cleanup = NULL;
	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, &cookie, &ops, NULL), EINVAL);
	ops.cbo_umem_lock_cleanup = note_cleanup;
	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, &cookie, &ops, &init_task),
			EINVAL);
	EXPECT_MISUSE(test, KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, NULL, &ops,
								  NULL), EINVAL));
	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, FOR_READ, &cookie, NULL, current), 0);
	ddi_umem_unlock(cookie);
}

static caddr_t file_memory(struct kunit *test, unsigned long kind)
{
	struct file *file = shmem_file_reserve("user_lock", LEN);
	unsigned long addr;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	addr = kunit_vm_mmap(test, file, 0, LEN, RW, kind, 0);
	fput(file);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	return (caddr_t)addr;
}

static int lock_for_long(caddr_t addr, size_t len, ddi_umem_cookie_t *cookiep)
{
	struct umem_callback_ops ops = { UMEM_CALLBACK_VERSION, note_cleanup };

	return umem_lockmemory(addr, len, FOR_WRITE | DDI_UMEMLOCK_LONGTERM, cookiep, &ops, NULL);
}

/* L10: not one page of it; a private mapping, and ddi_umem_lock(), are allowed */
static void shared_file_is_not_locked_for_long(struct kunit *test)
{
	int unwatched = IS_ENABLED(CONFIG_MMU_NOTIFIER) ? 0 : EOPNOTSUPP;
	caddr_t shared = file_memory(test, MAP_SHARED);
	caddr_t own = file_memory(test, MAP_PRIVATE);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie = test;

	KUNIT_EXPECT_EQ(test, lock_for_long(shared, LEN, &cookie), EFAULT);
	KUNIT_EXPECT_NULL(test, cookie);
	KUNIT_ASSERT_EQ(test, map_anonymous((unsigned long)shared, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, lock_for_long(shared, 2 * PAGE_SIZE, &cookie), EFAULT);
	KUNIT_EXPECT_EQ(test, lock_for_long(shared, PAGE_SIZE, &cookie), unwatched);
	ddi_umem_unlock(cookie);
	KUNIT_EXPECT_EQ(test, lock_for_long(own, LEN, &cookie), unwatched);
	ddi_umem_unlock(cookie);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	lock_memory(test, shared, LEN, FOR_WRITE);
}

/* L10: the driver hears of it once, with the cookie alive */
static void unmapping_calls_the_driver_back(struct kunit *test)
{
	struct umem_callback_ops ops = { UMEM_CALLBACK_VERSION, note_cleanup };
	int err, flags = FOR_READ | DDI_UMEMLOCK_LONGTERM;
	caddr_t addr = user_memory(test, RW);
	ddi_umem_cookie_t cookie;

	err = umem_lockmemory(addr, LEN, flags, &cookie, &ops, NULL);
	if (!IS_ENABLED(CONFIG_MMU_NOTIFIER)) {
		KUNIT_EXPECT_EQ(test, err, EOPNOTSUPP);
		return;
	}
	KUNIT_ASSERT_EQ(test, err, 0);
	cleaned_up = NULL;
	vm_munmap((unsigned long)addr + PAGE_SIZE, PAGE_SIZE);
	umem_user_flush();
	KUNIT_EXPECT_PTR_EQ(test, cleaned_up, cookie);
	cleaned_up = NULL;
	vm_munmap((unsigned long)addr, LEN);
	ddi_umem_unlock(cookie);
	umem_user_flush();
	KUNIT_EXPECT_NULL(test, cleaned_up);
}

/* The last page of memory that loses its first one while the last one is pinned. */
struct shaky {
	unsigned long first;
	bool is_bad;		/* the last page cannot be had */
	bool is_unmapped;
};

/* As if another thread of the process came in between: Linux lets go of the mmap lock here. */
static vm_fault_t shaky_fault(struct vm_fault *vmf)
{
	struct shaky *s = vmf->vma->vm_private_data;

	if (!s->is_unmapped && fault_flag_allow_retry_first(vmf->flags)) {
		s->is_unmapped = true;
		mmap_read_unlock(vmf->vma->vm_mm);
		vm_munmap(s->first, PAGE_SIZE);
		return VM_FAULT_RETRY;
	}
	if (s->is_bad)
		return VM_FAULT_SIGBUS;
	vmf->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return vmf->page ? 0 : VM_FAULT_OOM;
}

static const struct vm_operations_struct shaky_vm_ops = { .fault = shaky_fault };

static int shaky_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &shaky_vm_ops;
	vma->vm_private_data = file->private_data;
	return 0;
}

static const struct file_operations shaky_fops = {
	.owner = THIS_MODULE,
	.mmap = shaky_mmap,
};

static caddr_t shaky_memory(struct kunit *test, struct shaky *s)
{
	struct file *file = anon_inode_getfile("shaky", &shaky_fops, s, O_RDWR);
	caddr_t addr = user_memory(test, RW);
	unsigned long last;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	last = kunit_vm_mmap(test, file, (unsigned long)addr + LEN - PAGE_SIZE, PAGE_SIZE, RW,
			     MAP_PRIVATE | MAP_FIXED, 0);
	fput(file);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(last));
	s->first = (unsigned long)addr;
	return addr;
}

/* L10: what is unmapped before there is a cookie is reported once there is one */
static void unmapping_before_the_call_returns_is_reported(struct kunit *test)
{
	struct shaky s = { };
	caddr_t addr = shaky_memory(test, &s);
	ddi_umem_cookie_t cookie;
	int err;

	cleaned_up = NULL;
	err = lock_for_long(addr, LEN, &cookie);
	if (err == EOPNOTSUPP)
		kunit_skip(test, "nothing tells this kernel's drivers of munmap(2)");
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_EXPECT_TRUE(test, s.is_unmapped);
	umem_user_flush();
	KUNIT_EXPECT_PTR_EQ(test, cleaned_up, cookie);
	cleaned_up = NULL;
	vm_munmap((unsigned long)addr, LEN);
	umem_user_flush();
	KUNIT_EXPECT_NULL(test, cleaned_up);
	ddi_umem_unlock(cookie);
}

/* L4, L10: the driver has no cookie, so there is nothing to tell it */
static void unmapping_before_a_failure_is_not_reported(struct kunit *test)
{
	struct shaky s = { .is_bad = true };
	caddr_t addr = shaky_memory(test, &s);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie = test;
	int err;

	cleaned_up = NULL;
	err = lock_for_long(addr, LEN, &cookie);
	if (err == EOPNOTSUPP)
		kunit_skip(test, "nothing tells this kernel's drivers of munmap(2)");
	KUNIT_EXPECT_EQ(test, err, EFAULT);
	KUNIT_EXPECT_NULL(test, cookie);
	KUNIT_EXPECT_TRUE(test, s.is_unmapped);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	KUNIT_EXPECT_NULL(test, cleaned_up);
}

/* L4, L10: whichever allocation fails, nothing is locked, and nothing is told of munmap(2) */
static void lockmemory_unwinds_from_each_fault(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie;
	int n, err, failed = 0;

	need_faults(test);
	cleaned_up = NULL;
	for (n = 1; n < 30; n++) {
		KUNIT_ASSERT_EQ(test, map_anonymous((unsigned long)addr, LEN), 0);
		fail_nth(n);
		err = lock_for_long(addr, LEN, &cookie);
		fail_nth(0);
		if (err == EOPNOTSUPP)
			kunit_skip(test, "nothing tells this kernel's drivers of munmap(2)");
		KUNIT_EXPECT_EQ(test, !err, !!cookie);
		failed += !!err;
		ddi_umem_unlock(cookie);
		vm_munmap((unsigned long)addr, LEN);
		KUNIT_EXPECT_EQ(test, locked_pages(), before);
		KUNIT_EXPECT_NULL(test, cleaned_up);
	}
	KUNIT_EXPECT_GT(test, failed, 0);
}

#if IS_ENABLED(CONFIG_TRACEPOINTS) && IS_ENABLED(CONFIG_MMU_NOTIFIER)

/* A process that unmaps its memory as soon as there is a cookie. */
static struct quick {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long charged;	/* when the driver's function has returned */
	struct completion live, ended;
} quick;

static void unlock_at_cleanup(ddi_umem_cookie_t cookie)
{
	cleaned_up = cookie;
	ddi_umem_unlock(cookie);
}

static int quick_thread(void *unused)
{
	wait_for_completion(&quick.live);
	kthread_use_mm(quick.mm);
	vm_munmap(quick.addr, LEN);
	kthread_unuse_mm(quick.mm);
	umem_user_flush();
	/* What the driver's function has left to a work item */
	umem_user_flush();
	quick.charged = quick.mm->locked_vm;
	kthread_complete_and_exit(&quick.ended, 0);
}

/* Called when the object is live and umem_lockmemory() has yet to look at it. */
static void let_driver_unlock(void *unused, const void *cookie, size_t size, int flags,
			      const void *caller)
{
	unsigned int ms;

	if (!(flags & DDI_UMEMLOCK_LONGTERM))
		return;
	complete(&quick.live);
	for (ms = 0; ms < 5000 && !completion_done(&quick.ended); ms++)
		mdelay(1);
}

/* L8, L10: the object stays as long as the call needs it, and no longer */
static void driver_unlocks_before_the_call_returns(struct kunit *test)
{
	struct umem_callback_ops ops = { UMEM_CALLBACK_VERSION, unlock_at_cleanup };
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie = NULL;
	int err;

	if (num_online_cpus() == 1)
		kunit_skip(test, "needs another CPU");
	quick = (struct quick) { .mm = current->mm, .addr = (unsigned long)addr };
	init_completion(&quick.live);
	init_completion(&quick.ended);
	cleaned_up = NULL;
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(quick_thread, NULL, "ddi-quick")));
	KUNIT_EXPECT_EQ(test, 0, tracepoint_probe_register(&__tracepoint_umem_alloc,
							   let_driver_unlock, NULL));
	err = umem_lockmemory(addr, LEN, FOR_READ | DDI_UMEMLOCK_LONGTERM, &cookie, &ops, NULL);
	KUNIT_EXPECT_TRUE(test, completion_done(&quick.ended));
	tracepoint_probe_unregister(&__tracepoint_umem_alloc, let_driver_unlock, NULL);
	tracepoint_synchronize_unregister();
	complete(&quick.live);
	wait_for_completion(&quick.ended);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_NOT_NULL(test, cookie);
	KUNIT_EXPECT_PTR_EQ(test, cleaned_up, cookie);
	KUNIT_EXPECT_EQ(test, quick.charged - before, PAGES);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	EXPECT_MISUSE(test, ddi_umem_unlock(cookie));
}
#else
static void driver_unlocks_before_the_call_returns(struct kunit *test)
{
	kunit_skip(test, "no tracepoints in this kernel, or nothing tells of munmap(2)");
}
#endif

/* G5, L10: its driver has left the lock behind */
static void function_of_an_unloaded_module_is_not_called(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	ddi_umem_cookie_t cookie;

	if (lock_for_long(addr, LEN, &cookie))
		kunit_skip(test, "nothing tells this kernel's drivers of munmap(2)");
	cleaned_up = NULL;
	EXPECT_MISUSE(test, ddi_module_goes(THIS_MODULE));
	vm_munmap((unsigned long)addr, PAGE_SIZE);
	umem_user_flush();
	KUNIT_EXPECT_NULL(test, cleaned_up);
	EXPECT_NO_MISUSE(test, ddi_umem_unlock(cookie));
}

static struct kunit_case user_lockmemory_cases[] = {
	KUNIT_CASE(lockmemory_checks_its_arguments),
	KUNIT_CASE(shared_file_is_not_locked_for_long),
	KUNIT_CASE(unmapping_calls_the_driver_back),
	KUNIT_CASE(unmapping_before_the_call_returns_is_reported),
	KUNIT_CASE(unmapping_before_a_failure_is_not_reported),
	KUNIT_CASE(lockmemory_unwinds_from_each_fault),
	KUNIT_CASE(driver_unlocks_before_the_call_returns),
	KUNIT_CASE(function_of_an_unloaded_module_is_not_called),
	{}
};

static struct kunit_suite user_lockmemory_suite = {
	.name = "ddi_umem_lockmemory",
	.init = borrow_process,
	.test_cases = user_lockmemory_cases,
};

kunit_test_suite(user_lockmemory_suite);
