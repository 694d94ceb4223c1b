// SPDX-License-Identifier: GPL-2.0-only
/* umem.c - what a machine's owner sees of objects, and short memory */
#include "registers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return atol(text);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* U34: each object holds the module */
static void live_object_keeps_the_module_loaded(void)
{
	long before = read_number("/sys/module/ddi/refcnt");

	umem_alloc(0, page, 0);
	umem_alloc(1, page, UMEM_TRASH_FLAG);
	CHECK_EQ(read_number("/sys/module/ddi/refcnt"), before + 2);
	CHECK_EQ(syscall(SYS_delete_module, "ddi", O_NONBLOCK), -1);
	umem_free(0);
	umem_free(1);
	CHECK_EQ(read_number("/sys/module/ddi/refcnt"), before);
}

/* A mapping holds the driver, and so do its relatives */
static void mapping_keeps_the_driver_loaded(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	p = map_plan(&plan, page);
	close(dev);
	CHECK_EQ(syscall(SYS_delete_module, "ddi_kunit", O_NONBLOCK), -1);
	CHECK_EQ(errno, EWOULDBLOCK);
	CHECK_EQ(touch(p), 0);
}

/* The line of the object of this size; its number of mappings */
static int listed_mappings(size_t size)
{
	char line[256], type[16];
	FILE *f = fopen("/sys/kernel/debug/ddi/umem", "r");
	size_t bytes, pages;
	int mappings, found = -1;

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %zu %15s %zu %d", &bytes, type, &pages, &mappings) != 4 ||
		    bytes != size)
			continue;
		CHECK_EQ(pages * page, bytes);
		CHECK(!strcmp(type, "locked"));
		CHECK(strstr(line, "probe"));	/* the caller */
		found = mappings;
	}
	fclose(f);
	return found;
}

static void objects_are_listed(void)
{
	struct probe_plan plan = plain_plan();
	void *p;

	CHECK_EQ(listed_mappings(123 * page), -1);
	umem_alloc(0, 123 * page, 0);
	CHECK_EQ(listed_mappings(123 * page), 0);
	p = map_plan(&plan, 2 * page);
	map(page, 0);
	CHECK_EQ(listed_mappings(123 * page), 2);
	munmap(p, 2 * page);
	CHECK_EQ(listed_mappings(123 * page), 1);
	umem_free(0);
	CHECK_EQ(listed_mappings(123 * page), -1);
}

static void come_and_go(void *arg)
{
	u32 slot = *(u32 *)arg;

	for (int i = 0; i < 300; i++) {
		umem_alloc(slot, (i % 20 + 1) * page, 0);
		umem_free(slot);
	}
}

/* The list is whole lines, whatever happens to the objects meanwhile */
static void objects_may_come_and_go_while_listed(void)
{
	char line[256], type[16];
	size_t bytes, pages;
	pid_t pids[3];
	u32 slots[3];

	for (u32 i = 0; i < 3; i++) {
		slots[i] = i;
		pids[i] = spawn(come_and_go, &slots[i]);
	}
	for (int i = 0; i < 30; i++) {
		FILE *f = fopen("/sys/kernel/debug/ddi/umem", "r");

		CHECK(f && fgets(line, sizeof(line), f));
		while (fgets(line, sizeof(line), f)) {
			int n = sscanf(line, "%*s %zu %15s %zu", &bytes, type, &pages);

			CHECK_EQ(n, 3);
			CHECK(!strcmp(type, "trash") || bytes == pages * page);
			CHECK_EQ(line[strlen(line) - 1], '\n');
		}
		fclose(f);
	}
	for (int i = 0; i < 3; i++)
		reap(pids[i]);
}

/* U24: nothing is charged to the process */
static void limit_of_locked_memory_does_not_count(void)
{
	struct rlimit none = { 0, 0 };
	struct probe_plan plan = plain_plan();

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	CHECK_EQ(setgid(1000) | setuid(1000), 0);
	umem_alloc(0, 50 * page, 0);
	CHECK_EQ(poke(map_plan(&plan, 50 * page), 1), 0);
}

/* U8: SLEEP waits until memory is there; needs fault injection */
static void sleep_waits_for_memory(void)
{
	static const char *const dirs[] = { "/sys/kernel/debug/failslab/",
					    "/sys/kernel/debug/fail_page_alloc/" };
	char path[80];

	if (access(dirs[0], F_OK))
		return;
	for (int i = 0; i < 2; i++) {
		static const char *const set[][2] = {
			{ "task-filter", "Y" }, { "ignore-gfp-wait", "N" },
			{ "verbose", "0" }, { "times", "5" }, { "probability", "100" },
		};
		if (i) {
			snprintf(path, sizeof(path), "%smin-order", dirs[i]);
			write_text(path, "0");
		}
		for (size_t k = 0; k < 5; k++) {
			snprintf(path, sizeof(path), "%s%s", dirs[i], set[k][0]);
			write_text(path, set[k][1]);
		}
		int fd = open("/proc/self/make-it-fail", O_WRONLY);

		CHECK(fd >= 0);
		CHECK_EQ(write(fd, "1", 1), 1);
		umem_alloc(i, 4 * page, 0);
		CHECK_EQ(pwrite(fd, "0", 1, 0), 1);
		close(fd);
		snprintf(path, sizeof(path), "%sprobability", dirs[i]);
		write_text(path, "0");
	}
}

