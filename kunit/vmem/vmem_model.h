/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmem_model.h - a plain model of an arena
 *
 * One entry for each quantum: which span it belongs to and whether it is
 * allocated. The model answers by trying every address.
 */
#ifndef _VMEM_MODEL_H
#define _VMEM_MODEL_H

#include <sys/vmem.h>

#include <linux/types.h>

#define MODEL_QUANTA	320	/* the model's address space; 0 is in no span */

struct model_alloc {
	unsigned long start, size;	/* in units, as asked for */
	bool x;				/* by vmem_xalloc */
};

/**
 * struct vmem_model - what an arena should hold
 * @qshift: logarithm of the quantum
 * @qcached: cached sizes, in quanta
 * @exact: a request with a policy or constraint sees what is cached as free
 * @direct: and one with a policy bypasses the caches (VMC_IDENTIFIER)
 * @merge: spans are one (resource maps)
 * @span: by quantum: 0 for none, else the span's number in order of addition
 * @used: by quantum
 * @spans: the last number given
 * @live: allocations
 * @n: how many
 * @rotor_span: span of the last next-fit allocation
 * @rotor: its last quantum
 */
struct vmem_model {
	unsigned int qshift;
	unsigned int qcached;
	bool exact;
	bool direct;
	bool merge;
	short span[MODEL_QUANTA];
	bool used[MODEL_QUANTA];
	int spans;
	struct model_alloc live[MODEL_QUANTA];
	int n;
	int rotor_span;
	long rotor;
};

struct model_request {
	unsigned long size, align, phase, nocross, min, max;	/* in units */
	int flags;
	bool x;				/* by vmem_xalloc */
};

static inline unsigned long model_quanta(const struct vmem_model *m, unsigned long size)
{
	return (size + (1UL << m->qshift) - 1) >> m->qshift;
}

/* Is [first, first + n) clear of every span? */
bool model_span_is_new(const struct vmem_model *m, unsigned long first, unsigned long n);
void model_add_span(struct vmem_model *m, unsigned long first, unsigned long n);
/* Forget quanta that have left the arena; false if one is in use or was not there. */
bool model_drop_span(struct vmem_model *m, unsigned long first, unsigned long n);

/* The lowest address that satisfies, or 0; and where next fit would go. */
unsigned long model_first(const struct vmem_model *m, const struct model_request *r);
unsigned long model_next(const struct vmem_model *m, const struct model_request *r);

/* Is @addr, which may be 0, a right answer? */
bool model_accepts(const struct vmem_model *m, const struct model_request *r,
		   unsigned long addr);

/* Enter an answer that was accepted. */
void model_take(struct vmem_model *m, const struct model_request *r, unsigned long addr);

/* The allocation that this free would be right for, or -1. */
int model_find(const struct vmem_model *m, unsigned long start, unsigned long size, bool x);
void model_give(struct vmem_model *m, int i);

unsigned long model_inuse(const struct vmem_model *m);
unsigned long model_total(const struct vmem_model *m);

/* Is [start, start + size), in units, of one kind: allocated or free? */
bool model_is(const struct vmem_model *m, unsigned long start, unsigned long size, bool used);

/* Does a walk find what the model has, unit by unit? It empties the caches. */
bool model_agrees(const struct vmem_model *m, vmem_t *vm);

#endif /* _VMEM_MODEL_H */
