// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_lock_kunit.c - locked user memory, as a driver calls for it
 *
 * The memory is that of a process that the case borrows. What other processes
 * see of it is tried by the programs in guest/.
 */
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "kunit/lib/ddi_context.h"
#include "kunit/ddi_kunit.h"
#include "kunit/lib/debugfs_reader.h"
#include "kunit/lib/faults.h"
#include "kunit/lib/user_memory.h"
#include "ddi_umem/umem_impl.h"

struct lock_case {
	const char *name;
	long off;		/* from the beginning of the memory */
	size_t len;
	int flags;
	unsigned long prot;
	int result;
};

static const struct lock_case lock_cases[] = {
	{ "to be read", 0, LEN, FOR_READ, RW, 0 },
	{ "to be written", 0, LEN, FOR_WRITE, RW, 0 },
	{ "both", PAGE_SIZE, PAGE_SIZE, FOR_READ | FOR_WRITE, RW, 0 },
	{ "neither", 0, LEN, 0, RW, EINVAL },
	{ "for long", 0, LEN, FOR_READ | DDI_UMEMLOCK_LONGTERM, RW, EINVAL },
	{ "an unknown flag", 0, LEN, FOR_READ | 8, RW, EINVAL },
	{ "odd address", 1, LEN, FOR_READ, RW, EINVAL },
	{ "odd length", 0, LEN - 1, FOR_READ, RW, EINVAL },
	{ "nothing", 0, 0, FOR_READ, RW, EFAULT },
	{ "a page past the end", 0, LEN + PAGE_SIZE, FOR_READ, RW, EFAULT },
	{ "up to the top", 0, -PAGE_SIZE, FOR_READ, RW, EFAULT },
	{ "what may only be read", 0, LEN, FOR_READ, PROT_READ, 0 },
	{ "to be written, may only be read", 0, LEN, FOR_WRITE, PROT_READ, EACCES },
	{ "both, may only be read", 0, LEN, FOR_READ | FOR_WRITE, PROT_READ, EACCES },
	{ "no access", 0, LEN, FOR_READ, PROT_NONE, EACCES },
};

KUNIT_ARRAY_PARAM_DESC(lock, lock_cases, name);

/* L1-L5 */
static void lock_checks_its_arguments(struct kunit *test)
{
	const struct lock_case *c = test->param_value;
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie = test;
	caddr_t addr = user_memory(test, c->prot);

	KUNIT_EXPECT_EQ(test, ddi_umem_lock(addr + c->off, c->len, c->flags, &cookie),
			c->result);
	KUNIT_EXPECT_EQ(test, !cookie, !!c->result);
	KUNIT_EXPECT_EQ(test, locked_pages() - before, c->result ? 0 : c->len >> PAGE_SHIFT);
	ddi_umem_unlock(cookie);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
}

/* L4: kernel addresses are not the process's */
static void kernel_memory_is_efault(struct kunit *test)
{
	ddi_umem_cookie_t cookie;

	KUNIT_EXPECT_EQ(test, ddi_umem_lock((caddr_t)PAGE_OFFSET, PAGE_SIZE, FOR_READ, &cookie),
			EFAULT);
	EXPECT_MISUSE(test, KUNIT_EXPECT_EQ(test, ddi_umem_lock(NULL, PAGE_SIZE, FOR_READ, NULL),
					    EINVAL));
}

/* L7, U20 */
static void cookie_shows_what_drivers_read(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	struct ddi_umem_cookie *c = lock_memory(test, addr, LEN, FOR_READ | FOR_WRITE);

	KUNIT_EXPECT_EQ(test, c->type, UMEM_LOCKED);
	KUNIT_EXPECT_EQ(test, c->size, LEN);
	KUNIT_EXPECT_PTR_EQ(test, c->cvaddr, addr);
	KUNIT_EXPECT_NOT_NULL(test, c->pparray);
	KUNIT_EXPECT_EQ(test, c->s_flags, FOR_READ | FOR_WRITE);
	KUNIT_EXPECT_EQ(test, c->locked, 1);
}

static bool is_listed(struct kunit *test, const char *line)
{
	return strstr(debugfs_text(test, "umem"), line);
}

/* L7: as long as it is locked, one can see who has it */
static void list_shows_what_is_locked(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	ddi_umem_cookie_t cookie = lock_memory(test, addr, LEN, FOR_READ);
	char line[80];

	snprintf(line, sizeof(line), "%16lu %-8s %10d %8u ", LEN, "user", PAGES, 0);
	KUNIT_EXPECT_TRUE(test, is_listed(test, line));
	unlock_memory(test, cookie);
	KUNIT_EXPECT_FALSE(test, is_listed(test, line));
}

