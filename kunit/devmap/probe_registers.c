// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe_registers.c - the devices behind /dev/ddi_probe
 *
 * The registers of one are memory, so that they can be looked at from the other
 * side. Behind them are those of another device, which stays.
 */
#include "kunit/devmap/probe_registers.h"

#include <ddi/devmap.h>

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/string.h>

#include "kunit/devmap/devmap_probe.h"

#define REGS_BYTES	((PROBE_REGS_PAGES + 2) * PAGE_SIZE)

static u8 *regs;
static bool regs_are_gone;

static void set_of_pages(struct ddi_register_set *set, size_t off, size_t len)
{
	set->start = virt_to_phys(regs + off);
	set->len = len;
	set->device = regs;
}

int probe_regs_find(uint_t rnumber, struct ddi_register_set *set)
{
	switch (rnumber) {
	case PROBE_REGS:
		set_of_pages(set, 0, PROBE_REGS_PAGES * PAGE_SIZE);
		break;
	case PROBE_REGS_ODD:
		set_of_pages(set, PAGE_SIZE / 2, 2 * PAGE_SIZE);
		break;
	case PROBE_REGS_OTHER:
		set_of_pages(set, PROBE_REGS_PAGES * PAGE_SIZE, 2 * PAGE_SIZE);
		set->device = &regs;
		return 0;
	case PROBE_REGS_HPET:
		*set = (struct ddi_register_set) { 0xfed00000, PAGE_SIZE, &regs_are_gone };
		return IS_ENABLED(CONFIG_X86) ? 0 : ENXIO;
	default:
		return ENXIO;
	}
	return READ_ONCE(regs_are_gone) ? ENODEV : 0;
}

u8 *probe_regs_at(size_t off)
{
	return &regs[off % REGS_BYTES];
}

void probe_regs_remove(void)
{
	WRITE_ONCE(regs_are_gone, true);
	ddi_devmap_cut_registers(regs);
}

void probe_regs_return(void)
{
	WRITE_ONCE(regs_are_gone, false);
}

void probe_regs_reset(void)
{
	probe_regs_return();
	memset(regs, 0, REGS_BYTES);
}

int probe_regs_init(void)
{
	regs = alloc_pages_exact(REGS_BYTES, GFP_KERNEL | __GFP_ZERO);
	return regs ? 0 : -ENOMEM;
}

void probe_regs_exit(void)
{
	free_pages_exact(regs, REGS_BYTES);
}
