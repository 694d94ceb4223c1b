/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ddi/vmem.h - arenas for drivers written for Linux
 *
 * The arenas of <sys/vmem.h>, with what a Linux driver expects: a gfp_t, negative
 * errnos, waits that a signal or a time limit ends, cleanup by scope and by device.
 * The functions of both headers work on every arena.
 *
 * 0 is never inside an arena. Sizes and addresses are in the arena's own unit.
 */
#ifndef _DDI_VMEM_H
#define _DDI_VMEM_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include <sys/vmem.h>

struct device;

/**
 * enum ddi_vmem_policy - which of the free segments serves a request
 * @DDI_VMEM_ANY: a good fit, found fast
 * @DDI_VMEM_BESTFIT: the smallest that serves
 * @DDI_VMEM_FIRSTFIT: the lowest address
 * @DDI_VMEM_NEXTFIT: the next one behind the last next-fit allocation; not together
 *	with a constraint
 */
enum ddi_vmem_policy {
	DDI_VMEM_ANY,
	DDI_VMEM_BESTFIT,
	DDI_VMEM_FIRSTFIT,
	DDI_VMEM_NEXTFIT,
};

/**
 * struct ddi_vmem_config - what an arena is to be
 * @name: for reports and statistics; copied, truncated to 29 characters
 * @base: start of the first span; 0 for an arena that starts empty
 * @size: its size; 0 exactly if @base is
 * @quantum: unit of alignment and rounding, a power of two; 0 counts as 1
 * @source: the arena to import from when this one is exhausted, or NULL
 * @import: how to do so, instead of by vmem_alloc(). Gets @source, a size, and
 *	VM_SLEEP or VM_PUSHPAGE if the request's gfp_t lets it sleep for memory, or
 *	VM_NOSLEEP. It should fail rather than wait for space.
 * @export: how to give back, instead of by vmem_free()
 * @qcache_max: cache sizes up to this one, at most 16 quanta, per CPU; 0 for none
 * @identifier: the arena has identifiers, not memory: see VMC_IDENTIFIER
 * @fair: serve requests that wait in order of arrival. As long as one waits, no
 *	other is served, with or without wait: a large request among many small ones
 *	gets its space. Otherwise whichever request finds space takes it. An arena that
 *	imports from this one gets nothing as long as a request waits here: do not make
 *	an arena fair that is a @source of others and is waited for all the time.
 * @gfp: for the memory of the arena itself
 */
struct ddi_vmem_config {
	const char *name;
	unsigned long base;
	size_t size;
	size_t quantum;
	vmem_t *source;
	vmem_alloc_t *import;
	vmem_free_t *export;
	size_t qcache_max;
	bool identifier;
	bool fair;
	gfp_t gfp;
};

/**
 * struct ddi_vmem_request - what to allocate: a size, and what is asked of its place
 * @size: not 0
 * @align: a power of two and a multiple of the quantum; 0 for the quantum
 * @phase: offset from that alignment, a multiple of the quantum below @align
 * @nocross: the segment must not straddle a multiple of this; a power of two not
 *	below @align, or 0
 * @min: the lowest start
 * @end: the lowest address behind @min that may not be part of the segment, or 0
 * @policy: which free segment
 * @high: take the high end of it, not the low one; not with DDI_VMEM_NEXTFIT
 * @gfp: how bookkeeping memory is had, and whether an import may sleep
 * @timeout: for how many jiffies to wait for space; 0 not at all,
 *	MAX_SCHEDULE_TIMEOUT for ever
 * @state: how: TASK_KILLABLE, which is the default, TASK_INTERRUPTIBLE or
 *	TASK_UNINTERRUPTIBLE
 *
 * Members that are not named in an initialiser are 0 and ask for nothing.
 */
struct ddi_vmem_request {
	size_t size;
	size_t align;
	size_t phase;
	size_t nocross;
	unsigned long min;
	unsigned long end;
	enum ddi_vmem_policy policy;
	bool high;
	gfp_t gfp;
	long timeout;
	unsigned int state;
};

/**
 * __ddi_vmem_create() - ddi_vmem_create() with a lock class
 * @config: what the arena is to be
 * @key: the lock class, which lives as long as the arena
 *
 * Context: As the gfp of @config allows.
 * Return: as ddi_vmem_create().
 */
vmem_t *__ddi_vmem_create(const struct ddi_vmem_config *config, struct lock_class_key *key);

