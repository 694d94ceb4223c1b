// SPDX-License-Identifier: GPL-2.0-only
/*
 * races.c - revocation against munmap, fork and faults, without waiting callbacks
 *
 * Each case runs for a second, or as long as DEVMAP_SECONDS says.
 */
#include "guest.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	10

/* A thread that does something once for each round. */
struct partner {
	pthread_t thread;
	atomic_int round, done;
	void (*act)(struct partner *partner);
	u8 *p;
	u32 handle;
	unsigned int seed;
};

static void spin(unsigned int *seed)
{
	for (unsigned int n = rand_r(seed) % 3000; n; n--)
		atomic_signal_fence(memory_order_seq_cst);
}

static void *be_partner(void *arg)
{
	struct partner *partner = arg;
	int round, last = 0;

	for (;;) {
		while ((round = atomic_load(&partner->round)) == last)
			sched_yield();
		if (round < 0)
			return NULL;
		last = round;
		spin(&partner->seed);
		partner->act(partner);
		atomic_store(&partner->done, round);
	}
}

static void start_partner(struct partner *partner, void (*act)(struct partner *partner))
{
	*partner = (struct partner){ .act = act, .seed = 7 };
	CHECK_EQ(pthread_create(&partner->thread, NULL, be_partner, partner), 0);
}

static void begin_round(struct partner *partner, int round)
{
	atomic_store(&partner->round, round);
}

static void end_round(struct partner *partner, int round)
{
	while (atomic_load(&partner->done) != round)
		sched_yield();
}

static void end_partner(struct partner *partner)
{
	begin_round(partner, -1);
	pthread_join(partner->thread, NULL);
}

/* A guest that says nothing for long is taken for dead, so a long race speaks. */
static bool time_is_left(int round)
{
	static double begin, told;
	double t = now();

	if (!begin) {
		begin = t;
		told = t;
	}
	if (t - told >= 20) {
		printf("# %d rounds, so far\n", round);
		fflush(stdout);
		told = t;
	}
	return t - begin < race_seconds();
}

/* A mapping of ten pages, touched; the number of its handle. */
static u8 *new_mapping(u32 *handle)
{
	u8 *p;

	take_log();
	p = map(PAGES * page, 0);
	*handle = take_log()->event[0].handle;
	CHECK(*handle);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(touch(p + i * page), 0);
	return p;
}

static void setup(u32 callbacks, u32 policy)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, PAGES * page, 0);
	plan.callbacks |= callbacks;
	plan.policy = policy;
	plan.piece[0].flags = ALLOW_REMAP;
	set_plan(&plan);
}

static void act_invalidate(struct partner *partner)
{
	struct probe_args a = { };

	(void)partner;
	CHECK_EQ(device(PROBE_IOC_INVALID_ALL, &a), 0);
}

static void act_unload(struct partner *partner)
{
	struct probe_args all = { .handle = partner->handle };

	device(PROBE_IOC_UNLOAD, &all);
}

