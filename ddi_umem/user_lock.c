// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_lock.c - ddi_umem_lock(9F), ddi_umem_unlock(9F), umem_lockmemory()
 *
 * Locked user memory is a struct umem like any other: live from lock to unlock,
 * with a reference for each window and buf. Its pages are unpinned, and the
 * charge to RLIMIT_MEMLOCK goes, with the last reference. Both may sleep, and
 * need locks that the caller may hold, so they are always left to a work item.
 */
#include <sys/esunddi.h>
#include <sys/sunddi.h>

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "ddi_core/core.h"
#include "ddi_core/fault.h"
#include "ddi_core/trace.h"
#include "ddi_umem/umem_impl.h"

/* Pages that are pinned at a time; then other threads can run. */
#define LOCK_BATCH	512UL

/*
 * For unpinning, and for drivers' functions; apart from umem_wq, because a thread that
 * waits for memory waits for umem_wq, and may hold the mmap lock, which unpinning takes.
 */
static struct workqueue_struct *user_wq;

static LLIST_HEAD(unpin_list);
static void unpin_all(struct work_struct *work);
static DECLARE_WORK(unpin_work, unpin_all);

void umem_user_queue(struct work_struct *work)
{
	queue_work(user_wq, work);
}

/* Wait until unlocked memory is unpinned and no callback of a driver runs. */
void umem_user_flush(void)
{
	flush_workqueue(user_wq);
}

DDI_EXPORT_FOR_KUNIT(umem_user_flush);

int umem_user_init(void)
{
	user_wq = alloc_workqueue("ddi_umem_user", WQ_UNBOUND, 0);
	return user_wq ? 0 : -ENOMEM;
}

void umem_user_exit(void)
{
	destroy_workqueue(user_wq);
}

/* Pin all of it, or nothing; a negative errno. */
static int lock_pin(const struct umem_user *user, unsigned long count,
		    unsigned int gup_flags)
{
	unsigned long addr = (unsigned long)user->addr, done = 0;
	struct page **pages = user->pages;
	long got;

	while (done < count) {
		got = fatal_signal_pending(current) ? -EINTR :
		      pin_user_pages_fast(addr + (done << PAGE_SHIFT),
					  min(count - done, LOCK_BATCH),
					  gup_flags | FOLL_LONGTERM, pages + done);
		if (got <= 0) {
			unpin_user_pages(pages, done);
			return got ?: -EFAULT;
		}
		done += got;
		cond_resched();
	}
	return 0;
}

/*
 * Memory that the process may write is pinned for writing even if the driver says that
 * the device only reads it. Drivers confuse the two directions, and a device must not
 * write to a page that is still shared for copy on write.
 */
static int lock_pin_as_may_be(struct umem_user *user, unsigned long count, int flags)
{
	int err = lock_pin(user, count, FOLL_WRITE);

	user->is_readonly = err == -EFAULT && !(flags & DDI_UMEMLOCK_WRITE);
	return user->is_readonly ? lock_pin(user, count, 0) : err;
}

/* EACCES for memory that is there, but not to be used like this. */
static int lock_why_not(unsigned long addr, size_t len, int flags)
{
	unsigned long need = flags & DDI_UMEMLOCK_WRITE ? VM_WRITE : VM_READ;
	struct mm_struct *mm = current->mm;
	unsigned long end = addr + len;
	struct vm_area_struct *vma;
	int err = -EFAULT;

	mmap_read_lock(mm);
	while (addr < end) {
		vma = find_vma(mm, addr);
		if (!vma || vma->vm_start > addr)
			break;
		if (!(vma->vm_flags & need)) {
			err = -EACCES;
			break;
		}
		addr = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return err;
}

/* Memory of a file that is mapped shared; not what fork(2) alone shares. */
static bool lock_is_of_file(unsigned long addr, size_t len)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool found = false;

	mmap_read_lock(mm);
	for (vma = find_vma(mm, addr); vma && vma->vm_start < addr + len;
	     vma = find_vma(mm, vma->vm_end))
		found |= vma->vm_flags & VM_SHARED && vma->vm_file &&
			 !IS_PRIVATE(file_inode(vma->vm_file));
	mmap_read_unlock(mm);
	return found;
}

