// SPDX-License-Identifier: GPL-2.0-only
/* ranges.c - a set of user offsets, kept as ranges that neither touch nor overlap */
#include "ddi_devmap/ranges.h"

#include <linux/minmax.h>
#include <linux/slab.h>

#include "ddi_core/core.h"

struct devmap_range {
	struct rb_node node;
	offset_t start;
	offset_t end;
};

struct devmap_range *devmap_range_alloc(gfp_t gfp)
{
	return kmalloc(sizeof(struct devmap_range), gfp);
}

DDI_EXPORT_FOR_KUNIT(devmap_range_alloc);

void devmap_range_free(struct devmap_range *range)
{
	kfree(range);
}

DDI_EXPORT_FOR_KUNIT(devmap_range_free);

static struct devmap_range *range_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct devmap_range, node);
}

/* The first range that ends behind @off. */
static struct devmap_range *ranges_first(const struct devmap_ranges *set, offset_t off)
{
	struct rb_node *node = set->root.rb_node;
	struct devmap_range *found = NULL;

	while (node) {
		struct devmap_range *r = range_of(node);

		if (r->end > off) {
			found = r;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

offset_t devmap_ranges_end(const struct devmap_ranges *set, offset_t off)
{
	struct devmap_range *r = ranges_first(set, off);

	return r && r->start <= off ? r->end : off;
}

DDI_EXPORT_FOR_KUNIT(devmap_ranges_end);

static void ranges_insert(struct devmap_ranges *set, struct devmap_range *new)
{
	struct rb_node **link = &set->root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = new->start < range_of(parent)->start ? &parent->rb_left :
							      &parent->rb_right;
	}
	rb_link_node(&new->node, parent, link);
	rb_insert_color(&new->node, &set->root);
}

/* The ranges that it touches become part of it; the first of them stays. */
struct devmap_range *devmap_ranges_add(struct devmap_ranges *set, offset_t start,
				       offset_t end, struct devmap_range *spare)
{
	struct devmap_range *first = ranges_first(set, start - 1), *r;

	if (!first || first->start > end) {
		spare->start = start;
		spare->end = end;
		ranges_insert(set, spare);
		return NULL;
	}
	first->start = min(first->start, start);
	while ((r = range_of(rb_next(&first->node))) && r->start <= end) {
		first->end = r->end;
		rb_erase(&r->node, &set->root);
		kfree(r);
	}
	first->end = max(first->end, end);
	return spare;
}

DDI_EXPORT_FOR_KUNIT(devmap_ranges_add);

struct devmap_range *devmap_ranges_remove(struct devmap_ranges *set, offset_t start,
					  offset_t end, struct devmap_range *spare)
{
	struct devmap_range *r = ranges_first(set, start), *next;

	if (r && r->start < start && r->end > end && spare) {
		spare->start = end;
		spare->end = r->end;
		r->end = start;
		ranges_insert(set, spare);
		return NULL;
	}
	for (; r && r->start < end; r = next) {
		next = range_of(rb_next(&r->node));
		if (r->start < start) {
			r->end = start;
		} else if (r->end > end) {
			r->start = end;
		} else {
			rb_erase(&r->node, &set->root);
			kfree(r);
		}
	}
	return spare;
}

DDI_EXPORT_FOR_KUNIT(devmap_ranges_remove);

void devmap_ranges_clear(struct devmap_ranges *set)
{
	devmap_ranges_remove(set, S64_MIN, S64_MAX, NULL);
}

DDI_EXPORT_FOR_KUNIT(devmap_ranges_clear);