/**
 * ddi_vmem_create() - create an arena
 * @config: a pointer to struct ddi_vmem_config
 *
 * Each place in the source that calls this has a lock class of its own for the
 * arenas made there, so that lockdep tells them apart. An arena has at most 10
 * sources above it. vmem_destroy() destroys the arena.
 *
 * Context: As the gfp of @config allows.
 * Return: the arena, or an error pointer: -ENOMEM; -EINVAL for misuse, which is
 *	reported.
 *
 * Defined by contract N1-N3.
 */
#define ddi_vmem_create(config)						\
({									\
	static struct lock_class_key __key;				\
									\
	__ddi_vmem_create(config, &__key);				\
})

/**
 * ddi_vmem_add() - add a span to an arena
 * @vm: the arena
 * @start: its start, a multiple of the quantum, not 0
 * @size: its size, a multiple of the quantum, not 0
 * @gfp: how bookkeeping memory is had
 *
 * Context: As @gfp allows.
 * Return: 0; -ENOMEM; -EINVAL for a range that is not sound or overlaps a span,
 *	which is reported as misuse.
 *
 * Defined by contract N4.
 */
int ddi_vmem_add(vmem_t *vm, unsigned long start, size_t size, gfp_t gfp);

/**
 * ddi_vmem_alloc() - allocate a segment, at once or not at all
 * @vm: the arena
 * @size: not 0; need not be a multiple of the quantum
 * @gfp: how bookkeeping memory is had, and whether an import may sleep. What says
 *	where pages come from is of no use and ignored.
 * @addr: the start of the segment
 *
 * Context: As @gfp allows; any with GFP_NOWAIT or GFP_ATOMIC.
 * Return: 0; -ENOSPC if no free segment is long enough, or others wait in a fair
 *	arena; -ENOMEM if bookkeeping memory was short; -EINVAL for size 0, which is
 *	reported as misuse. *@addr is written only on success.
 *
 * Defined by contract N5-N7.
 */
int ddi_vmem_alloc(vmem_t *vm, size_t size, gfp_t gfp, unsigned long *addr);

/**
 * ddi_vmem_alloc_wait() - allocate a segment, waiting until there is space
 * @vm: the arena
 * @size: not 0; need not be a multiple of the quantum
 * @gfp: as for ddi_vmem_alloc()
 * @state: TASK_KILLABLE, TASK_INTERRUPTIBLE or TASK_UNINTERRUPTIBLE
 * @timeout: for how many jiffies at most; MAX_SCHEDULE_TIMEOUT for ever
 * @addr: the start of the segment
 *
 * The thread waits for space in the arena and in those that it imports from. It
 * does not wait for memory longer than @gfp says.
 *
 * Context: Process context.
 * Return: as ddi_vmem_alloc(); -ERESTARTSYS if a signal has ended the wait,
 *	-ETIMEDOUT if time has; -ENOSPC for a size that no arena can hold.
 *
 * Defined by contract N8-N10.
 */
int ddi_vmem_alloc_wait(vmem_t *vm, size_t size, gfp_t gfp, unsigned int state, long timeout,
			unsigned long *addr);

/**
 * ddi_vmem_xalloc() - allocate a segment as a struct says
 * @vm: the arena
 * @req: what, where, and how long to wait for it
 * @addr: the start of the segment
 *
 * Members that are not named in the struct ask for nothing:
 *
 *	err = ddi_vmem_xalloc(vm, &(struct ddi_vmem_request){
 *		.size = len, .align = SZ_64K, .end = SZ_4G, .gfp = GFP_KERNEL,
 *	}, &addr);
 *
 * A request with a policy or constraint bypasses the quantum caches, and sees what
 * they hold as free. An arena does not import for a request with @nocross, @min or
 * @end.
 *
 * Context: As @req->gfp allows; process context if it waits.
 * Return: as ddi_vmem_alloc_wait(). -ENOSPC for a constraint that no place meets,
 *	whatever is free; -EINVAL for one that is not sound or an unknown policy, which is
 *	reported as misuse.
 *
 * Defined by contract N11, N12.
 */
int ddi_vmem_xalloc(vmem_t *vm, const struct ddi_vmem_request *req, unsigned long *addr);

