// SPDX-License-Identifier: GPL-2.0-only
/*
 * swap.c - more pageable memory than the machine has, on /dev/ddi_cold
 *
 * For a guest of 128 MiB with a swap device; see scripts/check-pageable.sh. Each
 * case runs in a process of its own, so that its buffers go with it, and prints
 * what Linux counted meanwhile.
 *
 * usage: swap [NAME]
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>

#include "example_ioctl.h"

typedef __u64 u64;

#define BUFFERS		256
#define GROUP		"/sys/fs/cgroup/cold"
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define WORDS		(COLD_BUFSIZE / sizeof(u64))

static u64 data[WORDS];
static int buffer[BUFFERS];
static u64 *mem[BUFFERS];

#define CHECK(cond) check((cond), #cond, __LINE__)

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("# swap.c:%d: expected %s, errno %d\n", line, what, errno);
	fflush(stdout);
	_exit(1);
}

/* No two words of all buffers are the same. */
static u64 word(unsigned int who, unsigned int pass, size_t i)
{
	return ((u64)pass << 56 | (u64)who << 40 | i) * 0x9e3779b97f4a7c15ULL;
}

static void fill(u64 *to, unsigned int who, unsigned int pass)
{
	for (size_t i = 0; i < WORDS; i++)
		to[i] = word(who, pass, i);
}

static bool is_filled(const u64 *from, unsigned int who, unsigned int pass)
{
	for (size_t i = 0; i < WORDS; i++)
		if (from[i] != word(who, pass, i))
			return false;
	return true;
}

static void write_buffer(unsigned int who, unsigned int pass)
{
	fill(data, who, pass);
	CHECK(pwrite(buffer[who], data, sizeof(data), 0) == sizeof(data));
}

static void check_buffer(unsigned int who, unsigned int pass)
{
	CHECK(pread(buffer[who], data, sizeof(data), 0) == sizeof(data));
	CHECK(is_filled(data, who, pass));
}

static void open_buffers(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		buffer[i] = open("/dev/ddi_cold", O_RDWR);
		CHECK(buffer[i] >= 0);
	}
}

static void map_buffers(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		mem[i] = mmap(NULL, COLD_BUFSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, buffer[i], 0);
		CHECK(mem[i] != MAP_FAILED);
	}
}

/* The number behind @name in a file of such lines; -1 if there is none. */
static long number_in(const char *path, const char *name)
{
	char line[128], key[64];
	FILE *f = fopen(path, "r");
	long n, found = -1;

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", key, &n) == 2 && !strcmp(key, name))
			found = n;
	fclose(f);
	return found;
}

static long swapped_out(void)
{
	return number_in("/proc/vmstat", "pswpout");
}

static long swapped_in(void)
{
	return number_in("/proc/vmstat", "pswpin");
}

/* Sum up what debugfs says of the released objects. */
static void sum_released(long *pages, long *resident, long *swapped)
{
	char line[256], type[16];
	long p, r, s;
	FILE *f = fopen("/sys/kernel/debug/ddi/umem", "r");

	CHECK(f);
	*pages = *resident = *swapped = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %15s %ld %*s %ld %ld", type, &p, &r, &s) != 4 ||
		    strcmp(type, "released"))
			continue;
		*pages += p;
		*resident += r;
		*swapped += s;
	}
	fclose(f);
}

/* What a case must have caused: more was swapped than memory can hold. */
static void check_swapping(long out, long in)
{
	out = swapped_out() - out;
	in = swapped_in() - in;
	printf("# vmstat: %ld pages swapped out, %ld in\n", out, in);
	CHECK(out > 128 * 256);
	CHECK(in > 128 * 256);
}

static void written_by_the_driver(void)
{
	long out = swapped_out(), in = swapped_in(), pages, resident, swapped;

	open_buffers(BUFFERS);
	for (unsigned int i = 0; i < BUFFERS; i++)
		write_buffer(i, 1);
	sum_released(&pages, &resident, &swapped);
	printf("# %ld pages released, %ld resident, %ld swapped\n", pages, resident, swapped);
	CHECK(pages == (long)BUFFERS * COLD_BUFSIZE / 4096);
	CHECK(swapped > pages / 2);
	CHECK(resident + swapped >= pages);
	for (int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < BUFFERS; i++)
			check_buffer(i, 1);
	check_swapping(out, in);
}

/* All of it is mapped at the same time, and so swapped under this process. */
static void written_by_a_process(void)
{
	long out = swapped_out(), in = swapped_in();

	open_buffers(BUFFERS);
	map_buffers(BUFFERS);
	for (unsigned int i = 0; i < BUFFERS; i++)
		fill(mem[i], i, 2);
	printf("# largest resident set: %ld KiB of %d mapped\n",
	       number_in("/proc/self/status", "VmHWM:"), BUFFERS * COLD_BUFSIZE / 1024);
	CHECK(number_in("/proc/self/status", "VmHWM:") < 128 * 1024);
	for (int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < BUFFERS; i++)
			CHECK(is_filled(mem[i], i, 2));
	for (unsigned int i = 0; i < BUFFERS; i++)
		check_buffer(i, 2);
	check_swapping(out, in);
}

/* Driver and process read what the other wrote, though all was swapped out in between. */
static void written_by_turns(void)
{
	const unsigned int n = BUFFERS / 2;
	long out = swapped_out();

	open_buffers(n);
	map_buffers(n);
	for (unsigned int i = 0; i < n; i++)
		write_buffer(i, 3);
	for (unsigned int i = 0; i < n; i++) {
		CHECK(is_filled(mem[i], i, 3));
		fill(mem[i], i, 4);
	}
	for (unsigned int i = 0; i < n; i++)
		check_buffer(i, 4);
	CHECK(swapped_out() > out);
}

