// SPDX-License-Identifier: GPL-2.0-only
/* winlock.c - processes exclude each other by /dev/ddi_winlock */
#include "guest.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS	300

struct win {
	u8 *lock, *unlock;
	struct {
		int inside;
		int count;
	} *shared;
};

static struct win open_window(void)
{
	int fd = open(WINLOCK_PATH, O_RDWR);
	struct win w;

	CHECK(fd >= 0);
	w.lock = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(w.lock != MAP_FAILED);
	w.unlock = w.lock + page;
	w.shared = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(w.shared != MAP_FAILED);
	close(fd);
	return w;
}

static void take_turns(void *arg)
{
	struct win *w = arg;

	for (int i = 0; i < TURNS; i++) {
		CHECK_EQ(poke(w->lock, 1), 0);
		CHECK_EQ(__atomic_fetch_add(&w->shared->inside, 1, __ATOMIC_SEQ_CST), 0);
		w->shared->count++;
		if (i % 8 == 0)
			sched_yield();
		CHECK_EQ(__atomic_fetch_sub(&w->shared->inside, 1, __ATOMIC_SEQ_CST), 1);
		CHECK_EQ(poke(w->unlock, 0), 0);
		if (i % 32 == 0)
			sched_yield();
	}
}

/* C42, D32, D33, D41: one at a time, and each gets its turn */
static void windows_exclude_each_other(void)
{
	struct win w = open_window();
	pid_t pids[4];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = spawn(take_turns, &w);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		reap(pids[i]);
	CHECK_EQ(w.shared->count, TURNS * (int)ARRAY_SIZE(pids));
}

static void lock_and_die(void *arg)
{
	struct win *w = arg;

	CHECK_EQ(poke(w->lock, 1), 0);
}

/* C42, D39: the lock of a process that dies is free */
static void death_frees_the_lock(void)
{
	struct win w = open_window();

	reap(spawn(lock_and_die, &w));
	CHECK_EQ(poke(w.lock, 1), 0);
	CHECK_EQ(poke(w.unlock, 0), 0);
}

static void wait_for_lock(void *arg)
{
	struct win *w = arg;

	poke(w->lock, 1);
}

/* C42, D32: a process that waits in its fault can be killed, and munmap works */
static void waiting_for_the_lock_can_be_killed(void)
{
	struct win w = open_window();
	int status;
	pid_t pid;

	CHECK_EQ(poke(w.lock, 1), 0);
	pid = spawn(wait_for_lock, &w);
	usleep(100000);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	CHECK_EQ(poke(w.unlock, 0), 0);
	CHECK_EQ(munmap(w.lock, 2 * page), 0);
}

const struct guest_case winlock_cases[] = {
	{ "windows_exclude_each_other", windows_exclude_each_other },
	{ "death_frees_the_lock", death_frees_the_lock },
	{ "waiting_for_the_lock_can_be_killed", waiting_for_the_lock_can_be_killed },
	{ }
};