/* D26, D39: whenever it comes, no part shows anything after it */
static void invalidation_is_never_lost_in_a_split(void)
{
	struct partner partner;
	int round = 0;

	setup(0, 0);
	start_partner(&partner, act_invalidate);
	while (time_is_left(round)) {
		u8 *p = new_mapping(&partner.handle);

		begin_round(&partner, ++round);
		spin(&partner.seed);
		CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
		end_round(&partner, round);
		CHECK_EQ(touch(p + page), SIGSEGV);
		CHECK_EQ(touch(p + 8 * page), SIGSEGV);
		CHECK_EQ(munmap(p, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

/* D15, D26: the fault of another handle enters none that was invalid before */
static void invalidation_of_the_next_handle_is_never_lost(void)
{
	struct probe_plan plan = plain_plan();
	struct partner partner;
	int round = 0;

	umem_alloc(0, page, 0);
	plan.piece[0] = (struct probe_piece){ .len = page, .maplen = page, .flags = ALLOW_REMAP };
	set_plan(&plan);
	start_partner(&partner, act_invalidate);
	while (time_is_left(round)) {
		u8 *p = map(PAGES * page, 0);

		begin_round(&partner, ++round);
		spin(&partner.seed);
		for (int i = 0; i < PAGES; i += 3)
			touch(p + i * page);
		end_round(&partner, round);
		for (int i = 0; i < PAGES; i++)
			CHECK_EQ(touch(p + i * page), SIGSEGV);
		CHECK_EQ(munmap(p, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

/* D33, D39: each part asks again */
static void unload_is_never_lost_in_a_split(void)
{
	struct partner partner;
	int round = 0;

	setup(PROBE_ACCESS, PROBE_LOAD_ALL);
	start_partner(&partner, act_unload);
	while (time_is_left(round)) {
		u8 *p = new_mapping(&partner.handle);

		begin_round(&partner, ++round);
		spin(&partner.seed);
		CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
		end_round(&partner, round);
		take_log();
		CHECK_EQ(touch(p + page), 0);
		CHECK_EQ(only_event(PROBE_ACCESS)->handle, partner.handle);
		CHECK_EQ(touch(p + 8 * page), 0);
		CHECK_EQ(munmap(p, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

/* The child, once the driver has cut off all that it knows of. */
static void wait_and_touch(void *p, int go)
{
	char c;

	CHECK_EQ(read(go, &c, 1), 1);
	_exit(touch(p));
}

/* D26, D38: the child is cut off with its parent, or the driver knows of it */
static void invalidation_is_never_lost_in_a_fork(void)
{
	struct partner partner;
	int round = 0, status, go[2];

	CHECK_EQ(pipe(go), 0);
	setup(0, 0);
	start_partner(&partner, act_invalidate);
	while (time_is_left(round)) {
		u8 *p = new_mapping(&partner.handle);
		pid_t pid;

		begin_round(&partner, ++round);
		spin(&partner.seed);
		pid = fork();
		if (!pid)
			wait_and_touch(p + 3 * page, go[0]);
		end_round(&partner, round);
		CHECK_EQ(write(go[1], "", 1), 1);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(WEXITSTATUS(status), SIGSEGV);
		CHECK_EQ(munmap(p, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

static void act_unmap(struct partner *partner)
{
	CHECK_EQ(munmap(partner->p + 4 * page, 2 * page), 0);
}

/* D32, D39: a page that is mapped all the time never raises a signal */
static void faults_go_well_while_another_part_goes(void)
{
	struct partner partner;
	int round = 0;

	setup(PROBE_ACCESS, PROBE_DEFAULT);
	start_partner(&partner, act_unmap);
	while (time_is_left(round)) {
		u8 *p = map(PAGES * page, 0);

		partner.p = p;
		begin_round(&partner, ++round);
		spin(&partner.seed);
		for (int i = PAGES - 1; i >= 0; i--)
			if (i < 4 || i > 5)
				CHECK_EQ(touch(p + i * page), 0);
		end_round(&partner, round);
		CHECK_EQ(munmap(p, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

static u8 *reserve(void)
{
	u8 *p = mmap(NULL, PAGES * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* D26, X14: while Linux moves the page tables, up or down */
static void invalidation_is_never_lost_in_a_move(void)
{
	struct partner partner;
	int round = 0;

	setup(0, 0);
	start_partner(&partner, act_invalidate);
	while (time_is_left(round)) {
		u8 *above = reserve(), *p = new_mapping(&partner.handle), *below = reserve();
		u8 *q = round % 2 ? above : below;

		begin_round(&partner, ++round);
		spin(&partner.seed);
		CHECK(mremap(p, PAGES * page, PAGES * page, MREMAP_MAYMOVE | MREMAP_FIXED,
			     q) == q);
		end_round(&partner, round);
		for (int i = 0; i < PAGES; i++)
			CHECK_EQ(touch(q + i * page), SIGSEGV);
		CHECK_EQ(munmap(above, PAGES * page), 0);
		CHECK_EQ(munmap(below, PAGES * page), 0);
	}
	end_partner(&partner);
	printf("# %d rounds\n", round);
}

static void act_touch(struct partner *partner)
{
	touch(partner->p);
}

static void act_let_go(struct partner *partner)
{
	(void)partner;
	let_go();
}

/*
 * D39: a fault still uses a handle when a part of it goes, and cuts that out while
 * the pieces that are left go.
 */
static void pieces_go_while_a_fault_makes_the_cut(void)
{
	struct partner toucher, releaser;
	int round = 0;

	setup(PROBE_ACCESS | PROBE_UNMAP, PROBE_DEFAULT);
	start_partner(&toucher, act_touch);
	start_partner(&releaser, act_let_go);
	while (time_is_left(round)) {
		u8 *p = map(PAGES * page, 0);

		toucher.p = p;
		hold_calls(PROBE_ACCESS);
		begin_round(&toucher, ++round);
		await_held();
		CHECK_EQ(munmap(p + 4 * page, 2 * page), 0);
		begin_round(&releaser, round);
		spin(&toucher.seed);
		CHECK_EQ(munmap(p, PAGES * page), 0);
		end_round(&releaser, round);
		end_round(&toucher, round);
	}
	end_partner(&toucher);
	end_partner(&releaser);
	printf("# %d rounds\n", round);
}

const struct guest_case race_cases[] = {
	{ "invalidation_is_never_lost_in_a_split", invalidation_is_never_lost_in_a_split },
	{ "invalidation_of_the_next_handle_is_never_lost",
	  invalidation_of_the_next_handle_is_never_lost },
	{ "unload_is_never_lost_in_a_split", unload_is_never_lost_in_a_split },
	{ "invalidation_is_never_lost_in_a_fork", invalidation_is_never_lost_in_a_fork },
	{ "invalidation_is_never_lost_in_a_move", invalidation_is_never_lost_in_a_move },
	{ "faults_go_well_while_another_part_goes", faults_go_well_while_another_part_goes },
	{ "pieces_go_while_a_fault_makes_the_cut", pieces_go_while_a_fault_makes_the_cut },
	{ }
};
