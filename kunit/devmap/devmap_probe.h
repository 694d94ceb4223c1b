/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devmap_probe.h - /dev/ddi_probe: what the guest programs ask of the driver
 *
 * The device does what it is told: it allocates objects into numbered slots,
 * serves the next mmap by a plan, and keeps a log of its callbacks. Handles
 * have numbers from 1 on, in the order in which the driver met them.
 */
#ifndef _DDI_DEVMAP_PROBE_H
#define _DDI_DEVMAP_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PROBE_PATH	"/dev/ddi_probe"
#define WINLOCK_PATH	"/dev/ddi_winlock"
#define PROBE_SLOTS	8
#define PROBE_PIECES	4
#define PROBE_EVENTS	64

/* struct probe_args.flags of PROBE_OWN */
enum { PROBE_OWN_BLOCK, PROBE_OWN_VMALLOC, PROBE_OWN_SLAB };

/* Register sets: what the driver's Linux half says of each number. */
enum {
	PROBE_REGS,		/* PROBE_REGS_PAGES pages, which are memory */
	PROBE_REGS_ODD,		/* half a page into these, two pages long */
	PROBE_REGS_OTHER,	/* two pages of another device */
	PROBE_REGS_HPET,	/* the timer of a PC, where there is one */
	PROBE_REGS_NONE
};

#define PROBE_REGS_PAGES	4

/* The number of an operation's argument that is not a slot: a NULL cookie. */
#define PROBE_NO_SLOT	(~0U)

struct probe_args {
	__u32 handle;
	__u32 slot;
	__u64 off;
	__u64 len;
	__u64 addr;
	__u32 maxprot;
	__u32 flags;
	__s64 result;	/* what the call under test returned */
};

/* What devmap(9E) does at its n-th call. */
struct probe_piece {
	__u32 slot;
	__u32 flags;	/* of devmap_umem_setup() */
	__u32 maxprot;	/* 0: all */
	__u32 own_access;	/* a devmap_access(9E) unlike the others' */
	__u64 off;
	__u64 len;	/* 0: what was asked for */
	__u64 maplen;	/* PROBE_ALL: what was asked for */
	__u32 regs;	/* PROBE_REGS... + 1: devmap_devmem_setup() */
	__u32 pad;
};

#define PROBE_ALL	(~0ULL)

enum { PROBE_MAP = 1, PROBE_ACCESS = 2, PROBE_DUP = 4, PROBE_UNMAP = 8 };

enum probe_policy {
	PROBE_DEFAULT,		/* devmap_default_access() */
	PROBE_LOAD_ALL,		/* devmap_load() of the whole handle */
	PROBE_LOAD_FIRST,	/* as default, and handle 1 as well */
	PROBE_EXCLUSIVE,	/* one process at a time */
	PROBE_REFUSE,
	PROBE_LOAD_OUTSIDE,	/* past the end of the handle */
	PROBE_ANSWER,		/* load nothing, return plan.answer */
	PROBE_LOAD_UNLOAD,	/* load, and unload again */
	PROBE_SLEEP,		/* sleep until a signal, then FC_MAKE_ERR(EINTR); once */
	/* Hostile or careless drivers; each loads the page afterwards. */
	PROBE_TOUCH,		/* touch the page itself */
	PROBE_MUNMAP,		/* unmap the page, as the process could */
	PROBE_SHOW,		/* show slot 1 instead */
	PROBE_CUT_OFF,		/* make the handle invalid */
	PROBE_FREE,		/* free slot 0 */
	PROBE_SWITCH,		/* devmap_do_ctxmgt(); each handle has a byte of context */
};

/* The devmap(9E) entry, in plan.hold */
#define PROBE_ENTRY	16
/* devmap_contextmgt(9E), there and in events */
#define PROBE_CTXMGT	32
/* The Linux half, when it has just said where registers are; in plan.hold */
#define PROBE_RESOLVE	64

/* Which call fails; the n-th of its kind where that is counted. */
enum probe_fault { PROBE_NONE, PROBE_FAIL_ENTRY, PROBE_NO_SETUP, PROBE_SETUP_TWICE,
		   PROBE_FAIL_MAP, PROBE_FAIL_DUP, PROBE_INVALID_DUP };

