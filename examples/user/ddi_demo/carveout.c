// SPDX-License-Identifier: GPL-2.0-only
/*
 * carveout.c - the tests of /dev/carveout0
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/carveout0"
#define MEMORY	(1024 * 1024)

static int give(int fd, unsigned int offset)
{
	return ioctl(fd, CARVE_GIVE, &offset);
}

static unsigned int taken(int fd, struct carve_take want)
{
	if (ioctl(fd, CARVE_TAKE, &want))
		fail("no carve-out of %u bytes: %s", want.size, strerror(errno));
	return want.offset;
}

#define must_take(fd, ...)	taken(fd, (struct carve_take){ __VA_ARGS__ })
#define try_take(fd, ...)	ioctl(fd, CARVE_TAKE, &(struct carve_take){ __VA_ARGS__ })

static void test_places(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	unsigned int at;

	must_take(fd, .size = 1);
	at = must_take(fd, .size = 1000, .align = 64 * 1024);
	expect(at && at % (64 * 1024) == 0, "%#x is not aligned", at);
	at = must_take(fd, .size = 5000, .low = MEMORY / 2, .high = MEMORY * 3 / 4);
	expect(at >= MEMORY / 2 && at + 5000 <= MEMORY * 3 / 4, "%#x is outside the window", at);
	/* Alignment and window at once, and only there */
	at = must_take(fd, .size = MEMORY / 8, .align = MEMORY / 8, .low = MEMORY * 3 / 4 + 1);
	expect(at == MEMORY / 8 * 7, "%#x is not the one place", at);
	expect_errno(try_take(fd, .size = MEMORY / 8, .align = MEMORY / 8,
			      .low = MEMORY * 3 / 4 + 1), ENOSPC);
	close(fd);
	fd = must_open(DEVICE, O_RDWR);
	expect(must_take(fd, .size = MEMORY) == 0, "not all of the memory");
	close(fd);
	say("aligned, in a window, and both; all free when the file is closed");
}

#define OWNERS	5
#define ROUNDS	25

/* A carve-out is zero at first, and nobody else writes into it. */
static void owner(int who)
{
	static char data[4096];
	int fd = must_open(DEVICE, O_RDWR), i;
	ssize_t size;
	unsigned int at;

	for (i = 0; i < ROUNDS; i++) {
		size = 1 + (who * 977 + i * 131) % sizeof(data);
		at = must_take(fd, .size = size, .align = i % 2 ? 4096 : 0, .wait_ms = 60000);
		expect(pread(fd, data, sizeof(data), at) == size, "read beyond the carve-out");
		expect(!data[0] && !memcmp(data, data + 1, size - 1), "it is not empty");
		fill(data, size, who + i);
		expect(pwrite(fd, data, size, at) == size, "write: %s", strerror(errno));
		memset(data, 0, sizeof(data));
		expect(pread(fd, data, size, at) == size && is_filled(data, size, who + i),
		       "somebody else wrote into the carve-out");
		if (give(fd, at))
			fail("CARVE_GIVE: %s", strerror(errno));
	}
	close(fd);
}

static void test_owners(void)
{
	in_processes(OWNERS, owner);
	say("%d processes took, filled and gave back %d carve-outs each: all apart", OWNERS,
	    ROUNDS);
}

static volatile sig_atomic_t alarmed;

static void on_alarm(int sig)
{
	(void)sig;
	alarmed = 1;
}

static volatile int *served;

/* One process wants nearly all of the memory, while others want little again and again. */
static void large_or_small(int who)
{
	int fd = must_open(DEVICE, O_RDWR);
	unsigned int at;

	if (!who) {
		pause_ms(20);
		must_take(fd, .size = MEMORY - 4096, .wait_ms = 60000);
		*served = 1;
	}
	while (!*served) {
		at = must_take(fd, .size = 8192, .wait_ms = 60000);
		pause_ms(1);
		expect(!give(fd, at), "CARVE_GIVE: %s", strerror(errno));
	}
	close(fd);
}