/**
 * ddi_vmem_free() - free a segment, however it was allocated
 * @vm: the arena
 * @addr: its start
 * @size: the size that was asked for, exactly
 *
 * Frees segments of vmem_alloc() and vmem_xalloc(), too. A wrong address or size is
 * reported as misuse and changes nothing.
 *
 * Context: Any. Never sleeps, never needs memory (the arena's export permitting).
 *
 * Defined by contract N13.
 */
void ddi_vmem_free(vmem_t *vm, unsigned long addr, size_t size);

/**
 * ddi_vmem_largest() - the size of the largest free segment
 * @vm: the arena
 *
 * In logarithmic time. In an arena with quantum caches a request may find more, since
 * it joins what they hold first. Other threads may have taken the segment when the
 * caller hears of it.
 *
 * Context: Any.
 * Return: the size, 0 if nothing is free.
 *
 * Defined by contract N14.
 */
size_t ddi_vmem_largest(vmem_t *vm);

/**
 * ddi_vmem_is_allocated() - is an address part of an allocated segment?
 * @vm: the arena
 * @addr: any address
 *
 * In logarithmic time, but for the first call, or the first request for the lowest
 * address, which builds an index of all free segments.
 *
 * Context: Any.
 * Return: true if it is; false if it is free or outside of the arena.
 *
 * Defined by contract N15.
 */
bool ddi_vmem_is_allocated(vmem_t *vm, unsigned long addr);

/**
 * __devm_ddi_vmem_create() - devm_ddi_vmem_create() with a lock class
 * @dev: as there
 * @config: as there
 * @key: the lock class, which lives as long as the arena
 *
 * Context: Process context.
 * Return: as ddi_vmem_create().
 */
vmem_t *__devm_ddi_vmem_create(struct device *dev, const struct ddi_vmem_config *config,
			       struct lock_class_key *key);

/**
 * devm_ddi_vmem_create() - create an arena that goes with a device
 * @dev: the device; when its driver lets go of it the arena is destroyed
 * @config: a pointer to struct ddi_vmem_config
 *
 * Context: Process context.
 * Return: as ddi_vmem_create().
 *
 * Defined by contract N16.
 */
#define devm_ddi_vmem_create(dev, config)				\
({									\
	static struct lock_class_key __key;				\
									\
	__devm_ddi_vmem_create(dev, config, &__key);			\
})

/**
 * devm_ddi_vmem_xalloc() - allocate a segment that goes with a device
 * @dev: the device; when its driver lets go of it the segment is freed
 * @vm: the arena, which must live longer
 * @req: as for ddi_vmem_xalloc()
 * @addr: the start of the segment
 *
 * Context: Process context.
 * Return: as ddi_vmem_xalloc().
 *
 * Defined by contract N16.
 */
int devm_ddi_vmem_xalloc(struct device *dev, vmem_t *vm, const struct ddi_vmem_request *req,
			 unsigned long *addr);

/**
 * struct ddi_vmem_segment - a segment that is freed at the end of its scope
 * @vm: the arena
 * @addr: its start, 0 while there is none
 * @size: its size
 *
 *	struct ddi_vmem_segment seg __free(ddi_vmem_segment) = { .vm = vm, .size = n };
 *
 *	err = ddi_vmem_alloc(seg.vm, seg.size, GFP_KERNEL, &seg.addr);
 */
struct ddi_vmem_segment {
	vmem_t *vm;
	unsigned long addr;
	size_t size;
};

/**
 * ddi_vmem_keep() - do not free a segment at the end of its scope
 * @seg: the segment
 *
 * Context: Any.
 * Return: its start.
 *
 * Defined by contract N17.
 */
static inline unsigned long ddi_vmem_keep(struct ddi_vmem_segment *seg)
{
	unsigned long addr = seg->addr;

	seg->addr = 0;
	return addr;
}

/* Free @seg if it is one. */
static inline void __ddi_vmem_segment_free(const struct ddi_vmem_segment *seg)
{
	if (seg->addr)
		ddi_vmem_free(seg->vm, seg->addr, seg->size);
}

/* In linux/cleanup.h, which linux/mutex.h includes where it exists: since 6.5. */
#ifdef DEFINE_FREE
DEFINE_FREE(ddi_vmem_segment, struct ddi_vmem_segment, __ddi_vmem_segment_free(&_T))
DEFINE_FREE(ddi_vmem, vmem_t *, if (!IS_ERR_OR_NULL(_T)) vmem_destroy(_T))
#endif

#endif /* _DDI_VMEM_H */
