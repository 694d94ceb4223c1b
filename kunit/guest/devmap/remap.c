// SPDX-License-Identifier: GPL-2.0-only
/* remap.c - other memory, or none, behind a live mapping; and TRASH */
#include "guest.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* What rsm asks for: nearly all that an offset can say. */
#define TRASH_SIZE	((SIZE_MAX >> 1) - 2 * page + 1)

/* Slots 0 and 1, four pages each, filled with 10 and 20; slot 0 is mapped. */
static u8 *two_objects(u32 flags)
{
	struct probe_plan plan = plain_plan();

	plan.piece[0].flags = flags;
	for (int slot = 0; slot < 2; slot++) {
		umem_alloc(slot, 4 * page, 0);
		for (int i = 0; i < 4; i++)
			umem_poke(slot, i * page, 10 * (slot + 1) + i);
	}
	return map_plan(&plan, 4 * page);
}

/* D25 */
static void remap_shows_the_other_object(void)
{
	u8 *p = two_objects(ALLOW_REMAP);

	CHECK_EQ(p[0], 10);
	CHECK_EQ(p[3 * page], 13);
	CHECK_EQ(remap_to(1, 1, 0, 4 * page), 0);
	CHECK_EQ(p[0], 20);
	CHECK_EQ(p[3 * page], 23);
	p[0] = 99;
	CHECK_EQ(umem_peek(0, 0), 10);
	CHECK_EQ(umem_peek(1, 0), 99);
}

/* D25: past the new object's range there is nothing */
static void remap_to_less_leaves_sigbus_behind(void)
{
	u8 *p = two_objects(ALLOW_REMAP);

	CHECK_EQ(remap_to(1, 1, 2 * page, 2 * page), 0);
	CHECK_EQ(p[0], 22);
	CHECK_EQ(p[page], 23);
	CHECK_EQ(touch(p + 2 * page), SIGBUS);
	CHECK_EQ(touch(p + 3 * page), SIGBUS);
}

/* D25, D27, D20 */
static void wrong_remaps_are_refused(void)
{
	struct probe_args a = { .handle = 1, .slot = 1, .len = page, .maxprot = S_ALL };
	u8 *p = two_objects(ALLOW_REMAP);

	CHECK_EQ(remap_to(1, PROBE_NO_SLOT, 0, page), -1);
	CHECK_EQ(remap_to(1, 1, 0, 5 * page), -1);
	CHECK_EQ(remap_to(1, 1, 4 * page, page), -1);
	CHECK_EQ(remap_to(1, 1, -page, page), -1);
	CHECK_EQ(remap_to(1, 1, 2 * page, -page), -1);
	a.flags = 1;
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), -1);
	a.flags = 0;
	a.maxprot = S_READ | S_USER;
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), -1);
	a.maxprot = S_READ | S_WRITE;
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), -1);
	a.flags = 0;
	CHECK_EQ(device(PROBE_IOC_DEVMEM, &a), -1);
	CHECK_EQ(p[0], 10);
}

/* D27 */
static void remap_must_have_been_allowed(void)
{
	u8 *p = two_objects(0);

	CHECK_EQ(remap_to(1, 1, 0, page), -1);
	CHECK_EQ(invalidate(1), -1);
	CHECK_EQ(p[0], 10);
}

/* D26, D32 */
static void invalid_mapping_is_dead_until_a_remap(void)
{
	u8 *p = two_objects(ALLOW_REMAP);

	CHECK_EQ(poke(p, 1), 0);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(signal_code(), SEGV_MAPERR);
	CHECK_EQ(touch(p + page), SIGSEGV);
	CHECK_EQ(remap_to(1, 0, 0, 4 * page), 0);
	CHECK_EQ(p[0], 1);
}

/* D24 */
static void mapping_may_begin_invalid(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.piece[0].flags = INVALID | ALLOW_REMAP;
	p = map_plan(&plan, page);
	CHECK(!only_event(PROBE_MAP)->live);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(remap_to(1, 0, 0, page), 0);
	CHECK_EQ(poke(p, 5), 0);
	CHECK_EQ(umem_peek(0, 0), 5);
}

