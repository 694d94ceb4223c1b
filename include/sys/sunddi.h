/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/sunddi.h - ddi_umem_alloc(9F), and devmap: memory exported to user space
 *
 * A driver allocates page-aligned memory and gets a kernel address and a
 * cookie.  When a process maps the device, the driver's devmap(9E) entry says
 * with devmap_umem_setup() which cookie stands behind which offset; pages are
 * entered into the process when it touches them.  <ddi/devmap.h> binds that
 * entry to the mmap operation of a Linux file.
 */
#ifndef _DDI_SYS_SUNDDI_H
#define _DDI_SYS_SUNDDI_H

#include <sys/buf.h>
#include <sys/cmn_err.h>
#include <sys/ddidevmap.h>
#include <sys/types.h>

#define DDI_SUCCESS	0
#define DDI_FAILURE	(-1)

/* Opaque: a device node, and a process's address space. */
typedef struct dev_info dev_info_t;
typedef struct as *ddi_as_handle_t;

/* How a device wants to be accessed; ignored for memory. */
#define DDI_DEVICE_ATTR_V0	0x0001
#define DDI_DEVICE_ATTR_V1	0x0002
#define DDI_NEVERSWAP_ACC	0
#define DDI_STRUCTURE_LE_ACC	1
#define DDI_STRUCTURE_BE_ACC	2
#define DDI_STRICTORDER_ACC	0
#define DDI_UNORDERED_OK_ACC	1
#define DDI_MERGING_OK_ACC	2
#define DDI_LOADCACHING_OK_ACC	3
#define DDI_STORECACHING_OK_ACC	4
#define DDI_DEFAULT_ACC		0
#define DDI_FLAGERR_ACC		1
#define DDI_CAUTIOUS_ACC	2

/**
 * struct ddi_device_acc_attr - access attributes of device memory
 * @devacc_attr_version: DDI_DEVICE_ATTR_V0 or DDI_DEVICE_ATTR_V1
 * @devacc_attr_endian_flags: DDI_NEVERSWAP_ACC or DDI_STRUCTURE_*_ACC
 * @devacc_attr_dataorder: DDI_STRICTORDER_ACC to DDI_STORECACHING_OK_ACC
 * @devacc_attr_access: DDI_DEFAULT_ACC, DDI_FLAGERR_ACC or DDI_CAUTIOUS_ACC
 */
typedef struct ddi_device_acc_attr {
	ushort_t devacc_attr_version;
	uchar_t devacc_attr_endian_flags;
	uchar_t devacc_attr_dataorder;
	uchar_t devacc_attr_access;
} ddi_device_acc_attr_t;

/**
 * ddi_umem_alloc() - allocate page-aligned, zeroed kernel memory
 * @size: bytes; rounded up to whole pages, all of which are usable
 * @flag: DDI_UMEM_SLEEP or DDI_UMEM_NOSLEEP, with DDI_UMEM_PAGEABLE (which stays
 *	in memory until ddi_umem_release()) or DDI_UMEM_TRASH
 * @cookiep: set to the object's cookie, or to NULL on any failure
 *
 * With DDI_UMEM_NOSLEEP the memory is one physically contiguous block, which
 * gets unlikely on a fragmented machine from 64 KiB on and impossible above
 * the page allocator's largest block (4 MiB with 4 KiB pages). Instead of it
 * scattered pages are tried where the kernel can tell that the caller may be
 * preempted; that may wait for a lock, but never for memory. Otherwise
 * contiguity is not promised beyond a page.
 *
 * With DDI_UMEM_TRASH nothing is allocated but one dummy page, which every
 * page of a mapping of the cookie shows; the return value is NULL, and success
 * is told by *@cookiep.
 *
 * A live object keeps ddi.ko from being unloaded.
 *
 * Context: Process context, may sleep; with DDI_UMEM_NOSLEEP any context that
 *	may allocate memory atomically (on PREEMPT_RT not below raw spinlocks).
 * Return: the kernel address; NULL when @size is 0, with DDI_UMEM_NOSLEEP when
 *	memory is short, with DDI_UMEM_SLEEP only for a size that exceeds the
 *	machine's memory or kernel address space, which is logged.
 *
 * Defined by ddi_umem_alloc(9F); contract U1-U14, U24-U34.
 */
