// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - exercises the example drivers and reports
 *
 * Each test runs in a process of its own.  When it fails, crashes or hangs, its
 * end returns all that it held, and the other tests still run.
 *
 * usage: ddi_demo [name [seconds]]
 *	name: run only tests whose name contains it; -name: those without it
 *	seconds: again and again, for that long, until one fails
 *
 * The tests of a device that is not there are left out.
 * Exit status: 0 if no test failed.
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds after which a test counts as hung */
#define TEST_SECONDS	120

/* Exit status of a test that this kernel cannot run, as kselftest has it */
#define SKIPPED	4

static const char *current_test;

static void report(const char *word, const char *fmt, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, args);
	/* One write, since several processes may report at once. */
	printf("%-5s %-20s %s\n", word, current_test, text);
	fflush(stdout);
}

void fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report("FAIL", fmt, args);
	va_end(args);
	_exit(1);
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report("ok", fmt, args);
	va_end(args);
}

void skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report("skip", fmt, args);
	va_end(args);
	_exit(SKIPPED);
}

void expect_errno_(const char *what, long ret, int err)
{
	int found = errno;

	if (ret != -1)
		fail("%s: returned %ld, expected \"%s\"", what, ret,
		     strerror(err));
	if (found != err)
		fail("%s: \"%s\", expected \"%s\"", what, strerror(found),
		     strerror(err));
}

int must_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		fail("open %s: %s", path, strerror(errno));
	return fd;
}

pid_t start(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork: %s", strerror(errno));
	if (pid == 0) {
		fn();
		_exit(0);
	}
	return pid;
}

int is_running(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT))
		fail("waitid: %s", strerror(errno));
	return info.si_pid == 0;
}

/* Wait for a process; tell whether it has failed and, if need be, how. */
static int has_failed(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		fail("a process died of signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) != 0;
}

void finish(pid_t pid)
{
	if (has_failed(pid))
		_exit(1);	/* it has said why */
}

void in_processes(int n, void (*fn)(int i))
{
	pid_t pid[64];
	int i, failed = 0;

	expect(n <= 64, "at most 64 processes");
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			fail("fork: %s", strerror(errno));
		if (pid[i] == 0) {
			fn(i);
			_exit(0);
		}
	}
	for (i = 0; i < n; i++)
		failed |= has_failed(pid[i]);
	if (failed)
		_exit(1);
}

void *shared_memory(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	expect(mem != MAP_FAILED, "mmap: %s", strerror(errno));
	return mem;
}

void pause_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

unsigned long long checksum(unsigned long long sum, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		sum = (sum ^ *p++) * 0x100000001b3ULL;
	return sum;
}

void fill(void *data, size_t size, unsigned int seed)
{
	unsigned char *p = data;
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (i + seed) * 31 + (i >> 8);
}

int is_filled(const void *data, size_t size, unsigned int seed)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (unsigned char)((i + seed) * 31 + (i >> 8)))
			return 0;
	return 1;
}

/* Run one test; 0 if it passed, SKIPPED, or how it failed. */
static int run(const struct test *t)
{
	int status;
	pid_t pid;

	current_test = t->name;
	pid = fork();
	if (pid == 0) {
		alarm(TEST_SECONDS);
		t->run();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		printf("FAIL  %-20s not started: %s\n", t->name, strerror(errno));
		return 1;
	}
	if (WIFSIGNALED(status))
		printf("FAIL  %-20s died of signal %d\n", t->name,
		       WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* A group of tests, and the device without which it is left out */
struct group {
	const struct test *tests;
	const char *device;
};

static const struct group groups[] = {
	{ rmdrv_tests, NULL },
	{ idspace_tests, NULL },
	{ native_tests, NULL },
	{ cold_tests, NULL },
	{ frames_tests, NULL },
	{ carveout_tests, "/dev/carveout0" },
	{ edu_tests, "/dev/edu0" },
	{ NULL, NULL }
};

static int passed, failed, skipped;

static void count(int result)
{
	switch (result) {
	case 0:
		passed++;
		break;
	case SKIPPED:
		skipped++;
		break;
	default:
		failed++;
	}
}

static int is_wanted(const struct test *t, const char *name)
{
	if (!name)
		return 1;
	return *name == '-' ? !strstr(t->name, name + 1) : !!strstr(t->name, name);
}

static void run_group(const struct group *group, const char *name)
{
	const struct test *t;

	for (t = group->tests; t->name; t++) {
		if (!is_wanted(t, name))
			continue;
		if (group->device && access(group->device, F_OK)) {
			printf("left out: %s, since there is no %s\n", t->name, group->device);
			continue;
		}
		count(run(t));
	}
}

static void run_all(const char *name)
{
	const struct group *group;

	for (group = groups; group->tests; group++)
		run_group(group, name);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 0);

	setvbuf(stdout, NULL, _IOLBF, 0);
	do {
		run_all(argc > 1 ? argv[1] : NULL);
	} while (!failed && time(NULL) < end);
	printf("ddi_demo: %d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed != 0;
}
