// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap_winlock.c - /dev/ddi_winlock, a lock between processes by page faults
 *
 * A window system's lock, as drivers for Solaris have it [C42]. A process maps
 * two pages that show the same word. It locks by writing 1 through the first and
 * unlocks by writing 0 through the second, and while no other process wants the
 * lock, neither of them faults. A process that does want it faults on its first
 * page. The driver then takes the first page away from the owner, looks whether
 * the word is set, and if so takes the second page away too and sleeps until the
 * owner's fault there says that it unlocks. The owner's write then goes to a trash
 * page, because the word may be another's by then.
 */
#include "kunit/devmap/devmap_probe.h"

#include <ddi/devmap.h>
#include <sys/sunddi.h>

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#define WIN_PROCESSES	8

/* The two handles of a process, which is told by its address space. */
struct win_process {
	struct as *as;
	devmap_handle_t *lock;
	devmap_handle_t *unlock;
};

static DEFINE_MUTEX(win_mutex);		/* guards all of these */
static DECLARE_WAIT_QUEUE_HEAD(win_free);
static struct win_process processes[WIN_PROCESSES];
static struct win_process *win_owner;
static unsigned int win_changes;	/* of the owner, or of what it has */
static u32 *win_word;
static ddi_umem_cookie_t win_cookie, trash_cookie;
static unsigned int win_opens;		/* while it is open there are cookies */

static struct win_process *process_of(struct as *as)
{
	unsigned int i;

	lockdep_assert_held(&win_mutex);
	for (i = 0; i < WIN_PROCESSES; i++)
		if (processes[i].as == as)
			return &processes[i];
	return NULL;
}

/* A new handle, by mmap or fork. */
static int win_enter(devmap_handle_t *h)
{
	struct win_process *p;

	guard(mutex)(&win_mutex);
	p = process_of(h->dh_seg->s_as) ?: process_of(NULL);
	if (!p)
		return -1;
	p->as = h->dh_seg->s_as;
	if (h->dh_uoff)
		p->unlock = h;
	else
		p->lock = h;
	return 0;
}

static int win_map(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags, offset_t off, size_t len,
		   void **pvtp)
{
	return win_enter(dhp);
}

static int win_dup(devmap_cookie_t dhp, void *pvtp, devmap_cookie_t new_dhp, void **new_pvtp)
{
	return win_enter(new_dhp);
}

static void win_unload(devmap_handle_t *h)
{
	if (h)
		devmap_unload(h, h->dh_uoff, 0);
}

static void win_release(void)
{
	lockdep_assert_held(&win_mutex);
	WRITE_ONCE(*win_word, 0);
	win_owner = NULL;
	win_changes++;
	wake_up_all(&win_free);
}

static void win_unmap(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		      devmap_cookie_t new1, void **pvtp1, devmap_cookie_t new2, void **pvtp2)
{
	devmap_handle_t *h = dhp;
	struct win_process *p;

	guard(mutex)(&win_mutex);
	p = process_of(h->dh_seg->s_as);
	if (!p)
		return;
	if (p == win_owner)
		win_release();
	if (h == p->lock)
		p->lock = NULL;
	else if (h == p->unlock)
		p->unlock = NULL;
	if (!p->lock && !p->unlock)
		p->as = NULL;
}

static int win_show(devmap_handle_t *h, ddi_umem_cookie_t cookie)
{
	return devmap_umem_remap(h, NULL, cookie, 0, PAGE_SIZE, PROT_ALL, 0, NULL);
}

/* Sleep until the lock is free, with the mutex dropped; not 0 if interrupted. */
static int win_wait(void)
{
	unsigned int changes = win_changes;
	int err;

	mutex_unlock(&win_mutex);
	err = wait_event_interruptible(win_free, READ_ONCE(win_changes) != changes);
	mutex_lock(&win_mutex);
	return err;
}

static int win_lock(struct win_process *p, uint_t type, uint_t rw)
{
	while (win_owner && win_owner != p) {
		win_unload(win_owner->lock);
		if (!READ_ONCE(*win_word))
			break;
		win_unload(win_owner->unlock);
		if (win_wait())
			return FC_MAKE_ERR(EINTR);
	}
	if (win_owner != p) {
		if (win_owner)
			win_unload(win_owner->unlock);
		win_owner = p;
		if (win_show(p->unlock, win_cookie))
			return -1;
	}
	/* Both, so that it unlocks and locks again without a fault. */
	return devmap_load(p->unlock, p->unlock->dh_uoff, 0, type, rw) ?:
	       devmap_load(p->lock, p->lock->dh_uoff, 0, type, rw);
}

/* It unlocks, and another process waits; or it does not own the lock. */
static int win_unlock(struct win_process *p, uint_t type, uint_t rw)
{
	if (win_owner == p)
		win_release();
	if (win_show(p->unlock, trash_cookie))
		return -1;
	return devmap_load(p->unlock, p->unlock->dh_uoff, 0, type, rw);
}

static int win_access(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len, uint_t type,
		      uint_t rw)
{
	devmap_handle_t *h = dhp;
	struct win_process *p;

	guard(mutex)(&win_mutex);
	p = process_of(h->dh_seg->s_as);
	if (!p || !p->lock || !p->unlock)
		return -1;
	return h == p->lock ? win_lock(p, type, rw) : win_unlock(p, type, rw);
}

static struct devmap_callback_ctl win_callbacks = {
	.devmap_rev = DEVMAP_OPS_REV,
	.devmap_map = win_map,
	.devmap_access = win_access,
	.devmap_dup = win_dup,
	.devmap_unmap = win_unmap,
};

static int win_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off, size_t len,
		      size_t *maplen, uint_t model)
{
	*maplen = PAGE_SIZE;
	return devmap_umem_setup(dhp, NULL, &win_callbacks, win_cookie, 0, PAGE_SIZE, PROT_ALL,
				 DEVMAP_ALLOW_REMAP, NULL);
}

static int win_mmap(struct file *file, struct vm_area_struct *vma)
{
	static const struct ddi_devmap_ops ops = { .devmap = win_devmap };

	return ddi_devmap_mmap(file, vma, 0, &ops);
}

static void win_free_cookies(void)
{
	ddi_umem_free(trash_cookie);
	ddi_umem_free(win_cookie);
}

static int win_open(struct inode *inode, struct file *file)
{
	guard(mutex)(&win_mutex);
	if (!win_opens) {
		win_word = ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP, &win_cookie);
		ddi_umem_alloc(PAGE_SIZE, DDI_UMEM_SLEEP | DDI_UMEM_TRASH, &trash_cookie);
	}
	if (!win_word || !trash_cookie) {
		win_free_cookies();
		return -ENOMEM;
	}
	win_opens++;
	return 0;
}

/* A mapping keeps its file, so this comes after the last one has gone. */
static int win_close(struct inode *inode, struct file *file)
{
	guard(mutex)(&win_mutex);
	if (!--win_opens)
		win_free_cookies();
	return 0;
}

static const struct file_operations win_fops = {
	.owner = THIS_MODULE,
	.open = win_open,
	.release = win_close,
	.mmap = win_mmap,
};

static struct miscdevice win_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ddi_winlock",
	.fops = &win_fops,
};

int devmap_winlock_init(void)
{
	return misc_register(&win_device);
}

void devmap_winlock_exit(void)
{
	misc_deregister(&win_device);
}
