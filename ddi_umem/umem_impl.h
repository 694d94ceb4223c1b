/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * umem_impl.h - inside of page-aligned memory and its export to user space
 *
 * A struct umem is one ddi_umem_alloc() object. It is live from allocation to
 * free, and keeps its contents until the last window of it is gone. The memory
 * of a struct umem never becomes anything else, so that a cookie of any age can
 * be looked at. A struct umem_window is a window on the pages of an object
 * or of a cookie that a driver made itself; mappings reach pages only through
 * windows. Each page of an object has its own reference count, a huge page one for
 * all of it. An entry in a process's page table holds a reference, so a freed page that
 * a process still maps stays alive and private to the process that maps it [U22].
 *
 * Locks, outermost first:
 *   the process's mmap lock (not ours)
 *   devmap_family.lock	mutex
 *   devmap_map.lock	rw_semaphore; held for reading while a page is entered
 *   umem_hungry	mutex; held by one of the threads that wait for memory
 *   umem_pageable.lock	mutex; see pageable.h
 *   umem.lock		spinlock, irq-safe: ddi_umem_free() runs anywhere [U18]
 *   page cache of a CPU, pool_lock	the same; each alone
 * None of them is held across a driver's callback [G10].
 */
#ifndef _DDI_UMEM_IMPL_H
#define _DDI_UMEM_IMPL_H

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

#include <ddi/umem.h>
#include <sys/ddidevmap.h>

struct buf;
struct file;
struct dentry;
struct mm_struct;
struct module;
struct page;
struct umem_pageable;
struct umem_seen;
struct umem_watch;
struct vm_area_struct;
struct vm_fault;
struct work_struct;

/* Fails rather than have the kernel kill a process. */
#define UMEM_GFP_SLEEP	(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)
/* Does not touch the reserves that interrupts live on [U24]. */
#define UMEM_GFP_ATOMIC	(GFP_NOWAIT | __GFP_ZERO | __GFP_NOWARN)

/* Above this size umem_can_afford() is asked first. */
#define UMEM_LARGE	SZ_4M

/* A page that Linux can map by one entry for all of it, as log2 of its pages; or 0. */
#define UMEM_HUGE_ORDER	(IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? PMD_SHIFT - PAGE_SHIFT : 0)
#define UMEM_HUGE_SIZE	((size_t)PAGE_SIZE << UMEM_HUGE_ORDER)

/* ddi_umem_cookie.type of a freed cookie. */
#define UMEM_FREED	0xdead

/**
 * struct umem_user - memory of a process that is locked
 * @addr: user address
 * @pages: all of them, pinned
 * @mm: charged for them, with a reference to the structure alone
 * @proc: the process, with a reference to the structure alone
 * @watch: what tells when the process unmaps the memory, or NULL
 * @is_readonly: nobody may write to the pages
 */
struct umem_user {
	caddr_t addr;
	struct page **pages;
	struct mm_struct *mm;
	proc_t *proc;
	struct umem_watch *watch;
	bool is_readonly;
};

/**
 * struct umem - one object of ddi_umem_alloc() or ddi_umem_lock()
 * @cookie: what the driver sees; first, because its address is the handle
 * @addr: kernel address, NULL for TRASH and user memory; see pageable.h for what may
 *	be released
 * @pages: the pages at @addr, if vmalloc maps them; its own list, which goes with them.
 *	NULL for a block, and for a PAGEABLE object. Huge pages come first
 * @pageable: what else there is to know of a PAGEABLE object, else NULL
 * @page: the first page of a block, or the one page that a TRASH object shows; else NULL
 * @user: what is locked, for user memory, else NULL
 * @size: bytes, whole pages; the driver cannot write this copy
 * @type: as @cookie.type was set
 * @caller: who allocated it
 * @lock: innermost; see there
 * @is_live: the driver has not freed it; @addr may be translated in a section of RCU
 *	that has found it so; see umem_is_live()
 * @was_viewed: a window was made of it
 * @is_reusable: it is one page of its own, from anywhere, of which no window was made:
 *	once freed, it may serve the next object
 * @owner: the module of @caller, if its init function allocated this, ourselves
 *	once it has gone
 * @refs: one for the driver until it frees, one for each window
 * @deferred: in the list of memory to give back, or unpin, later
 * @free: in the list of free descriptors
 */
