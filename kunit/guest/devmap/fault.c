// SPDX-License-Identifier: GPL-2.0-only
/* fault.c - how an access ends that the driver refuses, and that it can end */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define FC_ERRNO(e)	(((e) << 8) | 3)

static u8 *asked_page(enum probe_policy policy, u32 answer)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = policy;
	plan.answer = answer;
	return map_plan(&plan, page);
}

/* D32, D34: what the answers of devmap_access(9E) become */
static void each_answer_has_its_signal(void)
{
	static const struct { u32 answer; int sig, code; } table[] = {
		{ (u32)-1, SIGSEGV, SEGV_ACCERR },
		{ 1, SIGBUS, BUS_OBJERR },		/* FC_HWERR */
		{ 2, SIGBUS, BUS_ADRALN },		/* FC_ALIGN */
		{ 3, SIGBUS, BUS_OBJERR },		/* FC_OBJERR */
		{ 4, SIGSEGV, SEGV_ACCERR },		/* FC_PROT */
		{ 5, SIGSEGV, SEGV_MAPERR },		/* FC_NOMAP */
		{ 6, SIGSEGV, SEGV_ACCERR },		/* FC_NOSUPPORT */
		{ FC_ERRNO(EINVAL), SIGSEGV, SEGV_ACCERR },
		{ FC_ERRNO(EIO), SIGBUS, BUS_OBJERR },
		{ FC_ERRNO(EACCES), SIGSEGV, SEGV_ACCERR },
	};
	struct probe_plan plan = plain_plan();
	u8 *p = asked_page(PROBE_ANSWER, 0);

	plan.callbacks |= PROBE_ACCESS;
	plan.policy = PROBE_ANSWER;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		plan.answer = table[i].answer;
		set_plan(&plan);
		take_log();
		CHECK_EQ(touch(p), table[i].sig);
		CHECK_EQ(signal_code(), table[i].code);
		CHECK_EQ(take_log()->count, 1);
		/* The kernel's own accesses get an error. */
		CHECK_EQ(read_from_outside(p), -1);
	}
	plan.policy = PROBE_DEFAULT;
	set_plan(&plan);
	CHECK_EQ(touch(p), 0);
}

static atomic_int alarms;

static void count_alarm(int sig)
{
	(void)sig;
	atomic_fetch_add(&alarms, 1);
}

/* D32: an interrupted access is made again after the handler */
static void interrupted_access_is_made_again(void)
{
	struct sigaction action = { .sa_handler = count_alarm };
	u8 *p = asked_page(PROBE_SLEEP, 0);
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	pid = signal_when_held();
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(atomic_load(&alarms), 1);
	reap(pid);
}

/* A system call copies to the page, or another process reads it. */
static void copy_to(void *p)
{
	int fd = open("/dev/zero", O_RDONLY);

	CHECK(fd >= 0);
	for (;;)
		if (read(fd, p, 1) < 0 && errno != EFAULT)
			_exit(1);
}

static void read_on(void *p)
{
	for (;;)
		look(p);
}

static void be_read(void *p)
{
	for (;;)
		read_from_outside(p);
}

/* A process that spins in its access until it is killed, after so many callbacks at least. */
static void spin_until_killed(void (*way)(void *), u8 *p, u32 callbacks)
{
	pid_t pid = spawn(way, p);
	u32 seen = 0;
	int status;

	alarm(20);
	do {
		usleep(50000);
		seen += take_log()->count;
	} while (seen < callbacks);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

static void (*const ways[])(void *) = { read_on, copy_to, be_read };
static const u32 loadless[] = { PROBE_ANSWER, PROBE_LOAD_UNLOAD };

/* D32: a driver that loads nothing makes its processes spin, but not for ever */
static void fatal_signal_ends_an_access_without_load(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways) * ARRAY_SIZE(loadless); i++) {
		u8 *p = asked_page(loadless[i % 2], 0);

		spin_until_killed(ways[i / 2], p, 0);
		CHECK_EQ(munmap(p, page), 0);
		umem_free(0);
	}
}

/* G5, D32: for each handle, whichever way it leaves the page unloaded */
static void access_without_load_is_reported_once(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways) * ARRAY_SIZE(loadless); i++) {
		u8 *p = asked_page(loadless[i % 2], 0);
		long before = misuses();

		take_log();
		spin_until_killed(ways[i / 2], p, 4);
		CHECK_EQ(misuses() - before, 1);
		CHECK_EQ(munmap(p, page), 0);
		umem_free(0);
	}
}

#define TRASH	4
#define GIB	(1024ULL * 1024 * 1024)

/* D8: a driver that covers a page at a time cannot be made to eat the machine */
static void handles_of_a_mapping_are_bounded(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, sizeof(long) == 8 ? 16 * GIB : GIB / 2, TRASH);
	plan.callbacks = 0;
	plan.piece[0].maplen = page;
	if (most_handles() < MANY)
		return;
	set_plan(&plan);
	CHECK_EQ(map_error(sizeof(long) == 8 ? 16 * GIB : GIB / 2, 0), ENOMEM);
	CHECK_EQ(poke(map(64 * page, 0), 1), 0);
}

static void map_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		munmap(map(MANY * page, 0), MANY * page);
}

