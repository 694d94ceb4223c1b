// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_log.c - what /dev/ddi_probe remembers: numbers of its handles, its calls
 */
#include "kunit/devmap/probe_log.h"

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#define PROBE_HANDLES	(PROBE_NUMBERS - 1)

/* Guards the numbers of handles and the log. */
static DEFINE_SPINLOCK(log_lock);
static devmap_cookie_t handles[PROBE_HANDLES];
static unsigned int nr_handles;
static struct probe_log events;

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

u32 probe_number(devmap_cookie_t dhp)
{
	u32 n;

	spin_lock(&log_lock);
	n = number_of(dhp);
	spin_unlock(&log_lock);
	return n;
}

devmap_cookie_t probe_handle(u32 number)
{
	devmap_cookie_t dhp;

	spin_lock(&log_lock);
	dhp = number && number <= nr_handles ? handles[number - 1] : NULL;
	spin_unlock(&log_lock);
	return dhp;
}

void probe_forget(devmap_cookie_t dhp)
{
	u32 n;

	spin_lock(&log_lock);
	n = number_of(dhp);
	if (n)
		handles[n - 1] = NULL;
	spin_unlock(&log_lock);
}

void probe_record(devmap_cookie_t dhp, struct probe_event e,
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

long probe_take_log(void __user *arg)
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

void probe_log_reset(void)
{
	spin_lock(&log_lock);
	nr_handles = 0;
	events.count = 0;
	spin_unlock(&log_lock);
}
