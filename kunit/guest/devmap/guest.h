/* SPDX-License-Identifier: GPL-2.0-only */
/* guest.h - what the files of this program share: the cases' tools */
#ifndef _DDI_GUEST_H
#define _DDI_GUEST_H

#define _GNU_SOURCE

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <linux/types.h>

#include "kunit/devmap/devmap_probe.h"

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Protections and flags as Solaris has them, for the driver. */
#define S_USER		8
#define S_READ		1
#define S_WRITE		2
#define S_ALL		15
#define ALLOW_REMAP	2
#define INVALID		1
#define CACHED		0x10000
#define UNCACHED	0x40000
#define UMEM_TRASH_FLAG	4

struct guest_case {
	const char *name;
	void (*run)(void);
};

/* A case that fails says where, and ends. */
#define CHECK(cond) check_that((cond), #cond, __FILE__, __LINE__)
#define CHECK_EQ(a, b) check_equal((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__)
void check_that(bool good, const char *what, const char *file, int line);
void check_equal(long long a, long long b, const char *what, const char *other,
		 const char *file, int line);

/* Leave the case out: this kernel lacks what it is about. */
void skip(const char *what) __attribute__((noreturn));
/* So if a system call returned @rc because the kernel does not have it. */
void need_call(long rc, const char *name);

extern long page;
extern int dev;			/* /dev/ddi_probe, read and write */

/* Touch a byte: 0, or the signal that it raised. */
int touch(void *p);
int poke(void *p, u8 value);
/* The si_code of the last one. */
int signal_code(void);

/* A byte that others write. */
u8 look(const void *p);

/* As a debugger does it, by get_user_pages(): -1 where that fails. */
int read_from_outside(void *p);
int write_from_outside(void *p, u8 value);

/* Run in a child; wait for it, and demand that it was content. */
pid_t spawn(void (*run)(void *), void *arg);
void reap(pid_t pid);

/* The device. */
void umem_alloc(u32 slot, size_t size, u32 flags);
void umem_free(u32 slot);
u8 umem_peek(u32 slot, size_t off);
void umem_poke(u32 slot, size_t off, u8 value);
long long device(unsigned long cmd, struct probe_args *a);
void set_plan(const struct probe_plan *plan);
struct probe_log *take_log(void);
const struct probe_event *only_event(u32 op);

/* Make callbacks of these kinds wait; wait until one does; let them go on. */
void hold_calls(u32 ops);
void await_held(void);
void let_go(void);
/* A child that sends SIGUSR1 when one of them waits. */
pid_t signal_when_held(void);

/* A thread that touches a byte when told; its end, and the signal that it got. */
struct toucher {
	pthread_t thread;
	atomic_bool go;
	void *p;
	int sig;
};

void prepare_touch(struct toucher *t, void *p);
void start_touch(struct toucher *t);
int end_touch(struct toucher *t);

/* What a handle shows is replaced, or taken away. */
long long remap_to(u32 handle, u32 slot, u64 off, u64 len);
long long invalidate(u32 handle);

/* How many mistakes of drivers were reported. */
long misuses(void);
/* The number with which a file of the kernel begins. */
long first_number(const char *path);

/* Slot 0, set up in one piece, with all callbacks but access. */
struct probe_plan plain_plan(void);
void *map(size_t len, off_t off);
void *map_plan(const struct probe_plan *plan, size_t len);
/* The error of an mmap that must fail. */
int map_error(size_t len, off_t off);
int plan_error(const struct probe_plan *plan, size_t len);

/* Slot 0, with a handle for each page, and those callbacks. */
u8 *map_by_pages(int handles, u32 callbacks);

/* A mapping of slot 0 whose pages show 1, 2, 3, 4; remap is allowed. */
#define FEW	4
u8 *few_pages(u32 callbacks);
void check_pages(const u8 *p);
/* The driver was called @count times since the last look, each time for @op. */
void check_count(u32 op, u32 count);
/* Wait for @count calls of devmap_unmap(9E); returns how many other calls there were. */
u32 await_unmaps(u32 count);

/* The most that one mmap may have; less where a debug kernel takes long. */
#define MANY	65536
int most_handles(void);

double now(void);		/* in seconds */
int race_seconds(void);		/* DEVMAP_SECONDS */

extern const struct guest_case setup_cases[], unmap_cases[], fork_cases[],
	remap_cases[], access_cases[], native_cases[], umem_cases[], worst_cases[],
	fault_cases[], touch_cases[], cost_cases[], race_cases[], winlock_cases[],
	syscall_cases[], kernel_cases[], process_cases[], contention_cases[],
	pageable_cases[], lock_cases[], reach_cases[], shape_cases[],
	end_cases[], driver_cases[], register_cases[], removal_cases[],
	context_cases[], ahead_cases[], huge_cases[];

#endif /* _DDI_GUEST_H */
