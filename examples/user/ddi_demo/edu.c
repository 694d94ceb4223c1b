// SPDX-License-Identifier: GPL-2.0-only
/*
 * edu.c - the tests of /dev/edu0, a PCI device
 *
 * Its DMA engine takes 100 ms for each way of a piece of EDU_MAXSIZE bytes, so
 * that the tests move little, and many requests wait for one another.
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/edu0"

static char *new_memory(size_t size)
{
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	expect(mem != MAP_FAILED, "mmap: %s", strerror(errno));
	return mem;
}

static char *map_store(int fd, size_t size)
{
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	expect(mem != MAP_FAILED, "mmap of the store: %s", strerror(errno));
	return mem;
}

static unsigned long long sum_of(const void *data, size_t size)
{
	return checksum(CHECKSUM_START, data, size);
}

static unsigned int factorial(int fd, __u32 n)
{
	if (ioctl(fd, EDUIOC_FACTORIAL, &n))
		fail("EDUIOC_FACTORIAL: %s", strerror(errno));
	return n;
}

static void test_factorial(void)
{
	unsigned int n, product = 1;
	int fd = must_open(DEVICE, O_RDWR);

	for (n = 1; n <= 12; n++) {
		product *= n;
		expect(factorial(fd, n) == product, "the factorial of %u is wrong", n);
	}
	expect_errno(ioctl(fd, EDUIOC_FACTORIAL, (void *)8), EFAULT);
	expect_errno(ioctl(fd, EDUIOC | 99, 0), ENOTTY);
	say("the device computed the factorials of 1 to 12, an interrupt for each");
}

/* Odd addresses and lengths go through the driver's buffer. */
static void test_buffered(void)
{
	char data[EDU_MAXSIZE + 100], back[sizeof(data)];
	int fd = must_open(DEVICE, O_RDWR);
	char *store = map_store(fd, EDU_STORESIZE);

	fill(data, sizeof(data), 7);
	expect(pwrite(fd, data, sizeof(data), 33) == sizeof(data), "write: %s", strerror(errno));
	expect(!store[32] && !memcmp(store + 33, data, sizeof(data)),
	       "the mapping does not show what was written");
	store[40] ^= 1;
	data[7] ^= 1;
	expect(pread(fd, back, sizeof(back), 33) == sizeof(back), "read: %s", strerror(errno));
	expect(sum_of(back, sizeof(back)) == sum_of(data, sizeof(data)),
	       "other bytes were read than written");
	expect(pread(fd, back, 1, EDU_STORESIZE) == 0, "something behind the end");
	expect_errno(pwrite(fd, data, 1, EDU_STORESIZE), ENOSPC);
	munmap(store, EDU_STORESIZE);
	expect_errno(pwrite(fd, store, 8, 0), EFAULT);
	expect_errno((long)mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, EDU_STORESIZE - 4096),
		     ENXIO);
	say("%zu bytes in and out through the driver's buffer, checksum %016llx",
	    sizeof(data), sum_of(data, sizeof(data)));
}

/* Whole pages: the device reads and writes the memory of this process. */
static void test_direct(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	char *data = new_memory(2 * page), *store = map_store(fd, 2 * page);

	fill(data, page, 11);
	expect(pwrite(fd, data, page, page) == (ssize_t)page, "write: %s", strerror(errno));
	expect(!memcmp(store + page, data, page), "the mapping does not show what was written");
	expect(pread(fd, data + page, page, page) == (ssize_t)page, "read: %s", strerror(errno));
	expect(sum_of(data + page, page) == sum_of(data, page),
	       "other bytes were read than written");
	mprotect(data, page, PROT_READ);
	expect_errno(pread(fd, data, page, 0), EFAULT);
	say("%zu bytes from and to this process's own pages, checksum %016llx", page,
	    sum_of(data + page, page));
}

/* Registers that are read have no effect; 32 bits at a time. */
static volatile __u32 *map_registers(int fd)
{
	volatile __u32 *regs = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd,
				    EDU_REGISTERS);

	expect(regs != MAP_FAILED, "mmap of the registers: %s", strerror(errno));
	return regs;
}

static void test_registers(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	volatile __u32 *regs = map_registers(fd);
	unsigned int n;

	expect((regs[0] & 0xff) == 0xed, "no device's identity, but %#x", regs[0]);
	for (n = 3; n < 6; n++)
		expect(factorial(fd, n) == regs[2], "the register does not show a factorial");
	expect_errno(mprotect((void *)regs, page, PROT_READ | PROT_WRITE), EACCES);
	expect_errno((long)mmap(NULL, page, PROT_WRITE, MAP_SHARED, fd, EDU_REGISTERS), ENXIO);
	/* The registers are 1 MiB. */
	expect_errno((long)mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, fd,
				2 * EDU_REGISTERS - page), ENXIO);
	expect_errno((long)mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 2 * EDU_REGISTERS), ENXIO);
	say("the device's registers mapped, for reading alone: identity %#x", regs[0]);
}

