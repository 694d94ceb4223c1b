/* SPDX-License-Identifier: GPL-2.0-only */
/* balance.h - does all that a case took from Linux come back? */
#ifndef _DDI_KUNIT_BALANCE_H
#define _DDI_KUNIT_BALANCE_H

#include <kunit/test.h>

/*
 * Pages that nobody accounts for: neither free nor part of a slab, a file, a
 * process, a stack or a page table. What umem takes is among them.
 */
long balance_pages(void);

/*
 * Page tables of vmalloc() stay: one for each 2 MiB that a case maps for the first
 * time, up to 60 were seen. A loss shows if it happens as often as this.
 */
#define BALANCE_OFTEN	200

/* Objects of one of our slab caches that are in use; -1 if Linux does not tell. */
long balance_objects(const char *cache);

/* For struct kunit_suite: compare both before each case and after its cleanup. */
int balance_init(struct kunit *test);

#endif /* _DDI_KUNIT_BALANCE_H */
