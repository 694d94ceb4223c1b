// SPDX-License-Identifier: GPL-2.0-only
/*
 * native.c - arenas for drivers written for Linux
 *
 * Translates a gfp_t, a wait and a struct of constraints into what the engine asks
 * for, and its answer into an errno.
 */
#include "ddi_vmem/native/native.h"

#include <linux/export.h>
#include <linux/kernel.h>

#include "ddi_core/core.h"
#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"

/* Caches are made with GFP_KERNEL, or not at all. */
static int create_flags(const struct ddi_vmem_config *config)
{
	bool plain = (config->gfp & GFP_KERNEL) == GFP_KERNEL;

	return (plain ? VM_SLEEP : VM_NOSLEEP) | (config->identifier ? VMC_IDENTIFIER : 0);
}

vmem_t *vmem_native_create(const char *fn, const struct ddi_vmem_config *config,
			   struct lock_class_key *key, const void *caller)
{
	struct vmem_args args = {
		.fn = fn,
		.caller = caller,
		.name = config->name,
		.base = config->base,
		.size = config->size,
		.quantum = config->quantum ?: 1,
		.afunc = config->import,
		.ffunc = config->export,
		.source = config->source,
		.qcache_max = config->qcache_max,
		.vmflag = create_flags(config),
		.gfp = ddi_slab_gfp(config->gfp),
		.fair = config->fair,
		.key = key,
	};

	if (config->source && !config->import) {
		args.afunc = vmem_alloc;
		args.ffunc = config->export ?: vmem_free;
	}
	might_sleep_if(gfpflags_allow_blocking(config->gfp));
	return vmem_create_args(&args);
}

vmem_t *__ddi_vmem_create(const struct ddi_vmem_config *config, struct lock_class_key *key)
{
	return vmem_native_create("ddi_vmem_create", config, key, __builtin_return_address(0));
}
EXPORT_SYMBOL(__ddi_vmem_create);

int ddi_vmem_add(vmem_t *vm, unsigned long start, size_t size, gfp_t gfp)
{
	might_sleep_if(gfpflags_allow_blocking(gfp));
	return vmem_add_as("ddi_vmem_add", vm, start, size, ddi_slab_gfp(gfp),
			   __builtin_return_address(0));
}
EXPORT_SYMBOL(ddi_vmem_add);

static const int policy_flag[] = {
	[DDI_VMEM_ANY] = 0,
	[DDI_VMEM_BESTFIT] = VM_BESTFIT,
	[DDI_VMEM_FIRSTFIT] = VM_FIRSTFIT,
	[DDI_VMEM_NEXTFIT] = VM_NEXTFIT,
};

/* Is the size all that is asked for? */
static bool is_plain(const struct ddi_vmem_request *want)
{
	return !(want->policy | want->high | want->align | want->phase | want->nocross |
		 want->min | want->end);
}

static bool is_constrained(const struct vmem_request *req)
{
	return req->windowed || req->shaped || req->want.high;
}

/* The reason why no arena could serve the request, or NULL. */
static const char *request_error(const struct vmem *vm, const struct ddi_vmem_request *want,
				 const struct vmem_request *req)
{
	if (want->policy >= ARRAY_SIZE(policy_flag))
		return "unknown policy";
	if (want->policy == DDI_VMEM_NEXTFIT && is_constrained(req))
		return "next fit knows no constraint";
	return vmem_constraint_error(&req->want, vm->quantum);
}

static void report(const char *fn, const struct vmem *vm, const struct ddi_vmem_request *want,
		   const char *error, const void *caller)
{
	ddi_misuse(fn, vm->name, caller,
		   "%s: size %#zx, align %#zx, phase %#zx, nocross %#zx, min %#lx, end %#lx, policy %d, quantum %#lx",
		   error, want->size, want->align, want->phase, want->nocross, want->min,
		   want->end, want->policy, vm->quantum);
}

static void *alloc_constrained(const char *fn, struct vmem *vm,
			       const struct ddi_vmem_request *want, struct vmem_terms *terms,
			       const void *caller)
{
	bool known = want->policy < ARRAY_SIZE(policy_flag);
	int policy = known ? policy_flag[want->policy] : 0;
	struct vmem_request req = {
		.want.size = vmem_round(vm, want->size),
		.want.asize = want->size,
		.want.align = want->align ?: vm->quantum,
		.want.phase = want->phase,
		.want.nocross = want->nocross,
		.want.min = want->min,
		.want.last = want->end - 1,
		.want.high = want->high,
		.policy = vmem_policy_of(policy),
		.windowed = want->min || want->end,
		.cuts = VMEM_NEED_CUT,
	};
	const char *error;

	req.shaped = req.want.align > vm->quantum || want->phase || want->nocross;
	error = request_error(vm, want, &req);
	if (!error)
		return vmem_xalloc_terms(vm, &req, vmem_flags_of(want->gfp) | policy, terms,
					 caller);
	report(fn, vm, want, error, caller);
	terms->error = -EINVAL;
	return NULL;
}

int vmem_native_alloc(const char *fn, vmem_t *vm, const struct ddi_vmem_request *want,
		      const void *caller, unsigned long *addr)
{
	struct vmem_terms terms = {
		.gfp = ddi_slab_gfp(want->gfp),
		.state = want->state ?: TASK_KILLABLE,
		.timeout = max(want->timeout, 0L),
	};
	void *got;

	might_sleep_if(gfpflags_allow_blocking(want->gfp) || terms.timeout);
	if (is_plain(want) && want->size)
		got = vmem_alloc_terms(vm, want->size, vmem_flags_of(want->gfp), &terms, caller);
	else
		got = alloc_constrained(fn, vm, want, &terms, caller);
	if (!got)
		return terms.error ?: -ENOSPC;
	*addr = (unsigned long)got;
	return 0;
}

int ddi_vmem_alloc(vmem_t *vm, size_t size, gfp_t gfp, unsigned long *addr)
{
	struct ddi_vmem_request want = { .size = size, .gfp = gfp };

	return vmem_native_alloc("ddi_vmem_alloc", vm, &want, __builtin_return_address(0), addr);
}
EXPORT_SYMBOL(ddi_vmem_alloc);

int ddi_vmem_alloc_wait(vmem_t *vm, size_t size, gfp_t gfp, unsigned int state, long timeout,
			unsigned long *addr)
{
	struct ddi_vmem_request want = {
		.size = size,
		.gfp = gfp,
		.state = state,
		.timeout = timeout,
	};

	return vmem_native_alloc("ddi_vmem_alloc_wait", vm, &want, __builtin_return_address(0),
				 addr);
}
EXPORT_SYMBOL(ddi_vmem_alloc_wait);

int ddi_vmem_xalloc(vmem_t *vm, const struct ddi_vmem_request *req, unsigned long *addr)
{
	return vmem_native_alloc("ddi_vmem_xalloc", vm, req, __builtin_return_address(0), addr);
}
EXPORT_SYMBOL(ddi_vmem_xalloc);

void ddi_vmem_free(vmem_t *vm, unsigned long addr, size_t size)
{
	if (size - 1 < vm->qc_max && vmem_qc_free(vm, addr, size))
		return;
	vmem_free_any(vm, addr, size, __builtin_return_address(0));
}
EXPORT_SYMBOL(ddi_vmem_free);
