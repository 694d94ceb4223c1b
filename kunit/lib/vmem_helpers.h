/* SPDX-License-Identifier: GPL-2.0-only */
/* vmem_helpers.h - arenas for one case, their whole state, and a source that counts */
#ifndef _VMEM_HELPERS_H
#define _VMEM_HELPERS_H

#include <sys/vmem.h>

#include "kunit/ddi_kunit.h"
#include "ddi_vmem/report/report.h"
#include "ddi_vmem/search/search.h"
#include "ddi_vmem/segment/segment.h"
#include "ddi_vmem/space/deferred.h"

#define AT(n)	((void *)(unsigned long)(n))

/*
 * An arena that verifies itself and goes when the case ends, whatever is
 * still allocated in it. Base and size 0: it starts empty.
 */
vmem_t *arena_make(struct kunit *test, unsigned long base, size_t size, size_t quantum);

/* The same for one that the case has created itself. */
vmem_t *arena_keep(struct kunit *test, vmem_t *vm);

/* Destroy it now. */
void arena_close(struct kunit *test, vmem_t *vm);

/*
 * Every segment in order, as "A1+3 F4+97": type, start, requested size. In
 * hex if the quantum is not 1.
 */
const char *arena_state(struct kunit *test, vmem_t *vm);

/* How many segments there are, allocated or free. */
unsigned long arena_segments(vmem_t *vm);

/* Free everything that is allocated. */
void arena_clear(vmem_t *vm);

static inline unsigned long take(vmem_t *vm, size_t size, int vmflag)
{
	return (unsigned long)vmem_alloc(vm, size, vmflag);
}

static inline unsigned long xtake(vmem_t *vm, size_t size, size_t align, size_t phase,
				  size_t nocross, unsigned long min, unsigned long max,
				  int vmflag)
{
	return (unsigned long)vmem_xalloc(vm, size, align, phase, nocross, AT(min), AT(max),
					  vmflag);
}

/* xtake() of exactly [addr, addr + size). */
static inline unsigned long take_at(vmem_t *vm, unsigned long addr, size_t size)
{
	return xtake(vm, size, 0, 0, 0, addr, addr + size, VM_NOSLEEP);
}

static inline void give(vmem_t *vm, unsigned long addr, size_t size)
{
	vmem_free(vm, AT(addr), size);
}

static inline void xgive(vmem_t *vm, unsigned long addr, size_t size)
{
	vmem_xfree(vm, AT(addr), size);
}

/* Counters and sleepers may be looked at while others are at work. */
u64 arena_stat(vmem_t *vm, enum vmem_stat stat);
unsigned int arena_sleepers(vmem_t *vm);

#define EXPECT_STATE(t, vm, expected)						\
do {										\
	struct kunit *__test = (t);						\
										\
	KUNIT_EXPECT_STREQ(__test, arena_state(__test, vm), expected);		\
} while (0)

/* Sizes as vmem_size() tells them, with the sum rule [V96]. */
#define EXPECT_SIZES(t, arena, allocated, free)					\
do {										\
	struct kunit *__test = (t);						\
	vmem_t *__vm = (arena);							\
										\
	KUNIT_EXPECT_EQ(__test, vmem_size(__vm, VMEM_ALLOC), allocated);	\
	KUNIT_EXPECT_EQ(__test, vmem_size(__vm, VMEM_FREE), free);		\
	KUNIT_EXPECT_EQ(__test, vmem_size(__vm, VMEM_ALLOC | VMEM_FREE),	\
			vmem_size(__vm, VMEM_ALLOC) + vmem_size(__vm, VMEM_FREE)); \
} while (0)

/*
 * What passed through the functions below since source_make(). One at a time:
 * cases run one after the other.
 */
struct source_log {
	unsigned long imports, exports;
	size_t import_size, import_align;
	int import_flags;
	unsigned long export_start;
	size_t export_size;
	bool fail;		/* refuse the next imports */
};

extern struct source_log source_log;

/* A source of @size units from 1 MiB on, quantum 0x1000, with a fresh log. */
#define SOURCE_BASE	0x100000UL
vmem_t *source_make(struct kunit *test, size_t size);

vmem_alloc_t source_import;
vmem_free_t source_export;
/* Takes twice what it is asked for. */
vmem_ximport_t source_import_double;
/* As much as it is asked for, and aligned. */
vmem_ximport_t source_import_aligned;

/* A child that starts empty and imports through source_import(). */
vmem_t *kid_make(struct kunit *test, vmem_t *source, size_t quantum);

#endif /* _VMEM_HELPERS_H */
