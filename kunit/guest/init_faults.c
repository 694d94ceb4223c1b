// SPDX-License-Identifier: GPL-2.0-only
/*
 * init_faults.c - load a module with the n-th allocation of its init failing
 *
 * usage: init_faults FILE NAME
 * For n = 1, 2, ... until the init makes fewer allocations. Each time the module
 * must load, or be refused with ENOMEM and leave nothing behind. Output is TAP;
 * none on a kernel without fault injection.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KNOBS		"/sys/kernel/debug/"
#define MOST_FAULTS	1000

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

/* Only allocations that are made below functions from @start to @end. */
static bool fail_between(unsigned long long start, unsigned long long end)
{
	static const char *const dirs[] = { KNOBS "failslab", KNOBS "fail_page_alloc" };
	bool good = true;
	char path[80], text[32];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/require-start", dirs[i]);
		snprintf(text, sizeof(text), "%#llx", start);
		good &= write_text(path, text);
		snprintf(path, sizeof(path), "%s/require-end", dirs[i]);
		snprintf(text, sizeof(text), "%#llx", end);
		good &= write_text(path, text);
	}
	return good;
}

/* Where the kernel calls init functions from. */
static bool find_caller(unsigned long long *start, unsigned long long *end)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	unsigned long long at;
	char name[128];

	if (!f)
		return false;
	*start = 0;
	while (fscanf(f, "%llx %*c %127s%*[^\n]", &at, name) == 2)
		if (!strcmp(name, "do_one_initcall"))
			*start = at;
	rewind(f);
	*end = ~0ULL;
	while (fscanf(f, "%llx %*c %127s%*[^\n]", &at, name) == 2)
		if (at > *start && at < *end)
			*end = at;
	fclose(f);
	return *start && *end != ~0ULL;
}

/* Load with the @nth allocation failing; false if there were not so many. */
static bool load(int module, int faults, int nth, int *error)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	if (pwrite(faults, text, strlen(text), 0) < 0)
		abort();
	*error = syscall(SYS_finit_module, module, "", 0) ? errno : 0;
	memset(text, 0, sizeof(text));
	if (pread(faults, text, sizeof(text) - 1, 0) < 0 || pwrite(faults, "0", 1, 0) != 1)
		abort();
	return !atoi(text);
}

static bool is_loaded(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK) || !access(KNOBS "ddi", F_OK);
}

int main(int argc, char **argv)
{
	int module = argc > 2 ? open(argv[1], O_RDONLY) : -1;
	int faults = open("/proc/self/fail-nth", O_RDWR);
	int nth, error, refused = 0, wrong = 0;
	unsigned long long start, end;
	bool hit = true;

	if (faults < 0 || !find_caller(&start, &end) || !fail_between(start, end))
		return 0;
	if (module < 0)
		return 1;
	for (nth = 1; hit && nth < MOST_FAULTS; nth++) {
		hit = load(module, faults, nth, &error);
		refused += !!error;
		if (!error && syscall(SYS_delete_module, argv[2], O_NONBLOCK))
			error = errno;
		if ((error && error != ENOMEM) || is_loaded(argv[2])) {
			printf("# fault %d: error %d\n", nth, error);
			wrong++;
		}
	}
	fail_between(0, ~0ULL);
	printf("%s - init of %s unwinds from each of %d faults (%d refused to load)\n",
	       wrong || hit || !refused ? "not ok" : "ok", argv[2], nth - 2, refused);
	return 0;
}
