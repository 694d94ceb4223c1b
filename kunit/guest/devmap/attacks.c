// SPDX-License-Identifier: GPL-2.0-only
/* attacks.c - what hostile and odd programs do with a mapping */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	FEW

u8 *few_pages(u32 callbacks)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, PAGES * page, 0);
	for (int i = 0; i < PAGES; i++)
		umem_poke(0, i * page, i + 1);
	plan.callbacks |= callbacks;
	plan.piece[0].flags = ALLOW_REMAP;
	return map_plan(&plan, PAGES * page);
}

void check_pages(const u8 *p)
{
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(look(p + i * page), i + 1);
}

void check_count(u32 op, u32 count)
{
	struct probe_log *log = take_log();

	CHECK_EQ(log->count, count);
	for (u32 i = 0; i < count; i++)
		CHECK_EQ(log->event[i].op, op);
}

/* D33: advice may be taken or not */
static void advice_of_no_kind_loses_anything(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	for (int advice = 0; advice < 30; advice++) {
		madvise(p, PAGES * page, advice);
		check_pages(p);
	}
}

/* D15 */
static void locked_mapping_is_entered_by_mmap(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *q;

	mlock(p, PAGES * page);
	check_pages(p);
	CHECK_EQ(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
	take_log();
	q = map(PAGES * page, 0);
	CHECK_EQ(take_log()->count, 1 + PAGES);
	check_pages(q);
	CHECK_EQ(munlockall(), 0);
	check_pages(p);
	check_count(0, 0);
}

/* D32: what touches in advance gets no error */
static void mapping_populated_against_the_driver_is_there(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_REFUSE;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), SIGSEGV);
	plan.policy = PROBE_DEFAULT;
	set_plan(&plan);
	CHECK_EQ(touch(p), 0);
}

/* Files of a process that are made from its page tables, where the kernel has them. */
static void read_through(const char *path)
{
	static char buffer[65536];
	int fd = open(path, O_RDONLY);

	while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

/* D41: nothing that looks at a process needs more than the mapping has */
static void mapping_is_looked_at_without_harm(void)
{
	static const char *const files[] = { "maps", "smaps", "smaps_rollup", "numa_maps" };
	u8 *p = few_pages(0);
	unsigned char in_core[PAGES];
	char path[64];

	check_pages(p);
	CHECK_EQ(mincore(p, PAGES * page, in_core), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "/proc/self/%s", files[i]);
		read_through(path);
	}
	check_pages(p);
}

/* D43: the file behind a mapping cannot be opened but as the device */
static void file_of_the_mapping_is_the_device(void)
{
	u8 *p = few_pages(0);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (unsigned long)p,
		 (unsigned long)(p + PAGES * page));
	fd = open(path, O_RDWR);
	if (fd >= 0) {
		CHECK_EQ(ftruncate(fd, 0), -1);
		CHECK_EQ(pread(fd, path, 1, 0), -1);
	}
	check_pages(p);
}

static void msync_changes_nothing(void)
{
	u8 *p = few_pages(0);

	p[0] = 1;
	msync(p, PAGES * page, MS_SYNC);
	msync(p, PAGES * page, MS_ASYNC | MS_INVALIDATE);
	check_pages(p);
}

/* D43 */
static void pages_cannot_be_rearranged(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	CHECK_EQ(syscall(SYS_remap_file_pages, p, page, 0, 2, 0), -1);
	check_pages(p);
}

#define DONTUNMAP	4

