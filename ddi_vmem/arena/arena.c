// SPDX-License-Identifier: GPL-2.0-only
/*
 * arena.c - creating and destroying arenas
 *
 * An arena is published to debugfs and to its source's count of children as the
 * last step of its creation, so a failed creation leaves nothing behind [V16].
 * Destroying takes it off the list and leaves the memory to a work item: it may
 * be called from an interrupt handler, where neither vfree() nor a million
 * frees of descriptors belong. docs/engine.md explains the engine as a whole.
 */
#include <sys/vmem.h>

#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

#include "ddi_core/audit.h"
#include "ddi_core/fault.h"
#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"
#include "ddi_vmem/search/resume.h"
#include "ddi_vmem/segment/work.h"
#include "ddi_vmem/space/deferred.h"
#include "ddi_vmem/space/span_add.h"

/* Work: free an arena that nobody can see any more. */
static void vmem_reap(struct work_struct *work)
{
	struct vmem *vm = container_of(work, struct vmem, reap);

	if (ddi_audit_on())
		ddi_audit_forget(vm);
	vmem_qc_free_all(vm);
	vmem_pool_free(vm);
	vmem_hash_free(&vm->hash);
	vmem_search_free_all(vm);
	if (vm->spare)
		vmem_span_free(vm->spare);
	if (vm->source)
		vmem_put(vm->source);
	kfree(vm);
}

/*
 * Does exporting a span of @vm free memory? Not if it holds identifiers. If it goes
 * back to another arena, only if a driver's own export function is called in the end.
 */
static bool owns_memory(const struct vmem *vm)
{
	if (!vm->ffunc || vm->flags & VMC_IDENTIFIER)
		return false;
	return vm->ffunc != vmem_free || (vm->source && vm->source->owns_memory);
}

/* Where @vm imports from; the source has a child from now on. */
static void vmem_set_source(struct vmem *vm, const struct vmem_args *args)
{
	vm->afunc = args->afunc;
	vm->xafunc = args->xafunc;
	vm->ffunc = args->ffunc;
	vm->source = args->source;
	vm->owns_memory = owns_memory(vm);
	if (!vm->source)
		return;
	refcount_inc(&vm->source->ref);
	if (!vmem_parent(vm))
		return;
	atomic_inc(&vm->source->children);
	vm->family = vm->source->family;
	vm->depth = vm->source->depth + 1;
}

/* The creator's end of an arena. */
static void vmem_abandon(struct vmem *vm)
{
	if (vmem_parent(vm))
		atomic_dec(&vmem_parent(vm)->children);
	vmem_put(vm);
}

static void vmem_publish(struct vmem *vm)
{
	__module_get(THIS_MODULE);
	vmem_list_add(vm);
}

static void vmem_unpublish(struct vmem *vm)
{
	vmem_list_del(vm);
	vmem_abandon(vm);
	module_put(THIS_MODULE);
}

/* Escaped for the log: a name must not look like a line of its own. */
static void copy_name(char *to, const char *name)
{
	int len = string_escape_mem(name, strnlen(name, VMEM_NAMELEN), to, VMEM_NAMELEN - 1,
				    ESCAPE_ANY_NP, NULL);

	to[min(len, VMEM_NAMELEN - 1)] = '\0';
}

/* Give the arena's lock a class of its own, which lasts as long as the driver. */
void vmem_set_class(struct vmem *vm, struct lock_class_key *key)
{
	lockdep_set_class_and_name(&vm->lock, key, "ddi_vmem");
}

/* An empty arena that nobody knows yet; NULL without memory. */
static struct vmem *vmem_new(const struct vmem_args *args)
{
	struct vmem *vm;

	if (ddi_should_fail(DDI_FAIL_DESCRIPTORS, args->gfp))
		return NULL;
	vm = kzalloc(sizeof(*vm), args->gfp);
	if (!vm)
		return NULL;
	vm->quantum = args->quantum;
	vm->qshift = __ffs(args->quantum);
	vm->flags = args->vmflag & VMC_FLAGS;
	vm->fair = args->fair;
	vm->limit = args->limit ?: ULONG_MAX;
	vm->max_live = vm->limit;
	INIT_LIST_HEAD(&vm->queue);
	vm->id = vmem_next_id();
	vm->caller = args->caller;
	copy_name(vm->name, args->name);
	vm->family = vm;
	spin_lock_init(&vm->lock);
	if (args->key)
		vmem_set_class(vm, args->key);
	vm->by_size = RB_ROOT_CACHED;
	INIT_HLIST_HEAD(&vm->cursors);
	INIT_LIST_HEAD(&vm->searches);
	INIT_LIST_HEAD(&vm->searches_idle);
	INIT_LIST_HEAD(&vm->seams);
	vmem_hash_init(&vm->hash);
	vm->head.next = &vm->head;
	vm->next_fit = &vm->head;
	vm->head.prev_type = (unsigned long)&vm->head | VMEM_SEG_SPAN;
	init_waitqueue_head(&vm->wait);
	refcount_set(&vm->ref, 1);
	INIT_WORK(&vm->grow, vmem_hash_grow);
	INIT_WORK(&vm->qreap, vmem_qc_reap_work);
	INIT_WORK(&vm->reap, vmem_reap);
	return vm;
}

