// SPDX-License-Identifier: GPL-2.0-only
/*
 * module_exit.c - arenas whose driver is unloaded and has not destroyed them
 *
 * They are kept, and another module that has the pointer may use and destroy them.
 * Import functions in the unloaded module are no longer called: such an arena
 * imports nothing, as if its source were empty.
 */
#include <sys/vmem.h>

#include <linux/module.h>
#include <linux/mutex.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"

/* Guards vmem.owner: modules may be loaded and unloaded concurrently. */
static DEFINE_MUTEX(owner_mutex);

static void *exited_import(vmem_t *source, size_t size, int vmflag)
{
	return NULL;
}

static void *exited_ximport(vmem_t *source, size_t *size, size_t align, int vmflag)
{
	return NULL;
}

/* The span stays allocated in the source. */
static void exited_export(vmem_t *source, void *addr, size_t size)
{
}

#define lies_in(function, mod)	within_module((unsigned long)(function), mod)

/* Replace the functions that lie in @mod; was there one? */
static bool disarm(struct vmem *vm, const struct module *mod)
{
	bool import = lies_in(vm->afunc, mod), ximport = lies_in(vm->xafunc, mod);
	bool export = lies_in(vm->ffunc, mod);

	if (import)
		WRITE_ONCE(vm->afunc, exited_import);
	if (ximport)
		WRITE_ONCE(vm->xafunc, exited_ximport);
	if (export)
		WRITE_ONCE(vm->ffunc, exited_export);
	return import || ximport || export;
}

#ifdef CONFIG_LOCKDEP
/* A lock class that lies in @mod goes with it; the lock lives on. */
static void leave_class(struct vmem *vm, const struct module *mod)
{
	static struct lock_class_key exited;

	if (lies_in(vm->lock.dep_map.key, mod))
		vmem_set_class(vm, &exited);
}
#else
static void leave_class(struct vmem *vm, const struct module *mod)
{
}
#endif

static bool is_of(const struct vmem *vm, const struct module *mod)
{
	return vm->owner ? vm->owner == mod : lies_in(vm->caller, mod);
}

static void report(struct vmem *vm, const struct module *mod)
{
	unsigned long inuse, live = vmem_live(vm, &inuse);

	ddi_misuse("module exit", vm->name, ddi_left_from(mod, vm->caller),
		   "%s leaves it behind, with %lu %s in %lu allocations", mod->name, inuse,
		   vm->flags & VMC_IDENTIFIER ? "identifiers" : "bytes", live);
	vmem_log_leaks(vm);
}

/* The init function that created it is about to vanish from memory. */
static void come(struct vmem *vm, const void *mod)
{
	if (!vm->owner && lies_in(vm->caller, mod))
		vm->owner = mod;
}

static void go(struct vmem *vm, const void *module)
{
	const struct module *mod = module;

	if (is_of(vm, mod)) {
		report(vm, mod);
		/* The arena belongs to this module from now on. */
		vm->owner = THIS_MODULE;
	}
	leave_class(vm, mod);
	if (disarm(vm, mod))
		ddi_misuse("module exit", vm->name, ddi_left_from(mod, vm->caller),
			   "%s has its import functions; not called any more", mod->name);
}

void ddi_vmem_module_came(const struct module *mod)
{
	mutex_lock(&owner_mutex);
	vmem_each_arena(come, mod);
	mutex_unlock(&owner_mutex);
}

void ddi_vmem_module_goes(const struct module *mod)
{
	mutex_lock(&owner_mutex);
	vmem_each_arena(go, mod);
	mutex_unlock(&owner_mutex);
}
