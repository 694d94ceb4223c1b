// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - running inputs: one that is given, or many that are made up
 *
 * Made-up inputs come from a pool: at first random bytes, then changed copies of
 * its inputs. If ddi.ko was built to record branches (make fuzz), an input that
 * reaches a new place joins the pool.
 */
#include "kunit/torture/fuzz.h"

#include <linux/hex.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ddi_core/core.h"
#include "kunit/lib/trace_pc.h"

static DEFINE_MUTEX(fuzz_mutex);

void fuzz_trace(struct fuzz *f, const char *fmt, ...)
{
	char *line = f->trace[f->ops % FUZZ_TRACE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(f->trace[0]), fmt, args);
	va_end(args);
}

void fuzz_wrong(struct fuzz *f, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	unsigned long i = f->ops < FUZZ_TRACE ? 0 : f->ops - FUZZ_TRACE + 1;
	va_list args;

	if (f->failed)
		return;
	f->failed = true;
	for (; i <= f->ops; i++)
		pr_err("fuzz: operation %lu: %s\n", i, f->trace[i % FUZZ_TRACE]);
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("fuzz: wrong: %pV\n", &vaf);
	va_end(args);
}

static void run_ops(struct fuzz *f)
{
	unsigned long before;

	while (f->at < f->len && !f->failed) {
		before = ddi_misuse_count();
		f->misuses = 0;
		f->trace[f->ops % FUZZ_TRACE][0] = 0;
		fuzz_op(f);
		f->seen = ddi_misuse_count() - before;
		if (!f->failed)
			fuzz_check(f);
		f->ops++;
	}
}

static int run_locked(const u8 *in, size_t len, unsigned long *ops)
{
	struct fuzz *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int err = -ENOMEM;

	if (!f)
		return err;
	f->in = in;
	f->len = len;
	if (fuzz_world_make(f)) {
		run_ops(f);
		*ops += f->ops;
		fuzz_world_end(f);
		err = f->failed ? -EIO : 0;
	}
	kfree(f);
	return err;
}

int fuzz_input(const u8 *in, size_t len, unsigned long *ops)
{
	int err;

	mutex_lock(&fuzz_mutex);
	err = run_locked(in, len, ops);
	mutex_unlock(&fuzz_mutex);
	return err;
}

/* Inputs worth changing. */
#define POOL	512

struct fuzz_run {
	struct rnd_state rnd;
	unsigned int n;
	u16 len[POOL];
	u8 in[POOL][FUZZ_LEN_MAX];
	u8 now[FUZZ_LEN_MAX];
	size_t now_len;
};

static u32 below(struct fuzz_run *run, u32 n)
{
	return prandom_u32_state(&run->rnd) % n;
}

static void make_up(struct fuzz_run *run)
{
	run->now_len = 16 + below(run, FUZZ_LEN_MAX - 15);
	prandom_bytes_state(&run->rnd, run->now, run->now_len);
}

/* The beginning of one and the end of another. */
static void cross(struct fuzz_run *run)
{
	unsigned int other = below(run, run->n);
	size_t at = below(run, min_t(size_t, run->now_len, run->len[other]));

	memcpy(run->now + at, run->in[other] + at, run->len[other] - at);
	run->now_len = run->len[other];
}

static void change(struct fuzz_run *run)
{
	size_t at = below(run, run->now_len), n;

	switch (below(run, 5)) {
	case 0:
		run->now[at] ^= BIT(below(run, 8));
		break;
	case 1:
		run->now[at] = prandom_u32_state(&run->rnd);
		break;
	case 2:		/* leave a few bytes out */
		n = min_t(size_t, 1 + below(run, 8), run->now_len - at);
		memmove(run->now + at, run->now + at + n, run->now_len - at - n);
		run->now_len = max_t(size_t, run->now_len - n, 1);
		break;
	case 3:		/* say them twice */
		n = min3((size_t)1 + below(run, 24), run->now_len - at,
			 FUZZ_LEN_MAX - run->now_len);
		memmove(run->now + at + n, run->now + at, run->now_len - at);
		run->now_len += n;
		break;
	default:
		cross(run);
	}
}

static void next_input(struct fuzz_run *run)
{
	unsigned int pick, n;

	if (!run->n || !below(run, 8)) {
		make_up(run);
		return;
	}
	pick = below(run, run->n);
	run->now_len = run->len[pick];
	memcpy(run->now, run->in[pick], run->now_len);
	for (n = 1 + below(run, 6); n; n--)
		change(run);
}