/* Charge the process. At the limit, first wait for pages that are about to be unpinned. */
static int lock_charge(struct mm_struct *mm, unsigned long pages)
{
	int err = account_locked_vm(mm, pages, true);

	if (!err)
		return 0;
	flush_work(&unpin_work);
	return account_locked_vm(mm, pages, true);
}

/* With the charge; umem_unpin() undoes it. */
static int lock_fill(struct umem_user *user, unsigned long count, int flags)
{
	int err = lock_charge(user->mm, count);

	if (err)
		return err;
	err = -ENOMEM;
	if (!ddi_should_fail(DDI_FAIL_PAGES, 0))
		user->pages = kvmalloc_array(count, sizeof(*user->pages),
					     GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (user->pages) {
		err = lock_pin_as_may_be(user, count, flags);
		if (!err)
			return 0;
		kvfree(user->pages);
	}
	account_locked_vm(user->mm, count, false);
	return err;
}

static void lock_free(struct umem *umem)
{
	struct umem_user *user = umem->user;

	umem_watch_end(user);
	put_task_struct(user->proc);
	mmdrop(user->mm);
	kfree(user);
	umem_pool_put(umem);
}

static void umem_unpin(struct umem *umem)
{
	unsigned long i, n, count = umem->size >> PAGE_SHIFT;
	struct umem_user *user = umem->user;

	for (i = 0; i < count; i += n) {
		n = min(count - i, LOCK_BATCH);
		unpin_user_pages_dirty_lock(user->pages + i, n, !user->is_readonly);
		cond_resched();
	}
	kvfree(user->pages);
	account_locked_vm(user->mm, count, false);
	lock_free(umem);
}

static void unpin_all(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&unpin_list);
	struct umem *umem, *next;

	llist_for_each_entry_safe(umem, next, list, deferred)
		umem_unpin(umem);
}

/* The last reference is gone. */
void umem_unpin_later(struct umem *umem)
{
	if (llist_add(&umem->deferred, &unpin_list))
		umem_user_queue(&unpin_work);
}

static void lock_init_cookie(struct umem *umem, int flags,
			     const struct umem_callback_ops *ops)
{
	struct ddi_umem_cookie *cookie = &umem->cookie;

	umem_init_cookie(umem);
	cookie->cvaddr = umem->user->addr;
	cookie->pparray = umem->user->pages;
	cookie->procp = umem->user->proc;
	cookie->asp = (struct as *)umem->user->mm;
	cookie->s_flags = flags;
	cookie->locked = true;
	cookie->cook_refcnt = 1;
	if (ops)
		cookie->callbacks = *ops;
}

/* A descriptor without pages. */
static struct umem *lock_create(unsigned long addr, size_t len, const void *caller)
{
	struct umem *umem = umem_pool_get(GFP_KERNEL);
	struct umem_user *user;

	if (!umem)
		return NULL;
	user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!user) {
		umem_pool_put(umem);
		return NULL;
	}
	user->addr = (caddr_t)addr;
	user->mm = current->mm;
	mmgrab(user->mm);
	user->proc = get_task_struct(current->group_leader);
	umem_init(umem, len, UMEM_LOCKED, caller);
	umem->user = user;
	return umem;
}

/* From now on unmapping is noticed; the driver's function is called once it has the cookie. */
static int lock_watch_and_fill(struct umem *umem, int flags,
			       const struct umem_callback_ops *ops)
{
	int err = 0;

	if (ops)
		err = umem_watch_begin(umem, ops->cbo_umem_lock_cleanup);
	return err ?: lock_fill(umem->user, umem->size >> PAGE_SHIFT, flags);
}

/*
 * Enter a page into a process that touched it where the driver exports it. It
 * has an owner already, who may truncate the file behind it, so the entry does
 * not count as a mapping of it: the pin, which the vma's window keeps, holds
 * it. Nobody gets to write to what its own process may not write to.
 */
vm_fault_t umem_enter_user_page(const struct umem_user *user, struct vm_fault *vmf,
				struct page *page)
{
	if (user->is_readonly && vmf->vma->vm_flags & (VM_WRITE | VM_MAYWRITE))
		return VM_FAULT_SIGBUS;
	return vmf_insert_mixed(vmf->vma, vmf->address & PAGE_MASK, page_to_pfn(page));
}