/* An import no smaller than illumos's cache slabs would have been [V82]. */
static unsigned long vmem_slab_size(unsigned long quantum, size_t qcache_max)
{
	unsigned long most = quantum * min(qcache_max >> __ffs(quantum), 16UL);

	/* 8 * @most does not fit into a word: use the smallest slab. */
	if (most > ULONG_MAX / 8)
		return 64;
	return max(1UL << fls_long(3 * most), 64UL);
}

/* Fill the pool, with @more than what every arena has; false without memory. */
static bool vmem_populate(struct vmem *vm, unsigned long more, gfp_t gfp)
{
	unsigned long reserve = VMEM_POOL_RESERVE + more;

	vm->pool_high = max(VMEM_POOL_HIGH, reserve + VMEM_POOL_BATCH);
	vmem_set_slow(vm);
	return vmem_pool_fill(vm, reserve, gfp);
}

static const char *create_error(const struct vmem_args *args)
{
	if (!is_power_of_2(args->quantum))
		return "the quantum must be a power of two";
	if ((args->afunc || args->xafunc) && args->source &&
	    args->source->depth >= VMEM_DEPTH_MAX)
		return "too many sources above each other";
	if (!args->base && !args->size)
		return NULL;
	return vmem_span_error(args->quantum, args->base, args->size);
}

/* Returns an arena; -EINVAL if it has reported misuse; -ENOMEM. */
struct vmem *vmem_create_args(const struct vmem_args *args)
{
	const char *error = create_error(args);
	char name[VMEM_NAMELEN];
	struct vmem *vm;

	might_sleep_if(!(args->vmflag & VM_NOSLEEP));
	if (error) {
		copy_name(name, args->name);
		vmem_next_id();
		ddi_misuse(args->fn, name, args->caller,
			   "base %#lx, size %#zx, quantum %#zx: %s",
			   args->base, args->size, args->quantum, error);
		return ERR_PTR(-EINVAL);
	}
	vm = vmem_new(args);
	if (!vm)
		return ERR_PTR(-ENOMEM);
	vmem_set_source(vm, args);
	if (vm->flags & VMC_NO_QCACHE)
		vm->min_import = vmem_slab_size(args->quantum, args->qcache_max);
	if (!vmem_populate(vm, 0, args->gfp) ||
	    (args->size &&
	     vmem_add_range(vm, args->base, args->size, args->gfp) != VMEM_MAP_DONE)) {
		vmem_abandon(vm);
		return ERR_PTR(-ENOMEM);
	}
	/* Making caches may sleep, so an arena made with VM_NOSLEEP has none [V77]. */
	if (args->qcache_max >= vm->quantum && !(args->vmflag & (VMC_NO_QCACHE | VM_NOSLEEP)))
		vmem_qc_create(vm, args->qcache_max);
	vmem_publish(vm);
	if (vm->source && (vm->source->flags ^ vm->flags) & VMC_IDENTIFIER)
		pr_warn("%s('%s'): only one of the arena and its source '%s' is VMC_IDENTIFIER; make both or neither so\n",
			args->fn, vm->name, vm->source->name);
	return vm;
}

static struct vmem *create(const struct vmem_args *args)
{
	struct vmem *vm = vmem_create_args(args);

	return IS_ERR(vm) ? NULL : vm;
}

vmem_t *vmem_create(const char *name, void *base, size_t size, size_t quantum,
		    vmem_alloc_t *afunc, vmem_free_t *ffunc, vmem_t *source,
		    size_t qcache_max, int vmflag)
{
	struct vmem_args args = {
		.fn = "vmem_create",
		.caller = __builtin_return_address(0),
		.name = name,
		.base = (unsigned long)base,
		.size = size,
		.quantum = quantum,
		.afunc = afunc,
		.ffunc = ffunc,
		.source = source,
		.qcache_max = qcache_max,
		.vmflag = vmflag & ~(VMC_XALLOC | VMC_XALIGN),
		.gfp = vmem_gfp(vmflag),
	};

	return create(&args);
}
EXPORT_SYMBOL(vmem_create);