/* D43: one mapping does not become two */
static void mapping_cannot_be_duplicated(void)
{
	u8 *p = few_pages(0);
	size_t len = PAGES * page;

	take_log();
	CHECK(mremap(p, 0, len, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mremap(p, len, len, MREMAP_MAYMOVE | DONTUNMAP, NULL) == MAP_FAILED);
	check_pages(p);
	check_count(0, 0);
}

static void futex_never_hangs(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct timespec soon = { .tv_nsec = 1000000 };

	syscall(SYS_futex, p, FUTEX_WAKE, 1, NULL, NULL, 0);
	syscall(SYS_futex, p, FUTEX_WAIT, 77, &soon, NULL, 0);
	check_pages(p);
}

/* D32: for a system call, as for the process itself */
static void kernel_asks_once_a_page(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *copy = malloc(PAGES * page);
	int pair[2], zero = open("/dev/zero", O_RDONLY);

	take_log();
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(write(pair[1], p, PAGES * page), PAGES * page);
	check_count(PROBE_ACCESS, PAGES);
	CHECK_EQ(read(pair[0], copy, PAGES * page), PAGES * page);
	check_pages(copy);
	CHECK_EQ(read(zero, p, PAGES * page), PAGES * page);
	check_count(0, 0);
	CHECK_EQ(umem_peek(0, 3 * page), 0);
}

/* U22: what a pipe holds, the driver can neither take nor hide, but ask for */
static void page_in_a_pipe_is_held(void)
{
	struct probe_args all = { .len = PAGES * page };
	struct iovec one = { .iov_base = few_pages(0), .iov_len = page };
	int pair[2];
	u8 byte;

	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(vmsplice(pair[1], &one, 1, 0), page);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(munmap(one.iov_base, PAGES * page), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
	umem_poke(0, 0, 99);
	CHECK_EQ(read(pair[0], &byte, 1), 1);
	CHECK_EQ(byte, 99);
	close(pair[0]);
	close(pair[1]);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
}

static int look_at_pages(void *p)
{
	check_pages(p);
	return 0;
}

/* D38: a child that shares the address space is no other process */
static void child_with_the_same_memory_is_no_fork(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *stack = malloc(65536);
	pid_t pid;

	check_pages(p);
	take_log();
	pid = clone(look_at_pages, stack + 65536, CLONE_VM | SIGCHLD, p);
	CHECK(pid > 0);
	reap(pid);
	check_count(0, 0);
	check_pages(p);
}

static void exec_something(void *unused)
{
	(void)unused;
	close(STDOUT_FILENO);
	execl("/proc/self/exe", "devmap", "no case has this name", NULL);
}

/* D38, D39: a child that becomes another program has had its handle */
static void exec_unmaps_the_childs_handle(void)
{
	u8 *p = few_pages(0);
	struct probe_log *log;

	take_log();
	reap(spawn(exec_something, NULL));
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[1].op, PROBE_UNMAP);
	CHECK_EQ(log->event[1].handle, log->event[0].new1);
	check_pages(p);
}

/* D39: one munmap(2) of three mappings */
static void munmap_of_several_mappings_tells_each(void)
{
	size_t len = PAGES * page;
	u8 *p = few_pages(0);

	p = mmap(NULL, 3 * len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		CHECK(mmap(p + i * len, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			   dev, 0) == p + i * len);
	check_pages(p + len);
	take_log();
	CHECK_EQ(munmap(p, 3 * len), 0);
	check_count(PROBE_UNMAP, 3);
}

/* D33: protection is no revocation */
static void protection_that_comes_back_asks_nothing(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	check_pages(p);
	take_log();
	CHECK_EQ(mprotect(p, PAGES * page, PROT_NONE), 0);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(mprotect(p, PAGES * page, PROT_READ | PROT_WRITE), 0);
	check_pages(p);
	check_count(0, 0);
}

/* D33: another mapping of the same memory keeps what it has */
static void unload_of_one_mapping_leaves_the_other(void)
{
	struct probe_args all = { .handle = 1 };
	u8 *p = few_pages(PROBE_ACCESS), *q = map(PAGES * page, 0);

	check_pages(p);
	check_pages(q);
	take_log();
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &all), 0);
	check_pages(q);
	check_count(0, 0);
	check_pages(p);
	check_count(PROBE_ACCESS, PAGES);
}

/* D32: two threads touch the page while the driver thinks */
static void threads_on_one_page_all_get_it(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct toucher t[3];

	hold_calls(PROBE_ACCESS);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		prepare_touch(&t[i], p);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		start_touch(&t[i]);
	await_held();
	let_go();
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		CHECK_EQ(end_touch(&t[i]), 0);
	check_pages(p);
}

static void unload_again_and_again(void *unused)
{
	(void)unused;
	for (int i = 0; i < 200; i++) {
		CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
		sched_yield();
	}
}