/* C41: a read-only page, mapped read-only, cannot be made writable */
static void remap_may_narrow_the_protection(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args a = { .handle = 1, .slot = 0, .len = page,
				.maxprot = S_READ | S_USER };
	u8 *p;

	umem_alloc(0, page, 0);
	plan.piece[0].flags = ALLOW_REMAP;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(poke(p, 1), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), 0);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
}

/* The same while the mapping is writable: the page is not entered. */
static void remap_takes_write_access_away(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args a = { .handle = 1, .slot = 0, .len = page,
				.maxprot = S_READ | S_USER };
	u8 *p;

	umem_alloc(0, page, 0);
	plan.piece[0].flags = ALLOW_REMAP;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(poke(p, 1), 0);
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), 0);
	CHECK_EQ(poke(p, 2), SIGSEGV);
	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(*p, 1);
}

struct victim {
	u8 *p;
	int pipe[2][2];		/* to the victim, from it */
};

static void send_byte(int fd, u8 b)
{
	CHECK_EQ(write(fd, &b, 1), 1);
}

static u8 receive_byte(int fd)
{
	u8 b = 0;

	CHECK_EQ(read(fd, &b, 1), 1);
	return b;
}

/* Answers each byte with what it sees, 255 for a signal. */
static void victim(void *arg)
{
	struct victim *v = arg;

	while (receive_byte(v->pipe[0][0]))
		send_byte(v->pipe[1][1], touch(v->p) ? 255 : *v->p);
}

static u8 ask(struct victim *v)
{
	send_byte(v->pipe[0][1], 1);
	return receive_byte(v->pipe[1][0]);
}

/* D25, D26, X18, C36: the handle of another process */
static void remap_reaches_into_another_process(void)
{
	struct victim v = { .p = two_objects(ALLOW_REMAP) };
	pid_t pid;

	CHECK_EQ(pipe(v.pipe[0]) | pipe(v.pipe[1]), 0);
	CHECK_EQ(v.p[0], 10);
	pid = spawn(victim, &v);
	CHECK_EQ(ask(&v), 10);
	CHECK_EQ(remap_to(2, 1, 0, 4 * page), 0);	/* the child's handle */
	CHECK_EQ(ask(&v), 20);
	CHECK_EQ(v.p[0], 10);
	umem_alloc(2, TRASH_SIZE, UMEM_TRASH_FLAG);
	CHECK_EQ(remap_to(2, 2, 77 * page, 4 * page), 0);
	CHECK_EQ(ask(&v), 0);
	CHECK_EQ(v.p[0], 10);
	CHECK_EQ(invalidate(2), 0);
	CHECK_EQ(ask(&v), 255);
	CHECK_EQ(v.p[0], 10);
	CHECK_EQ(remap_to(2, 0, 0, 4 * page), 0);
	CHECK_EQ(ask(&v), 10);
	send_byte(v.pipe[0][1], 0);
	reap(pid);
	CHECK_EQ(v.p[0], 10);
}

struct race {
	u8 *p;
	atomic_int stop;
	atomic_long reads;
};

static void *read_on(void *arg)
{
	struct race *r = arg;

	while (!atomic_load(&r->stop)) {
		u8 seen = look(r->p);

		CHECK(seen == 10 || seen == 20);
		atomic_fetch_add(&r->reads, 1);
	}
	return NULL;
}

/* D25: no translation of the old memory survives, however busy it is */
static void remap_wins_against_running_faults(void)
{
	struct race r = { .p = two_objects(ALLOW_REMAP) };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, read_on, &r), 0);
	/* A busy machine may not have let them run yet. */
	while (!atomic_load(&r.reads))
		sched_yield();
	for (int i = 0; i < 300; i++) {
		int slot = i & 1;

		CHECK_EQ(remap_to(1, slot, 0, 4 * page), 0);
		CHECK_EQ(look(r.p), 10 * (slot + 1));
	}
	atomic_store(&r.stop, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

/* U12, C41, C42 */
static void trash_is_one_page_everywhere(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p, *q;

	umem_alloc(0, TRASH_SIZE, UMEM_TRASH_FLAG);
	umem_alloc(1, page, UMEM_TRASH_FLAG);
	p = map_plan(&plan, 64 * page);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[63 * page + 5], 0);
	p[7 * page + 5] = 9;
	CHECK_EQ(p[63 * page + 5], 9);
	plan.piece[0].slot = 1;
	q = map_plan(&plan, page);
	CHECK_EQ(q[5], 0);		/* each cookie has its own */
	plan.piece[0].slot = 0;
	plan.piece[0].off = TRASH_SIZE - page;
	q = map_plan(&plan, page);
	CHECK_EQ(q[5], 9);
	plan.piece[0].off = TRASH_SIZE;
	CHECK_EQ(plan_error(&plan, page), ENXIO);
}

