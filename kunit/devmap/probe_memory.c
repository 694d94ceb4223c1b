// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_memory.c - the memory of /dev/ddi_probe, in numbered slots
 *
 * A slot has memory of ddi_umem_alloc(), memory that this driver has made a
 * cookie for, or locked memory of a process.
 */
#include "kunit/devmap/probe_memory.h"

#include <ddi/umem.h>
#include <sys/esunddi.h>

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

struct probe_slot {
	ddi_umem_cookie_t cookie;
	bool own;
	u32 kind;
	struct ddi_umem_cookie self;	/* made by this driver [U21] */
};

/* Guards the slots, and what the driver keeps of its handles. */
DEFINE_MUTEX(probe_lock);

static struct probe_slot slots[PROBE_SLOTS];

ddi_umem_cookie_t probe_cookie(u32 slot)
{
	return slot < PROBE_SLOTS ? slots[slot].cookie : NULL;
}

static void *own_memory(u32 kind, size_t size)
{
	switch (kind) {
	case PROBE_OWN_BLOCK:
		return alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);
	case PROBE_OWN_VMALLOC:
		return vzalloc(size);
	default:
		return kzalloc(size, GFP_KERNEL);
	}
}

static void free_own_memory(struct probe_slot *s)
{
	switch (s->kind) {
	case PROBE_OWN_BLOCK:
		free_pages_exact(s->self.cvaddr, s->self.size);
		break;
	case PROBE_OWN_VMALLOC:
		vfree(s->self.cvaddr);
		break;
	default:
		kfree(s->self.cvaddr);
	}
}

static void empty_slot(struct probe_slot *s)
{
	if (s->own)
		free_own_memory(s);
	else
		ddi_umem_free(s->cookie);
	*s = (struct probe_slot) { };
}

void probe_free_first(void)
{
	mutex_lock(&probe_lock);
	if (slots[0].cookie)
		empty_slot(&slots[0]);
	mutex_unlock(&probe_lock);
}

static void make_own(struct probe_slot *s, struct probe_args *a)
{
	s->own = true;
	s->kind = a->flags;
	s->self.type = KMEM_NON_PAGEABLE;
	s->self.size = a->len;
	s->self.cvaddr = own_memory(a->flags, a->len);
	s->cookie = &s->self;
}

static atomic_t cleanups;

/* The process has unmapped what it had locked for long, or has gone. */
static void probe_cleanup(ddi_umem_cookie_t cookie)
{
	int i;

	mutex_lock(&probe_lock);
	for (i = 0; i < PROBE_SLOTS; i++)
		if (slots[i].cookie == cookie)
			empty_slot(&slots[i]);
	mutex_unlock(&probe_lock);
	atomic_inc(&cleanups);
}

static int lock_memory(const struct probe_args *a, ddi_umem_cookie_t *cookie)
{
	struct umem_callback_ops ops = { UMEM_CALLBACK_VERSION, probe_cleanup };
	caddr_t addr = (caddr_t)(unsigned long)a->addr;

	if (a->flags & DDI_UMEMLOCK_LONGTERM)
		return umem_lockmemory(addr, a->len, a->flags, cookie, &ops, NULL);
	return ddi_umem_lock(addr, a->len, a->flags, cookie);
}

/* Outside of probe_lock, since it waits for the process's mmap lock. */
void probe_lock_user(struct probe_args *a)
{
	struct probe_slot *s = &slots[a->slot % PROBE_SLOTS];
	ddi_umem_cookie_t cookie;

	a->result = lock_memory(a, &cookie);
	if (!cookie)
		return;
	mutex_lock(&probe_lock);
	if (s->cookie)
		empty_slot(s);
	s->cookie = cookie;
	mutex_unlock(&probe_lock);
}

static u8 *byte_at(struct ddi_umem_cookie *c, size_t off)
{
	struct page *page;

	if (c->type != UMEM_LOCKED)
		return c->cvaddr + off;
	return ddi_umem_pages(c, off, 1, &page) ? NULL : page_address(page) + offset_in_page(off);
}

void probe_memory_command(unsigned int cmd, struct probe_args *a)
{
	struct probe_slot *s = &slots[a->slot % PROBE_SLOTS];
	struct ddi_umem_cookie *c = s->cookie;

	lockdep_assert_held(&probe_lock);
	switch (cmd) {
	case PROBE_IOC_ALLOC:
		ddi_umem_alloc(a->len, a->flags, &s->cookie);
		a->result = s->cookie ? 0 : -1;
		break;
	case PROBE_IOC_OWN:
		make_own(s, a);
		break;
	case PROBE_IOC_FREE:
		empty_slot(s);
		break;
	case PROBE_IOC_PEEK:
		a->result = *byte_at(c, a->off);
		break;
	case PROBE_IOC_POKE:
		*byte_at(c, a->off) = a->flags;
		break;
	case PROBE_IOC_CLEANUPS:
		a->result = atomic_read(&cleanups);
		break;
	case PROBE_IOC_UMEM_HOLD:
		a->result = ddi_umem_hold(c, DDI_UMEM_SLEEP) ? 0 : -1;
		break;
	case PROBE_IOC_UMEM_RELEASE:
		ddi_umem_release(c);
		break;
	case PROBE_IOC_IS_HELD:
		a->result = ddi_umem_is_held(c, a->off, a->len);
		break;
	}
}

void probe_memory_reset(void)
{
	int i;

	for (i = 0; i < PROBE_SLOTS; i++)
		if (slots[i].cookie)
			empty_slot(&slots[i]);
	atomic_set(&cleanups, 0);
}
