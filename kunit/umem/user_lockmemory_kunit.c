// SPDX-License-Identifier: GPL-2.0-only
/* user_lockmemory_kunit.c - umem_lockmemory(): memory locked for long, and its callback */
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
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
	KUNIT_EXPECT_EQ(test, umem_lockmemory(addr, LEN, flags, &cookie, &ops, &init_task),
			EINVAL);
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
	KUNIT_CASE(function_of_an_unloaded_module_is_not_called),
	{}
};

static struct kunit_suite user_lockmemory_suite = {
	.name = "ddi_umem_lockmemory",
	.init = borrow_process,
	.test_cases = user_lockmemory_cases,
};

kunit_test_suite(user_lockmemory_suite);
