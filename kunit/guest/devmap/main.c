// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - devmap: devmap, ddi_umem_mmap() and what users may do to them
 *
 * usage: devmap [NAME]
 * NAME, or DEVMAP_CASE in the environment: only cases with that in their name, or
 * with one of several words that have commas between them.
 * Each case runs in a process of its own, with the device as new. Output is
 * TAP: a line for each case.
 */
#include "guest.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

long page;
int dev;

void check_that(bool good, const char *what, const char *file, int line)
{
	if (good)
		return;
	printf("# %s:%d: expected %s, errno %d\n", file, line, what, errno);
	fflush(stdout);
	_exit(1);
}

void check_equal(long long a, long long b, const char *what, const char *other,
		 const char *file, int line)
{
	if (a == b)
		return;
	printf("# %s:%d: %s is %lld (%#llx), expected %s = %lld (%#llx), errno %d\n",
	       file, line, what, a, a, other, b, b, errno);
	fflush(stdout);
	_exit(1);
}

static __thread sigjmp_buf escape;
static __thread bool touching;

static __thread int code;

int signal_code(void)
{
	return code;
}

static void caught(int sig, siginfo_t *info, void *context)
{
	(void)context;
	code = info->si_code;
	if (touching)
		siglongjmp(escape, sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void set_touching(bool on)
{
	__atomic_store_n(&touching, on, __ATOMIC_SEQ_CST);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

u8 look(const void *p)
{
	return __atomic_load_n((const u8 *)p, __ATOMIC_SEQ_CST);
}

int touch(void *p)
{
	int sig = sigsetjmp(escape, 1);

	if (!sig) {
		set_touching(true);
		look(p);
	}
	set_touching(false);
	return sig;
}

int poke(void *p, u8 value)
{
	int sig = sigsetjmp(escape, 1);

	if (!sig) {
		set_touching(true);
		__atomic_store_n((u8 *)p, value, __ATOMIC_SEQ_CST);
	}
	set_touching(false);
	return sig;
}

static int outside(bool write, void *p, u8 *value)
{
	int fd = open("/proc/self/mem", O_RDWR);
	ssize_t done;

	CHECK(fd >= 0);
	done = write ? pwrite(fd, value, 1, (off_t)(uintptr_t)p) :
		       pread(fd, value, 1, (off_t)(uintptr_t)p);
	close(fd);
	return done == 1 ? *value : -1;
}

int read_from_outside(void *p)
{
	u8 value;

	return outside(false, p, &value);
}

int write_from_outside(void *p, u8 value)
{
	return outside(true, p, &value);
}

pid_t spawn(void (*run)(void *), void *arg)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		run(arg);
		_exit(0);
	}
	return pid;
}

void reap(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void *run_touch(void *arg)
{
	struct toucher *t = arg;

	while (!atomic_load(&t->go))
		usleep(1000);
	t->sig = touch(t->p);
	return NULL;
}

void prepare_touch(struct toucher *t, void *p)
{
	atomic_store(&t->go, false);
	t->p = p;
	CHECK_EQ(pthread_create(&t->thread, NULL, run_touch, t), 0);
}

void start_touch(struct toucher *t)
{
	atomic_store(&t->go, true);
}

int end_touch(struct toucher *t)
{
	pthread_join(t->thread, NULL);
	return t->sig;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int race_seconds(void)
{
	const char *seconds = getenv("DEVMAP_SECONDS");

	return seconds ? atoi(seconds) : 1;
}

/* As kselftest has it */
#define SKIPPED	4

void skip(const char *what)
{
	printf("# this kernel has no %s\n", what);
	fflush(stdout);
	_exit(SKIPPED);
}

void need_call(long rc, const char *name)
{
	if (rc < 0 && errno == ENOSYS)
		skip(name);
}

/* Its exit status, or -1. */
static int run_case(const struct guest_case *c)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(120 + (unsigned int)race_seconds());
		dev = open(PROBE_PATH, O_RDWR);
		CHECK(dev >= 0);
		CHECK_EQ(ioctl(dev, PROBE_IOC_RESET), 0);
		c->run();
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		printf("# killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_chosen(const char *name, const char *only)
{
	char words[256], *rest = words, *word;

	if (!only)
		return true;
	snprintf(words, sizeof(words), "%s", only);
	while ((word = strsep(&rest, ",")))
		if (strstr(name, word))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct guest_case *const groups[] = {
		setup_cases, unmap_cases, fork_cases, remap_cases, access_cases,
		native_cases, umem_cases, worst_cases, fault_cases, touch_cases,
		winlock_cases, cost_cases, race_cases, syscall_cases,
		kernel_cases, process_cases, contention_cases,
		reach_cases, shape_cases, end_cases, driver_cases,
		pageable_cases, lock_cases, register_cases, removal_cases,
		context_cases, ahead_cases, huge_cases,
	};
	struct sigaction action = { .sa_sigaction = caught,
				    .sa_flags = SA_NODEFER | SA_SIGINFO };
	const char *only = argc > 1 ? argv[1] : getenv("DEVMAP_CASE");
	int n = 0, failed = 0;

	page = sysconf(_SC_PAGESIZE);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (const struct guest_case *c = groups[g]; c->name; c++) {
			if (!is_chosen(c->name, only))
				continue;
			int status = run_case(c);
			bool good = !status || status == SKIPPED;

			printf("%s %d - %s%s\n", good ? "ok" : "not ok", ++n, c->name,
			       status == SKIPPED ? " # SKIP" : "");
			failed += !good;
		}
	printf("1..%d\n", n);
	return failed != 0;
}
