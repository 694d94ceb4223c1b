// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap_probe.c - /dev/ddi_probe, a ported driver that does what it is told
 *
 * It lets the programs in guest/ see devmap from user space. The lock is taken
 * inside the mmap lock, so user memory is not touched under it.
 */
#include "kunit/devmap/devmap_probe.h"

#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "kunit/devmap/probe_memory.h"
#include "kunit/devmap/probe_registers.h"

#define PROBE_HANDLES	1024
#define PROBE_DEV	((ddi_dev_t)0x4200000007UL)

static struct probe_plan plan;
static unsigned int entry_calls, map_calls, dup_calls, access_calls;
static devmap_cookie_t owner;		/* of PROBE_EXCLUSIVE */

/* Guards the numbers of handles and the log. */
static DEFINE_SPINLOCK(log_lock);
static devmap_cookie_t handles[PROBE_HANDLES];
static unsigned int nr_handles;
static struct probe_log events;

/* Callbacks that wait, at the worst moment. */
static DECLARE_WAIT_QUEUE_HEAD(hold_wait);
static atomic_t held;

#define HOLD_LIMIT	(20 * HZ)

static void probe_hold(u32 op)
{
	if (!(READ_ONCE(plan.hold) & op))
		return;
	atomic_inc(&held);
	wake_up_all(&hold_wait);
	wait_event_timeout(hold_wait, !(READ_ONCE(plan.hold) & op), HOLD_LIMIT);
	atomic_dec(&held);
}

static u32 number_of(devmap_cookie_t dhp)
{
	unsigned int i;

	lockdep_assert_held(&log_lock);
	if (!dhp)
		return 0;
	for (i = 0; i < nr_handles; i++)
		if (handles[i] == dhp)
			return i + 1;
	if (nr_handles < PROBE_HANDLES) {
		handles[nr_handles++] = dhp;
		return nr_handles;
	}
	/* Numbers of handles that have gone, once there are no others. */
	for (i = 0; i < PROBE_HANDLES; i++)
		if (!handles[i]) {
			handles[i] = dhp;
			return i + 1;
		}
	return 0;
}

static u32 probe_number(devmap_cookie_t dhp)
{
	u32 n;

	spin_lock(&log_lock);
	n = number_of(dhp);
	spin_unlock(&log_lock);
	return n;
}

/* The one with the number @i + 1, or NULL */
static devmap_cookie_t handle_at(unsigned int i)
{
	devmap_cookie_t dhp;

	spin_lock(&log_lock);
	dhp = i < nr_handles ? handles[i] : NULL;
	spin_unlock(&log_lock);
	return dhp;
}

/* Its memory may become another handle. */
static void forget_handle(devmap_cookie_t dhp)
{
	u32 n;

	spin_lock(&log_lock);
	n = number_of(dhp);
	if (n)
		handles[n - 1] = NULL;
	spin_unlock(&log_lock);
}

static void record(devmap_cookie_t dhp, struct probe_event e,
		   devmap_cookie_t new1, devmap_cookie_t new2)
{
	devmap_handle_t *h = dhp;

	spin_lock(&log_lock);
	e.handle = number_of(dhp);
	e.new1 = number_of(new1);
	e.new2 = number_of(new2);
	e.live = !!h->dh_cookie;
	e.as = (unsigned long)h->dh_seg->s_as;
	if (new1)
		e.new_as = (unsigned long)((devmap_handle_t *)new1)->dh_seg->s_as;
	if (events.count < PROBE_EVENTS)
		events.event[events.count] = e;
	events.count++;
	spin_unlock(&log_lock);
}

static int probe_registers(ddi_dev_t dev, dev_info_t *dip, uint_t rnumber,
			   struct ddi_register_set *set)
{
	int rc = dev == PROBE_DEV ? probe_regs_find(rnumber, set) : ENODEV;

	probe_hold(PROBE_RESOLVE);
	return rc;
}

static u8 contexts[PROBE_HANDLES + 1];	/* by handle */

