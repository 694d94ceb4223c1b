// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is there rb_add()? Since 5.12.
 * Fails with: implicit declaration of function|undeclared function
 */
#include <linux/rbtree.h>

void ddi_probe(struct rb_node *node, struct rb_root *root,
	       bool (*less)(struct rb_node *, const struct rb_node *));

void ddi_probe(struct rb_node *node, struct rb_root *root,
	       bool (*less)(struct rb_node *, const struct rb_node *))
{
	rb_add(node, root, less);
}
