// SPDX-License-Identifier: GPL-2.0-only
/* qcache_helpers.c - arenas with quantum caches, and all the objects of one size in them */
#include "kunit/lib/qcache_helpers.h"

vmem_t *qcache_make(struct kunit *test, unsigned long units, unsigned long max, int flags)
{
	return arena_keep(test, vmem_create("qcache", AT(Q), units * Q, Q, NULL, NULL, NULL,
					    max * Q, VM_SLEEP | flags));
}

void expect_sound(struct kunit *test, vmem_t *vm, unsigned long inuse)
{
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	KUNIT_EXPECT_EQ(test, vmem_size(vm, VMEM_ALLOC), inuse);
}

struct hoard *hoard_make(struct kunit *test, vmem_t *vm, size_t size)
{
	struct hoard *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->vm = vm;
	h->size = size;
	return h;
}

void hoard_fill(void *hoard)
{
	struct hoard *h = hoard;

	for (h->n = 0; h->n < ARRAY_SIZE(h->obj); h->n++) {
		h->obj[h->n] = vmem_alloc(h->vm, h->size, VM_NOSLEEP);
		if (!h->obj[h->n])
			break;
	}
}

void hoard_empty(void *hoard)
{
	struct hoard *h = hoard;

	while (h->n)
		vmem_free(h->vm, h->obj[--h->n], h->size);
}