struct umem {
	struct ddi_umem_cookie cookie;

	/* Constant from creation to the last reference; but see pageable.h for @addr. */
	void *addr;
	struct page **pages;
	struct umem_pageable *pageable;
	struct page *page;
	struct umem_user *user;
	size_t size;
	uint_t type;
	const void *caller;

	spinlock_t lock;	/* guards the next four while live; irq-safe [U18] */
	bool is_live;
	bool was_viewed;
	bool is_reusable;
	const struct module *owner;

	refcount_t refs;
	union {
		struct llist_node deferred;
		struct list_head free;
	};
};

/**
 * struct umem_window - a window on the pages behind a cookie
 * @cookie: the cookie, not to be dereferenced; NULL for a window of nothing
 * @umem: the object, with a reference; NULL for a cookie that a driver made
 * @addr: kernel address of such a cookie's memory
 * @type: as ddi_umem_cookie.type
 * @off: where in the memory the window begins, page-aligned
 * @len: bytes, whole pages
 * @pageable: of @umem, which counts the window, or NULL
 * @seen: pages of it that processes were given, if the object has a file
 */
struct umem_window {
	ddi_umem_cookie_t cookie;
	struct umem *umem;
	struct umem_pageable *pageable;
	struct umem_seen *seen;
	caddr_t addr;
	uint_t type;
	size_t off;
	size_t len;
};

/* A fault may enter pages up to the next multiple of so many. */
#define UMEM_AROUND	64UL

/**
 * struct umem_batch - pages in a row that a fault enters, of one window or of several
 * @vmf: the fault
 * @user: the locked user memory that the pages belong to, or NULL
 * @err: why there are none
 * @count: how many there are
 * @max: how many there may be; one, if Linux enters it
 * @pages: with a reference each
 */
struct umem_batch {
	struct vm_fault *vmf;
	const struct umem_user *user;
	int err;
	unsigned int count;
	unsigned int max;
	struct page *pages[UMEM_AROUND];
};

/**
 * struct umem_wait - a thread that waits for memory
 * @size: bytes that it needs
 * @caller: who asked
 * @since: jiffies at which it began
 * @report: ticks after which the wait is reported next
 * @pause: ticks until the next attempt
 */
struct umem_wait {
	size_t size;
	const void *caller;
	unsigned long since;
	unsigned long report;
	unsigned long pause;
};

/**
 * struct umem_where - where memory is wanted
 * @node: a NUMA node, or the nearest ones when it has no memory left; or NUMA_NO_NODE
 * @zone: 0, GFP_DMA or GFP_DMA32: what a device can address
 * @huge: in huge pages, as far as there are any; see umem_is_huge()
 */
struct umem_where {
	int node;
	gfp_t zone;
	bool huge;
};

/* Do huge pages make a difference? */
static inline bool umem_is_huge(size_t size, int flag)
{
	return UMEM_HUGE_ORDER && size >= UMEM_HUGE_SIZE && flag & DDI_UMEM_HUGE &&
	       has_transparent_hugepage();
}

/* umem.c */
void umem_init(struct umem *umem, size_t size, uint_t type, const void *caller);
void umem_init_cookie(struct umem *umem);
void umem_put(struct umem *umem);
void umem_free_claimed(struct umem *umem, const void *caller);
void umem_destroy(struct umem *umem);
void umem_flush_deferred(void);
void umem_wait_init(struct umem_wait *wait, size_t size, const void *caller);
void umem_turn_begin(void);
void umem_turn_end(void);
void umem_pause(struct umem_wait *wait);