/* L1, L9: what the device sees is what the process sees, also after munmap(2) */
static void pages_are_those_of_the_process(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	struct ddi_umem_cookie *c = lock_memory(test, addr, LEN, FOR_READ);
	u8 byte = 0;
	int i;

	for (i = 0; i < PAGES; i++) {
		u8 __user *at = (u8 __user *)addr + i * PAGE_SIZE;
		u8 *kernel = page_address(c->pparray[i]);

		KUNIT_EXPECT_EQ(test, put_user(i + 1, at), 0);
		KUNIT_EXPECT_EQ(test, kernel[0], i + 1);
		kernel[0] = 100 + i;
		KUNIT_EXPECT_EQ(test, get_user(byte, at), 0);
		KUNIT_EXPECT_EQ(test, byte, 100 + i);
	}
	vm_munmap((unsigned long)addr, LEN);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, *(u8 *)page_address(c->pparray[i]), 100 + i);
}

/* L3, C45: a driver that says READ and lets the device write spoils nothing shared */
static void untouched_memory_is_not_the_zero_page(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	struct ddi_umem_cookie *c = lock_memory(test, addr, LEN, FOR_READ);
	int i;

	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_FALSE(test, is_zero_pfn(page_to_pfn(c->pparray[i])));
}

/* L4: half-way there is a hole */
static void nothing_stays_locked_after_a_failure(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	struct ddi_umem_cookie *first;
	ddi_umem_cookie_t cookie;

	vm_munmap((unsigned long)addr + 2 * PAGE_SIZE, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, ddi_umem_lock(addr, LEN, FOR_WRITE, &cookie), EFAULT);
	KUNIT_EXPECT_NULL(test, cookie);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	first = lock_memory(test, addr, PAGE_SIZE, FOR_WRITE);
	/* One pin, this one. */
	KUNIT_EXPECT_LT(test, page_count(first->pparray[0]), 2 * GUP_PIN_COUNTING_BIAS);
}

/* L6: overlapping locks are charged twice */
static void each_lock_is_charged(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t one = lock_memory(test, addr, LEN, FOR_WRITE), two;

	two = lock_memory(test, addr + PAGE_SIZE, 2 * PAGE_SIZE, FOR_READ);
	KUNIT_EXPECT_EQ(test, locked_pages() - before, PAGES + 2);
	unlock_memory(test, one);
	KUNIT_EXPECT_EQ(test, locked_pages() - before, 2);
	unlock_memory(test, two);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
}

static const struct cred *drop_capability(struct kunit *test)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cap_lower(cred->cap_effective, CAP_IPC_LOCK);
	return override_creds(cred);
}

/* L6: the limit holds, and what was unlocked just now is free again */
static void limit_of_locked_memory_holds(struct kunit *test)
{
	unsigned long *limit = &current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur, before = *limit;
	caddr_t addr = user_memory(test, RW);
	const struct cred *old, *limited;
	ddi_umem_cookie_t cookie;
	int i, err = 0, over;

	*limit = (locked_pages() + PAGES) << PAGE_SHIFT;
	old = drop_capability(test);
	for (i = 0; i < 20 && !err; i++) {
		err = ddi_umem_lock(addr, LEN, FOR_WRITE, &cookie);
		ddi_umem_unlock(cookie);
	}
	umem_user_flush();
	*limit -= PAGE_SIZE;
	over = ddi_umem_lock(addr, LEN, FOR_WRITE, &cookie);
	limited = current_cred();
	revert_creds(old);
	put_cred(limited);
	*limit = before;
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, over, ENOMEM);
	KUNIT_EXPECT_NULL(test, cookie);
}

static void call_unlock(void *cookie)
{
	ddi_umem_unlock(cookie);
}

/* L8 */
static void unlock_works_in_every_context(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie;

	KUNIT_ASSERT_EQ(test, ddi_umem_lock(addr, LEN, FOR_READ, &cookie), 0);
	EXPECT_NO_MISUSE(test, ddi_run_in(ddi_context_of(test), call_unlock, cookie));
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	EXPECT_MISUSE(test, ddi_run_in(ddi_context_of(test), call_unlock, cookie));
}

/* L8, U19 */
static void wrong_unlock_is_misuse_and_no_change(struct kunit *test)
{
	ddi_umem_cookie_t memory;
	u8 *p = ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &memory);

	EXPECT_MISUSE(test, ddi_umem_unlock(memory));
	EXPECT_MISUSE(test, ddi_umem_unlock(test));
	EXPECT_NO_MISUSE(test, ddi_umem_unlock(NULL));
	*p = 1;
	EXPECT_NO_MISUSE(test, ddi_umem_free(memory));
}

/* U19 */
static void free_unlocks(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie;

	KUNIT_ASSERT_EQ(test, ddi_umem_lock(addr, LEN, FOR_READ, &cookie), 0);
	EXPECT_NO_MISUSE(test, ddi_umem_free(cookie));
	EXPECT_MISUSE(test, ddi_umem_unlock(cookie));
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
}

