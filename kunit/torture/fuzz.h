/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h - the public API driven by a string of bytes, beside a plain model
 *
 * An input's first bytes choose the world: a plain arena, a source with a child
 * that imports from it, a resource map, a few objects of page-aligned memory. All
 * other bytes are operations. After each operation all results that can be asked
 * for are compared with the model, so an input fails at its first wrong answer.
 * The same input does the same each time; one that ends early reads as zeros.
 */
#ifndef _FUZZ_H
#define _FUZZ_H

#include <sys/map.h>
#include <sys/sunddi.h>
#include <sys/vmem.h>

#include "kunit/vmem/vmem_model.h"

#define FUZZ_LEN_MAX	384	/* bytes of an input */
#define FUZZ_UMEMS	6
#define FUZZ_IMPORTS	MODEL_QUANTA
#define FUZZ_TRACE	10	/* last operations, told on failure */

enum fuzz_arena_name { FUZZ_PLAIN, FUZZ_SOURCE, FUZZ_KID, FUZZ_ARENAS };

/* The import function's behaviour at its next call. */
enum fuzz_mood {
	MOOD_NORMAL,
	MOOD_FAIL,
	MOOD_ENLARGE,		/* these three where it may: vmem_xcreate() */
	MOOD_SHRINK,
	MOOD_MISALIGN,
	MOOD_REENTER,		/* use the arena that asks */
	MOODS
};

/* A span that the child has from the source. */
struct fuzz_import {
	unsigned long base, size;	/* what was taken from the source */
	unsigned long told, told_size;	/* what the child was told */
	bool active;
};

struct fuzz_arena {
	vmem_t *vm;
	struct vmem_model m;
};

struct fuzz_umem {
	ddi_umem_cookie_t cookie;
	void *addr;
	size_t size;
	u8 fill;
};

/**
 * struct fuzz - one run of an input
 * @in: the input
 * @len: its length
 * @at: bytes read
 * @ops: operations done
 * @misuses: reports that the last operation should have made
 * @seen: reports that it made
 * @failed: something was wrong; the log says what
 * @arena: arenas with their models
 * @xkid: the child has an extended import function
 * @xalign: and that aligns
 * @keeps: the child never gives back
 * @min_import: least size that the child asks for first
 * @mood: see enum fuzz_mood
 * @asked: size of the import that is expected, 0 for none
 * @align: alignment that goes with it
 * @need: and what is asked for if that fails
 * @due: import calls that are expected
 * @import: spans of the child
 * @map: resource map
 * @mm: its model; all is one span
 * @limit: allocations that it allows
 * @umem: page-aligned memory
 * @trace: the last operations
 */
struct fuzz {
	const u8 *in;
	size_t len, at;
	unsigned long ops;
	unsigned long misuses, seen;
	bool failed;
	struct fuzz_arena arena[FUZZ_ARENAS];
	bool xkid, xalign, keeps;
	unsigned long min_import;
	enum fuzz_mood mood;
	unsigned long asked, need, align;
	unsigned int due;
	struct fuzz_import import[FUZZ_IMPORTS];
	struct map *map;
	struct vmem_model mm;
	int limit;
	struct fuzz_umem umem[FUZZ_UMEMS];
	char trace[FUZZ_TRACE][112];
};

/* Reading the input. */
static inline u8 fuzz_byte(struct fuzz *f)
{
	return f->at < f->len ? f->in[f->at++] : 0;
}

static inline unsigned long fuzz_below(struct fuzz *f, unsigned long n)
{
	return (n > 256 ? fuzz_byte(f) << 8 | fuzz_byte(f) : fuzz_byte(f)) % n;
}

/* Report a fault, once. */
__printf(2, 3) void fuzz_wrong(struct fuzz *f, const char *fmt, ...);
/* Record the operation for the report of a failure. */
__printf(2, 3) void fuzz_trace(struct fuzz *f, const char *fmt, ...);

/* fuzz_world.c */
bool fuzz_world_make(struct fuzz *f);
void fuzz_world_end(struct fuzz *f);
void fuzz_check(struct fuzz *f);
void fuzz_check_walk(struct fuzz *f, struct fuzz_arena *a);
void fuzz_check_exports(struct fuzz *f);
bool fuzz_imports(struct fuzz *f, const struct fuzz_arena *a);

/* fuzz_ops.c */
void fuzz_op(struct fuzz *f);

/* fuzz_memory.c: maps and page-aligned memory */
void fuzz_op_map_alloc(struct fuzz *f);
void fuzz_op_map_free(struct fuzz *f);
void fuzz_op_map_give(struct fuzz *f);
void fuzz_op_umem_alloc(struct fuzz *f);
void fuzz_op_umem_free(struct fuzz *f);
void fuzz_op_umem_wrong(struct fuzz *f);
void fuzz_check_map(struct fuzz *f);

/* fuzz.c: run one input; 0, or -EIO when anything was wrong */
int fuzz_input(const u8 *in, size_t len, unsigned long *ops);

/*
 * Run inputs made up from @seed, for @seconds or up to @inputs of them, until one
 * fails, which is logged. Adds up the operations.
 */
int fuzz_random(u64 seed, unsigned int seconds, unsigned long inputs, unsigned long *ops);

#endif /* _FUZZ_H */
