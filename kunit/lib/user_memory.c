// SPDX-License-Identifier: GPL-2.0-only
/* user_memory.c - memory of a process that a case borrows */
#include "kunit/lib/user_memory.h"

#include <linux/mm.h>
#include <linux/mman.h>

#include "ddi_umem/umem_impl.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/balance.h"

caddr_t user_memory(struct kunit *test, unsigned long prot)
{
	unsigned long addr = kunit_vm_mmap(test, NULL, 0, LEN + PAGE_SIZE, prot,
					   MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	/* So that nothing follows it. */
	vm_munmap(addr + LEN, PAGE_SIZE);
	return (caddr_t)addr;
}

static void unlock_cookie(void *cookie)
{
	ddi_umem_unlock(cookie);
	umem_user_flush();
}

struct ddi_umem_cookie *lock_memory(struct kunit *test, caddr_t addr, size_t len, int flags)
{
	ddi_umem_cookie_t cookie;

	KUNIT_ASSERT_EQ(test, ddi_umem_lock(addr, len, flags, &cookie), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unlock_cookie, cookie), 0);
	return cookie;
}

void unlock_memory(struct kunit *test, ddi_umem_cookie_t cookie)
{
	kunit_release_action(test, unlock_cookie, cookie);
}

/* In the charges of the process; what was unlocked does not count any more. */
unsigned long locked_pages(void)
{
	umem_user_flush();
	return current->mm->locked_vm;
}

int map_anonymous(unsigned long addr, size_t len)
{
	return IS_ERR_VALUE(vm_mmap(NULL, addr, len, RW,
				    MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, 0)) ? -ENOMEM : 0;
}

int borrow_process(struct kunit *test)
{
	int err = balance_init(test);

	if (err)
		return err;
	/* The first mapping of a case gives it an address space. */
	return IS_ERR_VALUE(kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ,
					  MAP_ANONYMOUS | MAP_PRIVATE, 0)) ? -ENOMEM : 0;
}
