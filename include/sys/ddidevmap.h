/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/ddidevmap.h - types and constants of ddi_umem_alloc(9F) and devmap(9E)
 *
 * The functions are in <sys/sunddi.h>; what binds a devmap(9E) entry to a
 * Linux struct file_operations is in <ddi/devmap.h>.
 */
#ifndef _DDI_SYS_DDIDEVMAP_H
#define _DDI_SYS_DDIDEVMAP_H

#include <linux/mutex.h>

#include <sys/mman.h>
#include <sys/types.h>

struct as;
struct page;

typedef void *ddi_umem_cookie_t;
typedef void *devmap_cookie_t;

/* Flags of ddi_umem_alloc(); the first two equal KM_SLEEP and KM_NOSLEEP. */
#define DDI_UMEM_SLEEP		0x00	/* may sleep, never fails */
#define DDI_UMEM_NOSLEEP	0x01	/* never sleeps, may fail */
#define DDI_UMEM_PAGEABLE	0x02	/* the driver can do with pageable memory */
#define DDI_UMEM_TRASH		0x04	/* no memory: a dummy page for mappings */

/* Flags of ddi_umem_lock() and umem_lockmemory(), which alone takes the last. */
#define DDI_UMEMLOCK_READ	0x01	/* the device reads the memory */
#define DDI_UMEMLOCK_WRITE	0x02	/* the device writes the memory */
#define DDI_UMEMLOCK_LONGTERM	0x04	/* held beyond a single operation */

#define UMEM_CALLBACK_VERSION	1

/**
 * struct umem_callback_ops - what a driver wants to hear of locked user memory
 * @cbo_umem_callback_version: UMEM_CALLBACK_VERSION
 * @cbo_umem_lock_cleanup: the process unmapped the memory, or is gone
 */
struct umem_callback_ops {
	int cbo_umem_callback_version;
	void (*cbo_umem_lock_cleanup)(ddi_umem_cookie_t cookie);
};

/* ddi_umem_cookie.type */
#define KMEM_PAGEABLE		0x100
#define KMEM_NON_PAGEABLE	0x200
#define UMEM_LOCKED		0x400
#define UMEM_TRASH		0x800

/**
 * struct ddi_umem_cookie - what a ddi_umem_cookie_t points to
 * @size: bytes, whole pages
 * @cvaddr: kernel address, user address for UMEM_LOCKED; unused for UMEM_TRASH
 * @lock: for the driver
 * @type: KMEM_PAGEABLE, KMEM_NON_PAGEABLE, UMEM_LOCKED or UMEM_TRASH
 * @pparray: pages of UMEM_LOCKED memory
 * @procp: process of UMEM_LOCKED memory
 * @asp: address space of UMEM_LOCKED memory
 * @s_flags: direction of UMEM_LOCKED memory
 * @locked: whether pages are locked
 * @callbacks: for UMEM_LOCKED memory
 * @cook_refcnt: the driver's count of users, of a cookie that it made itself
 * @unl_forw: links UMEM_LOCKED cookies
 * @upd_max_lock_rctl: accounting of UMEM_LOCKED memory
 *
 * A driver may make a cookie of its own, for memory that it got elsewhere: it
 * zeroes the structure, sets @type to KMEM_NON_PAGEABLE, @cvaddr and @size,
 * and passes it to devmap_umem_setup(). Such memory must consist of pages
 * that each have a reference count (alloc_pages_exact(), vmalloc(), compound
 * pages, single pages) and must stay until its mappings are gone. It is never
 * passed to ddi_umem_free(). [contract U20, U21]
 */
struct ddi_umem_cookie {
	size_t size;
	caddr_t cvaddr;
	struct mutex lock;	/* guards nothing here */
	uint_t type;
	struct page **pparray;
	void *procp;
	struct as *asp;
	uint_t s_flags;
	uint_t locked;
	struct umem_callback_ops callbacks;
	ulong_t cook_refcnt;
	struct ddi_umem_cookie *unl_forw;
	uint_t upd_max_lock_rctl;
};

/* Flags of devmap_umem_setup(); at most one IOMEM_DATA_* bit. */
#define DEVMAP_DEFAULTS		0x00
#define DEVMAP_MAPPING_INVALID	0x01	/* every access fails until a remap */
#define DEVMAP_ALLOW_REMAP	0x02	/* the handle may be remapped */
#define DEVMAP_USE_PAGESIZE	0x04	/* accepted, ignored */
#define DEVMAP_SETUP_FLAGS	0x07

#define IOMEM_DATA_CACHED	0x10000
#define IOMEM_DATA_UC_WR_COMBINE 0x20000 /* memory stays cached [X21] */
#define IOMEM_DATA_UNCACHED	0x40000	/* memory stays cached [X21] */
#define IOMEM_DATA_MASK		0xf0000

/* Access types and kinds, for devmap_access(9E), devmap_load() and others. */
#define DEVMAP_ACCESS	0
#define DEVMAP_PROT	1
#define DEVMAP_LOCK	2
#define DEVMAP_UNLOCK	3

