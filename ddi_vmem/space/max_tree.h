/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * max_tree.h - searches in red-black trees with the largest size of each subtree
 */
#ifndef _DDI_VMEM_MAX_TREE_H
#define _DDI_VMEM_MAX_TREE_H

#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct max_tree - how to read the nodes of such a tree
 * @size: size of the node itself
 * @largest: largest size in its subtree, 0 for NULL
 * @before: does the node lie wholly before @key? For max_tree_from() alone.
 *
 * Must be a constant: the functions that take it are inlined.
 */
struct max_tree {
	unsigned long (*size)(const struct rb_node *node);
	unsigned long (*largest)(const struct rb_node *node);
	bool (*before)(const struct rb_node *node, u64 key);
};

/* The first node of @size or more in the subtree of @node, which has one. */
static __always_inline struct rb_node *max_tree_first(const struct max_tree *tree,
						      struct rb_node *node, unsigned long size)
{
	for (;;) {
		if (node->rb_left && tree->largest(node->rb_left) >= size) {
			node = node->rb_left;
			continue;
		}
		if (tree->size(node) >= size)
			return node;
		node = node->rb_right;
	}
}

/* The first node of @size or more that does not lie before @key, or NULL. */
static __always_inline struct rb_node *max_tree_from(const struct max_tree *tree,
						     struct rb_node *node, u64 key,
						     unsigned long size)
{
	struct rb_node *found = NULL;

	/* @found: the lowest node on the way down that is large enough, or has one on its right. */
	while (node) {
		if (tree->before(node, key)) {
			node = node->rb_right;
			continue;
		}
		if (tree->size(node) >= size || tree->largest(node->rb_right) >= size)
			found = node;
		node = tree->largest(node->rb_left) >= size ? node->rb_left : NULL;
	}
	if (!found || tree->size(found) >= size)
		return found;
	return max_tree_first(tree, found->rb_right, size);
}

#endif /* _DDI_VMEM_MAX_TREE_H */