static int set_region(int fd, void *addr, size_t len)
{
	struct edu_region region = { (unsigned long)addr, len };

	return ioctl(fd, EDUIOC_REGION, &region);
}

static int region_move(int fd, int cmd, size_t region_off, size_t store_off, size_t len)
{
	struct edu_move move = { region_off, store_off, len };

	return ioctl(fd, cmd, &move);
}

/* The driver hears of munmap(2) from a work item: give it a moment. */
static int is_forgotten(int fd)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (region_move(fd, EDUIOC_SEND, 0, 0, 1) && errno == EINVAL)
			return 1;
		pause_ms(20);
	}
	return 0;
}

static void test_region(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	char *data = new_memory(4 * page), *store = map_store(fd, page);

	if (set_region(fd, data, 4 * page)) {
		expect(errno == EOPNOTSUPP, "EDUIOC_REGION: %s", strerror(errno));
		skip("nothing tells this kernel's drivers of munmap(2)");
	}
	expect_errno(set_region(fd, data, page), EBUSY);
	fill(data + page, 600, 13);
	if (region_move(fd, EDUIOC_SEND, page, 0, 600))
		fail("EDUIOC_SEND: %s", strerror(errno));
	expect(!memcmp(store, data + page, 600), "the mapping does not show what was sent");
	/* Across a border of pages */
	if (region_move(fd, EDUIOC_FETCH, 3 * page - 300, 0, 600))
		fail("EDUIOC_FETCH: %s", strerror(errno));
	expect(!memcmp(store, data + 3 * page - 300, 600), "other bytes were fetched");
	expect_errno(region_move(fd, EDUIOC_SEND, 4 * page, 0, 1), EINVAL);
	expect_errno(region_move(fd, EDUIOC_SEND, -1, 0, 2), EINVAL);
	expect_errno(region_move(fd, EDUIOC_SEND, 0, 1, EDU_STORESIZE), EINVAL);
	munmap(data + page, page);
	expect(is_forgotten(fd), "the driver was not told of munmap(2)");
	say("4 pages locked for long, sent, fetched; unlocked when one was unmapped");
}

struct tally {
	int done[8];
	int no_region;
	unsigned long long sum[8];
};

static struct tally *tally;

/* Through the driver's buffer, from a process's own pages, from a region locked for long */
enum way { BUFFERED, DIRECT, REGION, WAYS };

static void must_write(int fd, enum way way, char *data, size_t size)
{
	if (way == REGION)
		expect(!region_move(fd, EDUIOC_SEND, 0, 0, size), "EDUIOC_SEND: %s",
		       strerror(errno));
	else
		expect(pwrite(fd, data, size, 0) == (ssize_t)size, "write: %s", strerror(errno));
}

static void must_read(int fd, enum way way, char *data, size_t size)
{
	if (way == REGION)
		expect(!region_move(fd, EDUIOC_FETCH, 0, 0, size), "EDUIOC_FETCH: %s",
		       strerror(errno));
	else
		expect(pread(fd, data, size, 0) == (ssize_t)size, "read: %s", strerror(errno));
}

/* Write, read back, and expect the same bytes. */
static void one_round(int who, int round, int fd, enum way way, char *data, size_t size)
{
	fill(data, size, who * 100 + round);
	must_write(fd, way, data, size);
	memset(data, 0, size);
	must_read(fd, way, data, size);
	expect(is_filled(data, size, who * 100 + round), "process %d read what others wrote", who);
	expect(factorial(fd, 5) == 120, "the factorial of 5 is wrong");
	tally->sum[who] = checksum(tally->sum[who], data, size);
	tally->done[who]++;
}

static void __noreturn worker(int who, int rounds)
{
	size_t page = sysconf(_SC_PAGESIZE), size;
	int round, fd = must_open(DEVICE, O_RDWR);
	char *data = new_memory(page), *store = map_store(fd, page);
	enum way way = who % WAYS;

	if (way == REGION && set_region(fd, data, page)) {
		tally->no_region = 1;
		way = BUFFERED;
	}
	size = way == DIRECT ? page : 700;
	for (round = 0; round < rounds; round++) {
		one_round(who, round, fd, way, data, size);
		expect(!memcmp(store, data, size), "the mapping does not show what was written");
	}
	_exit(0);
}

