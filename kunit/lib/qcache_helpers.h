/* SPDX-License-Identifier: GPL-2.0-only */
/* qcache_helpers.h - arenas with quantum caches, and all the objects of one size in them */
#ifndef _QCACHE_HELPERS_H
#define _QCACHE_HELPERS_H

#include "kunit/lib/vmem_helpers.h"

#define Q	0x1000UL

/*
 * An arena of @units quanta from Q on with sizes up to @max quanta cached. It
 * goes when the case ends.
 */
vmem_t *qcache_make(struct kunit *test, unsigned long units, unsigned long max, int flags);

void expect_sound(struct kunit *test, vmem_t *vm, unsigned long inuse);

/* All objects of an arena: allocated until it is full, and freed. */
struct hoard {
	vmem_t *vm;
	size_t size;
	void *obj[256];
	int n;
};

struct hoard *hoard_make(struct kunit *test, vmem_t *vm, size_t size);

/* They do not sleep; so that another CPU can be sent to do it, @hoard is untyped. */
void hoard_fill(void *hoard);
void hoard_empty(void *hoard);

#endif /* _QCACHE_HELPERS_H */
