// SPDX-License-Identifier: GPL-2.0-only
/*
 * terms.c - requests that say by a gfp_t how memory is had, and how they wait
 *
 * The engine's half of <ddi/vmem.h>. Such a request differs from one of <sys/vmem.h>
 * in two points: it can fail for want of bookkeeping memory even if it may sleep, and it
 * is told why it has failed. An import from another arena is made on the same terms.
 */
#include <linux/gfp.h>

#include "ddi_vmem/arena/arena.h"
#include "ddi_vmem/cache/qcache.h"

/*
 * The VM_* flags that a driver's import function gets. With VM_ABORT the engine does
 * not wait as for VM_SLEEP: the terms of the request say how it waits.
 */
int vmem_flags_of(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		return VM_ABORT | VM_NOSLEEP | (gfp & __GFP_HIGH ? 0 : VM_NORMALPRI);
	if ((gfp & (__GFP_IO | __GFP_FS)) != (__GFP_IO | __GFP_FS))
		return VM_ABORT | VM_PUSHPAGE;
	return VM_ABORT | VM_SLEEP;
}

static void *serve(struct vmem *vm, const struct vmem_request *req, int vmflag,
		   struct vmem_terms *terms, const char *fn, const void *caller)
{
	struct vmem_call call = {
		.vm = vm,
		.req = req,
		.vmflag = vmflag,
		.terms = terms,
		.fn = fn,
		.caller = caller,
	};

	return vmem_serve(&call);
}

/* Of a size that is not 0; the caches serve. */
void *vmem_alloc_terms(struct vmem *vm, unsigned long size, int vmflag,
		       struct vmem_terms *terms, const void *caller)
{
	struct vmem_request req = {
		.want.size = vmem_round(vm, size),
		.want.asize = size,
		.want.align = vm->quantum,
		.want.last = ULONG_MAX,
		.policy = vmem_policy_of(0),
		.cuts = 1,
		.qclass = vmem_qclass(vm, size),
	};
	void *got = NULL;

	if (req.want.size < size)
		return NULL;
	if (req.qclass)
		got = vmem_qc_alloc(vm, size, 0);
	if (!got)
		got = vmem_alloc_at_hand(vm, size);
	return got ? got : serve(vm, &req, vmflag, terms, "ddi_vmem_alloc", caller);
}

/* With a policy or constraint, which is sound; the caches do not serve. */
void *vmem_xalloc_terms(struct vmem *vm, struct vmem_request *req, int vmflag,
			struct vmem_terms *terms, const void *caller)
{
	if (vmem_constraint_overflows(&req->want, vm->quantum) ||
	    vmem_constraint_hopeless(&req->want, vm->quantum))
		return NULL;
	return serve(vm, req, vmflag, terms, "ddi_vmem_xalloc", caller);
}
