// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie_pool.c - the memory that cookies lie in, which never becomes anything else
 *
 * A driver may pass a cookie that it freed long ago, to any call. Reading it
 * would read whatever Linux has put there since [U22]. So descriptors are cut
 * from chunks that stay with this module until it is unloaded, and an index by
 * address tells a chunk from all other memory without reading either. What is
 * kept is little: a descriptor has a twentieth of the size of a page.
 *
 * A freed descriptor rests until others were freed after it, so that a stale
 * cookie is found to be one, and is not taken for the next object's.
 */
#include "ddi_umem/umem_impl.h"

#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "ddi_core/fault.h"

/* A power of two, and so kmalloc() aligns it. */
#define CHUNK_SIZE	SZ_4K
#define CHUNK_SLOTS	(CHUNK_SIZE / sizeof(struct umem))
/* How many freed descriptors rest before the oldest is used again. */
#define POOL_REST	64

/* Chunks by address; only the exit of the module removes one. */
static DEFINE_XARRAY_FLAGS(umem_chunks, XA_FLAGS_LOCK_IRQ);

static DEFINE_SPINLOCK(pool_lock);	/* guards the rest; irq-safe [U18] */
static LIST_HEAD(pool_free);		/* the oldest first */
static unsigned long pool_count;

/* Chunks are in the kernel's linear mapping; other addresses get an index that none has. */
static unsigned long chunk_index(const void *addr)
{
	return ((unsigned long)addr - PAGE_OFFSET) / CHUNK_SIZE;
}

/* The descriptor that was freed first, if more than @rest others are free. */
static struct umem *pool_pop(unsigned long rest)
{
	struct umem *umem = NULL;
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	if (pool_count > rest) {
		umem = list_first_entry(&pool_free, struct umem, free);
		list_del(&umem->free);
		pool_count--;
	}
	spin_unlock_irqrestore(&pool_lock, flags);
	return umem;
}

void umem_pool_put(struct umem *umem)
{
	unsigned long flags;

	spin_lock_irqsave(&pool_lock, flags);
	list_add_tail(&umem->free, &pool_free);
	pool_count++;
	spin_unlock_irqrestore(&pool_lock, flags);
}

static void *chunk_store(struct umem *chunk, gfp_t gfp)
{
	unsigned long flags;
	void *old;

	if (gfpflags_allow_blocking(gfp))
		return xa_store_irq(&umem_chunks, chunk_index(chunk), chunk, gfp);
	xa_lock_irqsave(&umem_chunks, flags);
	old = __xa_store(&umem_chunks, chunk_index(chunk), chunk, gfp);
	xa_unlock_irqrestore(&umem_chunks, flags);
	return old;
}

/* A new chunk's first descriptor; the others go to the pool. NULL without memory. */
static struct umem *pool_grow(gfp_t gfp)
{
	struct umem *chunk = kzalloc(CHUNK_SIZE, gfp);
	unsigned int i;

	if (!chunk)
		return NULL;
	for (i = 0; i < CHUNK_SLOTS; i++) {
		mutex_init(&chunk[i].cookie.lock);
		spin_lock_init(&chunk[i].lock);
	}
	if (xa_is_err(chunk_store(chunk, gfp))) {
		kfree(chunk);
		return NULL;
	}
	for (i = 1; i < CHUNK_SLOTS; i++)
		umem_pool_put(&chunk[i]);
	return chunk;
}

/* A descriptor that nothing refers to, with stale contents; NULL without memory. */
struct umem *umem_pool_get(gfp_t gfp)
{
	struct umem *umem;

	if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, gfp))
		return NULL;
	umem = pool_pop(POOL_REST) ?: pool_grow(gfp | __GFP_NOWARN);
	return umem ?: pool_pop(0);
}

/*
 * The descriptor at @cookie, live or not; NULL for memory that never was a
 * descriptor, and an error pointer for an address inside one.
 */
struct umem *umem_pool_find(const void *cookie)
{
	struct umem *chunk = xa_load(&umem_chunks, chunk_index(cookie));
	size_t off = cookie - (void *)chunk;

	if (!chunk)
		return NULL;
	if (off % sizeof(*chunk) || off / sizeof(*chunk) >= CHUNK_SLOTS)
		return ERR_PTR(-EINVAL);
	return chunk + off / sizeof(*chunk);
}

/* The next descriptor by address, live or not; after NULL the first. */
struct umem *umem_pool_next(const struct umem *umem)
{
	unsigned long index = 0;

	if (umem) {
		size_t slot = (unsigned long)umem % CHUNK_SIZE / sizeof(*umem);

		if (slot + 1 < CHUNK_SLOTS)
			return (struct umem *)umem + 1;
		index = chunk_index(umem) + 1;
	}
	return xa_find(&umem_chunks, &index, ULONG_MAX, XA_PRESENT);
}

void umem_pool_exit(void)
{
	struct umem *chunk;
	unsigned long index;

	xa_for_each(&umem_chunks, index, chunk)
		kfree(chunk);
	xa_destroy(&umem_chunks);
}