static pid_t start_worker(int who, int rounds)
{
	pid_t pid = fork();

	expect(pid >= 0, "fork: %s", strerror(errno));
	if (!pid)
		worker(who, rounds);
	return pid;
}

static void end_killed(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	expect(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL, "a process ended before it was killed");
}

#define WORKERS	4
#define VICTIMS	2

static void test_parallel(void)
{
	unsigned long long sum = CHECKSUM_START;
	pid_t pid[WORKERS + VICTIMS];
	int i, done = 0;

	tally = shared_memory(sizeof(*tally));
	for (i = 0; i < WORKERS; i++)
		tally->sum[i] = CHECKSUM_START;
	for (i = 0; i < WORKERS; i++)
		pid[i] = start_worker(i, 1);
	for (; i < WORKERS + VICTIMS; i++)
		pid[i] = start_worker(i, INT_MAX);
	pause_ms(250);
	for (i = WORKERS; i < WORKERS + VICTIMS; i++)
		end_killed(pid[i]);
	for (i = 0; i < WORKERS; i++) {
		finish(pid[i]);
		done += tally->done[i];
		sum = checksum(sum, &tally->sum[i], sizeof(sum));
	}
	say("%d processes in %s ways, %d rounds, %d others killed; checksum %016llx",
	    WORKERS, tally->no_region ? "two" : "three", done, VICTIMS, sum);
}

/* Where sysfs has the device: the slot, as the PCI driver's files name it */
static const char *slot(void)
{
	static char path[PATH_MAX];
	const char *name;

	expect(realpath("/sys/class/misc/edu0/device", path), "no slot in sysfs: %s",
	       strerror(errno));
	name = strrchr(path, '/');
	return name + 1;
}

static void tell_driver(const char *file, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/edu/%s", file);
	fd = must_open(path, O_WRONLY);
	expect(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
	       strerror(errno));
	close(fd);
}

static int child_status(pid_t pid)
{
	int status;

	expect(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	return status;
}

/* Transfers until the device goes away. */
static void __noreturn until_gone(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	char data[700] = { 0 };
	ssize_t n;

	do {
		n = pwrite(fd, data, sizeof(data), 0);
	} while (n == sizeof(data));
	_exit(n < 0 && (errno == ENODEV || errno == ENXIO) ? 0 : 1);
}

/* A child's look at memory; registers are read 32 bits at a time. */
static int ends_by_sigbus(char *mem)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		(void)*(volatile __u32 *)mem;
		_exit(0);
	}
	status = child_status(pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
}

static void test_unbind(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int i, fd = must_open(DEVICE, O_RDWR);
	char *store = map_store(fd, 2 * page), *data = new_memory(page);
	volatile __u32 *regs = map_registers(fd);
	const char *where = slot();
	pid_t pid[3];

	set_region(fd, data, page);
	fill(store, page, 17);
	expect((regs[0] & 0xff) == 0xed, "no device's identity, but %#x", regs[0]);
	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		if (!pid[i])
			until_gone();
	}
	pause_ms(150);
	tell_driver("unbind", where);
	for (i = 0; i < 3; i++)
		expect(!child_status(pid[i]), "a transfer did not end by ENODEV or ENXIO");
	expect_errno(pwrite(fd, data, 1, 0), ENODEV);
	expect_errno(open(DEVICE, O_RDWR), ENOENT);
	expect_errno((long)mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0), ENODEV);
	/* Pages that were touched stay with the process; others have gone. */
	expect(is_filled(store, page, 17), "a page of the mapping has changed");
	expect(ends_by_sigbus(store + page), "an untouched page is still there");
	expect(ends_by_sigbus((char *)regs), "the registers are still there");
	tell_driver("bind", where);
	expect(ends_by_sigbus((char *)regs), "the registers are there again");
	close(fd);
	fd = must_open(DEVICE, O_RDWR);
	expect(pwrite(fd, data, 1, 0) == 1, "write: %s", strerror(errno));
	expect((*map_registers(fd) & 0xff) == 0xed, "no registers after the second bind");
	say("unbound while mapped and busy: touched pages stay, the rest SIGBUS; bound again");
}

const struct test edu_tests[] = {
	{ "edu factorial", test_factorial },
	{ "edu buffered", test_buffered },
	{ "edu direct", test_direct },
	{ "edu registers", test_registers },
	{ "edu region", test_region },
	{ "edu parallel", test_parallel },
	{ "edu unbind", test_unbind },
	{ NULL, NULL }
};