void *ddi_umem_alloc(size_t size, int flag, ddi_umem_cookie_t *cookiep);

/**
 * ddi_umem_free() - free what ddi_umem_alloc() allocated
 * @cookie: the object's cookie; NULL does nothing
 *
 * The kernel address is dead at once. A process that still maps the object
 * keeps the pages that it has touched; touching another raises SIGBUS. Memory
 * that cannot be unmapped where it is freed goes to a work item.
 *
 * For locked user memory this does what ddi_umem_unlock() does. A cookie that is not
 * live, such as one that was freed already, is reported as misuse.
 *
 * Context: Any. Never sleeps.
 *
 * Defined by ddi_umem_alloc(9F); contract U16-U19, U22, U33.
 */
void ddi_umem_free(ddi_umem_cookie_t cookie);

/**
 * ddi_umem_lock() - lock memory of the current process, for I/O
 * @addr: user address, page-aligned
 * @len: bytes, whole pages
 * @flags: DDI_UMEMLOCK_READ, DDI_UMEMLOCK_WRITE or both: the memory will be
 *	read, written
 * @cookiep: set to the cookie, or to NULL on any failure
 *
 * The pages stay where they are and keep their contents until they are
 * unlocked and no mapping, buf or scatterlist made of the cookie is left; the
 * process may fork, unmap the memory, truncate the file behind it, or exit.
 * They are charged to its RLIMIT_MEMLOCK that long.
 *
 * Memory that the process may write to is locked for writing whatever @flags
 * say. Memory that it may only read can be locked with DDI_UMEMLOCK_READ, and
 * must not be written by the device.
 *
 * The cookie may be passed to ddi_umem_iosetup(), devmap_umem_setup(), which
 * shows the memory to another process, and to what <ddi/umem.h> has for DMA.
 *
 * Context: Process context, may sleep; not with the mmap lock held, as in the
 *	driver's mapping entries.
 * Return: 0, or a positive errno: EINVAL for @addr, @len or @flags; EFAULT for
 *	memory that is not there, or that Linux does not lock; EACCES for lack
 *	of permission; ENOMEM for lack of memory or above the limit; EINTR for a
 *	process that is being killed.
 *
 * Defined by ddi_umem_lock(9F); contract L1-L7.
 */
int ddi_umem_lock(caddr_t addr, size_t len, int flags, ddi_umem_cookie_t *cookiep);

/**
 * ddi_umem_unlock() - unlock what ddi_umem_lock() or umem_lockmemory() locked
 * @cookie: the cookie; NULL does nothing
 *
 * The cookie is dead at once; the pages follow as ddi_umem_lock() says, from a
 * work item. A cookie that is not live and locked is reported as misuse.
 *
 * Context: Any. Never sleeps.
 *
 * Defined by ddi_umem_lock(9F); contract L8.
 */
void ddi_umem_unlock(ddi_umem_cookie_t cookie);

/**
 * ddi_umem_iosetup() - describe a transfer from or to a cookie's memory
 * @cookie: from ddi_umem_lock(), or KMEM_NON_PAGEABLE memory of ddi_umem_alloc()
 *	or the driver's own
 * @off: where in the memory, in bytes
 * @len: bytes
 * @direction: B_READ into the memory, or B_WRITE from it
 * @dev: device, for b_edev
 * @blkno: block number, for b_blkno
 * @iodone: what biodone() calls, or NULL
 * @sleepflag: DDI_UMEM_SLEEP or DDI_UMEM_NOSLEEP
 *
 * Any number of bufs may be made of a cookie. Free them with freerbuf().
 * ddi_buf_sg_alloc() makes a scatterlist of one.
 *
 * Context: Process context; with DDI_UMEM_NOSLEEP any.
 * Return: the buf; NULL for a range outside the memory, a cookie of another
 *	type, wrong arguments, and with DDI_UMEM_NOSLEEP when memory is short.
 *
 * Defined by ddi_umem_iosetup(9F); contract L20-L31.
 */
