/* SPDX-License-Identifier: GPL-2.0-only */
/* doing.h - what a task is doing further up on its stack */
#ifndef _DDI_DEVMAP_DOING_H
#define _DDI_DEVMAP_DOING_H

#include <linux/list.h>

struct task_struct;

/**
 * struct devmap_doing - part of what describes it, on the task's stack
 * @node: in a bucket, under its lock
 * @task: who does it
 * @key: with what
 */
struct devmap_doing {
	struct hlist_node node;
	const struct task_struct *task;
	const void *key;
};

void devmap_doing_begin(struct devmap_doing *doing, const void *key);
void devmap_doing_end(struct devmap_doing *doing);
/* What the current task does with @key, the innermost if several; or NULL. */
struct devmap_doing *devmap_doing(const void *key);

#endif /* _DDI_DEVMAP_DOING_H */