/* Only allocations below our functions fail, from now on or (0) all again. */
static void fail_below(unsigned long long start, unsigned long long end)
{
	static const char *const knob[] = { "/sys/kernel/debug/failslab/require-start",
					    "/sys/kernel/debug/failslab/require-end" };
	char text[32];

	snprintf(text, sizeof(text), "%#llx", start);
	write_text(knob[0], text);
	snprintf(text, sizeof(text), "%#llx", end);
	write_text(knob[1], text);
}

static void fail_below_ddi(void)
{
	unsigned long long start, size = 0;
	char name[64], at[32] = "";
	FILE *f = fopen("/proc/modules", "r");
	int fd = open("/sys/module/ddi/sections/.text", O_RDONLY);

	CHECK(f && fd >= 0);
	CHECK(read(fd, at, sizeof(at) - 1) > 0);
	start = strtoull(at, NULL, 16);
	while (fscanf(f, "%63s %llu%*[^\n]", name, &size) == 2 && strcmp(name, "ddi"))
		;
	CHECK(size);
	fclose(f);
	close(fd);
	fail_below(start, start + size);
}

/* Each returns false if it was refused, and leaves nothing mapped. */
static bool map_and_unmap(void)
{
	void *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, dev, 0);

	return p != MAP_FAILED && !munmap(p, 4 * page);
}

static bool map_and_fork(void)
{
	void *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, dev, 0);
	pid_t pid;

	if (p == MAP_FAILED)
		return false;
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid > 0)
		reap(pid);
	munmap(p, 4 * page);
	return pid > 0;
}

static bool map_and_split(void)
{
	void *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED, dev, 0);
	bool good;

	if (p == MAP_FAILED)
		return false;
	good = !munmap(p + page, page);
	munmap(p, 4 * page);
	return good;
}

/* Fail the 1st, 2nd, ... allocation until there are no more; returns how many. */
static int fail_each(bool (*run)(void), const struct probe_plan *plan)
{
	int fd = open("/proc/self/fail-nth", O_RDWR), nth = 0;
	char text[16];
	bool good;

	CHECK(fd >= 0);
	do {
		set_plan(plan);
		snprintf(text, sizeof(text), "%d", ++nth);
		CHECK(pwrite(fd, text, strlen(text), 0) > 0);
		good = run();
		memset(text, 0, sizeof(text));
		CHECK(pread(fd, text, sizeof(text) - 1, 0) > 0);
		CHECK_EQ(pwrite(fd, "0", 1, 0), 1);
		CHECK(good || !atoi(text));
	} while (!atoi(text) && nth < 300);
	CHECK(good);
	close(fd);
	return nth - 1;
}

static bool (*const ways[])(void) = { map_and_unmap, map_and_fork, map_and_split };

/* U7, D5, D28: the object has no mapping left, and the next one works */
static void mapping_unwinds_from_each_fault(void)
{
	struct probe_plan devmap = plain_plan(), native = { .native = 1 };
	struct probe_plan registers = plan_of(PROBE_REGS, 0);

	if (access("/sys/kernel/debug/failslab", F_OK))
		skip("fault injection");
	umem_alloc(0, 77 * page, 0);
	fail_below_ddi();
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		int of_devmap = fail_each(ways[i], &devmap);
		int of_native = fail_each(ways[i], &native);
		int of_registers = fail_each(ways[i], &registers);

		CHECK(of_devmap >= 3 && of_native >= 1 && of_registers >= 3);
		CHECK_EQ(listed_mappings(77 * page), 0);
		printf("# %d faults with devmap, %d without\n", of_devmap + of_registers,
		       of_native);
	}
	fail_below(0, ~0ULL);
	map_plan(&devmap, 4 * page);
	CHECK_EQ(listed_mappings(77 * page), 1);
}

const struct guest_case umem_cases[] = {
	{ "live_object_keeps_the_module_loaded", live_object_keeps_the_module_loaded },
	{ "mapping_keeps_the_driver_loaded", mapping_keeps_the_driver_loaded },
	{ "objects_are_listed", objects_are_listed },
	{ "objects_may_come_and_go_while_listed", objects_may_come_and_go_while_listed },
	{ "limit_of_locked_memory_does_not_count", limit_of_locked_memory_does_not_count },
	{ "sleep_waits_for_memory", sleep_waits_for_memory },
	{ "mapping_unwinds_from_each_fault", mapping_unwinds_from_each_fault },
	{ }
};
