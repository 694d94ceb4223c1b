/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demo.h - helpers of the tests in ddi_demo
 *
 * A test is a function that calls say() with what it did and returns.  fail()
 * ends the test, and makes the program's exit status 1.
 */
#ifndef _DDI_DEMO_H
#define _DDI_DEMO_H

#include <stddef.h>
#include <sys/types.h>

#define __noreturn	__attribute__((__noreturn__))
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))

struct test {
	const char *name;
	void (*run)(void);
};

/* End the running test; @fmt says what was expected and what was found. */
void __noreturn __printf(1, 2) fail(const char *fmt, ...);

/* End the running test, which this kernel cannot run; @fmt says what it lacks. */
void __noreturn __printf(1, 2) skip(const char *fmt, ...);

/* One line of the report. */
void __printf(1, 2) say(const char *fmt, ...);

#define expect(cond, ...)			\
do {						\
	if (!(cond))				\
		fail(__VA_ARGS__);		\
} while (0)

/* @call must return -1 with errno @err. */
#define expect_errno(call, err)						\
	expect_errno_(#call, (call), (err))
void expect_errno_(const char *what, long ret, int err);

/* Open a device of ours, or fail. */
int must_open(const char *path, int flags);

/* Run @fn(@i) in @n processes at once; fail if one of them fails. */
void in_processes(int n, void (*fn)(int i));

/* Start @fn() in a process of its own, and later wait for it. */
pid_t start(void (*fn)(void));
int is_running(pid_t pid);
void finish(pid_t pid);

/* Memory that all processes started later share, zeroed. */
void *shared_memory(size_t size);

void pause_ms(int ms);

/* FNV-1a, to be continued from an earlier value. */
#define CHECKSUM_START	0xcbf29ce484222325ULL
unsigned long long checksum(unsigned long long sum, const void *data, size_t size);

/* Fill with, and look for, bytes that depend on @seed and the position. */
void fill(void *data, size_t size, unsigned int seed);
int is_filled(const void *data, size_t size, unsigned int seed);

extern const struct test rmdrv_tests[];
extern const struct test idspace_tests[];
extern const struct test native_tests[];
extern const struct test cold_tests[];
extern const struct test frames_tests[];
extern const struct test carveout_tests[];
extern const struct test edu_tests[];

#endif /* _DDI_DEMO_H */