/* C41, C42: the usual use of it */
static void remap_to_trash_hides_the_object(void)
{
	u8 *p = two_objects(ALLOW_REMAP);

	umem_alloc(2, TRASH_SIZE, UMEM_TRASH_FLAG);
	CHECK_EQ(p[0], 10);
	CHECK_EQ(remap_to(1, 2, 1234 * page, 4 * page), 0);
	CHECK_EQ(p[0], 0);
	p[0] = 77;
	CHECK_EQ(umem_peek(0, 0), 10);
	CHECK_EQ(remap_to(1, 0, 0, 4 * page), 0);
	CHECK_EQ(p[0], 10);
}

/* U22: the object is freed under the mapping */
static void free_leaves_only_touched_pages(void)
{
	for (int pages = 4; pages <= 60; pages += 56) {
		struct probe_plan plan = plain_plan();
		u8 *p;

		/* With devmap_access a fault enters one page, no neighbours. */
		plan.callbacks |= PROBE_ACCESS;
		umem_alloc(0, pages * page, 0);
		p = map_plan(&plan, pages * page);
		p[0] = 1;
		p[2 * page] = 2;
		umem_free(0);
		CHECK_EQ(p[0], 1);
		CHECK_EQ(touch(p + page), SIGBUS);
		/* The mapping does not show what is allocated from now on. */
		for (int slot = 1; slot < 8; slot++) {
			umem_alloc(slot, pages * page, 0);
			umem_poke(slot, 0, 200);
		}
		CHECK_EQ(p[0], 1);
		p[2 * page] = 3;
		for (int slot = 1; slot < 8; slot++) {
			CHECK_EQ(umem_peek(slot, 2 * page), 0);
			umem_free(slot);
		}
		CHECK_EQ(touch(p + 3 * page), SIGBUS);
		CHECK_EQ(munmap(p, pages * page), 0);
	}
}

/* U22: and can be put out of its misery */
static void remap_works_after_free(void)
{
	u8 *p = two_objects(ALLOW_REMAP);

	CHECK_EQ(p[0], 10);
	umem_free(0);
	CHECK_EQ(remap_to(1, 1, 0, 4 * page), 0);
	CHECK_EQ(p[0], 20);
}

const struct guest_case remap_cases[] = {
	{ "remap_shows_the_other_object", remap_shows_the_other_object },
	{ "remap_to_less_leaves_sigbus_behind", remap_to_less_leaves_sigbus_behind },
	{ "wrong_remaps_are_refused", wrong_remaps_are_refused },
	{ "remap_must_have_been_allowed", remap_must_have_been_allowed },
	{ "invalid_mapping_is_dead_until_a_remap", invalid_mapping_is_dead_until_a_remap },
	{ "mapping_may_begin_invalid", mapping_may_begin_invalid },
	{ "remap_may_narrow_the_protection", remap_may_narrow_the_protection },
	{ "remap_takes_write_access_away", remap_takes_write_access_away },
	{ "remap_reaches_into_another_process", remap_reaches_into_another_process },
	{ "remap_wins_against_running_faults", remap_wins_against_running_faults },
	{ "trash_is_one_page_everywhere", trash_is_one_page_everywhere },
	{ "remap_to_trash_hides_the_object", remap_to_trash_hides_the_object },
	{ "free_leaves_only_touched_pages", free_leaves_only_touched_pages },
	{ "remap_works_after_free", remap_works_after_free },
	{ }
};