struct probe_plan {
	struct probe_piece piece[PROBE_PIECES];
	__u32 pieces;		/* the last one serves all further calls */
	__u32 callbacks;
	__u32 policy;
	__u32 fault;
	__u32 fault_at;		/* from 0 */
	__u32 native;		/* ddi_umem_mmap() of piece 0 */
	__u32 segmap_len;	/* segmap(9E) refuses other lengths; 0: no segmap */
	__u32 answer;
	__u32 on_touch;		/* set up on first touch */
	__u32 hold;		/* PROBE_*: these callbacks wait until it is cleared */
	__u32 hold_at;		/* the first devmap(9E) entry that waits, from 0 */
	__u32 ticks;		/* devmap_set_ctx_timeout(); 0: not called */
};

struct probe_event {
	__u32 op;
	__u32 handle;
	__u64 off;
	__u64 len;
	__u64 pvt;
	__u32 new1;
	__u32 new2;
	__u64 pvt1;
	__u64 pvt2;
	__u32 flags;	/* of map */
	__u32 rw;	/* of access */
	__u32 live;	/* dh_cookie was set */
	__u32 model;
	__u64 as;	/* dh_seg->s_as */
	__u64 new_as;
	__u64 time;	/* jiffies at the end of ctxmgt */
};

struct probe_log {
	__u32 count;	/* all that happened, also beyond the table */
	__u32 pad;
	struct probe_event event[PROBE_EVENTS];
};

#define PROBE_IOC_RESET		_IO('U', 0)
#define PROBE_IOC_ALLOC		_IOWR('U', 1, struct probe_args)
#define PROBE_IOC_OWN		_IOWR('U', 2, struct probe_args)
#define PROBE_IOC_FREE		_IOWR('U', 3, struct probe_args)
#define PROBE_IOC_PLAN		_IOW('U', 4, struct probe_plan)
#define PROBE_IOC_LOG		_IOR('U', 5, struct probe_log)
#define PROBE_IOC_REMAP		_IOWR('U', 6, struct probe_args)
#define PROBE_IOC_DEVMEM	_IOWR('U', 7, struct probe_args)	/* of set .slot */
#define PROBE_IOC_UNLOAD	_IOWR('U', 8, struct probe_args)
#define PROBE_IOC_LOAD		_IOWR('U', 9, struct probe_args)
#define PROBE_IOC_PEEK		_IOWR('U', 10, struct probe_args)
#define PROBE_IOC_POKE		_IOWR('U', 11, struct probe_args)
#define PROBE_IOC_MMAP		_IOWR('U', 12, struct probe_args)
#define PROBE_IOC_IS_HELD	_IOWR('U', 16, struct probe_args)
#define PROBE_IOC_INVALID_ALL	_IOWR('U', 15, struct probe_args)	/* each known handle */
#define PROBE_IOC_UMEM_HOLD	_IOWR('U', 20, struct probe_args)	/* 0 if it worked */
#define PROBE_IOC_UMEM_RELEASE	_IOWR('U', 21, struct probe_args)
/* ddi_umem_lock(), or umem_lockmemory() for long */
#define PROBE_IOC_LOCK		_IOWR('U', 40, struct probe_args)
/* How often the driver was called back for memory that was locked for long */
#define PROBE_IOC_CLEANUPS	_IOWR('U', 41, struct probe_args)

/* Registers, as the device sees them: a byte of PROBE_REGS. */
#define PROBE_IOC_REGS_PEEK	_IOWR('U', 50, struct probe_args)
#define PROBE_IOC_REGS_POKE	_IOWR('U', 51, struct probe_args)
/* The device of PROBE_REGS goes, and comes back. */
#define PROBE_IOC_REGS_REMOVE	_IOWR('U', 52, struct probe_args)
#define PROBE_IOC_REGS_RETURN	_IOWR('U', 53, struct probe_args)

/* Replace plan.hold by .flags; wait until a callback is held, 0 if so. */
#define PROBE_IOC_HOLD		_IOWR('U', 13, struct probe_args)
#define PROBE_IOC_AWAIT		_IOWR('U', 14, struct probe_args)

#ifdef __KERNEL__
int devmap_winlock_init(void);
void devmap_winlock_exit(void);
#endif

#endif /* _DDI_DEVMAP_PROBE_H */
