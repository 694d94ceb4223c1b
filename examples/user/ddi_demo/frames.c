// SPDX-License-Identifier: GPL-2.0-only
/* frames.c - the tests of /dev/ddi_frames */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE		"/dev/ddi_frames"
#define HUGE_PATH	"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"

static char data[FRAMES_BUFSIZE];

/* 0 where the kernel has no huge pages */
static size_t huge_size(void)
{
	FILE *f = fopen(HUGE_PATH, "r");
	size_t size = 0;

	if (f && fscanf(f, "%zu", &size) != 1)
		size = 0;
	if (f)
		fclose(f);
	return size;
}

/* At a multiple of FRAMES_BUFSIZE, and @behind bytes: not every kernel chooses such a place. */
static char *map_frames(int fd, size_t behind)
{
	char *place = mmap(NULL, 3 * FRAMES_BUFSIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mem = (char *)(((uintptr_t)place / FRAMES_BUFSIZE + 1) * FRAMES_BUFSIZE) + behind;

	expect(place != MAP_FAILED, "mmap: %s", strerror(errno));
	expect(mmap(mem, FRAMES_BUFSIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	       mem, "mmap of the device: %s", strerror(errno));
	return mem;
}

/* KiB of the mapping at @mem that huge entries map */
static unsigned long huge_kib(const char *mem)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long begin, end, kib = 0;
	int inside = 0;
	char line[512];

	expect(f, "/proc/self/smaps: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			inside = begin == (uintptr_t)mem;
		if (inside && sscanf(line, "FilePmdMapped: %lu kB", &kib) == 1)
			break;
	}
	fclose(f);
	return kib;
}

static void expect_frames(int fd, unsigned int seed)
{
	memset(data, 0, sizeof(data));
	expect(pread(fd, data, sizeof(data), 0) == sizeof(data), "read: %s", strerror(errno));
	expect(is_filled(data, sizeof(data), seed), "the buffer has lost what was written");
}

static void test_frames(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	size_t huge = huge_size(), page = sysconf(_SC_PAGESIZE);
	char *mem = map_frames(fd, 0), *odd = map_frames(fd, page);
	unsigned long kib;

	fill(mem, FRAMES_BUFSIZE, 1);
	kib = huge_kib(mem);
	expect(!huge || huge > FRAMES_BUFSIZE || kib == FRAMES_BUFSIZE / 1024,
	       "huge entries for %lu of %u KiB", kib, FRAMES_BUFSIZE / 1024);
	expect_frames(fd, 1);
	fill(odd, FRAMES_BUFSIZE, 2);
	expect(is_filled(mem, FRAMES_BUFSIZE, 2), "the other mapping shows something else");
	expect(!munmap(mem, page), "munmap: %s", strerror(errno));
	mem[page] = odd[page];
	expect(!memcmp(mem + page, odd + page, FRAMES_BUFSIZE - page), "lost by munmap(2)");
	expect_frames(fd, 2);
	say("%u KiB mapped, %lu of them by huge entries; elsewhere and in pieces, too",
	    FRAMES_BUFSIZE / 1024, kib);
}

const struct test frames_tests[] = {
	{ "frames", test_frames },
	{ NULL, NULL }
};