static int lock_check(unsigned long addr, size_t len, int flags)
{
	int direction = flags & (DDI_UMEMLOCK_READ | DDI_UMEMLOCK_WRITE);

	if (!direction || flags & ~(direction | DDI_UMEMLOCK_LONGTERM))
		return -EINVAL;
	if (!PAGE_ALIGNED(addr) || !PAGE_ALIGNED(len))
		return -EINVAL;
	/* access_ok() accepts a range that wraps, where user space has all addresses. */
	if (!len || !current->mm || addr + len < addr || !access_ok((void __user *)addr, len))
		return -EFAULT;
	/* Linux refuses to lock that much for anybody. */
	return len >> PAGE_SHIFT > totalram_pages() ? -ENOMEM : 0;
}

/* Linux returns -EFAULT for more than Solaris does: find out what it stands for here. */
static int lock_explain(int err, unsigned long addr, size_t len, int flags)
{
	switch (err) {
	case -ENOMEM:
	case -EINTR:
	case -EOPNOTSUPP:
		return err;
	default:
		return lock_why_not(addr, len, flags);
	}
}

static int lock_memory(unsigned long addr, size_t len, int flags,
		       const struct umem_callback_ops *ops, ddi_umem_cookie_t *cookiep,
		       const void *caller)
{
	struct umem *umem;
	int err = lock_check(addr, len, flags);

	if (err)
		return err;
	if (ops && lock_is_of_file(addr, len))
		return -EFAULT;
	umem = lock_create(addr, len, caller);
	if (!umem)
		return -ENOMEM;
	err = lock_watch_and_fill(umem, flags, ops);
	if (err) {
		lock_free(umem);
		return lock_explain(err, addr, len, flags);
	}
	lock_init_cookie(umem, flags, ops);
	__module_get(THIS_MODULE);
	*cookiep = &umem->cookie;
	/* The driver may unlock it, in its cleanup function, before this function ends. */
	refcount_inc(&umem->refs);
	umem_register(umem);
	trace_umem_alloc(&umem->cookie, len, flags, caller);
	umem_watch_live(umem);
	umem_put(umem);
	return 0;
}

int ddi_umem_lock(caddr_t addr, size_t len, int flags, ddi_umem_cookie_t *cookiep)
{
	const void *caller = __builtin_return_address(0);

	might_sleep();
	if (!cookiep) {
		ddi_misuse("ddi_umem_lock", "umem", caller, "no place for the cookie");
		return EINVAL;
	}
	*cookiep = NULL;
	if (flags & DDI_UMEMLOCK_LONGTERM)
		return EINVAL;
	return -lock_memory((unsigned long)addr, len, flags, NULL, cookiep, caller);
}
EXPORT_SYMBOL(ddi_umem_lock);

int umem_lockmemory(caddr_t addr, size_t len, int flags, ddi_umem_cookie_t *cookiep,
		    struct umem_callback_ops *ops, proc_t *procp)
{
	const void *caller = __builtin_return_address(0);

	might_sleep();
	if (!cookiep) {
		ddi_misuse("umem_lockmemory", "umem", caller, "no place for the cookie");
		return EINVAL;
	}
	*cookiep = NULL;
	if (procp && procp->mm != current->mm)
		return EINVAL;
	if (!(flags & DDI_UMEMLOCK_LONGTERM))
		ops = NULL;
	else if (!ops || ops->cbo_umem_callback_version != UMEM_CALLBACK_VERSION ||
		 !ops->cbo_umem_lock_cleanup)
		return EINVAL;
	return -lock_memory((unsigned long)addr, len, flags, ops, cookiep, caller);
}
EXPORT_SYMBOL(umem_lockmemory);

void ddi_umem_unlock(ddi_umem_cookie_t cookie)
{
	const void *caller = __builtin_return_address(0);
	struct umem *umem;

	if (!cookie)
		return;
	umem = umem_claim(cookie, UMEM_LOCKED);
	if (IS_ERR(umem))
		ddi_misuse("ddi_umem_unlock", "umem", caller,
			   "%p is not a live cookie of ddi_umem_lock", cookie);
	else
		umem_free_claimed(umem, caller);
}
EXPORT_SYMBOL(ddi_umem_unlock);