static void test_waits(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	int fd = must_open(DEVICE, O_RDWR);

	must_take(fd, .size = MEMORY);
	expect_errno(try_take(fd, .size = 1), ENOSPC);
	expect_errno(try_take(fd, .size = 1, .wait_ms = 10), ETIMEDOUT);
	sigaction(SIGALRM, &action, NULL);
	ualarm(50000, 0);
	expect_errno(try_take(fd, .size = 1, .wait_ms = 60000), EINTR);
	expect(alarmed, "interrupted by no signal");
	signal(SIGALRM, SIG_DFL);
	alarm(60);
	close(fd);
	served = shared_memory(sizeof(*served));
	in_processes(5, large_or_small);
	say("ended by time and by a signal; a large one is served among small ones");
}

static void test_errors(void)
{
	int fd = must_open(DEVICE, O_RDWR), other = must_open(DEVICE, O_RDWR);
	unsigned int at = must_take(fd, .size = 300);
	char data[512] = { 0 };

	expect_errno(try_take(fd, .size = 0), EINVAL);
	expect_errno(try_take(fd, .size = MEMORY + 1), EINVAL);
	expect_errno(try_take(fd, .size = 1, .align = 3 * CARVE_QUANTUM), EINVAL);
	expect_errno(try_take(fd, .size = 1, .align = CARVE_QUANTUM / 2), EINVAL);
	expect_errno(try_take(fd, .size = 1, .low = MEMORY), EINVAL);
	expect_errno(try_take(fd, .size = 1, .low = 4096, .high = 4096), EINVAL);
	expect_errno(try_take(fd, .size = 4096, .low = 4096, .high = 8191), ENOSPC);
	expect_errno(ioctl(fd, CARVE_TAKE, (void *)8), EFAULT);
	expect_errno(ioctl(fd, _IO('c', 99), 0), ENOTTY);
	expect_errno(give(fd, at + 1), ENOENT);
	expect_errno(give(other, at), ENOENT);
	expect_errno(pread(other, data, 1, at), ENXIO);
	expect_errno(pwrite(fd, data, 1, at + 300), ENXIO);
	expect(pwrite(fd, data, sizeof(data), at + 200) == 100, "wrote beyond the carve-out");
	expect(!give(fd, at), "CARVE_GIVE: %s", strerror(errno));
	expect_errno(give(fd, at), ENOENT);
	close(fd);
	close(other);
	say("bad requests, others' carve-outs and what lies beside refused");
}

/* Where sysfs has the device: the slot, as the PCI driver's files name it */
static const char *slot(void)
{
	static char path[PATH_MAX];

	expect(realpath("/sys/class/misc/carveout0/device", path), "no slot in sysfs: %s",
	       strerror(errno));
	return strrchr(path, '/') + 1;
}

static void tell_driver(const char *path, const char *text)
{
	int fd = must_open(path, O_WRONLY);

	expect(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
	       strerror(errno));
	close(fd);
}

/* A process waits for space in the arena of a device that goes away. */
static void test_unbind(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	unsigned int at = must_take(fd, .size = MEMORY);
	const char *where = slot();
	pid_t pid = fork();

	if (!pid) {
		expect_errno(try_take(fd, .size = 1, .wait_ms = 60000), ENODEV);
		_exit(0);
	}
	pause_ms(50);
	tell_driver("/sys/bus/pci/drivers/carveout/unbind", where);
	expect_errno(open(DEVICE, O_RDWR), ENOENT);
	expect_errno(pwrite(fd, "x", 1, at), ENODEV);
	expect(!give(fd, at), "CARVE_GIVE: %s", strerror(errno));
	finish(pid);
	expect_errno(try_take(fd, .size = 1), ENODEV);
	tell_driver("/sys/bus/pci/drivers/carveout/bind", where);
	close(must_open(DEVICE, O_RDWR));
	close(fd);
	say("unbound while open and waited for: ENODEV, and the arena goes with the last file");
}

const struct test carveout_tests[] = {
	{ "carveout places", test_places },
	{ "carveout owners", test_owners },
	{ "carveout waits", test_waits },
	{ "carveout errors", test_errors },
	{ "carveout unbind", test_unbind },
	{ NULL, NULL }
};