struct buf *ddi_umem_iosetup(ddi_umem_cookie_t cookie, off_t off, size_t len, int direction,
			     ddi_dev_t dev, ddi_daddr_t blkno, int (*iodone)(struct buf *bp),
			     int sleepflag);

/**
 * devmap_setup() - map a device into a process by its devmap(9E) entry
 * @dev: device number, passed to the driver's entry and devmap_map(9E)
 * @off: user offset in bytes, page-aligned
 * @as: address space handle that segmap(9E) got, or ddi_devmap_as()
 * @addrp: the mapping's address; filled in
 * @len: bytes
 * @prot: PROT_* bits of the mapping
 * @maxprot: PROT_* bits that it may ever have
 * @flags: MAP_SHARED; MAP_PRIVATE is refused
 * @cred: the caller's credentials; unused
 *
 * Calls the driver's devmap(9E) entry until @len is covered, then the
 * devmap_map(9E) callbacks. From a segmap(9E) entry the range is the one that
 * the process asked for; @off may differ from it. With ddi_devmap_as() a new
 * mapping is made in the current process.
 *
 * Context: Process context, may sleep.
 * Return: 0, or a positive errno: EINVAL for a bad offset, length or kind of
 *	mapping, or no devmap entry; ENXIO when the driver failed in any way;
 *	EOPNOTSUPP when one range got handles with different devmap_access(9E);
 *	EACCES, ENOMEM.
 *
 * Defined by devmap_setup(9F); contract D4-D14.
 */
int devmap_setup(ddi_dev_t dev, offset_t off, ddi_as_handle_t as,
		 caddr_t *addrp, size_t len, uint_t prot, uint_t maxprot,
		 uint_t flags, cred_t *cred);

/**
 * ddi_devmap_segmap() - devmap_setup() with the types of a segmap(9E) entry
 * @dev: as for devmap_setup()
 * @off: as for devmap_setup()
 * @as: as for devmap_setup()
 * @addrp: as for devmap_setup()
 * @len: as for devmap_setup()
 * @prot: as for devmap_setup()
 * @maxprot: as for devmap_setup()
 * @flags: as for devmap_setup()
 * @cred: as for devmap_setup()
 *
 * Context: Process context, may sleep.
 * Return: as devmap_setup().
 *
 * Defined by ddi_devmap_segmap(9F); contract D4.
 */
int ddi_devmap_segmap(ddi_dev_t dev, off_t off, ddi_as_handle_t as,
		      caddr_t *addrp, off_t len, uint_t prot, uint_t maxprot,
		      uint_t flags, cred_t *cred);

/**
 * devmap_umem_setup() - put kernel memory behind a handle
 * @dhp: the handle that devmap(9E) got
 * @dip: device node; ignored
 * @callbackops: the driver's callbacks, copied; NULL for none
 * @cookie: from ddi_umem_alloc(), or made by the driver
 * @off: where in the object to begin, in bytes; rounded down to a page
 * @len: bytes; rounded up to a page; touching more of the handle raises SIGBUS
 * @maxprot: PROT_* bits that the mapping may ever have, with PROT_USER
 * @flags: DEVMAP_DEFAULTS, DEVMAP_MAPPING_INVALID, DEVMAP_ALLOW_REMAP and one
 *	IOMEM_DATA_* bit, all of which mean cached memory here
 * @accattrp: ignored, may be NULL
 *
 * Context: Within the driver's devmap(9E) entry.
 * Return: 0; -1 when the cookie is NULL, when @off + @len does not lie inside
 *	it, when the handle is set up already, when the mapping's protection
 *	exceeds @maxprot, or for flags that contradict each other.
 *
 * Defined by devmap_umem_setup(9F); contract D20-D24.
 */
int devmap_umem_setup(devmap_cookie_t dhp, dev_info_t *dip,
		      struct devmap_callback_ctl *callbackops,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp);

