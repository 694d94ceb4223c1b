// SPDX-License-Identifier: GPL-2.0-only
/*
 * idspace.c - the tests of /dev/idspace
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/idspace"

/* A space of the identifiers [low, low + count). */
static int new_space(unsigned int low, unsigned int count)
{
	struct ids_range r = { low, count };
	int fd = must_open(DEVICE, O_RDWR);

	if (ioctl(fd, IDS_EXTEND, &r))
		fail("IDS_EXTEND: %s", strerror(errno));
	return fd;
}

static unsigned int take(int fd, unsigned long how)
{
	unsigned int id;

	if (ioctl(fd, how, &id))
		fail("no identifier: %s", strerror(errno));
	return id;
}

static void give(int fd, unsigned int id)
{
	if (ioctl(fd, IDS_FREE, &id))
		fail("IDS_FREE %u: %s", id, strerror(errno));
}

static void expect_next(int fd, unsigned int expected)
{
	unsigned int id = take(fd, IDS_NEXT);

	expect(id == expected, "next is %u, expected %u", id, expected);
}

static void expect_first(int fd, unsigned int expected)
{
	unsigned int id = take(fd, IDS_FIRST);

	expect(id == expected, "first is %u, expected %u", id, expected);
}

static void expect_full(int fd)
{
	unsigned int id;

	expect_errno(ioctl(fd, IDS_NEXT, &id), ENOSPC);
	expect_errno(ioctl(fd, IDS_FIRST, &id), ENOSPC);
}

static void expect_stat(int fd, unsigned int used, unsigned int unused)
{
	struct ids_stat st;

	if (ioctl(fd, IDS_STAT, &st))
		fail("IDS_STAT: %s", strerror(errno));
	expect(st.used == used && st.unused == unused,
	       "%u used and %u unused, expected %u and %u", st.used,
	       st.unused, used, unused);
}

static void test_next(void)
{
	int fd = new_space(0, 10);
	unsigned int i;

	expect_next(fd, 0);
	give(fd, 0);
	for (i = 1; i < 10; i++)
		expect_next(fd, i);
	expect_next(fd, 0);
	expect_full(fd);
	expect_stat(fd, 10, 0);
	give(fd, 7);
	give(fd, 3);
	expect_next(fd, 3);
	expect_next(fd, 7);
	expect_full(fd);
	close(fd);
	say("next fit: 1 to 9 before 0 again, then what was returned, then full");
}

static void test_first(void)
{
	int fd = new_space(100, 10);
	unsigned int i;

	for (i = 100; i < 110; i++)
		expect_first(fd, i);
	expect_full(fd);
	give(fd, 108);
	give(fd, 102);
	give(fd, 105);
	expect_first(fd, 102);
	expect_first(fd, 105);
	expect_first(fd, 108);
	close(fd);
	say("first fit: always the lowest");
}

static void test_specific(void)
{
	int fd = new_space(0, 10);
	unsigned int id;

	for (id = 0; id < 10; id += 3)
		if (ioctl(fd, IDS_SPECIFIC, &id))
			fail("specific %u: %s", id, strerror(errno));
	for (id = 0; id < 10; id += 3)
		expect_errno(ioctl(fd, IDS_SPECIFIC, &id), EEXIST);
	id = 10;
	expect_errno(ioctl(fd, IDS_SPECIFIC, &id), EEXIST);
	id = ~0;
	expect_errno(ioctl(fd, IDS_SPECIFIC, &id), EINVAL);
	expect_first(fd, 1);
	expect_stat(fd, 5, 5);
	close(fd);
	say("specific: any free one, EEXIST for a busy one or one outside");
}

static void test_extend(void)
{
	struct ids_range r = { 4, 4 };
	int fd = new_space(0, 4);
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect_next(fd, i);
	expect_full(fd);
	if (ioctl(fd, IDS_EXTEND, &r))
		fail("IDS_EXTEND: %s", strerror(errno));
	for (i = 4; i < 8; i++)
		expect_next(fd, i);
	expect_full(fd);
	r.low = 7;
	expect_errno(ioctl(fd, IDS_EXTEND, &r), EEXIST);
	r.count = 0;
	expect_errno(ioctl(fd, IDS_EXTEND, &r), EINVAL);
	expect_stat(fd, 8, 0);
	close(fd);
	say("extend: an exhausted space goes on; overlap is refused");
}

