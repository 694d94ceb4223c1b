/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sys/vmem.h - vmem arenas: vmem_create(9F), vmem_alloc(9F), vmem_add(9F),
 * vmem_contains(9F), vmem_walk(9F)
 *
 * An arena hands out segments of integers: addresses, identifiers, slots.
 * Its space is a set of spans, added by the driver or imported from another
 * arena on demand. 0 (NULL) is the failure value and never inside a span.
 *
 * Sizes are in the arena's own unit, bytes for memory. Ranges are
 * [start, start + size); an end of exactly 2^64 (2^32) is legal.
 */
#ifndef _DDI_SYS_VMEM_H
#define _DDI_SYS_VMEM_H

#include <sys/types.h>

/* Allocation flags [contract V2]. */
#define VM_SLEEP	0x00000000	/* may block, never fails */
#define VM_NOSLEEP	0x00000001	/* never blocks, may fail */
#define VM_PANIC	0x00000002	/* panic where it would fail */
#define VM_PUSHPAGE	0x00000004	/* may block, may use memory reserves */
#define VM_NORMALPRI	0x00000008	/* VM_NOSLEEP without high priority */
#define VM_KMFLAGS	0x000000ff	/* the bits shared with KM_* */

#define VM_BESTFIT	0x00000100	/* the smallest segment that fits */
#define VM_FIRSTFIT	0x00000200	/* the lowest address that fits */
#define VM_NEXTFIT	0x00000400	/* behind the last next-fit allocation */

#define VM_MEMLOAD	0x00000800	/* accepted, ignored */
#define VM_NORELOC	0x00001000	/* accepted, ignored */
#define VM_ABORT	0x00002000	/* fail instead of waiting */
#define VM_ENDALLOC	0x00004000	/* the high end of the segment */
#define VM_FLAGS	0x0000ffff	/* all of the above */

/* Creation flags [contract V3]. */
#define VMC_POPULATOR	0x00010000	/* accepted, ignored */
#define VMC_NO_QCACHE	0x00020000	/* no caches; import in large pieces */
#define VMC_IDENTIFIER	0x00040000	/* integers, not memory */
#define VMC_XALLOC	0x00080000	/* internal: the import function is extended */
#define VMC_XALIGN	0x00100000	/* the import function aligns */
#define VMC_DUMPSAFE	0x00200000	/* accepted, ignored */
#define VMC_FLAGS	0xffff0000	/* all of the above */

/* Segment types, for masks [contract V4]. */
#define VMEM_ALLOC	0x01
#define VMEM_FREE	0x02
#define VMEM_SPAN	0x10
#define VMEM_ROTOR	0x20
#define VMEM_WALKER	0x40
#define VMEM_REENTRANT	0x80000000

/* Opaque. */
typedef struct vmem vmem_t;

/* Import and allocate: (arena, size in units, VM_* flags), NULL on failure. */
typedef void *(vmem_alloc_t)(vmem_t *, size_t, int);
/* Give back: (arena, start, size in units). */
typedef void (vmem_free_t)(vmem_t *, void *, size_t);
/* Import at least *size units aligned to the third; may enlarge *size. */
typedef void *(vmem_ximport_t)(vmem_t *, size_t *, size_t, int);

/**
 * vmem_create() - create an arena
 * @name: for reports and statistics; copied, control characters escaped,
 *	truncated to 29 characters, need not be unique
 * @base: start of the first span, or NULL for an arena that starts empty
 * @size: size of the first span in units, 0 exactly if @base is NULL
 * @quantum: unit of alignment and rounding, a power of two
 * @afunc: imports a span from @source when the arena is exhausted, or NULL
 * @ffunc: gives an imported span back when all of it is free, or NULL
 * @source: first argument for @afunc and @ffunc; may be NULL. An arena has at most
 *	10 sources above it.
 * @qcache_max: cache sizes up to this many units (at most 16 quanta) per CPU;
 *	0 for none. A hint for speed: requests of these sizes succeed and fail as
 *	without caches. They ignore policies, except in an arena with VMC_IDENTIFIER,
 *	where a request with a policy bypasses the caches. All other requests with a
 *	policy or constraint choose as if nothing were cached.
 * @vmflag: VM_SLEEP or VM_NOSLEEP for this call, with VMC_* flags
 *
 * @afunc and @ffunc run without any lock of the arena, in the context of the
 * allocation or free that needs them, with the VM_KMFLAGS part of its flags.
 *
 * Context: Process context; with VM_NOSLEEP also interrupt context.
 * Return: the arena; NULL when memory is short (VM_NOSLEEP only) or an
 *	argument is invalid, which is reported as misuse.
 *
 * Defined by vmem_create(9F); contract V7-V16, V64-V71, V73-V82.
 */