/**
 * devmap_umem_remap() - put other kernel memory behind a live handle
 * @dhp: a handle that was set up with DEVMAP_ALLOW_REMAP
 * @dip: device node; ignored
 * @cookie: the new memory
 * @off: where in it to begin, in bytes; rounded down to a page
 * @len: bytes; rounded up to a page; touching more of the handle raises SIGBUS
 * @maxprot: PROT_* bits that the mapping may ever have
 * @flags: 0
 * @accattrp: ignored, may be NULL
 *
 * The process, which need not be the current one, loses its view of the old
 * memory before this returns; its next access reaches the new.
 *
 * Context: Process context, may sleep. From any process, from the handle's
 *	callbacks too.
 * Return: 0; -1 as devmap_umem_setup(), or when remapping was not allowed.
 *
 * Defined by devmap_umem_setup(9F); contract D25, D27.
 */
int devmap_umem_remap(devmap_cookie_t dhp, dev_info_t *dip,
		      ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      uint_t maxprot, uint_t flags,
		      ddi_device_acc_attr_t *accattrp);

/**
 * devmap_devmem_setup() - put device registers behind a handle
 * @dhp: the handle that devmap(9E) got
 * @dip: device node, for the Linux half
 * @callbackops: the driver's callbacks, copied; NULL for none
 * @rnumber: register set, which the registers callback of struct ddi_devmap_ops
 *	finds
 * @roff: where in the set to begin, in bytes; rounded down to a page
 * @len: bytes, not 0; rounded up to a page; touching more of the handle raises
 *	SIGBUS
 * @maxprot: PROT_* bits that the mapping may ever have, with PROT_USER
 * @flags: DEVMAP_DEFAULTS, DEVMAP_MAPPING_INVALID (which needs no register set),
 *	DEVMAP_ALLOW_REMAP and one IOMEM_DATA_* bit
 * @accattrp: how the device wants to be accessed; NULL for strict order
 *
 * Registers are uncached. IOMEM_DATA_UC_WR_COMBINE, or without an IOMEM_DATA_*
 * bit a @accattrp that allows merging, makes them write-combining, and
 * IOMEM_DATA_CACHED cached. On x86 the mapping is as the kernel's own of these
 * registers, and uncached if there is none: ioremap_wc() comes first. Bytes are
 * never swapped: the process sees them as they are.
 *
 * Only whole pages inside the register set are mapped, and none when the device
 * was cut off by ddi_devmap_cut_registers().
 *
 * Context: Within the driver's devmap(9E) entry.
 * Return: 0; -1 when there is no such register set, when a page of the range
 *	does not lie inside it, and as devmap_umem_setup().
 *
 * Defined by devmap_devmem_setup(9F); contract D28.
 */
int devmap_devmem_setup(devmap_cookie_t dhp, dev_info_t *dip,
			struct devmap_callback_ctl *callbackops, uint_t rnumber,
			offset_t roff, size_t len, uint_t maxprot, uint_t flags,
			ddi_device_acc_attr_t *accattrp);

/**
 * devmap_devmem_remap() - put registers, or nothing, behind a live handle
 * @dhp: a handle that was set up with DEVMAP_ALLOW_REMAP, for memory or registers
 * @dip: as for devmap_devmem_setup()
 * @rnumber: as for devmap_devmem_setup()
 * @roff: as for devmap_devmem_setup()
 * @len: as for devmap_devmem_setup()
 * @maxprot: PROT_* bits that the mapping may ever have
 * @flags: 0, or DEVMAP_MAPPING_INVALID to cut the process off: then every other
 *	argument is ignored
 * @accattrp: as for devmap_devmem_setup(), whose IOMEM_DATA_* bit stays
 *
 * The process, which need not be the current one, loses its view of what was
 * there before this returns. After DEVMAP_MAPPING_INVALID every access raises
 * SIGSEGV until a remap.
 *
 * Context: Process context, may sleep. From any process, from the handle's
 *	callbacks too.
 * Return: 0; -1 when remapping was not allowed, or as devmap_devmem_setup().
 *
 * Defined by devmap_devmem_setup(9F); contract D26-D28.
 */
int devmap_devmem_remap(devmap_cookie_t dhp, dev_info_t *dip, uint_t rnumber,
			offset_t roff, size_t len, uint_t maxprot, uint_t flags,
			ddi_device_acc_attr_t *accattrp);