/* As a driver does whose device holds the state of one process. */
static int probe_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			uint_t type, uint_t rw)
{
	devmap_handle_t *h = dhp, *old;
	u8 *reg = probe_regs_at(0);
	int rc;

	probe_hold(PROBE_CTXMGT);
	if (plan.answer)
		return (int)plan.answer;
	mutex_lock(&probe_lock);
	old = owner;
	if (old && old != h) {
		devmap_unload(old, old->dh_uoff, 0);
		contexts[probe_number(old)] = *reg;
	}
	if (old != h)
		*reg = contexts[probe_number(h)];
	owner = h;
	rc = devmap_load(dhp, h->dh_uoff, 0, type, rw);
	record(dhp, (struct probe_event) {
		.op = PROBE_CTXMGT, .off = off, .len = len, .rw = rw,
		.pvt = (unsigned long)pvtp, .flags = type, .time = get_jiffies_64(),
	}, NULL, NULL);
	mutex_unlock(&probe_lock);
	return rc;
}

static int probe_map(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags,
		     offset_t off, size_t len, void **pvtp)
{
	if (plan.fault == PROBE_FAIL_MAP && map_calls++ == plan.fault_at)
		return -1;
	*pvtp = (void *)(100UL + probe_number(dhp));
	if (plan.ticks)
		devmap_set_ctx_timeout(dhp, plan.ticks);
	record(dhp, (struct probe_event) {
		.op = PROBE_MAP, .off = off, .len = len, .flags = flags,
		.pvt = (unsigned long)*pvtp,
		.model = dev == PROBE_DEV,
	}, NULL, NULL);
	return 0;
}

static int probe_exclusive(devmap_cookie_t dhp, offset_t off, uint_t type, uint_t rw)
{
	devmap_handle_t *h;
	int rc;

	mutex_lock(&probe_lock);
	h = owner;
	if (h && h != dhp)
		devmap_unload(h, h->dh_uoff, 0);
	owner = dhp;
	h = dhp;
	rc = devmap_load(dhp, h->dh_uoff, 0, type, rw);
	mutex_unlock(&probe_lock);
	return rc;
}

static int probe_sleep(devmap_cookie_t dhp, offset_t off, size_t len, uint_t type, uint_t rw)
{
	if (!access_calls++) {
		atomic_inc(&held);
		wake_up_all(&hold_wait);
		schedule_timeout_interruptible(HOLD_LIMIT);
		atomic_dec(&held);
		return FC_MAKE_ERR(EINTR);
	}
	return devmap_load(dhp, off, len, type, rw);
}

static int probe_load_unload(devmap_cookie_t dhp, offset_t off, size_t len, uint_t type, uint_t rw)
{
	int rc = devmap_load(dhp, off, len, type, rw);

	devmap_unload(dhp, off, len);
	return rc;
}

/* Drivers should not do this in devmap_access(9E); ddi.ko must survive it. */
static void probe_misbehave(devmap_handle_t *h, offset_t off)
{
	unsigned long addr = (unsigned long)h->dh_uvaddr + (off - h->dh_uoff);
	u8 byte;

	switch (plan.policy) {
	case PROBE_TOUCH:
		if (!get_user(byte, (u8 __user *)addr))
			pr_info("ddi_probe: read %u\n", byte);
		break;
	case PROBE_MUNMAP:
		vm_munmap(addr, PAGE_SIZE);
		break;
	case PROBE_SHOW:
		devmap_umem_remap(h, NULL, probe_cookie(1), 0, h->dh_len, PROT_ALL, 0, NULL);
		break;
	case PROBE_CUT_OFF:
		devmap_devmem_remap(h, NULL, 0, 0, h->dh_len, PROT_ALL,
				    DEVMAP_MAPPING_INVALID, NULL);
		break;
	case PROBE_FREE:
		probe_free_first();
		break;
	}
}