/* --- waiting ----------------------------------------------------------- */

static int wait_fd;

static void waiter(void)
{
	unsigned int id = take(wait_fd, IDS_WAIT);

	expect(id == 1, "waited for 1 and got %u", id);
}

static void test_wait(void)
{
	struct ids_range r = { 2, 1 };
	pid_t pid;

	wait_fd = new_space(0, 2);
	expect_next(wait_fd, 0);
	expect_next(wait_fd, 1);
	pid = start(waiter);
	pause_ms(200);
	expect(is_running(pid), "got an identifier where there was none");
	give(wait_fd, 1);
	finish(pid);
	if (ioctl(wait_fd, IDS_EXTEND, &r))
		fail("IDS_EXTEND: %s", strerror(errno));
	expect_next(wait_fd, 2);
	close(wait_fd);
	say("wait: sleeps until one is returned");
}

/* --- many at once ------------------------------------------------------ */

#define RACERS	6
#define IDS	16
#define ROUNDS	3000

static struct {
	int fd;
	int *holder;	/* shared: who holds each identifier, plus 1 */
} race;

/* More takers than identifiers: each identifier has one holder at a time. */
static void racer(int who)
{
	static const unsigned long how[] = { IDS_NEXT, IDS_FIRST, IDS_WAIT };
	unsigned int id[4];
	int i, n, old;

	for (i = 0; i < ROUNDS; i++) {
		for (n = 0; n < 4; n++) {
			if (ioctl(race.fd, how[(i + n) % 2], &id[n]))
				break;
			old = __atomic_exchange_n(&race.holder[id[n]], who + 1,
						  __ATOMIC_SEQ_CST);
			expect(!old, "%u is held by %d already", id[n], old);
		}
		while (n--) {
			__atomic_store_n(&race.holder[id[n]], 0,
					 __ATOMIC_SEQ_CST);
			give(race.fd, id[n]);
		}
		/* The thread holds nothing while it waits, so that no deadlock is possible. */
		give(race.fd, take(race.fd, how[2]));
	}
}

static void test_race(void)
{
	race.fd = new_space(0, IDS);
	race.holder = shared_memory(IDS * sizeof(*race.holder));
	in_processes(RACERS, racer);
	expect_stat(race.fd, 0, IDS);
	close(race.fd);
	say("%d processes took and returned, %d rounds each: no id held twice",
	    RACERS, ROUNDS);
}

static void test_errors(void)
{
	int fd = new_space(0, 4);
	void *bad = (void *)8;
	unsigned int id = 2;

	expect_errno(ioctl(fd, IDS_FREE, &id), ENOENT);
	expect_next(fd, 0);
	id = 0;
	give(fd, id);
	expect_errno(ioctl(fd, IDS_FREE, &id), ENOENT);
	expect_errno(ioctl(fd, IDS_NEXT, bad), EFAULT);
	expect_errno(ioctl(fd, IDS_SPECIFIC, bad), EFAULT);
	expect_errno(ioctl(fd, IDS_EXTEND, bad), EFAULT);
	expect_errno(ioctl(fd, IDS_FREE, bad), EFAULT);
	expect_errno(ioctl(fd, IDS_STAT, bad), EFAULT);
	expect_errno(ioctl(fd, _IO('i', 99), 0), ENOTTY);
	expect_stat(fd, 0, 4);
	close(fd);
	say("double free, bad addresses and commands refused, none lost");
}

const struct test idspace_tests[] = {
	{ "idspace next", test_next },
	{ "idspace first", test_first },
	{ "idspace specific", test_specific },
	{ "idspace extend", test_extend },
	{ "idspace wait", test_wait },
	{ "idspace race", test_race },
	{ "idspace errors", test_errors },
	{ NULL, NULL }
};
