// SPDX-License-Identifier: GPL-2.0-only
/*
 * native.c - the tests of /dev/ddi_native
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/ddi_native"

static int take(int fd, unsigned int size)
{
	return ioctl(fd, NATIVE_TAKE, &size);
}

static int new_slot(unsigned int size)
{
	int fd = must_open(DEVICE, O_RDWR);

	if (take(fd, size))
		fail("no slot of %u bytes: %s", size, strerror(errno));
	return fd;
}

static unsigned int where(int fd)
{
	unsigned int offset;

	if (ioctl(fd, NATIVE_WHERE, &offset))
		fail("NATIVE_WHERE: %s", strerror(errno));
	return offset;
}

static void *try_map(int fd, size_t size, off_t off)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, off);
}

static char *map_slot(int fd, size_t size)
{
	char *mem = try_map(fd, size, 0);

	expect(mem != MAP_FAILED, "mmap: %s", strerror(errno));
	return mem;
}

/* A new note takes the place of the old one. */
static void leave_note(int fd, unsigned int seed)
{
	size_t size = 1 + seed * 37 % NATIVE_NOTESIZE;
	char note[NATIVE_NOTESIZE];

	fill(note, size, seed);
	if (write(fd, note, size) != (ssize_t)size)
		fail("no note of %zu bytes: %s", size, strerror(errno));
}

static void expect_note(int fd, unsigned int seed)
{
	size_t size = 1 + seed * 37 % NATIVE_NOTESIZE;
	char note[NATIVE_NOTESIZE + 1];
	ssize_t found = pread(fd, note, sizeof(note), 0);

	expect(found == (ssize_t)size && is_filled(note, size, seed),
	       "%zd bytes of a note are not the %zu that were left", found, size);
}

#define OWNERS	6
#define ROUNDS	60

/* A slot is zero at first, and nobody else writes into it. */
static void owner(int who)
{
	static const char zero[16 * 4096];
	size_t size, page = sysconf(_SC_PAGESIZE);
	char *mem;
	int fd, i;

	for (i = 0; i < ROUNDS; i++) {
		size = (1 + (who * 7 + i) % 9) * page;
		fd = new_slot(size);
		mem = map_slot(fd, size);
		expect(size > sizeof(zero) || !memcmp(mem, zero, size),
		       "a new slot shows what was there before");
		fill(mem, size, who + i);
		leave_note(fd, who + i);
		leave_note(fd, who * i);
		if (i % 10 == 0)
			pause_ms(1);
		expect(is_filled(mem, size, who + i),
		       "somebody else wrote into the slot");
		expect_note(fd, who * i);
		munmap(mem, size);
		close(fd);
	}
}

static void test_slots(void)
{
	in_processes(OWNERS, owner);
	close(new_slot(NATIVE_BUFSIZE));
	say("%d processes took, mapped and filled %d slots each, with notes: all apart",
	    OWNERS, ROUNDS);
}

#define MAX_PAGES	256

static void test_full(void)
{
	unsigned int page = sysconf(_SC_PAGESIZE), pages = NATIVE_BUFSIZE / page;
	int fd[MAX_PAGES], extra = must_open(DEVICE, O_RDWR);
	char seen[MAX_PAGES] = { 0 };
	unsigned int i, at;

	expect(pages <= MAX_PAGES, "%u pages", pages);
	for (i = 0; i < pages; i++) {
		fd[i] = new_slot(page);
		at = where(fd[i]) / page;
		expect(at < pages && !seen[at], "page %u given twice", at);
		seen[at] = 1;
	}
	expect_errno(take(extra, 1), ENOSPC);
	/* Notes import a free page, and export it when the last of them is freed. */
	expect_errno(write(extra, "note", 4), ENOSPC);
	close(fd[0]);
	fd[0] = must_open(DEVICE, O_RDWR);
	leave_note(fd[0], 1);
	leave_note(extra, 2);
	expect_note(fd[0], 1);
	expect_errno(take(fd[0], page), ENOSPC);
	close(extra);
	close(fd[0]);
	extra = must_open(DEVICE, O_RDWR);
	fd[0] = new_slot(page);
	close(fd[pages / 2]);
	if (take(extra, page))
		fail("a slot that was returned: %s", strerror(errno));
	expect_errno(take(fd[0], page), EBUSY);
	for (i = 0; i < pages; i++)
		if (i != pages / 2)
			close(fd[i]);
	close(extra);
	close(new_slot(NATIVE_BUFSIZE));
	say("%u slots, each page once, then ENOSPC; all in one piece at the end",
	    pages);
}

static void test_errors(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	char long_note[NATIVE_NOTESIZE + 1] = { 0 };
	unsigned int offset;
	char *mem;

	expect_errno((long)try_map(fd, page, 0), ENXIO);
	expect_errno(ioctl(fd, NATIVE_WHERE, &offset), ENXIO);
	expect_errno(take(fd, 0), EINVAL);
	expect_errno(take(fd, NATIVE_BUFSIZE + 1), EINVAL);
	expect_errno(ioctl(fd, NATIVE_TAKE, (void *)8), EFAULT);
	expect_errno(ioctl(fd, _IO('n', 99), 0), ENOTTY);
	expect_errno(write(fd, long_note, 0), EINVAL);
	expect_errno(write(fd, long_note, sizeof(long_note)), EINVAL);
	mem = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect_errno(write(fd, mem, 1), EFAULT);
	munmap(mem, page);
	expect(read(fd, long_note, sizeof(long_note)) == 0, "a note from nowhere");
	if (take(fd, 2 * page))
		fail("NATIVE_TAKE: %s", strerror(errno));
	expect_errno(take(fd, page), EBUSY);
	/* The neighbour's slot is out of reach. */
	expect_errno((long)try_map(fd, 3 * page, 0), EINVAL);
	expect_errno((long)try_map(fd, page, 2 * page), EINVAL);
	mem = map_slot(fd, 2 * page);
	close(fd);
	fill(mem, 2 * page, 5);
	expect(is_filled(mem, 2 * page, 5), "lost after close(2)");
	munmap(mem, 2 * page);
	close(new_slot(NATIVE_BUFSIZE));
	say("maps outside the slot and bad arguments refused, none lost");
}

const struct test native_tests[] = {
	{ "native slots", test_slots },
	{ "native full", test_full },
	{ "native errors", test_errors },
	{ NULL, NULL }
};
