/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pageable.h - what a DDI_UMEM_PAGEABLE object has beyond others
 *
 * Its states, and what stands where in them:
 *
 *	state		file	block	umem->addr
 *	held		yes	-	of @pages, mapped in a row
 *	released	yes	-	NULL
 *	young		-	yes	of @block
 *	moving		yes	yes	NULL
 *
 * A young object was allocated by a thread that could not sleep, and has no
 * file yet. Its first release gives it one, and moves the contents into it page
 * by page. That takes memory, and so may stop in the middle and go on later.
 * While there are windows of a young object, it stays young.
 *
 * The contents of an object with a file are the file's pages, whether they are
 * in memory or swapped out.
 */
#ifndef _DDI_UMEM_PAGEABLE_H
#define _DDI_UMEM_PAGEABLE_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct file;
struct page;
struct umem;
struct umem_window;

/**
 * struct umem_pageable - the part of a struct umem that only PAGEABLE objects have
 * @lock: guards what follows, and umem->addr, while the object is live; a
 *	thread that holds the object may read umem->addr without it
 * @holds: how often the driver holds it; changes without the lock, but not
 *	from 0 or to 0
 * @windows: how many there are; goes up from 0 only under the lock
 * @is_freed: the driver has freed it; set without the lock
 * @file: what Linux may swap; constant while there are windows
 * @pages: those of @file, a reference to each, while held
 * @block: the memory of a young or moving object
 * @moved: how many pages of @block are in @file already, and freed unless
 *	vmalloc mapped them
 */
struct umem_pageable {
	struct mutex lock;	/* guards the rest, but for the next three */
	atomic_t holds;
	atomic_t windows;
	bool is_freed;
	struct file *file;
	struct page **pages;
	void *block;
	unsigned long moved;
};

/**
 * struct umem_seen - which pages mapping processes have been given
 * @refs: one for each window that was copied from the same window, and for that one
 * @first: number of the first page in the object
 * @pages: a bit for each
 *
 * A freed object's page stays with a process that has it [U22], also while it
 * is swapped out, when no page table tells that the process had it.
 */
struct umem_seen {
	refcount_t refs;
	pgoff_t first;
	unsigned long pages[];
};

/* Held pages must not stand where memory is to be movable. */
#define PAGEABLE_GFP	GFP_HIGHUSER

/* pageable.c */
struct file *umem_file_open(size_t size);
bool umem_pageable_back(struct umem *umem, int flag);
void umem_pageable_unback(struct umem *umem);
void umem_pageable_destroy(struct umem *umem);
int umem_pageable_map(struct umem *umem, bool may_sleep);
void umem_pageable_unmap(struct umem *umem);
bool umem_pageable_move(struct umem *umem);

/* For the list of objects: the object must be live. */
bool umem_pageable_is_held(const struct umem *umem);
unsigned long umem_pageable_resident(const struct umem *umem);
unsigned long umem_pageable_swapped(const struct umem *umem);

/* pageable_window.c */
int umem_pageable_window_init(struct umem_window *window);
void umem_pageable_window_dup(struct umem_window *window);
void umem_pageable_window_fini(struct umem_window *window);
struct file *umem_pageable_file(const struct umem_window *window);
struct page *umem_pageable_page(const struct umem_window *window, size_t off);

#endif /* _DDI_UMEM_PAGEABLE_H */
