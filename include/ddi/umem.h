/* SPDX-License-Identifier: GPL-2.0-only */
/* ddi/umem.h - what ddi_umem_alloc() memory can do for Linux drivers beyond the manual */
#ifndef _DDI_UMEM_H
#define _DDI_UMEM_H

#include <linux/gfp.h>

#include <sys/sunddi.h>

struct buf;
struct page;
struct sg_table;
struct vm_area_struct;

/*
 * A flag of ddi_umem_alloc() and ddi_umem_alloc_node(), beside theirs: in huge pages, as
 * many as Linux has at once. A process that maps such memory needs one fault and one entry
 * of its page table for each huge page (2 MiB on most machines), where address and offset
 * in the object are multiples of that. In the struct file_operations of a driver,
 * .get_unmapped_area = thp_get_unmapped_area makes Linux, from 5.18 on, choose such addresses
 * for a process of 64 bits. A mapping by devmap(9E) must be in one piece, without
 * devmap_access(9E) and DEVMAP_ALLOW_REMAP.
 * A file of its own stands behind such a mapping, not the driver's: unmap_mapping_range() of
 * the driver's does not find it.
 *
 * A huge page is freed as one: a process that has it when the object is freed keeps it all.
 * If that process then unmaps, protects or moves a part of it, or gives advice on a part, it
 * loses the whole huge page, and a touch of the rest raises SIGBUS. And
 * ddi_umem_is_held() tells of all of it. So this is not for memory of which several
 * processes get a part each. It does nothing for smaller objects, with
 * DDI_UMEM_PAGEABLE or DDI_UMEM_TRASH, and in a kernel without CONFIG_TRANSPARENT_HUGEPAGE.
 */
#define DDI_UMEM_HUGE		0x1000

/**
 * ddi_umem_mmap() - map a cookie's memory, or a part of it, into a process
 * @cookie: from ddi_umem_alloc(), or made by the driver
 * @vma: the mapping, which must be shared; its own offset is not looked at
 * @offset: where in the object the mapping begins, in bytes, page-aligned
 *
 * For use in the mmap operation of a struct file_operations:
 *
 *	return ddi_umem_mmap(xx->cookie, vma, (offset_t)vma->vm_pgoff << PAGE_SHIFT);
 *
 * Pages are entered on first touch. Children of fork(2) share the mapping.
 * It may be unmapped in pieces and moved, but not grown. After
 * ddi_umem_free() pages that were not touched yet raise SIGBUS.
 *
 * Context: Process context, within the mmap operation.
 * Return: 0 or a negative errno: EINVAL for a private mapping, a NULL cookie,
 *	or an offset that is negative or not page-aligned; ENXIO for a range
 *	that does not lie inside the object; ENOMEM.
 */
int ddi_umem_mmap(ddi_umem_cookie_t cookie, struct vm_area_struct *vma,
		  offset_t offset);

/**
 * ddi_umem_alloc_node() - ddi_umem_alloc() of memory that is near, or in reach
 * @size: bytes; rounded up to whole pages
 * @flag: DDI_UMEM_SLEEP or DDI_UMEM_NOSLEEP, with DDI_UMEM_HUGE or without
 * @node: the NUMA node, as dev_to_node() tells it, which is asked first; or
 *	NUMA_NO_NODE
 * @zone: GFP_DMA or GFP_DMA32, for a device that cannot address all memory; or 0
 * @cookiep: set to the object's cookie, or to NULL on any failure
 *
 * The memory is used and freed as ddi_umem_alloc() memory is. Since a zone may be
 * smaller than what is asked for, DDI_UMEM_SLEEP lets Linux look for memory, but
 * does not wait for ever: the call may fail. A kernel without a zone takes memory of the
 * next larger one, so dma_map_sgtable() has the last word.
 *
 * Context: as ddi_umem_alloc().
 * Return: the kernel address; NULL when @size is 0, when memory is short there, or for
 *	misuse: another flag, zone, or a node that is not online.
 */
void *ddi_umem_alloc_node(size_t size, int flag, int node, gfp_t zone,
			  ddi_umem_cookie_t *cookiep);

/**
 * ddi_umem_release() - let Linux swap what the driver does not need for now
 * @cookie: from ddi_umem_alloc() with DDI_UMEM_PAGEABLE, and held
 *
 * A pageable object is held from its allocation on: its kernel address works,
 * and its pages stay in memory. A driver that keeps much data of which it needs
 * little at a time releases each object after use and calls ddi_umem_hold()
 * before the next. Holds nest: the call undoes one, and the last one matters.
 *
 * From then on the kernel address must not be used; it means nothing any more.
 * The contents are kept, in memory as long as there is enough, else in swap
 * space. Processes that map the object go on using it, and Linux may swap pages
 * under them. ddi_umem_free() may be called whether the object is held or not.
 *
 * The first release of an object that was allocated with DDI_UMEM_NOSLEEP
 * copies it, one page at a time; while a process maps such an object, it stays
 * in memory.
 *
 * The driver must not release memory that hardware or another thread still
 * uses by its kernel address. An object that is not held, or is not pageable,
 * is reported as misuse.
 *
 * Context: Process context; may sleep. No lock that is taken on the way to free
 *	memory may be held.
 */