/* pages.c */
bool umem_can_afford(size_t size);
bool umem_is_preemptible(void);
void *umem_pages_sleep(size_t size, const struct umem_where *place, struct page ***list);
void *umem_pages_atomic(size_t size, const struct umem_where *place, struct page ***list);
void umem_block_free(struct page *page, size_t size);

/* vmapped.c */
struct page **umem_page_list(unsigned long count, gfp_t gfp);
void *umem_map(struct page **pages, unsigned long count, unsigned long flags, gfp_t gfp);
void *umem_scattered(size_t size, gfp_t gfp, const struct umem_where *place,
		     struct page ***list);
void umem_scattered_free(void *addr, struct page **pages, unsigned long count);

/* page_cache.c */
struct umem *umem_page_cache_get(void);
bool umem_page_cache_put(struct umem *umem);
unsigned long umem_page_cache_drain(void);
int umem_page_cache_init(void);
void umem_page_cache_exit(void);

/* cookie_pool.c */
struct umem *umem_pool_get(gfp_t gfp);
void umem_pool_put(struct umem *umem);
struct umem *umem_pool_find(const void *cookie);
struct umem *umem_pool_next(const struct umem *umem);
void umem_pool_exit(void);

/*
 * May the object be looked at? Under its lock, a yes stays right. A caller with a reference
 * may ask without.
 */
static inline bool umem_is_live(const struct umem *umem)
{
	/* Pairs with umem_register(). */
	return smp_load_acquire(&umem->is_live);
}

/* cookie_table.c */
void umem_register(struct umem *umem);
struct umem *umem_claim(ddi_umem_cookie_t cookie, uint_t types);
struct umem *umem_find_get(ddi_umem_cookie_t cookie);
void *umem_hold_again(ddi_umem_cookie_t cookie);
void umem_table_init(struct dentry *root);

/* user_lock.c */
void umem_unpin_later(struct umem *umem);
void umem_user_queue(struct work_struct *work);
void umem_user_flush(void);
int umem_user_init(void);
void umem_user_exit(void);
vm_fault_t umem_enter_user_page(const struct umem_user *user, struct vm_fault *vmf,
				struct page *page);

/* user_watch.c */
int umem_watch_begin(struct umem *umem, void (*cleanup)(ddi_umem_cookie_t cookie));
void umem_watch_live(struct umem *umem);
void umem_watch_forget(struct umem *umem);
void umem_watch_end(struct umem_user *user);

/* buf.c */
const struct umem_window *umem_window_of_buf(const struct buf *bp);

/* window.c */
int umem_window_init(struct umem_window *window, ddi_umem_cookie_t cookie,
		     offset_t off, size_t len, const char *func);
int umem_window_init_recent(struct umem_window *window, ddi_umem_cookie_t cookie,
			    offset_t off, size_t len, const char *func, struct umem **recent);
void umem_forget_recent(struct umem **recent);
int umem_window_cover(struct umem_window *window, ddi_umem_cookie_t cookie,
		      offset_t off, size_t len, const char *func);
void umem_window_dup(struct umem_window *to, const struct umem_window *from);
void umem_window_advance(struct umem_window *window, size_t by);
void umem_window_fini(struct umem_window *window);
caddr_t umem_window_addr(const struct umem_window *window);
int umem_window_pages(const struct umem_window *window, size_t off, struct page **pages,
		      unsigned int max);
struct page *umem_window_page(const struct umem_window *window, size_t off);
int umem_window_is_held(const struct umem_window *window);

/* enter.c */
struct file *umem_window_file(const struct umem_window *window,
			      const struct vm_area_struct *vma, vm_flags_t *kind);
void umem_batch_begin(struct umem_batch *batch, struct vm_fault *vmf);
bool umem_batch_add(struct umem_batch *batch, const struct umem_window *window,
		    size_t off, size_t len);
vm_fault_t umem_batch_end(struct umem_batch *batch);
vm_fault_t umem_window_enter(const struct umem_window *window, struct vm_fault *vmf, size_t off);

#endif /* _DDI_UMEM_IMPL_H */
