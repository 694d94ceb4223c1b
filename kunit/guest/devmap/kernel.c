// SPDX-License-Identifier: GPL-2.0-only
/* kernel.c - the kernel touches a mapping: for a system call, or for a debugger */
#include "guest.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGES	FEW

static void futex_never_hangs(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct timespec soon = { .tv_nsec = 1000000 };

	syscall(SYS_futex, p, FUTEX_WAKE, 1, NULL, NULL, 0);
	syscall(SYS_futex, p, FUTEX_WAIT, 77, &soon, NULL, 0);
	check_pages(p);
}

/* D32: for a system call, as for the process itself */
static void kernel_asks_once_a_page(void)
{
	u8 *p = few_pages(PROBE_ACCESS), *copy = malloc(PAGES * page);
	int pair[2], zero = open("/dev/zero", O_RDONLY);

	take_log();
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(write(pair[1], p, PAGES * page), PAGES * page);
	check_count(PROBE_ACCESS, PAGES);
	CHECK_EQ(read(pair[0], copy, PAGES * page), PAGES * page);
	check_pages(copy);
	CHECK_EQ(read(zero, p, PAGES * page), PAGES * page);
	check_count(0, 0);
	CHECK_EQ(umem_peek(0, 3 * page), 0);
}

/* U22: what a pipe holds, the driver can neither take nor hide, but ask for */
static void page_in_a_pipe_is_held(void)
{
	struct probe_args all = { .len = PAGES * page };
	struct iovec one = { .iov_base = few_pages(0), .iov_len = page };
	int pair[2];
	u8 byte;

	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(vmsplice(pair[1], &one, 1, 0), page);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(munmap(one.iov_base, PAGES * page), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
	umem_poke(0, 0, 99);
	CHECK_EQ(read(pair[0], &byte, 1), 1);
	CHECK_EQ(byte, 99);
	close(pair[0]);
	close(pair[1]);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
}

static void read_parent(void *p)
{
	char path[40];
	u8 byte;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &byte, 1, (off_t)(uintptr_t)p), 1);
	CHECK_EQ(byte, 1);
}

/* D32: a debugger asks for the process that it looks at */
static void debugger_asks_for_the_process(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct probe_log *log;

	take_log();
	reap(spawn(read_parent, p));
	log = take_log();
	CHECK_EQ(log->event[0].op, PROBE_DUP);
	CHECK_EQ(log->event[1].op, PROBE_ACCESS);
	CHECK_EQ(log->event[1].handle, 1);
	CHECK_EQ(look(p), 1);
	check_count(0, 0);
}

/* G10: a system call of the same driver finds its arguments in the mapping */
static void arguments_may_lie_in_the_mapping(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct probe_args *a = (struct probe_args *)(p + page);

	CHECK_EQ(ioctl(dev, PROBE_IOC_PEEK, a), 0);
	*a = (struct probe_args){ .off = 2 * page };
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
	CHECK_EQ(ioctl(dev, PROBE_IOC_PEEK, a), 0);
	CHECK_EQ(a->result, 3);
}

const struct guest_case kernel_cases[] = {
	{ "futex_never_hangs", futex_never_hangs },
	{ "kernel_asks_once_a_page", kernel_asks_once_a_page },
	{ "page_in_a_pipe_is_held", page_in_a_pipe_is_held },
	{ "debugger_asks_for_the_process", debugger_asks_for_the_process },
	{ "arguments_may_lie_in_the_mapping", arguments_may_lie_in_the_mapping },
	{ }
};