static int probe_access(devmap_cookie_t dhp, void *pvtp, offset_t off,
			size_t len, uint_t type, uint_t rw)
{
	devmap_handle_t *h = dhp, *first = handle_at(0);

	record(dhp, (struct probe_event) {
		.op = PROBE_ACCESS, .off = off, .len = len, .rw = rw,
		.pvt = (unsigned long)pvtp, .flags = type,
	}, NULL, NULL);
	probe_hold(PROBE_ACCESS);
	switch (plan.policy) {
	case PROBE_ANSWER:
		return (int)plan.answer;
	case PROBE_LOAD_UNLOAD:
		return probe_load_unload(dhp, off, len, type, rw);
	case PROBE_SLEEP:
		return probe_sleep(dhp, off, len, type, rw);
	case PROBE_LOAD_ALL:
		return devmap_load(dhp, h->dh_uoff, 0, type, rw);
	case PROBE_LOAD_FIRST:
		if (devmap_load(first, first->dh_uoff, 0, type, rw))
			return -1;
		break;
	case PROBE_EXCLUSIVE:
		return probe_exclusive(dhp, off, type, rw);
	case PROBE_SWITCH:
		/* The pointer is the handle's, whatever is passed [D35]. */
		return devmap_do_ctxmgt(dhp, NULL, off, len, type, rw, probe_ctxmgt);
	case PROBE_REFUSE:
		return -1;
	case PROBE_LOAD_OUTSIDE:
		return devmap_load(dhp, h->dh_uoff + h->dh_len, 1, type, rw);
	default:
		probe_misbehave(h, off);
	}
	return devmap_default_access(dhp, pvtp, off, len, type, rw);
}

static int probe_other_access(devmap_cookie_t dhp, void *pvtp, offset_t off,
			      size_t len, uint_t type, uint_t rw)
{
	return devmap_default_access(dhp, pvtp, off, len, type, rw);
}

static int probe_dup(devmap_cookie_t dhp, void *pvtp, devmap_cookie_t new_dhp,
		     void **new_pvtp)
{
	devmap_handle_t *h = new_dhp;

	if (plan.fault == PROBE_FAIL_DUP && dup_calls++ == plan.fault_at)
		return -1;
	record(dhp, (struct probe_event) {
		.op = PROBE_DUP, .off = h->dh_uoff, .len = h->dh_len,
		.pvt = (unsigned long)pvtp, .pvt1 = (unsigned long)*new_pvtp,
	}, new_dhp, NULL);
	probe_hold(PROBE_DUP);
	*new_pvtp = (void *)(200UL + probe_number(new_dhp));
	if (plan.fault == PROBE_INVALID_DUP)
		return devmap_devmem_remap(new_dhp, NULL, 0, 0, h->dh_len, PROT_ALL,
					   DEVMAP_MAPPING_INVALID, NULL);
	return 0;
}

static void probe_unmap(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			devmap_cookie_t new1, void **pvtp1,
			devmap_cookie_t new2, void **pvtp2)
{
	record(dhp, (struct probe_event) {
		.op = PROBE_UNMAP, .off = off, .len = len,
		.pvt = (unsigned long)pvtp,
		.pvt1 = pvtp1 ? (unsigned long)*pvtp1 : 0,
		.pvt2 = pvtp2 ? (unsigned long)*pvtp2 : 0,
	}, new1, new2);
	probe_hold(PROBE_UNMAP);
	if (new1 && new2)
		*pvtp2 = (void *)(300UL + probe_number(new2));
	mutex_lock(&probe_lock);
	if (owner == dhp)
		owner = NULL;
	if (!new1 && !new2)
		forget_handle(dhp);
	mutex_unlock(&probe_lock);
}

static int probe_setup(devmap_cookie_t dhp, const struct probe_piece *p, size_t len)
{
	struct devmap_callback_ctl cb = {
		.devmap_rev = DEVMAP_OPS_REV,
		.devmap_map = plan.callbacks & PROBE_MAP ? probe_map : NULL,
		.devmap_access = plan.callbacks & PROBE_ACCESS ? probe_access : NULL,
		.devmap_dup = plan.callbacks & PROBE_DUP ? probe_dup : NULL,
		.devmap_unmap = plan.callbacks & PROBE_UNMAP ? probe_unmap : NULL,
	};

	if (p->own_access)
		cb.devmap_access = probe_other_access;
	if (p->regs)
		return devmap_devmem_setup(dhp, NULL, plan.callbacks ? &cb : NULL, p->regs - 1,
					   p->off, p->len ?: len, p->maxprot ?: PROT_ALL,
					   p->flags, NULL);
	return devmap_umem_setup(dhp, NULL, plan.callbacks ? &cb : NULL,
				 probe_cookie(p->slot), p->off, p->len ?: len,
				 p->maxprot ?: PROT_ALL, p->flags, NULL);
}

