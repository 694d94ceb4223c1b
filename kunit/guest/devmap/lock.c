// SPDX-License-Identifier: GPL-2.0-only
/* lock.c - ddi_umem_lock(): memory of a process that a device uses */
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_READ	1
#define LOCK_WRITE	2
#define LOCK_FOR_LONG	4

static int try_lock(void *addr, size_t len, u32 flags)
{
	struct probe_args a = { .addr = (uintptr_t)addr, .len = len, .flags = flags };

	return device(PROBE_IOC_LOCK, &a);
}

static void lock(void *addr, size_t len)
{
	CHECK_EQ(try_lock(addr, len, LOCK_READ | LOCK_WRITE), 0);
}

/* Memory of which each page has its number in it. */
static u8 *numbered(int pages, int flags, int fd)
{
	u8 *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	for (int i = 0; i < pages; i++)
		p[i * page] = i + 1;
	return p;
}

static u8 *anonymous(int pages)
{
	return numbered(pages, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void lock_and_exit(void *unused __attribute__((unused)))
{
	lock(anonymous(3), 3 * page);
}

/* L8, U23 */
static void locked_memory_outlives_its_process(void)
{
	reap(spawn(lock_and_exit, NULL));
	for (int i = 0; i < 3; i++)
		CHECK_EQ(umem_peek(0, i * page), i + 1);
	umem_free(0);
}

static void become_another(void)
{
	execl("/bin/true", "true", NULL);
	execl("/bin/busybox", "true", NULL);
	_exit(1);
}

static void lock_and_exec(void *unused __attribute__((unused)))
{
	lock(anonymous(3), 3 * page);
	become_another();
}

/* L9 */
static void locked_memory_survives_exec(void)
{
	reap(spawn(lock_and_exec, NULL));
	CHECK_EQ(umem_peek(0, 2 * page), 3);
	umem_free(0);
}

static void scribble(void *p)
{
	memset(p, 99, page);
}

/* L9: the device goes on working on the parent's memory */
static void locked_memory_stays_the_parents(void)
{
	u8 *p = anonymous(2);

	lock(p, 2 * page);
	reap(spawn(scribble, p));
	CHECK_EQ(umem_peek(0, 0), 1);
	p[0] = 5;
	CHECK_EQ(umem_peek(0, 0), 5);
	umem_poke(0, page, 6);
	CHECK_EQ(look(p + page), 6);
}

/* L9: what is unmapped meanwhile is the device's alone */
static void locked_memory_survives_munmap(void)
{
	u8 *p = anonymous(3);

	lock(p, 3 * page);
	CHECK_EQ(madvise(p, page, MADV_DONTNEED), 0);
	CHECK_EQ(look(p), 0);
	CHECK_EQ(umem_peek(0, 0), 1);
	CHECK_EQ(munmap(p, 3 * page), 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(umem_peek(0, i * page), i + 1);
}

static void export(void)
{
	struct probe_plan plan = plain_plan();

	set_plan(&plan);
}

/* Where two processes are. */
struct meeting {
	atomic_int step;
};

static struct meeting *meeting(void)
{
	void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void wait_for(struct meeting *m, int step)
{
	while (m->step < step)
		usleep(1000);
}

static void lock_and_look(void *arg)
{
	struct meeting *m = arg;
	u8 *p = anonymous(4);

	lock(p, 4 * page);
	m->step = 1;
	wait_for(m, 2);
	CHECK_EQ(look(p), 77);
	p[page] = 78;
	m->step = 3;
}

/* L7: both see the same, and the mapping keeps what it has touched */
static void locked_memory_is_shown_to_another_process(void)
{
	struct meeting *m = meeting();
	pid_t pid = spawn(lock_and_look, m);
	u8 *p;

	wait_for(m, 1);
	export();
	p = map(4 * page, 0);
	CHECK_EQ(p[0], 1);
	p[0] = 77;
	m->step = 2;
	reap(pid);
	CHECK_EQ(look(p + page), 78);
	umem_free(0);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(p[0], 77);
	CHECK_EQ(touch(p + 3 * page), SIGBUS);
	munmap(p, 4 * page);
}

/* L7: of a part, from the middle */
static void part_of_locked_memory_is_shown(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	lock(anonymous(8), 8 * page);
	plan.piece[0].off = 3 * page;
	set_plan(&plan);
	p = map(2 * page, 0);
	CHECK_EQ(p[0], 4);
	CHECK_EQ(p[page], 5);
	plan.piece[0].off = 7 * page;
	set_plan(&plan);
	CHECK_EQ(map_error(2 * page, 0), ENXIO);
}

/* L7, L9: neither the file nor the kernel minds */
static void file_may_be_truncated_meanwhile(void)
{
	int fd = memfd_create("lock", 0);
	u8 *p, *q;

	CHECK_EQ(ftruncate(fd, 3 * page), 0);
	p = numbered(3, MAP_SHARED, fd);
	lock(p, 3 * page);
	export();
	q = map(3 * page, 0);
	CHECK_EQ(q[page], 2);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(touch(p), SIGBUS);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(q[i * page], i + 1);
	q[0] = 9;
	CHECK_EQ(umem_peek(0, 0), 9);
	umem_free(0);
	munmap(q, 3 * page);
}

/* L3, L7: not by way of another mapping */
static void read_only_memory_stays_read_only(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p = anonymous(1), *q;

	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	CHECK_EQ(try_lock(p, page, LOCK_READ), 0);
	set_plan(&plan);
	CHECK_EQ(poke(map(page, 0), 1), SIGBUS);
	plan.piece[0].maxprot = S_READ | S_USER;
	set_plan(&plan);
	q = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(q[0], 1);
	CHECK_EQ(mprotect(q, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(p[0], 1);
}

/* L4, L6 */
static void limit_of_the_process_holds(void)
{
	struct rlimit limit = { 2 * page, 2 * page };
	u8 *p = anonymous(3);

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	CHECK_EQ(setuid(1000), 0);
	CHECK_EQ(try_lock(p, 3 * page, LOCK_READ), ENOMEM);
	CHECK_EQ(try_lock(p, 2 * page, LOCK_READ), 0);
}

static void lock_for_ever(void *arg)
{
	struct meeting *m = arg;
	u8 *p = anonymous(64);

	for (;;) {
		lock(p, 64 * page);
		m->step = 1;
		umem_free(0);
	}
}

/* L8: killed in the middle of locking and unlocking */
static void process_may_be_killed_at_any_time(void)
{
	struct meeting *m = meeting();

	for (int i = 0; i < 20; i++) {
		pid_t pid = spawn(lock_for_ever, m);
		int status;

		wait_for(m, 1);
		m->step = 0;
		usleep(500 * i);
		kill(pid, SIGKILL);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
	}
	/* What stays locked is no leak: the guest looks for leaks next. */
	lock(anonymous(64), 64 * page);
}

/* Anonymous memory in a slot; the driver hears when it is not the process's any more. */
static u8 *lock_for_long(u32 slot)
{
	u8 *p = anonymous(2);
	struct probe_args a = {
		.slot = slot, .addr = (uintptr_t)p, .len = 2 * page,
		.flags = LOCK_READ | LOCK_WRITE | LOCK_FOR_LONG,
	};

	if (device(PROBE_IOC_LOCK, &a) == EOPNOTSUPP)
		skip("notifiers of munmap(2)");
	CHECK_EQ(a.result, 0);
	return p;
}

static long cleanups(void)
{
	return device(PROBE_IOC_CLEANUPS, &(struct probe_args){ });
}

/* The driver is called from a work item. */
static void await_cleanups(long count)
{
	for (int i = 0; i < 5000 && cleanups() < count; i++)
		usleep(2000);
	usleep(20000);
	CHECK_EQ(cleanups(), count);
}

static void lock_for_long_and_exit(void *unused __attribute__((unused)))
{
	lock_for_long(0);
}

static void lock_for_long_and_exec(void *unused __attribute__((unused)))
{
	lock_for_long(0);
	become_another();
}

static void lock_for_long_and_wait(void *arg)
{
	struct meeting *m = arg;

	lock_for_long(0);
	m->step = 1;
	for (;;)
		pause();
}

/* L10: once for each lock, however the process ends */
static void long_lock_ends_with_its_process(void)
{
	struct meeting *m = meeting();
	pid_t pid;

	munmap(lock_for_long(0), page);
	await_cleanups(1);
	reap(spawn(lock_for_long_and_exit, NULL));
	await_cleanups(2);
	reap(spawn(lock_for_long_and_exec, NULL));
	await_cleanups(3);
	pid = spawn(lock_for_long_and_wait, m);
	wait_for(m, 1);
	CHECK_EQ(cleanups(), 3);
	kill(pid, SIGKILL);
	await_cleanups(4);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void hold_memory(void *arg)
{
	struct meeting *m = arg;

	wait_for(m, 1);
}

/* L9, L10: a child has a copy; that it goes is no news */
static void long_lock_does_not_end_with_children(void)
{
	struct meeting *m = meeting();
	u8 *p = lock_for_long(0);
	pid_t child = spawn(hold_memory, m);

	m->step = 1;
	reap(child);
	p[0] = 7;
	CHECK_EQ(umem_peek(0, 0), 7);
	await_cleanups(0);
	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	await_cleanups(0);
	CHECK_EQ(munmap(p + page, page), 0);
	await_cleanups(1);
}

static void lock_for_long_for_ever(void *arg)
{
	struct meeting *m = arg;

	for (;;) {
		munmap(lock_for_long(0), page);
		m->step = 1;
		lock_for_long(1);
	}
}

/* L10: killed while locks end by themselves, and by what the driver does */
static void process_with_long_locks_may_be_killed(void)
{
	struct meeting *m = meeting();

	munmap(lock_for_long(0), page);
	for (int i = 0; i < 20; i++) {
		pid_t pid = spawn(lock_for_long_for_ever, m);

		wait_for(m, 1);
		m->step = 0;
		usleep(500 * i);
		kill(pid, SIGKILL);
		CHECK_EQ(waitpid(pid, NULL, 0), pid);
	}
	/* The driver must let go of all pages: the guest looks for leaks. */
	munmap(lock_for_long(2), page);
}

const struct guest_case lock_cases[] = {
	{ "locked_memory_outlives_its_process", locked_memory_outlives_its_process },
	{ "locked_memory_survives_exec", locked_memory_survives_exec },
	{ "locked_memory_stays_the_parents", locked_memory_stays_the_parents },
	{ "locked_memory_survives_munmap", locked_memory_survives_munmap },
	{ "locked_memory_is_shown_to_another_process",
	  locked_memory_is_shown_to_another_process },
	{ "part_of_locked_memory_is_shown", part_of_locked_memory_is_shown },
	{ "file_may_be_truncated_meanwhile", file_may_be_truncated_meanwhile },
	{ "read_only_memory_stays_read_only", read_only_memory_stays_read_only },
	{ "limit_of_the_process_holds", limit_of_the_process_holds },
	{ "process_may_be_killed_at_any_time", process_may_be_killed_at_any_time },
	{ "long_lock_ends_with_its_process", long_lock_ends_with_its_process },
	{ "long_lock_does_not_end_with_children", long_lock_does_not_end_with_children },
	{ "process_with_long_locks_may_be_killed", process_with_long_locks_may_be_killed },
	{ }
};