#define DEVMAP_OTHER	0
#define DEVMAP_READ	1
#define DEVMAP_WRITE	2
#define DEVMAP_EXEC	3
#define DEVMAP_CREATE	4

/* devmap(9E)'s model argument: the data model of the mapping process. */
#define DDI_MODEL_NONE	0x00000000
#define DDI_MODEL_MASK	0x0ff00000
#define DDI_MODEL_ILP32	0x00100000
#define DDI_MODEL_LP64	0x00200000

/* What devmap_load() and devmap_unload() return when they fail. */
#define FC_HWERR	1
#define FC_ALIGN	2
#define FC_OBJERR	3
#define FC_PROT		4
#define FC_NOMAP	5
#define FC_NOSUPPORT	6
#define FC_MAKE_ERR(e)	(((e) << 8) | FC_OBJERR)

#define DEVMAP_OPS_REV	1

/**
 * struct devmap_callback_ctl - a driver's devmap callbacks
 * @devmap_rev: DEVMAP_OPS_REV; not checked
 * @devmap_map: a handle was mapped; may set the private pointer *pvtp.
 *	Non-zero fails the mmap with ENXIO.
 * @devmap_access: a page of a handle was touched for the first time, or
 *	after devmap_unload(). Must load it, with devmap_default_access() or
 *	devmap_load(), and return their value.
 * @devmap_dup: the process forked; may set the private pointer of the new
 *	handle, which starts equal to the old one's. After non-zero every access
 *	of the child to the mapping raises SIGBUS.
 * @devmap_unmap: a handle, or the given part of it, was unmapped. new1 is what
 *	is left below that part, new2 above it, or NULL; the surviving pieces
 *	keep their private pointer unless *pvtp1, *pvtp2 are set. Where only one
 *	piece survives it is the old handle itself.
 *
 * Any of them may be NULL. Offsets are the user's, as devmap(9E) got them;
 * lengths are bytes. All are called in process context without any lock of this
 * module. devmap_access runs without the process's mmap lock, unless the access is
 * by /proc/PID/mem, process_vm_readv(2) or a debugger; the others may run with it
 * held. With that lock held a callback must not touch user memory.
 * [contract D30-D39]
 */
struct devmap_callback_ctl {
	int devmap_rev;
	int (*devmap_map)(devmap_cookie_t dhp, ddi_dev_t dev, uint_t flags,
			  offset_t off, size_t len, void **pvtp);
	int (*devmap_access)(devmap_cookie_t dhp, void *pvtp, offset_t off,
			     size_t len, uint_t type, uint_t rw);
	int (*devmap_dup)(devmap_cookie_t dhp, void *pvtp,
			  devmap_cookie_t new_dhp, void **new_pvtp);
	void (*devmap_unmap)(devmap_cookie_t dhp, void *pvtp, offset_t off,
			     size_t len, devmap_cookie_t new_dhp1, void **new_pvtp1,
			     devmap_cookie_t new_dhp2, void **new_pvtp2);
};

/**
 * struct seg - the mapping that a handle belongs to
 * @s_base: 0
 * @s_size: 0
 * @s_as: the address space; equal for two handles of one process, and that only
 *
 * [contract D41]
 */
struct seg {
	caddr_t s_base;
	size_t s_size;
	struct as *s_as;
};

/**
 * struct devmap_handle - the part of a devmap_cookie_t that drivers read
 * @dh_uoff: user offset of the first byte, page-aligned
 * @dh_len: bytes, whole pages
 * @dh_cookie: the cookie that is mapped, NULL while the mapping is invalid
 * @dh_roff: where in the cookie the handle begins, in bytes
 * @dh_pvtp: the driver's private pointer
 * @dh_uvaddr: user address of the first byte
 * @dh_prot: PROT_* bits of the mmap call, with PROT_USER
 * @dh_orig_maxprot: PROT_* bits that the mmap and setup calls allow
 * @dh_maxprot: of these, the bits that the last remap allows
 * @dh_flags: DEVMAP_* flags of the setup call
 * @dh_callbackops: copy of the driver's callbacks
 * @dh_seg: the mapping, and in it the address space
 * @dh_pfn: 0
 * @dh_hat_attr: 0
 *
 * For reading only, in callbacks. [contract D41]
 */
typedef struct devmap_handle {
	offset_t dh_uoff;
	size_t dh_len;
	ddi_umem_cookie_t dh_cookie;
	offset_t dh_roff;
	void *dh_pvtp;
	caddr_t dh_uvaddr;
	uint_t dh_prot;
	uint_t dh_orig_maxprot;
	uint_t dh_maxprot;
	uint_t dh_flags;
	struct devmap_callback_ctl dh_callbackops;
	struct seg *dh_seg;
	ulong_t dh_pfn;
	uint_t dh_hat_attr;
} devmap_handle_t;

#endif /* _DDI_SYS_DDIDEVMAP_H */
