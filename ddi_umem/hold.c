// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold.c - ddi_umem_hold() and ddi_umem_release()
 *
 * A hold that may sleep asks for memory as ddi_umem_alloc() does: in its turn,
 * and until it has it.
 */
#include <ddi/umem.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/printk.h>

#include "ddi_core/core.h"
#include "ddi_core/fault.h"
#include "ddi_umem/pageable.h"
#include "ddi_umem/umem_impl.h"

/* From whatever state to one with a kernel address. */
static int pageable_hold(struct umem *umem, bool may_sleep)
{
	struct umem_pageable *p = umem->pageable;

	lockdep_assert_held(&p->lock);
	if (READ_ONCE(p->is_freed))
		return -ENOENT;
	if (umem->addr)
		return 0;
	if (p->block && (!may_sleep || !umem_pageable_move(umem)))
		return -ENOMEM;
	if (ddi_should_fail(DDI_FAIL_PAGES, 0))
		return -ENOMEM;
	return umem_pageable_map(umem, may_sleep);
}

static int pageable_try_hold(struct umem *umem, bool may_sleep)
{
	struct umem_pageable *p = umem->pageable;
	int err;

	if (may_sleep)
		mutex_lock(&p->lock);
	else if (!mutex_trylock(&p->lock))
		return -EAGAIN;
	err = pageable_hold(umem, may_sleep);
	if (!err)
		atomic_inc(&p->holds);
	mutex_unlock(&p->lock);
	return err;
}

static int pageable_try_hold_in_turn(struct umem *umem)
{
	int err;

	umem_turn_begin();
	err = pageable_try_hold(umem, true);
	umem_turn_end();
	return err;
}

static int pageable_hold_sleep(struct umem *umem, const void *caller)
{
	int err = pageable_try_hold(umem, true);
	struct umem_wait wait;

	umem_wait_init(&wait, umem->size, caller);
	while (err == -ENOMEM) {
		err = pageable_try_hold_in_turn(umem);
		if (err == -ENOMEM)
			umem_pause(&wait);
	}
	if (err && err != -ENOENT)
		pr_err("umem: the contents of cookie %p could not be read back from swap, error %d\n",
		       &umem->cookie, err);
	return err;
}

static void pageable_misuse(const char *fn, ddi_umem_cookie_t cookie, long err,
			    const void *caller)
{
	if (err == -ENOENT)
		ddi_misuse(fn, "umem", caller, "%p is not a live cookie", cookie);
	else if (err == -EINVAL)
		ddi_misuse(fn, "umem", caller, "cookie %p is not pageable", cookie);
	else
		ddi_misuse(fn, "umem", caller, "cookie %p is not held", cookie);
}

/* An object that was not held just now. */
static void *pageable_hold_slow(ddi_umem_cookie_t cookie, int flag, const void *caller)
{
	struct umem *umem = umem_find_get(cookie);
	void *addr = NULL;
	int err;

	if (IS_ERR_OR_NULL(umem))
		return NULL;
	err = flag & DDI_UMEM_NOSLEEP ? pageable_try_hold(umem, false) :
					pageable_hold_sleep(umem, caller);
	if (!err)
		addr = umem->addr;
	umem_put(umem);
	return addr;
}

void *ddi_umem_hold(ddi_umem_cookie_t cookie, int flag)
{
	const void *caller = __builtin_return_address(0);
	void *addr = umem_hold_again(cookie);

	might_sleep_if(!(flag & DDI_UMEM_NOSLEEP));
	if (!IS_ERR(addr))
		return addr;
	if (addr != ERR_PTR(-EAGAIN)) {
		pageable_misuse("ddi_umem_hold", cookie, PTR_ERR(addr), caller);
		return NULL;
	}
	if (flag & DDI_UMEM_NOSLEEP && !umem_is_preemptible())
		return NULL;
	return pageable_hold_slow(cookie, flag, caller);
}
EXPORT_SYMBOL(ddi_umem_hold);

/* One hold less; returns how many are left, or -1 if there was none. */
static int pageable_drop_hold(struct umem_pageable *p)
{
	int left;

	mutex_lock(&p->lock);
	left = atomic_dec_if_positive(&p->holds);
	mutex_unlock(&p->lock);
	return left;
}

/* False if memory is short. Does nothing if another thread holds the object again. */
static bool pageable_try_release(struct umem *umem)
{
	struct umem_pageable *p = umem->pageable;
	bool done = true;

	mutex_lock(&p->lock);
	if (atomic_read(&p->holds) || READ_ONCE(p->is_freed))
		goto unlock;
	if (p->pages)
		umem_pageable_unmap(umem);
	if (p->block && !atomic_read(&p->windows))
		done = umem_pageable_move(umem);
unlock:
	mutex_unlock(&p->lock);
	return done;
}

static void pageable_release(struct umem *umem, const void *caller)
{
	struct umem_wait wait;

	umem_wait_init(&wait, umem->size, caller);
	while (!pageable_try_release(umem))
		umem_pause(&wait);
}

void ddi_umem_release(ddi_umem_cookie_t cookie)
{
	const void *caller = __builtin_return_address(0);
	struct umem *umem = umem_find_get(cookie);
	bool found = !IS_ERR_OR_NULL(umem);
	int left = -ENOENT;

	might_sleep();
	if (found)
		left = umem->pageable ? pageable_drop_hold(umem->pageable) : -EINVAL;
	if (left < 0)
		pageable_misuse("ddi_umem_release", cookie, left, caller);
	else if (!left)
		pageable_release(umem, caller);
	if (found)
		umem_put(umem);
}
EXPORT_SYMBOL(ddi_umem_release);