vmem_t *vmem_xcreate(const char *name, void *base, size_t size, size_t quantum,
		     vmem_ximport_t *afunc, vmem_free_t *ffunc, vmem_t *source,
		     size_t qcache_max, int vmflag)
{
	struct vmem_args args = {
		.fn = "vmem_xcreate",
		.caller = __builtin_return_address(0),
		.name = name,
		.base = (unsigned long)base,
		.size = size,
		.quantum = quantum,
		.xafunc = afunc,
		.ffunc = ffunc,
		.source = source,
		.qcache_max = qcache_max,
		.vmflag = vmflag & ~VMC_POPULATOR,
		.gfp = vmem_gfp(vmflag),
	};

	return create(&args);
}
EXPORT_SYMBOL(vmem_xcreate);

/* Give back what is still imported and entirely free [V112]. */
static void vmem_export_idle(struct vmem *vm)
{
	struct vmem_span *idle = NULL;
	struct rb_node *node, *next;
	unsigned long flags;

	/* Nobody else changes a dying arena, so next stays valid unlocked. */
	for (node = rb_first(&vm->spans_seq); node; node = next) {
		struct vmem_span *span = rb_entry(node, struct vmem_span, by_seq);

		next = rb_next(node);
		spin_lock_irqsave(&vm->lock, flags);
		vmem_flush_deferred(vm);
		if (seg_is_free(span->seg.next))
			idle = vmem_collect_idle(vm, span->seg.next, idle);
		spin_unlock_irqrestore(&vm->lock, flags);
	}
	vmem_export_all(vm, idle);
}

/* Mark the arena as dying unless somebody still depends on it [V110, V115]. */
static const char *vmem_kill(struct vmem *vm)
{
	const char *error = NULL;
	unsigned long flags;

	spin_lock_irqsave(&vm->lock, flags);
	if (vm->dead)
		error = "it is being destroyed already";
	else if (atomic_read(&vm->children))
		error = "other arenas import from it; not destroyed";
	else if (vm->waiters)
		error = "threads wait in it or search it; not destroyed";
	else if (atomic_read_acquire(&vm->inside))
		error = "threads are in the middle of its functions; not destroyed";
	else
		vm->dead = true;
	spin_unlock_irqrestore(&vm->lock, flags);
	return error;
}

/* How many allocations its users hold, and their sizes; exact when they rest. */
unsigned long vmem_live(struct vmem *vm, unsigned long *inuse)
{
	struct vmem_qsum qc = vmem_qc_sum(vm);

	*inuse = vmem_unlocked(vm->inuse) + qc.inuse;
	return vmem_unlocked(vmem_held(vm)) + qc.allocs - qc.frees;
}

static void vmem_report_leak(const char *fn, struct vmem *vm, const void *caller)
{
	unsigned long inuse, live = vmem_live(vm, &inuse);

	if (!live)
		return;
	ddi_misuse(fn, vm->name, caller, "leaked %lu %s in %lu allocations", inuse,
		   vm->flags & VMC_IDENTIFIER ? "identifiers" : "bytes", live);
	vmem_log_leaks(vm);
}

bool vmem_destroy_as(const char *fn, struct vmem *vm, const void *caller)
{
	const char *error = vmem_kill(vm);

	if (error) {
		ddi_misuse(fn, vm->name, caller, "%s", error);
		return false;
	}
	vmem_qc_stop(vm);
	vmem_report_leak(fn, vm, caller);
	vmem_export_idle(vm);
	vmem_unpublish(vm);
	return true;
}

void vmem_destroy(vmem_t *vm)
{
	if (vm)
		vmem_destroy_as("vmem_destroy", vm, __builtin_return_address(0));
}
EXPORT_SYMBOL(vmem_destroy);

/* What ddi_rmap asks for beyond <sys/vmem.h>. */

struct vmem *vmem_map_create(const struct vmem_args *args)
{
	struct vmem *vm = vmem_new(args);

	if (!vm)
		return NULL;
	vm->merge = true;
	vm->index = VMEM_INDEX_READY;
	vm->spare = vmem_span_alloc(args->gfp);
	/* Each allocation may leave a free run before it, and one is last. */
	if (!vm->spare || !vmem_populate(vm, 2 * args->reserve + 1, args->gfp)) {
		vmem_put(vm);
		return NULL;
	}
	vmem_publish(vm);
	return vm;
}

const char *vmem_map_name(const struct vmem *vm)
{
	return vm->name;
}

bool vmem_map_full(struct vmem *vm)
{
	unsigned long flags;
	bool full;

	spin_lock_irqsave(&vm->lock, flags);
	full = vmem_held(vm) >= vm->limit;
	spin_unlock_irqrestore(&vm->lock, flags);
	return full;
}