/**
 * devmap_load() - let the current process have pages of a handle
 * @dhp: the handle that devmap_access(9E) got, or another of this process
 * @off: user offset in bytes; rounded down to a page
 * @len: bytes; rounded up to a page; 0 means to the end of the handle
 * @type: DEVMAP_ACCESS, ...
 * @rw: DEVMAP_READ, ...
 *
 * The page being touched is entered when devmap_access(9E) returns 0. Others
 * are entered when touched, as a rule without another devmap_access(9E) call.
 *
 * Context: Within devmap_access(9E).
 * Return: 0; FC_MAKE_ERR(EINVAL) for a range outside the handle, or outside
 *	a fault of the handle's process; FC_NOMAP while the mapping is invalid.
 *
 * Defined by devmap_load(9F); contract D33, X19.
 */
int devmap_load(devmap_cookie_t dhp, offset_t off, size_t len, uint_t type,
		uint_t rw);

/**
 * devmap_unload() - take pages of a handle away from its process
 * @dhp: any process's handle
 * @off: user offset in bytes; rounded down to a page
 * @len: bytes; rounded up to a page; 0 means to the end of the handle
 *
 * When this returns the process has no translation for the range; its next
 * access calls devmap_access(9E) again.
 *
 * Context: Process context, may sleep. From devmap_access(9E) too.
 * Return: 0; FC_MAKE_ERR(EINVAL) for a range outside the handle.
 *
 * Defined by devmap_unload(9F); contract D33, X18.
 */
int devmap_unload(devmap_cookie_t dhp, offset_t off, size_t len);

/**
 * devmap_default_access() - what a devmap_access(9E) without policy does
 * @dhp: the handle that devmap_access(9E) got
 * @pvtp: its private pointer; unused
 * @off: user offset in bytes
 * @len: bytes
 * @type: as devmap_access(9E) got it
 * @rw: as devmap_access(9E) got it
 *
 * Context: Within devmap_access(9E).
 * Return: as devmap_load().
 *
 * Defined by devmap_default_access(9F); contract D32.
 */
int devmap_default_access(devmap_cookie_t dhp, void *pvtp, offset_t off,
			  size_t len, uint_t type, uint_t rw);

/**
 * devmap_do_ctxmgt() - switch a device context, one process at a time
 * @dhp: the handle that devmap_access(9E) got
 * @pvtp: ignored: @ctxmgt gets the handle's private pointer
 * @off: user offset in bytes, for @ctxmgt
 * @len: bytes, for @ctxmgt
 * @type: for @ctxmgt
 * @rw: for @ctxmgt
 * @ctxmgt: the driver's devmap_contextmgt(9E), which saves the context of the
 *	process that has the device and unloads its handles, restores that of
 *	this one and loads its handle; may sleep
 *
 * Handles of one device number with the same devmap_access(9E) share a device
 * context. One @ctxmgt of a context runs at a time, and where
 * devmap_set_ctx_timeout() asked for it, another handle's waits.
 *
 * Context: Within devmap_access(9E), may sleep; not with a lock held that
 *	@ctxmgt takes.
 * Return: 0; FC_HWERR without @ctxmgt or when it returns anything else;
 *	FC_MAKE_ERR(EINTR) when a signal came while the access waited, which
 *	devmap_access(9E) must return.
 *
 * Defined by devmap_do_ctxmgt(9F); contract D35.
 */
int devmap_do_ctxmgt(devmap_cookie_t dhp, void *pvtp, offset_t off, size_t len,
		     uint_t type, uint_t rw,
		     int (*ctxmgt)(devmap_cookie_t dhp, void *pvtp, offset_t off,
				   size_t len, uint_t type, uint_t rw));

/**
 * devmap_set_ctx_timeout() - how long a device context stays with a handle
 * @dhp: a handle with devmap_access(9E); the timeout is that of its context
 * @ticks: clock ticks, Linux's jiffies, between two switches; 0, as at the
 *	beginning, or less for none
 *
 * A machine with one processor does not wait.
 *
 * Context: Process context, may sleep. From devmap_map(9E), as a rule.
 *
 * Defined by devmap_set_ctx_timeout(9F); contract D35.
 */
void devmap_set_ctx_timeout(devmap_cookie_t dhp, clock_t ticks);

#endif /* _DDI_SYS_SUNDDI_H */
