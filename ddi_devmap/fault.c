// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - a page is touched: ask the driver, enter it, or end the access
 *
 * A fault decides under the map's lock. What it cannot decide there, because the
 * driver must be asked or devmap_unmap(9E) runs, it does without any lock, and
 * then the fault is made again: it uses nothing that it found before.
 * The mmap lock is dropped for that as well, except where Linux does not let us:
 * for get_user_pages() of callers who hold it for longer.
 */
#include "ddi_devmap/devmap_impl.h"

#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "ddi_core/trace.h"
#include "ddi_devmap/setup.h"

/* What a fault is to do. */
enum devmap_verdict { DEVMAP_ENTER, DEVMAP_ASK, DEVMAP_SET_UP, DEVMAP_WAIT, DEVMAP_FAIL };

/* May the fault drop the mmap lock, and be made again? */
static bool devmap_may_leave(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_ALLOW_RETRY && !(vmf->flags & FAULT_FLAG_VMA_LOCK);
}

static bool devmap_may_wait(const struct vm_fault *vmf)
{
	return !devmap_may_leave(vmf) || !(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
}

/*
 * A task that exits, or never was a process, has no signal that ends its access
 * when the driver loads nothing: it asks once, and not again when it comes again.
 */
static bool devmap_may_ask(const struct vm_fault *vmf)
{
	return !(vmf->flags & FAULT_FLAG_TRIED) || !(current->flags & (PF_EXITING | PF_KTHREAD));
}

/* No fault code, but what memory that is not there raises. */
#define DEVMAP_NO_MEMORY	(-1000)

static enum devmap_verdict devmap_decide(const struct devmap *h, const struct vm_fault *vmf,
					 offset_t off, int *rc)
{
	/* Its setup takes the mmap lock in the end. */
	if (h && h->is_new && devmap_may_leave(vmf))
		return DEVMAP_WAIT;
	/* A driver is not asked for what has gone: it may look at the device. */
	if (!h || h->is_dead || h->is_new ||
	    (h->view.regs && devmap_regs_are_gone(h->view.regs))) {
		*rc = DEVMAP_NO_MEMORY;
		return DEVMAP_FAIL;
	}
	if (!devmap_allows(h, vmf->vma->vm_flags)) {
		*rc = FC_PROT;
		return DEVMAP_FAIL;
	}
	if (devmap_view_is_empty(&h->view)) {
		*rc = FC_NOMAP;
		return DEVMAP_FAIL;
	}
	if (!h->pub.dh_callbackops.devmap_access ||
	    devmap_ranges_end(&h->map->loaded, off) > off)
		return DEVMAP_ENTER;
	if (h->is_cutting)
		return DEVMAP_WAIT;
	if (devmap_may_ask(vmf))
		return DEVMAP_ASK;
	*rc = DEVMAP_NO_MEMORY;
	return DEVMAP_FAIL;
}

/* How far from @off on a handle may be entered without a question. */
static offset_t devmap_unasked_end(const struct devmap *h, offset_t off)
{
	if (!h->pub.dh_callbackops.devmap_access)
		return h->end;
	return min(h->end, devmap_ranges_end(&h->map->loaded, off));
}

/*
 * The handle behind @h, if it begins at @at and may be entered with @h. It is decided
 * as if it had been touched: one that is more work ends this.
 */
static struct devmap *devmap_next_unasked(struct devmap *h, const struct vm_fault *vmf, offset_t at)
{
	int rc;

	h = devmap_next(h);
	if (!h || h->start != at || h->view.regs || devmap_decide(h, vmf, at, &rc) != DEVMAP_ENTER)
		return NULL;
	return h;
}

/* Enter the page, and those behind it that need no question, of the next handles as well. */
static vm_fault_t devmap_enter_memory(struct devmap *h, struct vm_fault *vmf, offset_t off)
{
	struct devmap *first = h, *last;
	struct umem_batch batch __uninitialized;	/* to clear it takes long */
	bool more, kin = false;
	vm_fault_t ret;
	offset_t end;

	umem_batch_begin(&batch, vmf);
	do {
		last = h;
		end = devmap_unasked_end(h, off);
		more = umem_batch_add(&batch, &h->view.window, off - h->start, end - off);
		off = end;
		kin |= !!h->kin;
		h = more ? devmap_next_unasked(h, vmf, off) : NULL;
	} while (h);
	ret = umem_batch_end(&batch);
	if (!kin)
		return ret;
	if (ret & VM_FAULT_LOCKED)
		devmap_note_entering(first);
	/* After the pages [X18]. */
	for (h = first; h != last; h = devmap_next(h))
		devmap_note_entered(h);
	devmap_note_entered(last);
	return ret;
}

static vm_fault_t devmap_enter(struct devmap *h, struct vm_fault *vmf, offset_t off)
{
	vm_fault_t ret;

	lockdep_assert_held(&h->map->lock);
	if (!h->view.regs)
		return devmap_enter_memory(h, vmf, off);
	ret = devmap_regs_enter(h->view.regs, vmf, off);
	devmap_note_entered(h);
	return ret;
}

/*
 * Raise a signal with a code that no VM_FAULT_* stands for. Linux forces signals
 * on faults; this one is only for a process that handles it now.
 */
static bool devmap_raise(const struct vm_fault *vmf, int sig, int code)
{
	/* That of the task itself stays. */
	struct sighand_struct *sighand = rcu_dereference_raw(current->sighand);
	struct kernel_siginfo info;
	bool handled;

	if (!(vmf->flags & FAULT_FLAG_USER))
		return false;
	spin_lock_irq(&sighand->siglock);
	handled = !sigismember(&current->blocked, sig) &&
		  sighand->action[sig - 1].sa.sa_handler != SIG_DFL &&
		  sighand->action[sig - 1].sa.sa_handler != SIG_IGN;
	spin_unlock_irq(&sighand->siglock);
	if (!handled)
		return false;
	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = (void __user *)vmf->address;
	return !send_sig_info(sig, &info, current);
}

static vm_fault_t devmap_signal(const struct vm_fault *vmf, int sig, int code, vm_fault_t other)
{
	return devmap_raise(vmf, sig, code) ? VM_FAULT_NOPAGE : other;
}

/* What a failed access becomes [D32]. */
static vm_fault_t devmap_fail(const struct vm_fault *vmf, int rc)
{
	switch (rc) {
	case DEVMAP_NO_MEMORY:
		return VM_FAULT_SIGBUS;
	case FC_NOMAP:
		return VM_FAULT_SIGSEGV;
	case FC_ALIGN:
		return devmap_signal(vmf, SIGBUS, BUS_ADRALN, VM_FAULT_SIGBUS);
	case FC_HWERR:
	case FC_OBJERR:
	case FC_MAKE_ERR(EIO):
		return devmap_signal(vmf, SIGBUS, BUS_OBJERR, VM_FAULT_SIGBUS);
	default:
		return devmap_signal(vmf, SIGSEGV, SEGV_ACCERR, VM_FAULT_SIGSEGV);
	}
}

static uint_t devmap_rw(const struct vm_fault *vmf)
{
	if (vmf->flags & FAULT_FLAG_WRITE)
		return DEVMAP_WRITE;
	return vmf->flags & FAULT_FLAG_INSTRUCTION ? DEVMAP_EXEC : DEVMAP_READ;
}

/* An access that a signal interrupts is made again after the handler. */
static bool devmap_is_interrupted(unsigned int flags, int rc)
{
	return rc == FC_MAKE_ERR(EINTR) && flags & FAULT_FLAG_USER;
}

/* With the mmap lock dropped nobody but the fault that comes again takes an error. */
static void devmap_ask_unlocked(struct devmap_map *map, struct devmap *h, offset_t off,
				unsigned int flags, uint_t rw)
{
	bool changed;
	int rc = devmap_ask(h, off, rw, flags & FAULT_FLAG_USER, &changed);

	if (rc && !changed && !devmap_is_interrupted(flags, rc))
		devmap_keep_answer(map, off, rc);
	devmap_unuse(h);
}

/* Returns 0 if the fault is to look again. */
static vm_fault_t devmap_ask_locked(struct devmap *h, struct vm_fault *vmf, offset_t off)
{
	bool changed;
	int rc = devmap_ask(h, off, devmap_rw(vmf), false, &changed);

	devmap_unuse(h);
	return rc && !changed ? devmap_fail(vmf, rc) : 0;
}

/**
 * struct devmap_step - what a fault has decided under the lock
 * @verdict: what to do
 * @h: the handle, in use, if that is to ask
 * @off: the user offset
 * @flags: of the fault
 * @rw: kind of access
 * @rc: the fault code, if that is to fail
 * @as: what to set up, if that is to be done
 */
struct devmap_step {
	enum devmap_verdict verdict;
	struct devmap *h;
	offset_t off;
	unsigned int flags;
	uint_t rw;
	int rc;
	struct as as;
};

static void devmap_set_up(struct devmap_map *map, struct devmap_step *step)
{
	int err = devmap_touch(&step->as);

	if (err && !devmap_is_interrupted(step->flags, FC_MAKE_ERR(err)))
		devmap_keep_answer(map, step->off, FC_MAKE_ERR(err));
}

/* Do it without the mmap lock, after which the vma may be gone. */
static vm_fault_t devmap_leave(struct devmap_map *map, struct devmap_step *step,
			       struct mm_struct *mm)
{
	devmap_map_get(map);
	mmap_read_unlock(mm);
	if (step->verdict == DEVMAP_ASK)
		devmap_ask_unlocked(map, step->h, step->off, step->flags, step->rw);
	else if (step->verdict == DEVMAP_SET_UP)
		devmap_set_up(map, step);
	else
		devmap_wait(map, step->off);
	devmap_map_put(map);
	return VM_FAULT_RETRY | VM_FAULT_MAJOR;
}

/* The same where the lock must be kept; returns 0 if the fault is to look again. */
static vm_fault_t devmap_stay(struct devmap_map *map, struct devmap_step *step,
			      struct vm_fault *vmf)
{
	vm_fault_t ret = 0;

	if (step->verdict == DEVMAP_ASK)
		ret = devmap_ask_locked(step->h, vmf, step->off);
	else
		devmap_wait(map, step->off);
	if (!ret && fatal_signal_pending(current))
		ret = VM_FAULT_SIGBUS;
	return ret;
}

/* One thread sets up, others wait; where the mmap lock is kept, the fault fails. */
static void devmap_decide_setup(struct devmap_map *map, const struct vm_fault *vmf,
				struct devmap_step *step)
{
	if (!devmap_may_leave(vmf))
		return;
	step->verdict = DEVMAP_WAIT;
	if (devmap_may_wait(vmf) && devmap_touch_begin(map, vmf->vma, step->off, &step->as))
		step->verdict = DEVMAP_SET_UP;
}

/* Decide, and enter the page if that is all; returns 0 if it is not. */
static vm_fault_t devmap_decide_step(struct devmap_map *map, struct vm_fault *vmf,
				     struct devmap_step *step)
{
	struct devmap *h;

	lockdep_assert_held(&map->lock);
	h = devmap_find(map, step->off);
	step->verdict = devmap_decide(h, vmf, step->off, &step->rc);
	if (!h && map->family->on_touch)
		devmap_decide_setup(map, vmf, step);
	if (step->verdict == DEVMAP_ENTER)
		return devmap_enter(h, vmf, step->off);
	if (step->verdict == DEVMAP_ASK && devmap_may_wait(vmf)) {
		atomic_inc(&h->users);
		step->h = h;
	}
	return 0;
}

/* One look; returns 0 if it takes another. */
static vm_fault_t devmap_look(struct devmap_map *map, struct vm_fault *vmf, offset_t off)
{
	struct devmap_step step = { .off = off, .flags = vmf->flags, .rw = devmap_rw(vmf) };
	vm_fault_t ret;

	down_read(&map->lock);
	ret = devmap_decide_step(map, vmf, &step);
	up_read(&map->lock);
	if (ret)
		return ret;
	if (step.verdict == DEVMAP_FAIL)
		return devmap_fail(vmf, step.rc);
	if (!devmap_may_wait(vmf))
		return VM_FAULT_RETRY;
	if (devmap_may_leave(vmf))
		return devmap_leave(map, &step, vmf->vma->vm_mm);
	return devmap_stay(map, &step, vmf);
}

static vm_fault_t devmap_fault(struct devmap_map *map, struct vm_fault *vmf, offset_t off)
{
	vm_fault_t ret;
	int rc;

	if (devmap_take_answer(map, off, vmf->flags, &rc))
		return devmap_fail(vmf, rc);
	do {
		ret = devmap_look(map, vmf, off);
		cond_resched();
	} while (!ret);
	return ret;
}

vm_fault_t devmap_vm_fault(struct vm_fault *vmf)
{
	struct devmap_map *map = vmf->vma->vm_private_data;
	unsigned long address = vmf->address;
	offset_t off = (offset_t)vmf->pgoff << PAGE_SHIFT;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	/* A fork that had no memory for it. */
	if (map) {
		off += map->bias;
		ret = devmap_fault(map, vmf, off);
	}
	trace_fault(address, off, write, (__force unsigned int)ret);
	return ret;
}
