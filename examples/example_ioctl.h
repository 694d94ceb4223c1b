/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * example_ioctl.h - ioctl commands of the example devices
 */
#ifndef _DDI_EXAMPLES_IOCTL_H
#define _DDI_EXAMPLES_IOCTL_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/ioctl.h>
#else
#include <sys/ioctl.h>
#endif

/*
 * /dev/rmdrv: each open is a minor device of its own, with XX_STORESIZE bytes
 * that read(2), write(2) and mmap(2) all show.  Transfers go through one
 * buffer that all minors share.  They wait for it, and signals do not end the
 * wait, unless the file was opened with O_NONBLOCK: a process that holds all of
 * the buffer would wait for itself.  Commands are numbered as on Solaris.
 */
#define XX_NMINORS	24		/* devices open at once */
#define XX_STORESIZE	(256 * 1024)	/* bytes behind each device */
#define XX_BUFSIZE	(16 * 1024)	/* bytes of the shared buffer */
#define XX_MAXSIZE	(XX_BUFSIZE / 4)	/* largest piece of a transfer */
#define XX_MAPSIZE	12		/* buffers in use at once */

#define XXIOC		('x' << 8)
#define XXIOC_MINOR	(XXIOC | 1)	/* arg: int *, which minor is this? */
#define XXIOC_HOLD	(XXIOC | 2)	/* arg: bytes of the buffer to occupy */
#define XXIOC_RELEASE	(XXIOC | 3)	/* give back all that HOLD took */

/*
 * /dev/idspace: each open is a space of identifiers of its own, empty until
 * IDS_EXTEND.  Identifiers start at 0.
 */
struct ids_range {
	unsigned int low;
	unsigned int count;
};

struct ids_stat {
	unsigned int used;
	unsigned int unused;
};

#define IDS_EXTEND	_IOW('i', 1, struct ids_range)	/* add identifiers */
#define IDS_NEXT	_IOR('i', 2, unsigned int)	/* the one after the last */
#define IDS_FIRST	_IOR('i', 3, unsigned int)	/* the lowest */
#define IDS_SPECIFIC	_IOW('i', 4, unsigned int)	/* this one, or EEXIST */
#define IDS_WAIT	_IOR('i', 5, unsigned int)	/* as IDS_NEXT, waits for one */
#define IDS_FREE	_IOW('i', 6, unsigned int)
#define IDS_STAT	_IOR('i', 7, struct ids_stat)

/*
 * /dev/ddi_native: each open may take one slot, whole pages of a buffer that
 * all opens share, and map it. write(2) leaves a note in the same buffer, in
 * place of the one before, and read(2) shows it.
 */
#define NATIVE_BUFSIZE	(1024 * 1024)
#define NATIVE_NOTESIZE	256		/* bytes of a note, at most */

#define NATIVE_TAKE	_IOW('n', 1, unsigned int)	/* bytes; ENOSPC when full */
#define NATIVE_WHERE	_IOR('n', 2, unsigned int)	/* offset inside the buffer */

/*
 * /dev/carveout0: a file takes carve-outs of a device's memory, reads and writes them
 * at their offsets, and gives them back, or is closed. A new one is zeroed. CARVE_TAKE
 * fails with ENOSPC if there is no space, with ETIMEDOUT after wait_ms without.
 */
#define CARVE_QUANTUM	256		/* bytes; the least alignment */

struct carve_take {
	__u32 size;		/* bytes */
	__u32 align;		/* a power of two, or 0 */
	__u32 low;		/* the lowest offset for the start */
	__u32 high;		/* the first one that is no part of it; 0: no limit */
	__u32 wait_ms;		/* how long to wait for space */
	__u32 offset;		/* set to where it starts */
};

#define CARVE_TAKE	_IOWR('c', 1, struct carve_take)
#define CARVE_GIVE	_IOW('c', 2, unsigned int)	/* its offset */

/*
 * /dev/ddi_cold: each open has a buffer of its own, which read(2), write(2) and
 * mmap(2) show. With O_NONBLOCK an open fails with ENOMEM where it would wait
 * for memory, a transfer with EAGAIN where it would wait for that or for swap.
 */
#define COLD_BUFSIZE	(1024 * 1024)

/*
 * /dev/ddi_frames: one buffer, which read(2) copies and mmap(2) shows; in huge pages, where
 * the kernel has them.
 */
#define FRAMES_BUFSIZE	(8 * 1024 * 1024)

/*
 * /dev/edu0: each open is a minor device of its own, with EDU_STORESIZE bytes
 * that read(2), write(2) and mmap(2) show. A transfer goes through the device's
 * own memory, which all minors share, in pieces: in by DMA, and out by DMA. Where
 * address, offset and length are whole pages, the device reads and writes the
 * memory of the process itself. Signals do not end a transfer. EDUIOC_REGION
 * locks memory of the process for long, until the process unmaps it;
 * EDUIOC_SEND and EDUIOC_FETCH move data between the region and the store.
 * mmap(2) at EDU_REGISTERS shows the device's registers, for reading: a process that
 * could write there would tell the DMA engine which memory to read.
 * Once the device has gone, every call is ENODEV.
 */
#define EDU_NMINORS	24		/* open at once, on all devices */
#define EDU_STORESIZE	(64 * 1024)	/* bytes behind each minor device */
#define EDU_REGISTERS	(1024 * 1024)	/* offset of the registers, in mmap(2) */
#define EDU_MAXSIZE	2048		/* largest piece */
#define EDU_NREQS	6		/* pieces under way at once */

struct edu_region {
	__u64 addr;		/* whole pages */
	__u64 len;		/* 0: no region any more */
};

struct edu_move {
	__u64 region_off;
	__u64 store_off;
	__u64 len;
};

#define EDUIOC			('e' << 8)
#define EDUIOC_FACTORIAL	(EDUIOC | 1)	/* arg: __u32 *, replaced */
#define EDUIOC_REGION		(EDUIOC | 2)	/* arg: struct edu_region * */
#define EDUIOC_SEND		(EDUIOC | 3)	/* arg: struct edu_move * */
#define EDUIOC_FETCH		(EDUIOC | 4)	/* the same, the other way */

#endif /* _DDI_EXAMPLES_IOCTL_H */
