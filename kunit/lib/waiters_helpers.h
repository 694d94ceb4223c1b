/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waiters_helpers.h - threads that sleep in an arena or a map
 *
 * No case leaves a sleeper behind: what is still asleep at the end of a case
 * is given all the space it wants.
 */
#ifndef _WAITERS_HELPERS_H
#define _WAITERS_HELPERS_H

#include <sys/map.h>

#include <linux/completion.h>
#include <linux/sched.h>

#include "ddi_rmap/rmap_impl.h"
#include "ddi_vmem/arena/arena.h"
#include "kunit/lib/vmem_helpers.h"

#define MANY		8
#define PATIENCE	(60 * HZ)
/* Before a sleeper looks by itself, which would hide that nobody woke it [V101]. */
#define AWAKENING	(VMEM_WAIT_RETRY * 2 / 3)

struct waiter {
	vmem_t *vm;
	struct map *mp;		/* asks for rmalloc_wait() instead */
	size_t size;
	int flags;
	unsigned long got;
	struct task_struct *task;
	struct completion done;
};

/*
 * A thread that runs @fn with @data. At the end of the case @end gets @data: it lets
 * the thread end, and drops the reference of @task.
 */
void run_thread(struct kunit *test, struct task_struct **task, int (*fn)(void *), void *data,
		kunit_action_t *end);

/* A thread that asks for @size; it is freed when the case ends. */
struct waiter *wait_for(struct kunit *test, vmem_t *vm, size_t size, int flags);
struct waiter *wait_for_map(struct kunit *test, struct map *mp, size_t size);

/* Until @n threads wait in the arena, asleep or about to try once more. */
void await_sleepers(struct kunit *test, vmem_t *vm, unsigned int n);

void await_asleep(struct kunit *test, struct waiter *w);

/* Somebody wakes it, and it has what it asked for. */
void expect_got(struct kunit *test, struct waiter *w);

/* What lies allocated in an arena, or in a map, until free_piece() is called with it. */
struct piece {
	vmem_t *vm;
	struct map *mp;
	unsigned long start;
	size_t size;
};

void free_piece(void *piece);

#endif /* _WAITERS_HELPERS_H */