void ddi_umem_release(ddi_umem_cookie_t cookie);

/**
 * ddi_umem_hold() - get released memory back
 * @cookie: from ddi_umem_alloc() with DDI_UMEM_PAGEABLE
 * @flag: DDI_UMEM_SLEEP or DDI_UMEM_NOSLEEP
 *
 * The contents are those at the time of the release, and what processes that
 * map the object have written since. Each hold needs a release of its own,
 * unless the object is freed.
 *
 * With DDI_UMEM_SLEEP the call waits until there is memory for all of the
 * object, and says in the kernel log if that takes long. With DDI_UMEM_NOSLEEP
 * it waits neither for memory nor for the swap device: it succeeds if the
 * object is held already or, where the kernel can tell that the calling thread
 * may be preempted, if all of its pages are in memory.
 *
 * Context: Process context with DDI_UMEM_SLEEP, else any.
 * Return: the kernel address of the object, valid until the last hold is
 *	released; it may be another one than before. NULL if DDI_UMEM_NOSLEEP
 *	did not get it, if the swap device failed to give the contents back,
 *	or for misuse.
 */
void *ddi_umem_hold(ddi_umem_cookie_t cookie, int flag);

/**
 * ddi_umem_pages() - the pages behind a cookie, or behind a part of it
 * @cookie: from ddi_umem_alloc() or ddi_umem_lock(), or made by the driver
 * @off: where in the memory, in bytes
 * @len: bytes
 * @pages: filled in: the pages that [@off, @off + @len) lies in
 *
 * No reference is taken. The pages are the cookie's until ddi_umem_free() or
 * ddi_umem_unlock(), and in use by the device no longer than that. Those of
 * pageable memory that the driver releases are, until it does so.
 *
 * Context: Any; process context for DDI_UMEM_PAGEABLE memory.
 * Return: 0 or a negative errno: EINVAL for a cookie that is not live, for a
 *	DDI_UMEM_TRASH one, which has no memory, for pageable memory that is
 *	not held, and for a @len of 0; ENXIO for a range outside the memory.
 */
int ddi_umem_pages(ddi_umem_cookie_t cookie, offset_t off, size_t len, struct page **pages);

/**
 * ddi_umem_sg_alloc() - a scatterlist of a cookie's memory, or of a part of it
 * @sgt: filled in; free it with sg_free_table()
 * @cookie: as for ddi_umem_pages()
 * @off: where in the memory, in bytes
 * @len: bytes
 * @gfp: how to allocate the list
 *
 * Pages in a row become one entry. For dma_map_sgtable(); the list has no
 * references, so unmap and free it before ddi_umem_free() or ddi_umem_unlock().
 *
 * Context: Any that @gfp allows.
 * Return: as ddi_umem_pages(); ENOMEM.
 */
int ddi_umem_sg_alloc(struct sg_table *sgt, ddi_umem_cookie_t cookie, offset_t off, size_t len,
		      gfp_t gfp);

/**
 * ddi_buf_sg_alloc() - a scatterlist of what a buf describes
 * @sgt: filled in; free it with sg_free_table()
 * @bp: from ddi_umem_iosetup(); @bp->b_un.b_addr and @bp->b_bcount are obeyed
 * @gfp: how to allocate the list
 *
 * Locked user memory stays pinned at least until freerbuf(), also when it is
 * unlocked before that. Free the list before.
 *
 * Context: Any that @gfp allows.
 * Return: as ddi_umem_sg_alloc(); EINVAL for a buf of getrbuf().
 */
int ddi_buf_sg_alloc(struct sg_table *sgt, const struct buf *bp, gfp_t gfp);

/**
 * ddi_umem_is_held() - does anybody outside the driver still hold pages?
 * @cookie: from ddi_umem_alloc()
 * @offset: where in the object the range begins, in bytes
 * @len: bytes; the pages that have some of them are looked at
 *
 * A page outlives its last mapping where a process has pinned it: by vmsplice(2),
 * by registering it as a buffer of io_uring(7), for direct I/O. Nothing takes
 * such a page back; its holder reads and writes what is in it. A driver that
 * hands a part of an object to one process after another asks, after the last
 * mapping has gone, before it reuses the part. A TRASH object has one page: it is
 * held, whatever the range, as long as any process maps it or has it pinned.
 *
 * Linux itself may hold a page for a moment, so a range that is held is worth
 * asking for again. A range that is not held and has no mappings stays so. The pages of a
 * huge page, see DDI_UMEM_HUGE, are held together, by its mappings as well.
 *
 * Context: Process context, may sleep.
 * Return: 1 or 0, or a negative errno: EINVAL for a NULL cookie or a negative
 *	offset; EOPNOTSUPP for a pageable object or locked user memory, whose pages
 *	are held by a file or a process; ENXIO for a range outside the object.
 */
int ddi_umem_is_held(ddi_umem_cookie_t cookie, offset_t offset, size_t len);

#endif /* _DDI_UMEM_H */