/* D33 */
static void unload_from_another_process_harms_no_access(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;
	int status;

	check_pages(p);
	pid = spawn(unload_again_and_again, NULL);
	while (!waitpid(pid, &status, WNOHANG))
		check_pages(p);
	CHECK_EQ(status, 0);
}

static void *unmap_pages(void *p)
{
	CHECK_EQ(munmap(p, PAGES * page), 0);
	return NULL;
}

/* D38, D39: the child has all of it or nothing */
static void fork_against_munmap_of_all(void)
{
	u8 *p = few_pages(0);
	pthread_t thread;

	for (int round = 0; round < 30; round++, p = map(PAGES * page, 0)) {
		int status;
		pid_t pid;

		CHECK_EQ(pthread_create(&thread, NULL, unmap_pages, p), 0);
		pid = fork();
		if (!pid) {
			int sig = touch(p);

			for (int i = 1; i < PAGES; i++)
				CHECK_EQ(touch(p + i * page), sig);
			_exit(sig && sig != SIGSEGV);
		}
		pthread_join(thread, NULL);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
}

u32 await_unmaps(u32 count)
{
	u32 others = 0, unmaps = 0;
	double begin = now();

	for (; unmaps < count && now() - begin < 20; usleep(1000)) {
		struct probe_log *log = take_log();

		for (u32 i = 0; i < log->count; i++)
			if (log->event[i].op == PROBE_UNMAP)
				unmaps++;
			else
				others++;
	}
	CHECK_EQ(unmaps, count);
	return others;
}

static void map_and_fork(void *unused)
{
	(void)unused;
	map(PAGES * page, 0);
	fork();
}

/* D38, D39: each handle of which the driver was told goes */
static void process_may_be_killed_in_its_fork(void)
{
	struct probe_plan plan = plain_plan();
	int status;
	pid_t pid;

	umem_alloc(0, PAGES * page, 0);
	set_plan(&plan);
	hold_calls(PROBE_DUP);
	pid = spawn(map_and_fork, NULL);
	await_held();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	let_go();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	/* One by mmap, one by fork. */
	CHECK_EQ(await_unmaps(2), 2);
}

static void touch_it(void *p)
{
	touch(p);
}

/* D32, D39: the driver is not left with a handle of a process that is gone */
static void process_may_be_killed_while_the_driver_thinks(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	int status;
	pid_t pid;

	take_log();
	hold_calls(PROBE_ACCESS);
	pid = spawn(touch_it, p);
	await_held();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	usleep(10000);
	let_go();
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK(await_unmaps(1) >= 2);
	check_pages(p);
}

/* D11, D13: flags of mmap(2) */
static void flags_of_mmap_do_what_they_say(void)
{
	static const struct { int flags; bool good; } table[] = {
		{ MAP_SHARED_VALIDATE, true },
		{ MAP_SHARED | MAP_NORESERVE, true },
		{ MAP_SHARED | MAP_LOCKED, true },
		{ MAP_SHARED | MAP_NONBLOCK | MAP_POPULATE, true },
		{ MAP_SHARED_VALIDATE | MAP_SYNC, false },
		{ MAP_SHARED | MAP_GROWSDOWN, false },
		{ MAP_SHARED | MAP_HUGETLB, false },
		{ MAP_PRIVATE | MAP_LOCKED, false },
	};

	few_pages(0);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		u8 *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, table[i].flags, dev, 0);

		CHECK_EQ(p != MAP_FAILED, table[i].good);
		if (table[i].good)
			check_pages(p);
	}
}

static void read_parent(void *p)
{
	char path[40];
	u8 byte;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &byte, 1, (off_t)(uintptr_t)p), 1);
	CHECK_EQ(byte, 1);
}

/* D32: a debugger asks for the process that it looks at */
static void debugger_asks_for_the_process(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct probe_log *log;

	take_log();
	reap(spawn(read_parent, p));
	log = take_log();
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[1].op, PROBE_ACCESS);
	CHECK_EQ(log->event[1].handle, 1);
	CHECK_EQ(look(p), 1);
	check_count(0, 0);
}

static u8 *touched_by_handler;

static void touch_in_handler(int sig)
{
	(void)sig;
	CHECK_EQ(look(touched_by_handler), 1);
}

