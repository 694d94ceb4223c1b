// SPDX-License-Identifier: GPL-2.0-only
/* vmem_helpers.c - arenas for one case, their whole state, and a source that counts */
#include "kunit/lib/vmem_helpers.h"

#include <kunit/test-bug.h>
#include <linux/slab.h>

#include "ddi_vmem/segment/hash.h"

#define STATE_SEGS	48
#define STATE_LEN	2048

static bool came_through_a_cache(vmem_t *vm, void *start)
{
	unsigned long flags;
	bool cached;

	spin_lock_irqsave(&vm->lock, flags);
	cached = seg_qclass(vmem_hash_find(vm, (unsigned long)start));
	spin_unlock_irqrestore(&vm->lock, flags);
	return cached;
}

/* Where caches have no part in it, vmem_alloc()'s goes back like vmem_xalloc()'s [V63]. */
static void clear_one(void *arg, void *start, size_t size)
{
	if (came_through_a_cache(arg, start))
		vmem_free(arg, start, size);
	else
		vmem_xfree(arg, start, size);
}

void arena_clear(vmem_t *vm)
{
	vmem_walk(vm, VMEM_ALLOC | VMEM_REENTRANT, clear_one, vm);
}

static void arena_end(void *data)
{
	struct kunit *test = kunit_get_current_test();
	unsigned long before = ddi_misuse_count();
	vmem_t *vm = data;

	if (!vmem_verify(vm) && test)
		KUNIT_FAIL(test, "arena '%s' does not verify", vm->name);
	arena_clear(vm);
	if (ddi_misuse_count() != before && test)
		KUNIT_FAIL(test, "arena '%s' does not take back what it gave", vm->name);
	vmem_destroy(vm);
}

vmem_t *arena_keep(struct kunit *test, vmem_t *vm)
{
	KUNIT_ASSERT_NOT_NULL(test, vm);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, arena_end, vm), 0);
	return vm;
}

vmem_t *arena_make(struct kunit *test, unsigned long base, size_t size, size_t quantum)
{
	return arena_keep(test, vmem_create(test->name, AT(base), size, quantum, NULL, NULL,
					    NULL, 0, VM_SLEEP));
}

void arena_close(struct kunit *test, vmem_t *vm)
{
	KUNIT_EXPECT_TRUE(test, vmem_verify(vm));
	kunit_remove_action(test, arena_end, vm);
	vmem_destroy(vm);
}

/* What the walks find: first the starts of allocated segments, then all as text. */
struct state {
	bool hex;
	unsigned int allocs, seen, shown;
	unsigned long start[STATE_SEGS];
	size_t len;
	char text[STATE_LEN];
};

static void state_alloc(void *arg, void *start, size_t size)
{
	struct state *s = arg;

	if (s->allocs < STATE_SEGS)
		s->start[s->allocs++] = (unsigned long)start;
}

static void state_segment(void *arg, void *start, size_t size)
{
	unsigned long at = (unsigned long)start;
	struct state *s = arg;
	bool alloc = s->seen < s->allocs && s->start[s->seen] == at;

	s->seen += alloc;
	if (s->shown++ >= STATE_SEGS)
		return;
	s->len += scnprintf(s->text + s->len, STATE_LEN - s->len,
			    s->hex ? "%s%c%#lx+%#lx" : "%s%c%lu+%lu", s->len ? " " : "",
			    alloc ? 'A' : 'F', at, (unsigned long)size);
}

const char *arena_state(struct kunit *test, vmem_t *vm)
{
	struct state *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->hex = vm->quantum > 1;
	vmem_walk(vm, VMEM_ALLOC, state_alloc, s);
	vmem_walk(vm, VMEM_ALLOC | VMEM_FREE, state_segment, s);
	if (s->shown > STATE_SEGS)
		scnprintf(s->text + s->len, STATE_LEN - s->len, " and %u more",
			  s->shown - STATE_SEGS);
	return s->text;
}

static void count_segment(void *arg, void *start, size_t size)
{
	++*(unsigned long *)arg;
}

unsigned long arena_segments(vmem_t *vm)
{
	unsigned long n = 0;

	vmem_walk(vm, VMEM_ALLOC | VMEM_FREE, count_segment, &n);
	return n;
}

u64 arena_stat(vmem_t *vm, enum vmem_stat stat)
{
	unsigned long flags;
	u64 value;

	spin_lock_irqsave(&vm->lock, flags);
	value = vm->stat[stat];
	spin_unlock_irqrestore(&vm->lock, flags);
	return value;
}

unsigned int arena_sleepers(vmem_t *vm)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&vm->lock, flags);
	n = vm->waiters;
	spin_unlock_irqrestore(&vm->lock, flags);
	return n;
}

struct source_log source_log;

vmem_t *source_make(struct kunit *test, size_t size)
{
	memset(&source_log, 0, sizeof(source_log));
	return arena_make(test, SOURCE_BASE, size, 0x1000);
}

/* May the next import be served? */
static bool log_import(size_t size, size_t align, int vmflag)
{
	source_log.imports++;
	source_log.import_size = size;
	source_log.import_align = align;
	source_log.import_flags = vmflag;
	return !source_log.fail;
}

void *source_import(vmem_t *source, size_t size, int vmflag)
{
	return log_import(size, 0, vmflag) ? vmem_alloc(source, size, vmflag) : NULL;
}

void source_export(vmem_t *source, void *start, size_t size)
{
	source_log.exports++;
	source_log.export_start = (unsigned long)start;
	source_log.export_size = size;
	vmem_free(source, start, size);
}

void *source_import_double(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	if (!log_import(*size, align, vmflag))
		return NULL;
	*size *= 2;
	return vmem_alloc(source, *size, vmflag);
}

void *source_import_aligned(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	if (!log_import(*size, align, vmflag))
		return NULL;
	return vmem_xalloc(source, *size, max(align, source->quantum), 0, 0, NULL, NULL, vmflag);
}

vmem_t *kid_make(struct kunit *test, vmem_t *source, size_t quantum)
{
	return arena_keep(test, vmem_create("kid", NULL, 0, quantum, source_import,
					    source_export, source, 0, VM_SLEEP));
}