static int probe_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off,
			size_t len, size_t *maplen, uint_t model)
{
	unsigned int n = entry_calls++;
	const struct probe_piece *p = &plan.piece[min(n, plan.pieces - 1)];
	bool faulty = n == plan.fault_at;
	int rc;

	/* Without callbacks the figures are those of devmap, not of this driver. */
	if (plan.callbacks)
		probe_number(dhp);
	probe_hold(PROBE_ENTRY);
	if (model != (IS_ENABLED(CONFIG_64BIT) ? DDI_MODEL_LP64 : DDI_MODEL_ILP32))
		return EINVAL;
	*maplen = p->maplen == PROBE_ALL ? len : p->maplen;
	if (plan.fault == PROBE_FAIL_ENTRY && faulty)
		return plan.answer ?: 12345;
	if (plan.fault == PROBE_NO_SETUP && faulty)
		return 0;
	rc = probe_setup(dhp, p, len);
	if (!rc && plan.fault == PROBE_SETUP_TWICE && faulty)
		rc = probe_setup(dhp, p, len);
	return rc;
}

static int probe_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
			caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
			uint_t flags, cred_t *cred)
{
	if (len != plan.segmap_len)
		return EINVAL;
	return ddi_devmap_segmap(dev, off, as, addrp, len, prot, maxprot, flags, cred);
}

static const struct ddi_devmap_ops probe_ops = {
	.devmap = probe_devmap,
	.registers = probe_registers,
};

static const struct ddi_devmap_ops probe_touch_ops = {
	.devmap = probe_devmap,
	.registers = probe_registers,
	.setup_on_touch = true,
};

static const struct ddi_devmap_ops probe_segmap_ops = {
	.devmap = probe_devmap,
	.segmap = probe_segmap,
};

static int probe_mmap(struct file *file, struct vm_area_struct *vma)
{
	entry_calls = 0;
	map_calls = 0;
	if (plan.native)
		return ddi_umem_mmap(probe_cookie(plan.piece[0].slot), vma,
				     (offset_t)vma->vm_pgoff << PAGE_SHIFT);
	if (plan.on_touch)
		return ddi_devmap_mmap(file, vma, PROBE_DEV, &probe_touch_ops);
	return ddi_devmap_mmap(file, vma, PROBE_DEV,
			       plan.segmap_len ? &probe_segmap_ops : &probe_ops);
}

static void probe_reset(void)
{
	probe_memory_reset();
	memset(&plan, 0, sizeof(plan));
	dup_calls = 0;
	access_calls = 0;
	owner = NULL;
	probe_regs_reset();
	memset(contexts, 0, sizeof(contexts));
	spin_lock(&log_lock);
	nr_handles = 0;
	events.count = 0;
	spin_unlock(&log_lock);
}

/* Cut off all that the driver has been told of, as one that revokes does. */
static int probe_invalidate_all(void)
{
	devmap_cookie_t dhp;
	unsigned int i;
	int rc = 0;

	lockdep_assert_held(&probe_lock);
	for (i = 0; i < PROBE_HANDLES; i++) {
		dhp = handle_at(i);
		if (dhp)
			rc |= devmap_devmem_remap(dhp, NULL, 0, 0, 0, PROT_ALL,
						  DEVMAP_MAPPING_INVALID, NULL);
	}
	return rc;
}

