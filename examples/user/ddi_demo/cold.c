// SPDX-License-Identifier: GPL-2.0-only
/*
 * cold.c - the tests of /dev/ddi_cold
 *
 * Whether Linux really swaps the buffers is for a guest with little memory: see
 * make check-pageable.
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/ddi_cold"
#define BUFFERS	6
#define ROUNDS	8

static char data[COLD_BUFSIZE];

static void put(int fd, unsigned int seed)
{
	fill(data, sizeof(data), seed);
	expect(pwrite(fd, data, sizeof(data), 0) == sizeof(data), "write: %s", strerror(errno));
}

static void expect_data(int fd, unsigned int seed)
{
	memset(data, 0, sizeof(data));
	expect(pread(fd, data, sizeof(data), 0) == sizeof(data), "read: %s", strerror(errno));
	expect(is_filled(data, sizeof(data), seed), "the buffer has lost what was written");
}

static char *map_buffer(int fd)
{
	char *mem = mmap(NULL, COLD_BUFSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	expect(mem != MAP_FAILED, "mmap: %s", strerror(errno));
	return mem;
}

/* The driver and a process that maps the buffer see the same bytes. */
static void owner(int who)
{
	int i, fd = must_open(DEVICE, O_RDWR);
	char *mem = map_buffer(fd);

	for (i = 0; i < ROUNDS; i++) {
		put(fd, who * 100 + i);
		expect(is_filled(mem, COLD_BUFSIZE, who * 100 + i),
		       "the mapping does not show what was written");
		fill(mem, COLD_BUFSIZE, who * 100 + i + 50);
		expect_data(fd, who * 100 + i + 50);
	}
}

static void test_cold(void)
{
	in_processes(BUFFERS, owner);
	say("%d processes wrote, read and mapped a buffer each, %d times: none lost",
	    BUFFERS, ROUNDS);
}

static void test_cold_ends(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	char byte = 1, *mem;

	expect(pread(fd, data, sizeof(data), 0) == sizeof(data), "read: %s", strerror(errno));
	expect(!data[0] && !memcmp(data, data + 1, sizeof(data) - 1), "a new buffer is not zero");
	expect(pread(fd, &byte, 1, COLD_BUFSIZE) == 0, "something behind the end");
	expect(pwrite(fd, &byte, 1, COLD_BUFSIZE) == 0, "room behind the end");
	mem = mmap(NULL, COLD_BUFSIZE, PROT_READ, MAP_SHARED, fd, COLD_BUFSIZE / 2);
	expect_errno((long)mem, ENXIO);
	mem = map_buffer(fd);
	put(fd, 3);
	close(fd);
	expect(is_filled(mem, COLD_BUFSIZE, 3), "lost after close(2)");
	say("zero at first, nothing behind the end, and the mapping keeps the buffer");
}

const struct test cold_tests[] = {
	{ "cold", test_cold },
	{ "cold ends", test_cold_ends },
	{ NULL, NULL }
};