vmem_t *vmem_create(const char *name, void *base, size_t size, size_t quantum,
		    vmem_alloc_t *afunc, vmem_free_t *ffunc, vmem_t *source,
		    size_t qcache_max, int vmflag);

/**
 * vmem_xcreate() - create an arena whose import function may enlarge
 * @name: as for vmem_create()
 * @base: as for vmem_create()
 * @size: as for vmem_create()
 * @quantum: as for vmem_create()
 * @afunc: imports at least *size units; may raise *size, never lower it. With
 *	VMC_XALIGN it promises the alignment it is asked for.
 * @ffunc: as for vmem_create(); gets the enlarged size
 * @source: as for vmem_create()
 * @qcache_max: as for vmem_create()
 * @vmflag: as for vmem_create(), and VMC_XALIGN
 *
 * Context: Process context; with VM_NOSLEEP also interrupt context.
 * Return: as vmem_create().
 *
 * Defined by vmem_create(9F); contract V65.
 */
vmem_t *vmem_xcreate(const char *name, void *base, size_t size, size_t quantum,
		     vmem_ximport_t *afunc, vmem_free_t *ffunc,
		     vmem_t *source, size_t qcache_max, int vmflag);

/**
 * vmem_destroy() - destroy an arena
 * @vmp: the arena; NULL does nothing
 *
 * Segments still allocated are reported as a leak. Imported spans that are
 * entirely free go back to the source; spans with leaked segments do not.
 * An arena on which threads sleep, from which another arena imports, or inside
 * whose calls a thread is (an import or export function, the callback of a
 * re-entrant walk), is reported as misuse and kept.
 *
 * Context: Process context; without quantum caches also interrupt context.
 *
 * Defined by vmem_create(9F); contract V110-V115.
 */
void vmem_destroy(vmem_t *vmp);

/**
 * vmem_add() - add a span to an arena
 * @vmp: the arena
 * @vaddr: start of the span, a multiple of the quantum, not NULL
 * @size: its size in units, a multiple of the quantum, not 0
 * @vmflag: VM_SLEEP or VM_NOSLEEP, for bookkeeping memory
 *
 * Spans never merge, even where they touch. Wakes the arena's sleepers.
 *
 * Context: Process context; with VM_NOSLEEP also interrupt context.
 * Return: @vaddr; NULL when bookkeeping memory is short (VM_NOSLEEP only) or
 *	for an invalid or overlapping range, which is reported as misuse.
 *
 * Defined by vmem_add(9F); contract V20-V28.
 */
void *vmem_add(vmem_t *vmp, void *vaddr, size_t size, int vmflag);

/**
 * vmem_alloc() - allocate a segment
 * @vmp: the arena
 * @size: size in units; need not be a multiple of the quantum, not 0
 * @vmflag: VM_SLEEP or VM_NOSLEEP, with one policy: none (a good fit, fast),
 *	VM_BESTFIT, VM_FIRSTFIT or VM_NEXTFIT; VM_ENDALLOC; VM_PANIC
 *
 * A size that a quantum cache serves ignores policy and VM_ENDALLOC, unless the
 * arena has VMC_IDENTIFIER. A policy, or a constraint of vmem_xalloc(), sees what
 * is cached as free: all of it is given back to the arena before the choice.
 *
 * Context: Process context; with VM_NOSLEEP also interrupt context.
 * Return: the start, a multiple of the quantum. NULL with VM_NOSLEEP when no
 *	free segment fits or bookkeeping memory is short; NULL for an invalid
 *	size, which is reported as misuse. VM_SLEEP waits, possibly for ever, for space
 *	in the arena or in those that it imports from.
 *
 * Defined by vmem_alloc(9F); contract V29-V49, V100-V107.
 */
