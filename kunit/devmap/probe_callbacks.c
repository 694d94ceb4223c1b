// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_callbacks.c - the callbacks of /dev/ddi_probe: good, careless and hostile
 *
 * They are called inside the mmap lock, so user memory is not touched under
 * probe_lock.
 */
#include "kunit/devmap/probe_callbacks.h"

#include <ddi/devmap.h>

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kunit/devmap/probe_log.h"
#include "kunit/devmap/probe_memory.h"
#include "kunit/devmap/probe_plan.h"
#include "kunit/devmap/probe_registers.h"

static unsigned int map_calls, dup_calls, access_calls;
static devmap_cookie_t owner;		/* of PROBE_EXCLUSIVE and PROBE_SWITCH */
static u8 contexts[PROBE_NUMBERS];	/* by the number of the handle */

/* As a driver does whose device holds the state of one process. */
static int probe_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			uint_t type, uint_t rw)
{
	devmap_handle_t *h = dhp, *old;
	u8 *reg = probe_regs_at(0);
	int rc;

	probe_hold(PROBE_CTXMGT);
	if (probe_plan.answer)
		return (int)probe_plan.answer;
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
	probe_record(dhp, (struct probe_event) {
		.op = PROBE_CTXMGT, .off = off, .len = len, .rw = rw,
		.pvt = (unsigned long)pvtp, .flags = type, .time = get_jiffies_64(),
	}, NULL, NULL);
	mutex_unlock(&probe_lock);
	return rc;
}

static int probe_map(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags,
		     offset_t off, size_t len, void **pvtp)
{
	if (probe_plan.fault == PROBE_FAIL_MAP && map_calls++ == probe_plan.fault_at)
		return -1;
	*pvtp = (void *)(100UL + probe_number(dhp));
	if (probe_plan.ticks)
		devmap_set_ctx_timeout(dhp, probe_plan.ticks);
	probe_record(dhp, (struct probe_event) {
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
		probe_hold_until_signal();
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

	switch (probe_plan.policy) {
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
	devmap_handle_t *h = dhp, *first = probe_handle(1);

	probe_record(dhp, (struct probe_event) {
		.op = PROBE_ACCESS, .off = off, .len = len, .rw = rw,
		.pvt = (unsigned long)pvtp, .flags = type,
	}, NULL, NULL);
	probe_hold(PROBE_ACCESS);
	switch (probe_plan.policy) {
	case PROBE_ANSWER:
		return (int)probe_plan.answer;
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

	if (probe_plan.fault == PROBE_FAIL_DUP && dup_calls++ == probe_plan.fault_at)
		return -1;
	probe_record(dhp, (struct probe_event) {
		.op = PROBE_DUP, .off = h->dh_uoff, .len = h->dh_len,
		.pvt = (unsigned long)pvtp, .pvt1 = (unsigned long)*new_pvtp,
	}, new_dhp, NULL);
	probe_hold(PROBE_DUP);
	*new_pvtp = (void *)(200UL + probe_number(new_dhp));
	if (probe_plan.fault == PROBE_INVALID_DUP)
		return devmap_devmem_remap(new_dhp, NULL, 0, 0, h->dh_len, PROT_ALL,
					   DEVMAP_MAPPING_INVALID, NULL);
	return 0;
}

static void probe_unmap(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
			devmap_cookie_t new1, void **pvtp1,
			devmap_cookie_t new2, void **pvtp2)
{
	probe_record(dhp, (struct probe_event) {
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
		probe_forget(dhp);
	mutex_unlock(&probe_lock);
}

struct devmap_callback_ctl probe_callbacks(bool own_access)
{
	u32 kinds = probe_plan.callbacks;
	struct devmap_callback_ctl cb = {
		.devmap_rev = DEVMAP_OPS_REV,
		.devmap_map = kinds & PROBE_MAP ? probe_map : NULL,
		.devmap_access = kinds & PROBE_ACCESS ? probe_access : NULL,
		.devmap_dup = kinds & PROBE_DUP ? probe_dup : NULL,
		.devmap_unmap = kinds & PROBE_UNMAP ? probe_unmap : NULL,
	};

	if (own_access)
		cb.devmap_access = probe_other_access;
	return cb;
}

void probe_callbacks_begin(void)
{
	map_calls = 0;
}

void probe_callbacks_reset(void)
{
	dup_calls = 0;
	access_calls = 0;
	owner = NULL;
	memset(contexts, 0, sizeof(contexts));
}