/* D8: and a process that maps so can be killed */
static void mapping_many_handles_can_be_killed(void)
{
	struct probe_plan plan = plain_plan();
	double begin;
	int status;
	pid_t pid;

	umem_alloc(0, MANY * page, TRASH);
	plan.callbacks = 0;
	plan.piece[0].maplen = page;
	set_plan(&plan);
	pid = spawn(map_for_ever, NULL);
	usleep(30000);
	begin = now();
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	printf("# killed within %.0f ms\n", 1e3 * (now() - begin));
}

/* D37: of an mmap by the driver, too */
static void maxprot_of_an_ioctl_limits_mprotect(void)
{
	struct probe_args a = { .len = page, .flags = MAP_SHARED,
				.maxprot = S_READ | S_USER, .slot = S_READ | S_USER };
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	set_plan(&plan);
	CHECK_EQ(device(PROBE_IOC_MMAP, &a), 0);
	p = (u8 *)(uintptr_t)a.addr;
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(poke(p, 1), SIGSEGV);
}

/* D33: pages of a handle are asked for one by one, and each only once */
static void loaded_pages_are_remembered_one_by_one(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 64 * page, 0);
	plan.callbacks = PROBE_ACCESS;
	p = map_plan(&plan, 64 * page);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 64; i += 3)
			CHECK_EQ(touch(p + (i * 29 % 64) * page), 0);
		CHECK_EQ(take_log()->count, round ? 0 : 22);
		CHECK_EQ(madvise(p, 64 * page, MADV_DONTNEED), 0);
	}
}

struct walker {
	pthread_t thread;
	u8 *p;
	int first, failed;
};

#define WALKERS	4
#define WALKED	128

static void *walk(void *arg)
{
	struct walker *w = arg;

	for (int i = 0; i < WALKED / WALKERS; i++)
		w->failed |= touch(w->p + (w->first + i) * page);
	return NULL;
}

/* D33: threads on distant pages take none from each other */
static void threads_ask_once_for_every_page(void)
{
	struct probe_plan plan = plain_plan();
	struct walker w[WALKERS];

	umem_alloc(0, WALKED * page, 0);
	plan.callbacks = PROBE_ACCESS;
	w[0].p = map_plan(&plan, WALKED * page);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < WALKERS; i++) {
			w[i] = (struct walker){ .p = w[0].p, .first = i * WALKED / WALKERS };
			CHECK_EQ(pthread_create(&w[i].thread, NULL, walk, &w[i]), 0);
		}
		for (int i = 0; i < WALKERS; i++) {
			pthread_join(w[i].thread, NULL);
			CHECK_EQ(w[i].failed, 0);
		}
		CHECK_EQ(take_log()->count, round ? 0 : WALKED);
		CHECK_EQ(madvise(w[0].p, WALKED * page, MADV_DONTNEED), 0);
	}
}

/* The line of /proc/self/maps that has an address in it. */
static void maps_line(void *p, char *line, size_t size)
{
	unsigned long from, to;
	FILE *f = fopen("/proc/self/maps", "r");

	CHECK(f);
	while (fgets(line, (int)size, f))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2 &&
		    (uintptr_t)p >= from && (uintptr_t)p < to)
			break;
	fclose(f);
}

static long open_files(void)
{
	return first_number("/proc/sys/fs/file-nr");
}

/* A mapping is seen to hold its device, and costs no file */
static void mappings_show_the_device_and_cost_no_file(void)
{
	struct probe_plan plan = plain_plan();
	char line[256] = "";
	long before;
	u8 *p;

	umem_alloc(0, page, 0);
	plan.callbacks = 0;
	p = map_plan(&plan, page);
	maps_line(p, line, sizeof(line));
	CHECK(strstr(line, PROBE_PATH "\n"));
	before = open_files();
	for (int i = 0; i < 1000; i++)
		map(page, 0);
	CHECK(open_files() < before + 500);
}

static void read_once(void *p)
{
	CHECK_EQ(touch(p), 0);
}

/* D41: the address space tells whose handle it is */
static void address_space_of_a_handle_is_the_processs(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u64 as;
	u8 *p;

	umem_alloc(0, page, 0);
	p = map_plan(&plan, page);
	map(page, 0);
	log = take_log();
	as = log->event[0].as;
	CHECK(as);
	CHECK_EQ(log->event[1].as, as);
	reap(spawn(read_once, p));
	log = take_log();
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[0].as, as);
	CHECK(log->event[0].new_as && log->event[0].new_as != as);
}

const struct guest_case fault_cases[] = {
	{ "each_answer_has_its_signal", each_answer_has_its_signal },
	{ "interrupted_access_is_made_again", interrupted_access_is_made_again },
	{ "fatal_signal_ends_an_access_without_load",
	  fatal_signal_ends_an_access_without_load },
	{ "access_without_load_is_reported_once", access_without_load_is_reported_once },
	{ "handles_of_a_mapping_are_bounded", handles_of_a_mapping_are_bounded },
	{ "mapping_many_handles_can_be_killed", mapping_many_handles_can_be_killed },
	{ "maxprot_of_an_ioctl_limits_mprotect", maxprot_of_an_ioctl_limits_mprotect },
	{ "loaded_pages_are_remembered_one_by_one", loaded_pages_are_remembered_one_by_one },
	{ "threads_ask_once_for_every_page", threads_ask_once_for_every_page },
	{ "mappings_show_the_device_and_cost_no_file",
	  mappings_show_the_device_and_cost_no_file },
	{ "address_space_of_a_handle_is_the_processs",
	  address_space_of_a_handle_is_the_processs },
	{ }
};