/* Children share what their parent mapped. */
static void shared_with_children(void)
{
	const unsigned int n = BUFFERS / 2;
	int status;

	open_buffers(n);
	map_buffers(n);
	for (unsigned int i = 0; i < n; i++)
		fill(mem[i], i, 5);
	for (int child = 0; child < 2; child++)
		if (!fork()) {
			for (unsigned int i = child; i < n; i += 2) {
				CHECK(is_filled(mem[i], i, 5));
				fill(mem[i], i, 6);
			}
			_exit(0);
		}
	for (int child = 0; child < 2; child++)
		CHECK(wait(&status) > 0 && !status);
	for (unsigned int i = 0; i < n; i++)
		CHECK(is_filled(mem[i], i, 6));
}

static void set_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* In a memory cgroup of its own from now on, with these limits. */
static void enter_group(const char *memory, const char *swap)
{
	CHECK(!mkdir(GROUP, 0755) || errno == EEXIST);
	set_text(GROUP "/memory.max", memory);
	set_text(GROUP "/memory.swap.max", swap);
	set_text(GROUP "/cgroup.procs", "0");
}

static void group_is_swapped_not_killed(void)
{
	const unsigned int n = 48;
	long kills;

	enter_group("16M", "max");
	kills = number_in(GROUP "/memory.events", "oom_kill");
	open_buffers(n);
	map_buffers(n);
	for (unsigned int i = 0; i < n; i++)
		write_buffer(i, 7);
	for (unsigned int i = 0; i < n; i++) {
		CHECK(is_filled(mem[i], i, 7));
		fill(mem[i], i, 8);
	}
	for (unsigned int i = 0; i < n; i++)
		check_buffer(i, 8);
	printf("# the group, limited to 16 MiB: %ld pages of shmem swapped out\n",
	       number_in("/proc/vmstat", "pswpout"));
	CHECK(number_in(GROUP "/memory.events", "oom_kill") == kills);
	CHECK(number_in(GROUP "/memory.events", "max") > 0);
}

static bool is_logged(const char *text)
{
	static char log[1 << 20];
	int n = klogctl(3, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	return strstr(log, text);
}

/* Opens more buffers than its group may have; then reads them all. */
static void open_too_many(unsigned int n)
{
	enter_group("16M", "16M");
	open_buffers(n);
	for (unsigned int i = 0; i < n; i++)
		write_buffer(i, 9);
	for (unsigned int i = 0; i < n; i++)
		check_buffer(i, 9);
	_exit(0);
}

/* With swap full, an open waits and says so, and goes on when there is room. */
static void wait_for_swap_is_told_and_ends(void)
{
	const unsigned int n = 60;
	pid_t pid = fork();
	int status, seconds;

	if (!pid)
		open_too_many(n);
	for (seconds = 0; seconds < 100 && !is_logged(" s for 1024 KiB"); seconds++)
		sleep(1);
	printf("# told after %d s\n", seconds);
	CHECK(is_logged(" s for 1024 KiB"));
	CHECK(!waitpid(pid, &status, WNOHANG));
	set_text(GROUP "/memory.swap.max", "max");
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(!status);
}

/* What must not sleep fails, then or later, and takes nothing with it. */
static void nosleep_fails_where_sleep_waits(void)
{
	unsigned int waited = 0, failed = 0;

	open_buffers(BUFFERS);
	for (unsigned int i = 0; i < BUFFERS; i++)
		write_buffer(i, 10);
	for (unsigned int i = 0; i < BUFFERS; i++) {
		CHECK(!fcntl(buffer[i], F_SETFL, O_NONBLOCK));
		if (pread(buffer[i], data, sizeof(data), 0) == sizeof(data)) {
			CHECK(is_filled(data, i, 10));
		} else {
			CHECK(errno == EAGAIN);
			waited++;
		}
		CHECK(!fcntl(buffer[i], F_SETFL, 0));
	}
	for (unsigned int i = 0; i < BUFFERS; i++) {
		int fd = open("/dev/ddi_cold", O_RDWR | O_NONBLOCK);

		CHECK(fd >= 0 || errno == ENOMEM);
		failed += fd < 0;
		if (fd >= 0)
			close(fd);
	}
	printf("# without sleep: %u of %d holds got EAGAIN, %u of %d opens ENOMEM\n",
	       waited, BUFFERS, failed, BUFFERS);
	CHECK(waited > BUFFERS / 4);
	for (unsigned int i = 0; i < BUFFERS; i++)
		check_buffer(i, 10);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "written_by_the_driver", written_by_the_driver },
	{ "written_by_a_process", written_by_a_process },
	{ "written_by_turns", written_by_turns },
	{ "shared_with_children", shared_with_children },
	{ "nosleep_fails_where_sleep_waits", nosleep_fails_where_sleep_waits },
	{ "group_is_swapped_not_killed", group_is_swapped_not_killed },
	{ "wait_for_swap_is_told_and_ends", wait_for_swap_is_told_and_ends },
};

int main(int argc, char **argv)
{
	struct rlimit files = { 1024, 1024 };
	int failed = 0, status;

	setrlimit(RLIMIT_NOFILE, &files);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		time_t begin = time(NULL);
		pid_t pid;

		if (argc > 1 && !strstr(cases[i].name, argv[1]))
			continue;
		pid = fork();
		if (!pid) {
			cases[i].run();
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			printf("# killed by signal %d\n", WTERMSIG(status));
		printf("%s - %s (%ld s)\n", status ? "not ok" : "ok", cases[i].name,
		       (long)(time(NULL) - begin));
		failed += status != 0;
	}
	return failed != 0;
}
