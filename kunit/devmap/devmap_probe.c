// SPDX-License-Identifier: GPL-2.0-only
/*
 * devmap_probe.c - /dev/ddi_probe, a ported driver that does what it is told
 *
 * It lets the programs in guest/ see devmap from user space. Here are its entries:
 * devmap(9E), segmap(9E), mmap and ioctl.
 */
#include "kunit/devmap/devmap_probe.h"

#include <ddi/devmap.h>
#include <ddi/umem.h>
#include <sys/sunddi.h>

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "kunit/devmap/probe_callbacks.h"
#include "kunit/devmap/probe_log.h"
#include "kunit/devmap/probe_memory.h"
#include "kunit/devmap/probe_plan.h"
#include "kunit/devmap/probe_registers.h"

static unsigned int entry_calls;

static int probe_registers(ddi_dev_t dev, dev_info_t *dip, uint_t rnumber,
			   struct ddi_register_set *set)
{
	int rc = dev == PROBE_DEV ? probe_regs_find(rnumber, set) : ENODEV;

	probe_hold(PROBE_RESOLVE);
	return rc;
}

static int probe_setup(devmap_cookie_t dhp, const struct probe_piece *p, size_t len)
{
	struct devmap_callback_ctl cb = probe_callbacks(p->own_access);
	struct devmap_callback_ctl *callbacks = probe_plan.callbacks ? &cb : NULL;

	if (p->regs)
		return devmap_devmem_setup(dhp, NULL, callbacks, p->regs - 1, p->off,
					   p->len ?: len, p->maxprot ?: PROT_ALL,
					   p->flags, NULL);
	return devmap_umem_setup(dhp, NULL, callbacks, probe_cookie(p->slot), p->off,
				 p->len ?: len, p->maxprot ?: PROT_ALL, p->flags, NULL);
}

static int probe_devmap(ddi_dev_t dev, devmap_cookie_t dhp, offset_t off,
			size_t len, size_t *maplen, uint_t model)
{
	unsigned int n = entry_calls++;
	const struct probe_piece *p = &probe_plan.piece[min(n, probe_plan.pieces - 1)];
	bool faulty = n == probe_plan.fault_at;
	int rc;

	/* Without callbacks the figures are those of devmap, not of this driver. */
	if (probe_plan.callbacks)
		probe_number(dhp);
	if (n >= probe_plan.hold_at)
		probe_hold(PROBE_ENTRY);
	if (model != (IS_ENABLED(CONFIG_64BIT) ? DDI_MODEL_LP64 : DDI_MODEL_ILP32))
		return EINVAL;
	*maplen = p->maplen == PROBE_ALL ? len : p->maplen;
	if (probe_plan.fault == PROBE_FAIL_ENTRY && faulty)
		return probe_plan.answer ?: 12345;
	if (probe_plan.fault == PROBE_NO_SETUP && faulty)
		return 0;
	rc = probe_setup(dhp, p, len);
	if (!rc && probe_plan.fault == PROBE_SETUP_TWICE && faulty)
		rc = probe_setup(dhp, p, len);
	return rc;
}

static int probe_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
			caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
			uint_t flags, cred_t *cred)
{
	if (len != probe_plan.segmap_len)
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
	probe_callbacks_begin();
	if (probe_plan.native)
		return ddi_umem_mmap(probe_cookie(probe_plan.piece[0].slot), vma,
				     (offset_t)vma->vm_pgoff << PAGE_SHIFT);
	if (probe_plan.on_touch)
		return ddi_devmap_mmap(file, vma, PROBE_DEV, &probe_touch_ops);
	return ddi_devmap_mmap(file, vma, PROBE_DEV,
			       probe_plan.segmap_len ? &probe_segmap_ops : &probe_ops);
}

static void probe_reset(void)
{
	probe_memory_reset();
	probe_plan_reset();
	probe_callbacks_reset();
	probe_regs_reset();
	probe_log_reset();
}

/* Cut off all that the driver has been told of, as one that revokes does. */
static int probe_invalidate_all(void)
{
	devmap_cookie_t dhp;
	int rc = 0;
	u32 i;

	lockdep_assert_held(&probe_lock);
	for (i = 1; i < PROBE_NUMBERS; i++) {
		dhp = probe_handle(i);
		if (dhp)
			rc |= devmap_devmem_remap(dhp, NULL, 0, 0, 0, PROT_ALL,
						  DEVMAP_MAPPING_INVALID, NULL);
	}
	return rc;
}

/* Commands on a handle, on registers, and on memory. */
static void probe_command(unsigned int cmd, struct probe_args *a)
{
	devmap_cookie_t dhp = probe_handle(a->handle);

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

static long probe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PROBE_IOC_RESET:
		mutex_lock(&probe_lock);
		probe_reset();
		mutex_unlock(&probe_lock);
		return 0;
	case PROBE_IOC_PLAN:
		return probe_set_plan((void __user *)arg);
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
