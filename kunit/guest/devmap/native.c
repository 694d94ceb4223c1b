// SPDX-License-Identifier: GPL-2.0-only
/* native.c - ddi_umem_mmap(): the same memory without devmap */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void native(void)
{
	set_plan(&(struct probe_plan){ .native = 1 });
}

/* A ten-page object, all of it mapped and marked. */
static u8 *native_pages(void)
{
	u8 *p;

	umem_alloc(0, 10 * page, 0);
	native();
	p = map(10 * page, 0);
	for (int i = 0; i < 10; i++)
		p[i * page] = i + 1;
	return p;
}

static void native_map_shows_the_object(void)
{
	u8 *p = native_pages(), *q = map(3 * page, 4 * page);

	for (int i = 0; i < 10; i++)
		CHECK_EQ(umem_peek(0, i * page), i + 1);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(q[i * page], i + 5);
	umem_poke(0, 6 * page, 99);
	CHECK_EQ(p[6 * page], 99);
	CHECK_EQ(q[2 * page], 99);
}

/* G8 */
static void native_map_outside_the_object_is_refused(void)
{
	native_pages();
	CHECK_EQ(map_error(11 * page, 0), ENXIO);
	CHECK_EQ(map_error(page, 10 * page), ENXIO);
	CHECK_EQ(map_error(2 * page, 9 * page), ENXIO);
	CHECK(map_error(page, (off_t)1 << 62));
	CHECK(map_error(page, INT64_MIN));
	CHECK(map_error(2 * page, -page));
}

static void native_map_needs_an_object(void)
{
	native();
	CHECK_EQ(map_error(page, 0), EINVAL);
}

/* X22 */
static void native_map_is_never_private(void)
{
	native_pages();
	CHECK(mmap(NULL, page, PROT_READ, MAP_PRIVATE, dev, 0) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
}

static void native_read_only_file_stays_read_only(void)
{
	int fd = open(PROBE_PATH, O_RDONLY);
	void *p;

	native_pages();
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(poke(p, 1), SIGSEGV);
}

static void native_map_may_be_cut_and_moved(void)
{
	u8 *p = native_pages(), *q;

	CHECK_EQ(munmap(p + 3 * page, 2 * page), 0);
	CHECK(mremap(p + 5 * page, 5 * page, 6 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	q = mmap(NULL, 5 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(mremap(p + 5 * page, 5 * page, 5 * page,
		     MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(madvise(q, 5 * page, MADV_DONTNEED), 0);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(q[i * page], i + 6);
	CHECK_EQ(p[2 * page], 3);
}

static void native_child(void *p)
{
	CHECK_EQ(poke(p, 88), 0);
}

static void native_child_shares_the_memory(void)
{
	u8 *p = native_pages();

	reap(spawn(native_child, p + 2 * page));
	CHECK_EQ(p[2 * page], 88);
}

/* U22 */
static void native_map_survives_free(void)
{
	u8 *p, *q;

	umem_alloc(0, 300 * page, 0);
	native();
	p = map(300 * page, 0);
	q = map(page, 2 * page);
	p[0] = 7;
	q[0] = 8;
	umem_free(0);
	umem_alloc(1, 300 * page, 0);
	umem_poke(1, 0, 9);
	CHECK_EQ(p[0], 7);
	CHECK_EQ(q[0], 8);
	CHECK_EQ(touch(p + 200 * page), SIGBUS);
	CHECK_EQ(munmap(p, 300 * page), 0);
	CHECK_EQ(q[0], 8);
}

/* U12, U21 */
static void native_map_takes_any_cookie(void)
{
	struct probe_args a = { .len = 4 * page, .flags = PROBE_OWN_VMALLOC };
	u8 *p;

	native();
	device(PROBE_IOC_OWN, &a);
	umem_poke(0, page, 3);
	p = map(4 * page, 0);
	CHECK_EQ(p[page], 3);
	CHECK_EQ(munmap(p, 4 * page), 0);
	umem_free(0);
	umem_alloc(0, 1 << 20, UMEM_TRASH_FLAG);
	p = map(4 * page, 0);
	p[0] = 5;
	CHECK_EQ(p[3 * page], 5);
}

static void native_map_serves_get_user_pages(void)
{
	u8 *p;

	umem_alloc(0, 2 * page, 0);
	umem_poke(0, page, 2);
	native();
	p = map(2 * page, 0);
	CHECK_EQ(read_from_outside(p + page), 2);
	CHECK_EQ(write_from_outside(p, 3), 3);
	CHECK_EQ(umem_peek(0, 0), 3);
	CHECK_EQ(munmap(p, 2 * page), 0);
	/* A debugger's force does not write to what is mapped for reading. */
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, open(PROBE_PATH, O_RDONLY), 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(write_from_outside(p, 4), -1);
	CHECK_EQ(umem_peek(0, 0), 3);
}

struct late_child {
	u8 *p;
	int go[2];
};

static void touch_late(void *arg)
{
	struct late_child *late = arg;
	char c;

	CHECK_EQ(read(late->go[0], &c, 1), 1);
	CHECK_EQ(look(late->p + page), 6);
}

/*
 * U12: each page table entry is a reference of the one page, so a fork copies none. The
 * parent goes first: the child must touch the page before it holds it.
 */
static void fork_copies_no_entries_of_trash(void)
{
	struct probe_args all = { .len = 4 * page };
	struct late_child late;
	pid_t pid;

	umem_alloc(0, 4 * page, UMEM_TRASH_FLAG);
	native();
	CHECK_EQ(pipe(late.go), 0);
	for (int kept = 0; kept < 2; kept++) {
		late.p = map(4 * page, 0);
		for (int i = 0; i < 4; i++)
			CHECK_EQ(poke(late.p + i * page, 6), 0);
		CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
		if (kept)
			CHECK_EQ(madvise(late.p, 4 * page, MADV_KEEPONFORK), 0);
		pid = spawn(touch_late, &late);
		CHECK_EQ(munmap(late.p, 4 * page), 0);
		CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
		CHECK_EQ(write(late.go[1], "", 1), 1);
		reap(pid);
	}
}

const struct guest_case native_cases[] = {
	{ "native_map_shows_the_object", native_map_shows_the_object },
	{ "native_map_outside_the_object_is_refused", native_map_outside_the_object_is_refused },
	{ "native_map_needs_an_object", native_map_needs_an_object },
	{ "native_map_is_never_private", native_map_is_never_private },
	{ "native_read_only_file_stays_read_only", native_read_only_file_stays_read_only },
	{ "native_map_may_be_cut_and_moved", native_map_may_be_cut_and_moved },
	{ "native_child_shares_the_memory", native_child_shares_the_memory },
	{ "native_map_survives_free", native_map_survives_free },
	{ "native_map_takes_any_cookie", native_map_takes_any_cookie },
	{ "native_map_serves_get_user_pages", native_map_serves_get_user_pages },
	{ "fork_copies_no_entries_of_trash", fork_copies_no_entries_of_trash },
	{ }
};