/* D32: the handler of a signal that interrupts an access makes the same access */
static void handler_may_touch_the_same_page(void)
{
	struct sigaction action = { .sa_handler = touch_in_handler };
	struct probe_plan plan = plain_plan();
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid;

	touched_by_handler = p;
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_SLEEP;
	set_plan(&plan);
	sigaction(SIGUSR1, &action, NULL);
	pid = fork();
	if (!pid) {
		await_held();
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(touch(p), 0);
	reap(pid);
	check_pages(p);
}

/* D15: mappings come and go in any order */
static void mappings_in_any_order_keep_apart(void)
{
	struct { u8 *p; size_t len; } maps[64] = { { few_pages(0), PAGES * page } };
	unsigned int seed = 3;

	for (int round = 0; round < 600; round++) {
		size_t i = rand_r(&seed) % ARRAY_SIZE(maps);

		if (maps[i].p)
			CHECK_EQ(munmap(maps[i].p, maps[i].len), 0);
		maps[i].len = (rand_r(&seed) % PAGES + 1) * page;
		maps[i].p = map(maps[i].len, 0);
		for (i = 0; i < ARRAY_SIZE(maps); i++)
			if (maps[i].p)
				CHECK_EQ(look(maps[i].p + maps[i].len - page),
					 maps[i].len / page);
	}
}

/* G10: a system call of the same driver finds its arguments in the mapping */
static void arguments_may_lie_in_the_mapping(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct probe_args *a = (struct probe_args *)(p + page);

	CHECK_EQ(ioctl(dev, PROBE_IOC_PEEK, a), 0);
	*a = (struct probe_args){ .off = 2 * page };
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
	CHECK_EQ(ioctl(dev, PROBE_IOC_PEEK, a), 0);
	CHECK_EQ(a->result, 3);
}

const struct guest_case attack_cases[] = {
	{ "advice_of_no_kind_loses_anything", advice_of_no_kind_loses_anything },
	{ "locked_mapping_is_entered_by_mmap", locked_mapping_is_entered_by_mmap },
	{ "mapping_populated_against_the_driver_is_there",
	  mapping_populated_against_the_driver_is_there },
	{ "mapping_is_looked_at_without_harm", mapping_is_looked_at_without_harm },
	{ "file_of_the_mapping_is_the_device", file_of_the_mapping_is_the_device },
	{ "msync_changes_nothing", msync_changes_nothing },
	{ "pages_cannot_be_rearranged", pages_cannot_be_rearranged },
	{ "mapping_cannot_be_duplicated", mapping_cannot_be_duplicated },
	{ "futex_never_hangs", futex_never_hangs },
	{ "kernel_asks_once_a_page", kernel_asks_once_a_page },
	{ "page_in_a_pipe_is_held", page_in_a_pipe_is_held },
	{ "child_with_the_same_memory_is_no_fork", child_with_the_same_memory_is_no_fork },
	{ "exec_unmaps_the_childs_handle", exec_unmaps_the_childs_handle },
	{ "munmap_of_several_mappings_tells_each", munmap_of_several_mappings_tells_each },
	{ "protection_that_comes_back_asks_nothing", protection_that_comes_back_asks_nothing },
	{ "unload_of_one_mapping_leaves_the_other", unload_of_one_mapping_leaves_the_other },
	{ "threads_on_one_page_all_get_it", threads_on_one_page_all_get_it },
	{ "unload_from_another_process_harms_no_access",
	  unload_from_another_process_harms_no_access },
	{ "fork_against_munmap_of_all", fork_against_munmap_of_all },
	{ "process_may_be_killed_in_its_fork", process_may_be_killed_in_its_fork },
	{ "process_may_be_killed_while_the_driver_thinks",
	  process_may_be_killed_while_the_driver_thinks },
	{ "flags_of_mmap_do_what_they_say", flags_of_mmap_do_what_they_say },
	{ "debugger_asks_for_the_process", debugger_asks_for_the_process },
	{ "handler_may_touch_the_same_page", handler_may_touch_the_same_page },
	{ "mappings_in_any_order_keep_apart", mappings_in_any_order_keep_apart },
	{ "arguments_may_lie_in_the_mapping", arguments_may_lie_in_the_mapping },
	{ }
};