/* In the pool; where that is full, in place of another one. */
static void keep_input(struct fuzz_run *run)
{
	unsigned int at = run->n < POOL ? run->n++ : below(run, POOL);

	run->len[at] = run->now_len;
	memcpy(run->in[at], run->now, run->now_len);
}

static void tell_input(const char *what, const u8 *in, size_t len)
{
	char *hex = kzalloc(2 * len + 1, GFP_KERNEL);

	if (!hex)
		return;
	bin2hex(hex, in, len);
	pr_err("fuzz: %s: %s\n", what, hex);
	kfree(hex);
}

/*
 * Replay the pool from a fresh start and print the inputs that reach a new place
 * in this order, for the corpus.
 */
static void tell_pool(struct fuzz_run *run)
{
	unsigned long ops = 0;
	unsigned int i;

	ddi_trace_forget();
	for (i = 0; i < run->n; i++) {
		fuzz_input(run->in[i], run->len[i], &ops);
		if (ddi_trace_news())
			tell_input("reaches", run->in[i], run->len[i]);
		cond_resched();
	}
}

#define TELL	(20 * HZ)

/* One input after the other, until one fails or enough is done. */
static int run_inputs(struct fuzz_run *run, unsigned int seconds, unsigned long inputs,
		      unsigned long *done, unsigned long *ops)
{
	unsigned long end = jiffies + seconds * HZ, tell = jiffies + TELL;
	int err = 0;

	for (*done = 0; seconds ? time_before(jiffies, end) : *done < inputs; ++*done) {
		next_input(run);
		err = fuzz_input(run->now, run->now_len, ops);
		if (err)
			break;
		/* A module that records no branches: every tenth input joins the pool. */
		if (ddi_trace_news() || (!ddi_trace_places() && *done % 10 == 0))
			keep_input(run);
		if (time_after(jiffies, tell)) {
			pr_info("fuzz: %lu inputs, %lu operations, %u places\n", *done, *ops,
				ddi_trace_places());
			tell += TELL;
		}
		cond_resched();
	}
	return err;
}

int fuzz_random(u64 seed, unsigned int seconds, unsigned long inputs, unsigned long *ops)
{
	struct fuzz_run *run = kvzalloc(sizeof(*run), GFP_KERNEL);
	unsigned long done;
	int err;

	if (!run)
		return -ENOMEM;
	prandom_seed_state(&run->rnd, seed);
	ddi_trace_news();
	err = run_inputs(run, seconds, inputs, &done, ops);
	if (err)
		tell_input("failing input", run->now, run->now_len);
	pr_info("fuzz: seed %llu: %lu inputs, %lu operations, %u places, %s\n", seed, done, *ops,
		ddi_trace_places(), err ? "FAILED" : "all right");
	if (!err && ddi_trace_places())
		tell_pool(run);
	kvfree(run);
	return err;
}

/* /sys/module/ddi_kunit/parameters/replay: one input, in hexadecimal digits */
static int replay_set(const char *val, const struct kernel_param *kp)
{
	size_t len = strcspn(val, "\n");
	unsigned long ops = 0;
	u8 *in;
	int err;

	if (len % 2 || len > 2 * FUZZ_LEN_MAX)
		return -EINVAL;
	in = kmalloc(FUZZ_LEN_MAX, GFP_KERNEL);
	if (!in)
		return -ENOMEM;
	err = hex2bin(in, val, len / 2);
	if (!err)
		err = fuzz_input(in, len / 2, &ops);
	kfree(in);
	return err;
}

static const struct kernel_param_ops replay_param = { .set = replay_set };
module_param_cb(replay, &replay_param, NULL, 0200);
MODULE_PARM_DESC(replay, "Run one input of the fuzzer, in hexadecimal digits");

/* /sys/module/ddi_kunit/parameters/fuzz: "SEED SECONDS" */
static int fuzz_set(const char *val, const struct kernel_param *kp)
{
	unsigned long ops = 0;
	unsigned int seconds;
	u64 seed;

	if (sscanf(val, "%llu %u", &seed, &seconds) != 2)
		return -EINVAL;
	return fuzz_random(seed, seconds, 0, &ops);
}

static const struct kernel_param_ops fuzz_param = { .set = fuzz_set };
module_param_cb(fuzz, &fuzz_param, NULL, 0200);
MODULE_PARM_DESC(fuzz, "Run the fuzzer: seed and seconds");