void *vmem_alloc(vmem_t *vmp, size_t size, int vmflag);

/**
 * vmem_xalloc() - allocate a segment under constraints
 * @vmp: the arena
 * @size: size in units, not 0
 * @align: alignment, a power of two and a multiple of the quantum; 0 means
 *	the quantum
 * @phase: offset from that alignment, a multiple of the quantum below @align
 * @nocross: the segment shall not straddle a multiple of this; a power of two
 *	not below @align, or 0
 * @minaddr: lowest start, or NULL
 * @maxaddr: lowest address that may not be part of the segment (exclusive),
 *	or NULL
 * @vmflag: as for vmem_alloc(); VM_NEXTFIT is ignored
 *
 * Does not use the quantum caches. An arena with an import function imports for
 * such a request only if @nocross, @minaddr and @maxaddr are all 0.
 *
 * Context: Process context; with VM_NOSLEEP also interrupt context.
 * Return: as vmem_alloc(). Constraints that can never be met are misuse, with
 *	VM_SLEEP too.
 *
 * Defined by vmem_alloc(9F); contract V50-V59.
 */
void *vmem_xalloc(vmem_t *vmp, size_t size, size_t align, size_t phase,
		  size_t nocross, void *minaddr, void *maxaddr, int vmflag);

/**
 * vmem_free() - free a segment that vmem_alloc() returned
 * @vmp: the arena
 * @vaddr: its start
 * @size: the size that was asked for, in units, exactly
 *
 * A wrong address or size is reported as misuse and changes nothing. May call
 * the arena's ffunc, in this context.
 *
 * Context: Any. Never sleeps, never needs memory (ffunc permitting).
 *
 * Defined by vmem_alloc(9F); contract V60-V63, V70.
 */
void vmem_free(vmem_t *vmp, void *vaddr, size_t size);

/**
 * vmem_xfree() - free a segment that vmem_xalloc() returned
 * @vmp: the arena
 * @vaddr: its start
 * @size: the size that was asked for, in units, exactly
 *
 * Context: Any. Never sleeps, never needs memory (ffunc permitting).
 *
 * Defined by vmem_alloc(9F); contract V60-V63, V70.
 */
void vmem_xfree(vmem_t *vmp, void *vaddr, size_t size);

/**
 * vmem_contains() - does a range lie inside one span of an arena?
 * @vmp: the arena
 * @vaddr: start of the range
 * @size: its size in units
 *
 * Context: Any.
 * Return: non-zero if all of the range lies inside one span, allocated or
 *	free; 0 otherwise.
 *
 * Defined by vmem_contains(9F); contract V85-V87.
 */
int vmem_contains(vmem_t *vmp, void *vaddr, size_t size);

/**
 * vmem_walk() - call a function for each segment of an arena
 * @vmp: the arena
 * @typemask: VMEM_ALLOC, VMEM_FREE or both; VMEM_REENTRANT
 * @func: called as func(@arg, start, size in units)
 * @arg: passed to @func
 *
 * Spans come in the order in which they were added, segments by address.
 * Without VMEM_REENTRANT @func runs under the arena's spinlock with
 * interrupts off: it must not sleep and must not call into this arena, but may
 * use another one. With VMEM_REENTRANT the arena is unlocked around each call,
 * and may change meanwhile.
 *
 * Context: Any; with VMEM_REENTRANT as @func allows.
 *
 * Defined by vmem_walk(9F); contract V90-V94.
 */
void vmem_walk(vmem_t *vmp, int typemask,
	       void (*func)(void *arg, void *start, size_t size), void *arg);

/**
 * vmem_size() - how much of an arena is allocated, free or either
 * @vmp: the arena
 * @typemask: VMEM_ALLOC, VMEM_FREE or both
 *
 * Context: Any.
 * Return: units; allocated units count as they were asked for, unrounded.
 *
 * Defined by vmem_walk(9F); contract V95, V96.
 */
size_t vmem_size(vmem_t *vmp, int typemask);

/**
 * vmem_qcache_reap() - give cached free segments back to their arena
 * @vmp: the arena
 *
 * Context: Any; the work is done later, in process context.
 *
 * Defined by contract V79.
 */
void vmem_qcache_reap(vmem_t *vmp);

#endif /* _DDI_SYS_VMEM_H */
