/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kunit/test.h, with what came later
 *
 * kunit_add_action_or_reset(), kunit_release_action(), kunit_remove_action(): since 6.5.
 * KUNIT_CASE_SLOW(), KUNIT_ARRAY_PARAM_DESC(): since 6.6 and 6.7.
 * kunit_vm_mmap(): since 6.11. No module can make an address space on older kernels: the
 * cases that need one are skipped there. It goes with 6.6.
 * KUNIT_GENERATOR(): declares a generator of parameters, which gets the test since
 * 6.18. It goes with 6.17.
 * The other shims go with 6.1, under names of our own, which disturb no kernel that
 * has a part of them.
 */
#ifndef _DDI_COMPAT_KUNIT_TEST_H
#define _DDI_COMPAT_KUNIT_TEST_H

#include_next <kunit/test.h>

#ifndef KUNIT_CASE_SLOW
#include <kunit/resource.h>
#include <linux/slab.h>

#define KUNIT_CASE_SLOW(test_name)	KUNIT_CASE(test_name)

typedef void (kunit_action_t)(void *ctx);

struct ddi_kunit_action {
	kunit_action_t *action;
	void *ctx;
};

static inline void ddi_kunit_action_run(struct kunit_resource *res)
{
	struct ddi_kunit_action *a = res->data;

	if (a->action)
		a->action(a->ctx);
	kfree(a);
}

static inline bool ddi_kunit_action_is(struct kunit *test, struct kunit_resource *res, void *like)
{
	struct ddi_kunit_action *a = res->data, *b = like;

	return res->free == ddi_kunit_action_run && a->action == b->action && a->ctx == b->ctx;
}

static inline int ddi_kunit_add_action(struct kunit *test, kunit_action_t *action, void *ctx)
{
	struct ddi_kunit_action *a = kmalloc(sizeof(*a), GFP_KERNEL);

	if (a) {
		*a = (struct ddi_kunit_action){ action, ctx };
		if (kunit_alloc_resource(test, NULL, ddi_kunit_action_run, GFP_KERNEL, a))
			return 0;
		kfree(a);
	}
	action(ctx);
	return -ENOMEM;
}

static inline void ddi_kunit_release_action(struct kunit *test, kunit_action_t *action, void *ctx)
{
	struct ddi_kunit_action like = { action, ctx };

	kunit_destroy_resource(test, ddi_kunit_action_is, &like);
}

static inline void ddi_kunit_remove_action(struct kunit *test, kunit_action_t *action, void *ctx)
{
	struct ddi_kunit_action like = { action, ctx }, *a;
	struct kunit_resource *res = kunit_find_resource(test, ddi_kunit_action_is, &like);

	if (!res)
		return;
	a = res->data;
	a->action = NULL;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
}

#define kunit_add_action_or_reset(test, action, ctx)	ddi_kunit_add_action(test, action, ctx)
#define kunit_release_action(test, action, ctx)		ddi_kunit_release_action(test, action, ctx)
#define kunit_remove_action(test, action, ctx)		ddi_kunit_remove_action(test, action, ctx)
#endif

#ifndef DDI_HAVE_KUNIT_VM_MMAP
struct file;

static inline unsigned long kunit_vm_mmap(struct kunit *test, struct file *file, unsigned long addr,
					  unsigned long len, unsigned long prot,
					  unsigned long flag, unsigned long offset)
{
	kunit_skip(test, "KUnit of this kernel has no address space for a case");
	return 0;
}
#endif

#ifndef KUNIT_ARRAY_PARAM_DESC
#define KUNIT_ARRAY_PARAM_DESC(name, array, desc_member)				\
	static void name##_describe(const typeof((array)[0]) *param, char *desc)	\
	{										\
		strscpy(desc, param->desc_member, KUNIT_PARAM_DESC_SIZE);		\
	}										\
	KUNIT_ARRAY_PARAM(name, array, name##_describe)
#endif

#ifdef DDI_HAVE_KUNIT_GENERATOR_TEST
#define KUNIT_GENERATOR(name)	\
	const void *name(struct kunit *test, const void *prev, char *desc)
#else
#define KUNIT_GENERATOR(name)	const void *name(const void *prev, char *desc)
#endif

#endif /* _DDI_COMPAT_KUNIT_TEST_H */
