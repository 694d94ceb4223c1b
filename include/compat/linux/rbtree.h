/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/rbtree.h, with what came later
 *
 * rb_add(), rb_add_cached(): since 5.12. The shim goes with 5.10.
 */
#ifndef _DDI_COMPAT_LINUX_RBTREE_H
#define _DDI_COMPAT_LINUX_RBTREE_H

#include_next <linux/rbtree.h>

#ifndef DDI_HAVE_RB_ADD
static __always_inline void rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
					  bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, tree, leftmost);
}

static __always_inline void rb_add(struct rb_node *node, struct rb_root *tree,
				   bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
}
#endif

#endif /* _DDI_COMPAT_LINUX_RBTREE_H */