/* L4: whichever allocation fails, all or nothing */
static void lock_unwinds_from_each_fault(struct kunit *test)
{
	caddr_t addr = user_memory(test, RW);
	unsigned long before = locked_pages();
	ddi_umem_cookie_t cookie;
	int n, err, failed = 0;

	need_faults(test);
	for (n = 1; n < 30; n++) {
		fail_nth(n);
		err = ddi_umem_lock(addr, LEN, FOR_WRITE, &cookie);
		fail_nth(0);
		KUNIT_EXPECT_EQ(test, !err, !!cookie);
		failed += !!err;
		ddi_umem_unlock(cookie);
		KUNIT_EXPECT_EQ(test, locked_pages(), before);
	}
	KUNIT_EXPECT_GT(test, failed, 0);
}

/* Two pages more than are pinned in three steps */
#define STEPS		1536
#define MANY_LEN	((STEPS + 2) * PAGE_SIZE)

/*
 * Lock memory of which the last two pages are not there yet, and let the @nth
 * allocation fail. True if it was that of a page, after most had been pinned: Linux
 * counts these, to some hundreds.
 */
static bool lock_fails_half_way(struct kunit *test, unsigned long addr, unsigned int nth)
{
	unsigned long before = locked_pages();
	unsigned long pinned = global_node_page_state(NR_FOLL_PIN_ACQUIRED);
	unsigned long unpinned = global_node_page_state(NR_FOLL_PIN_RELEASED);
	ddi_umem_cookie_t cookie;
	int err;

	KUNIT_ASSERT_EQ(test, map_anonymous(addr + STEPS * PAGE_SIZE, 2 * PAGE_SIZE), 0);
	fail_nth(nth);
	err = ddi_umem_lock((caddr_t)addr, MANY_LEN, FOR_WRITE, &cookie);
	fail_nth(0);
	ddi_umem_unlock(cookie);
	KUNIT_EXPECT_EQ(test, locked_pages(), before);
	if (!err)
		return false;
	KUNIT_EXPECT_EQ(test, err, ENOMEM);
	if (global_node_page_state(NR_FOLL_PIN_ACQUIRED) - pinned < STEPS / 2)
		return false;
	KUNIT_EXPECT_GT(test, global_node_page_state(NR_FOLL_PIN_RELEASED) - unpinned, STEPS / 2);
	return true;
}

/* L4: most pages are pinned when there is no memory for the rest */
static void lock_unwinds_when_memory_runs_out_half_way(struct kunit *test)
{
	unsigned long addr;
	struct ddi_umem_cookie *c;
	int n, half_way = 0;

	need_faults(test);
	addr = kunit_vm_mmap(test, NULL, 0, MANY_LEN, RW, MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	unlock_memory(test, lock_memory(test, (caddr_t)addr, MANY_LEN, FOR_WRITE));
	/* Linux allocates for itself at times, so that each number is tried again. */
	for (n = 0; n < 20 || (!half_way && n < 100); n++)
		half_way += lock_fails_half_way(test, addr, 1 + n % 20);
	KUNIT_EXPECT_GT(test, half_way, 0);
	c = lock_memory(test, (caddr_t)addr, MANY_LEN, FOR_WRITE);
	for (n = 0; n < STEPS; n++)
		/* One pin, this one. */
		KUNIT_EXPECT_LT(test, page_count(c->pparray[n]), 2 * GUP_PIN_COUNTING_BIAS);
}

static struct kunit_case user_lock_cases[] = {
	KUNIT_CASE_PARAM(lock_checks_its_arguments, lock_gen_params),
	KUNIT_CASE(kernel_memory_is_efault),
	KUNIT_CASE(cookie_shows_what_drivers_read),
	KUNIT_CASE(list_shows_what_is_locked),
	KUNIT_CASE(pages_are_those_of_the_process),
	KUNIT_CASE(untouched_memory_is_not_the_zero_page),
	KUNIT_CASE(nothing_stays_locked_after_a_failure),
	KUNIT_CASE(each_lock_is_charged),
	KUNIT_CASE(limit_of_locked_memory_holds),
	KUNIT_CASE_PARAM(unlock_works_in_every_context, ddi_next_context),
	KUNIT_CASE(wrong_unlock_is_misuse_and_no_change),
	KUNIT_CASE(free_unlocks),
	KUNIT_CASE(lock_unwinds_from_each_fault),
	KUNIT_CASE(lock_unwinds_when_memory_runs_out_half_way),
	{ }
};

static struct kunit_suite user_lock_suite = {
	.name = "ddi_umem_lock",
	.init = borrow_process,
	.test_cases = user_lock_cases,
};

kunit_test_suite(user_lock_suite);