/* Commands on a handle, on registers, and on memory. */
static void probe_command(unsigned int cmd, struct probe_args *a)
{
	devmap_cookie_t dhp = a->handle ? handle_at(a->handle - 1) : NULL;

	switch (cmd) {
	case PROBE_IOC_REMAP:
		a->result = devmap_umem_remap(dhp, NULL, probe_cookie(a->slot), a->off,
					      a->len, a->maxprot, a->flags, NULL);
		break;
	case PROBE_IOC_INVALID_ALL:
		a->result = probe_invalidate_all();
		break;
	case PROBE_IOC_DEVMEM:
		a->result = devmap_devmem_remap(dhp, NULL, a->slot, a->off, a->len,
						a->maxprot, a->flags, NULL);
		break;
	case PROBE_IOC_REGS_PEEK:
		a->result = READ_ONCE(*probe_regs_at(a->off));
		break;
	case PROBE_IOC_REGS_POKE:
		WRITE_ONCE(*probe_regs_at(a->off), a->flags);
		break;
	case PROBE_IOC_REGS_REMOVE:
		probe_regs_remove();
		break;
	case PROBE_IOC_REGS_RETURN:
		probe_regs_return();
		break;
	case PROBE_IOC_UNLOAD:
		a->result = devmap_unload(dhp, a->off, a->len);
		break;
	case PROBE_IOC_LOAD:
		a->result = devmap_load(dhp, a->off, a->len, DEVMAP_ACCESS, DEVMAP_READ);
		break;
	default:
		probe_memory_command(cmd, a);
	}
}

static void probe_set_hold(u32 hold)
{
	WRITE_ONCE(plan.hold, hold);
	wake_up_all(&hold_wait);
}

static int probe_await(void)
{
	return wait_event_interruptible_timeout(hold_wait, atomic_read(&held), HOLD_LIMIT) > 0 ?
	       0 : -1;
}

static long probe_args_ioctl(struct file *file, unsigned int cmd, void __user *arg)
{
	struct probe_args a;
	caddr_t addr;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	if (cmd == PROBE_IOC_MMAP) {
		addr = (caddr_t)(unsigned long)a.addr;
		a.result = ddi_devmap_segmap(PROBE_DEV, a.off, ddi_devmap_as(file), &addr,
					     a.len, a.maxprot, a.slot ?: PROT_ALL, a.flags,
					     NULL);
		a.addr = (unsigned long)addr;
	} else if (cmd == PROBE_IOC_LOCK) {
		probe_lock_user(&a);
	} else if (cmd == PROBE_IOC_HOLD) {
		probe_set_hold(a.flags);
	} else if (cmd == PROBE_IOC_AWAIT) {
		a.result = probe_await();
	} else {
		mutex_lock(&probe_lock);
		probe_command(cmd, &a);
		mutex_unlock(&probe_lock);
	}
	return copy_to_user(arg, &a, sizeof(a)) ? -EFAULT : 0;
}

static long probe_take_log(void __user *arg)
{
	struct probe_log *copy = kmalloc(sizeof(*copy), GFP_KERNEL);
	long err;

	if (!copy)
		return -ENOMEM;
	spin_lock(&log_lock);
	*copy = events;
	events.count = 0;
	spin_unlock(&log_lock);
	err = copy_to_user(arg, copy, sizeof(*copy)) ? -EFAULT : 0;
	kfree(copy);
	return err;
}

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PROBE_IOC_RESET:
		mutex_lock(&probe_lock);
		probe_reset();
		mutex_unlock(&probe_lock);
		wake_up_all(&hold_wait);
		return 0;
	case PROBE_IOC_PLAN:
		if (copy_from_user(&plan, (void __user *)arg, sizeof(plan)))
			return -EFAULT;
		wake_up_all(&hold_wait);
		return 0;
	case PROBE_IOC_LOG:
		return probe_take_log((void __user *)arg);
	default:
		return probe_args_ioctl(file, cmd, (void __user *)arg);
	}
}

static const struct file_operations probe_fops = {
	.owner = THIS_MODULE,
	.mmap = probe_mmap,
	.unlocked_ioctl = probe_ioctl,
};

static struct miscdevice probe_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ddi_probe",
	.fops = &probe_fops,
};

static int __init probe_init(void)
{
	int err = probe_regs_init();

	if (err)
		return err;
	err = devmap_winlock_init();
	if (err)
		goto out_regs;
	err = misc_register(&probe_device);
	if (err)
		goto out_winlock;
	return 0;

out_winlock:
	devmap_winlock_exit();
out_regs:
	probe_regs_exit();
	return err;
}

static void __exit probe_exit(void)
{
	misc_deregister(&probe_device);
	devmap_winlock_exit();
	probe_reset();
	probe_regs_exit();
}

module_init(probe_init);
module_exit(probe_exit);
