// SPDX-License-Identifier: GPL-2.0-only
/* device.c - the device as the cases use it: commands, plans, mappings, its log */
#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

long long device(unsigned long cmd, struct probe_args *a)
{
	CHECK_EQ(ioctl(dev, cmd, a), 0);
	return a->result;
}

void umem_alloc(u32 slot, size_t size, u32 flags)
{
	struct probe_args a = { .slot = slot, .len = size, .flags = flags };

	CHECK_EQ(device(PROBE_IOC_ALLOC, &a), 0);
}

void umem_free(u32 slot)
{
	device(PROBE_IOC_FREE, &(struct probe_args){ .slot = slot });
}

u8 umem_peek(u32 slot, size_t off)
{
	return device(PROBE_IOC_PEEK, &(struct probe_args){ .slot = slot, .off = off });
}

void umem_poke(u32 slot, size_t off, u8 value)
{
	struct probe_args a = { .slot = slot, .off = off, .flags = value };

	device(PROBE_IOC_POKE, &a);
}

void set_plan(const struct probe_plan *plan)
{
	CHECK_EQ(ioctl(dev, PROBE_IOC_PLAN, plan), 0);
}

struct probe_log *take_log(void)
{
	static struct probe_log log;

	CHECK_EQ(ioctl(dev, PROBE_IOC_LOG, &log), 0);
	return &log;
}

/* The driver was called once since the last look, for @op. */
const struct probe_event *only_event(u32 op)
{
	struct probe_log *log = take_log();

	CHECK_EQ(log->count, 1);
	CHECK_EQ(log->event[0].op, op);
	return &log->event[0];
}

void hold_calls(u32 ops)
{
	device(PROBE_IOC_HOLD, &(struct probe_args){ .flags = ops });
}

void await_held(void)
{
	CHECK_EQ(device(PROBE_IOC_AWAIT, &(struct probe_args){ }), 0);
}

pid_t signal_when_held(void)
{
	pid_t pid = fork();

	if (!pid) {
		await_held();
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	return pid;
}

void let_go(void)
{
	hold_calls(0);
}

long long remap_to(u32 handle, u32 slot, u64 off, u64 len)
{
	struct probe_args a = { .handle = handle, .slot = slot, .off = off,
				.len = len, .maxprot = S_ALL };

	return device(PROBE_IOC_REMAP, &a);
}

long long invalidate(u32 handle)
{
	struct probe_args a = { .handle = handle, .maxprot = S_ALL, .flags = INVALID };

	return device(PROBE_IOC_DEVMEM, &a);
}

long first_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = 0;

	CHECK(f && fscanf(f, "%ld", &n) == 1);
	fclose(f);
	return n;
}

long misuses(void)
{
	return first_number("/sys/kernel/debug/ddi/misuse");
}

struct probe_plan plain_plan(void)
{
	return (struct probe_plan) {
		.pieces = 1,
		.piece[0].maplen = PROBE_ALL,
		.callbacks = PROBE_MAP | PROBE_DUP | PROBE_UNMAP,
	};
}

void *map(size_t len, off_t off)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, dev, off);

	CHECK(p != MAP_FAILED);
	return p;
}

void *map_plan(const struct probe_plan *plan, size_t len)
{
	set_plan(plan);
	return map(len, 0);
}

int map_error(size_t len, off_t off)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, dev, off);

	CHECK(p == MAP_FAILED);
	return errno;
}

int plan_error(const struct probe_plan *plan, size_t len)
{
	set_plan(plan);
	return map_error(len, 0);
}

u8 *map_by_pages(int handles, u32 callbacks)
{
	struct probe_plan plan = plain_plan();

	plan.callbacks = callbacks;
	plan.piece[0].maplen = page;
	return map_plan(&plan, handles * page);
}

int most_handles(void)
{
	double begin = now();

	munmap(map_by_pages(1024, 0), 1024 * page);
	return now() - begin < 0.25 ? MANY : 4096;
}

u8 *few_pages(u32 callbacks)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, FEW * page, 0);
	for (int i = 0; i < FEW; i++)
		umem_poke(0, i * page, i + 1);
	plan.callbacks |= callbacks;
	plan.piece[0].flags = ALLOW_REMAP;
	return map_plan(&plan, FEW * page);
}

void check_pages(const u8 *p)
{
	for (int i = 0; i < FEW; i++)
		CHECK_EQ(look(p + i * page), i + 1);
}

void check_count(u32 op, u32 count)
{
	struct probe_log *log = take_log();

	CHECK_EQ(log->count, count);
	for (u32 i = 0; i < count; i++)
		CHECK_EQ(log->event[i].op, op);
}

u32 await_unmaps(u32 count)
{
	u32 others = 0, unmaps = 0;
	double begin = now();

	for (; unmaps < count && now() - begin < 20; usleep(1000)) {
		struct probe_log *log = take_log();

		for (u32 i = 0; i < log->count; i++)
			if (log->event[i].op == PROBE_UNMAP)
				unmaps++;
			else
				others++;
	}
	CHECK_EQ(unmaps, count);
	return others;
}
