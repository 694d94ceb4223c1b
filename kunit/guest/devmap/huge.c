// SPDX-License-Identifier: GPL-2.0-only
/* huge.c - DDI_UMEM_HUGE: huge pages that are mapped by one entry each, or in pieces */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define UMEM_HUGE_FLAG	0x1000

#ifndef MADV_COLD
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* The way that memory is mapped; cases run once for each. */
enum way { NATIVE, DEVMAP, WAYS };

static size_t huge_size(void)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";
	static size_t size;

	if (!size && access(path, R_OK))
		skip("huge pages");
	if (!size)
		size = first_number(path);
	/* 512 MiB, on some */
	if (size > 4 << 20)
		skip("huge pages of a moderate size");
	return size;
}

/* Slot 0 gets that many bytes in huge pages, each page of which says where it is. */
static void huge_object(size_t len)
{
	umem_alloc(0, len, UMEM_HUGE_FLAG);
	for (size_t off = 0; off < len; off += 16 * page)
		umem_poke(0, off, 1 + off / page % 251);
}

static void check_at(const u8 *p, size_t off)
{
	CHECK_EQ(look(p), 1 + off / page % 251);
}

/* A mapping shows the object from @off on. */
static void check_shown(const u8 *p, size_t off, size_t len)
{
	for (size_t at = 0; at < len; at += page)
		if ((off + at) % (16 * page) == 0)
			check_at(p + at, off + at);
}

/* The object is shown from @off on, as mmap(2) asks for it. */
static void choose(enum way way, off_t off, u32 flags, u32 callbacks)
{
	struct probe_plan plan = plain_plan();

	if (way == NATIVE)
		plan = (struct probe_plan){ .native = 1 };
	plan.callbacks |= callbacks;
	plan.piece[0].off = off;
	plan.piece[0].flags = flags;
	set_plan(&plan);
}

/* A place that begins @behind bytes behind a multiple of the size of a huge page. */
static u8 *place(size_t len, size_t behind)
{
	size_t huge = huge_size();
	u8 *p = mmap(NULL, len + 2 * huge, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return (u8 *)(((uintptr_t)p / huge + 1) * huge) + behind;
}

static u8 *map_at(u8 *p, size_t len, off_t off)
{
	CHECK(mmap(p, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, off) == p);
	return p;
}

/* How many bytes around @p are mapped by huge entries, in the vma that it is in. */
static size_t in_huge_entries(const u8 *p)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long begin, end, kib = 0;
	bool inside = false;
	char line[512];

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			inside = begin <= (uintptr_t)p && (uintptr_t)p < end;
		if (inside && sscanf(line, "FilePmdMapped: %lu kB", &kib) == 1)
			break;
	}
	fclose(f);
	return kib << 10;
}

static void run_each_way(void (*run)(enum way way, size_t huge))
{
	struct probe_args none = { };

	for (enum way way = 0; way < WAYS; way++) {
		run(way, huge_size());
		device(PROBE_IOC_RESET, &none);
	}
}

/* Two huge pages, mapped where one entry serves for each. */
static u8 *two_huge(enum way way)
{
	size_t len = 2 * huge_size();

	huge_object(len);
	choose(way, 0, 0, 0);
	return map_at(place(len, 0), len, 0);
}

static void one_entry(enum way way, size_t huge)
{
	u8 *p = two_huge(way);

	CHECK_EQ(in_huge_entries(p), 0);
	check_at(p + 16 * page, 16 * page);
	CHECK_EQ(in_huge_entries(p), huge);
	CHECK_EQ(poke(p + huge + 5 * page, 77), 0);
	CHECK_EQ(in_huge_entries(p), 2 * huge);
	CHECK_EQ(umem_peek(0, huge + 5 * page), 77);
	check_shown(p, 0, 2 * huge);
	umem_poke(0, 3 * page, 66);
	CHECK_EQ(look(p + 3 * page), 66);
}

/* D15, U20 */
static void huge_page_is_mapped_by_one_entry(void)
{
	run_each_way(one_entry);
}

static void odd_places(enum way way, size_t huge)
{
	const struct { size_t behind, off; } places[] = {
		{ page, 0 }, { 0, page }, { page, page }, { huge - page, 0 }, { 0, huge - page },
		{ huge / 2, huge / 2 },
	};

	huge_object(4 * huge);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		u8 *p = place(3 * huge, places[i].behind);

		choose(way, places[i].off, 0, 0);
		map_at(p, 3 * huge, places[i].off);
		check_shown(p, places[i].off, 3 * huge);
		/* Two whole ones of three are not enough, even where they would fit. */
		CHECK_EQ(in_huge_entries(p), 0);
		CHECK_EQ(munmap(p, 3 * huge), 0);
	}
}

/* D15: what cannot be mapped by one entry shows the right pages */
static void huge_page_may_be_mapped_anywhere(void)
{
	run_each_way(odd_places);
}

static void with_tail(enum way way, size_t huge)
{
	size_t len = 2 * huge + 17 * page;
	u8 *p;

	huge_object(len);
	choose(way, 0, 0, 0);
	p = map_at(place(len, 0), len, 0);
	check_shown(p, 0, len);
	CHECK_EQ(in_huge_entries(p), 2 * huge);
	CHECK_EQ(poke(p + len - page, 9), 0);
	CHECK_EQ(umem_peek(0, len - page), 9);
	CHECK_EQ(touch(p + len), SIGSEGV);
}

/* U4: the last pages of an object that is no multiple of a huge page */
static void tail_behind_huge_pages_is_shown(void)
{
	run_each_way(with_tail);
}

static void part(enum way way, size_t huge)
{
	size_t off = huge - 16 * page, len = 2 * huge + 32 * page;
	u8 *p;

	huge_object(4 * huge);
	choose(way, off, 0, 0);
	p = map_at(place(len, off), len, off);
	check_shown(p, off, len);
	CHECK_EQ(in_huge_entries(p), 2 * huge);
	CHECK_EQ(poke(p, 9), 0);
	CHECK_EQ(umem_peek(0, off), 9);
}

/* D15: two huge pages of an object, and a little on both sides */
static void part_of_an_object_is_in_huge_entries(void)
{
	run_each_way(part);
}

static void cut(enum way way, size_t huge)
{
	u8 *p = two_huge(way);

	check_shown(p, 0, 2 * huge);
	CHECK_EQ(munmap(p + 32 * page, 16 * page), 0);
	CHECK_EQ(in_huge_entries(p + huge + huge / 2), huge);
	check_shown(p, 0, 32 * page);
	CHECK_EQ(touch(p + 32 * page), SIGSEGV);
	check_shown(p + 48 * page, 48 * page, 2 * huge - 48 * page);
	CHECK_EQ(mprotect(p + huge + 64 * page, page, PROT_READ), 0);
	CHECK_EQ(poke(p + huge + 64 * page, 1), SIGSEGV);
	CHECK_EQ(poke(p + huge + 65 * page, 5), 0);
	CHECK_EQ(umem_peek(0, huge + 65 * page), 5);
	check_shown(p + 48 * page, 48 * page, 2 * huge - 48 * page);
}

/* D39: what is left of a huge page when a part is unmapped or protected */
static void huge_page_may_be_cut(void)
{
	run_each_way(cut);
}

static void move(enum way way, size_t huge)
{
	u8 *p = two_huge(way), *to = place(2 * huge, 0), *odd = place(2 * huge, page);

	check_shown(p, 0, 2 * huge);
	CHECK(mremap(p, 2 * huge, 2 * huge, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	check_shown(to, 0, 2 * huge);
	CHECK_EQ(in_huge_entries(to), 2 * huge);
	CHECK(mremap(to, 2 * huge, 2 * huge, MREMAP_MAYMOVE | MREMAP_FIXED, odd) == odd);
	check_shown(odd, 0, 2 * huge);
	CHECK_EQ(in_huge_entries(odd), 0);
	CHECK_EQ(touch(to), SIGSEGV);
}

/* D15 */
static void huge_page_may_be_moved(void)
{
	run_each_way(move);
}

static void child_writes(void *arg)
{
	u8 *p = arg;

	check_shown(p, 0, 2 * huge_size());
	CHECK_EQ(in_huge_entries(p), 2 * huge_size());
	CHECK_EQ(poke(p + page, 44), 0);
}

static void share(enum way way, size_t huge)
{
	u8 *p = two_huge(way);

	CHECK_EQ(poke(p + huge, look(p + huge)), 0);
	for (int kept = 0; kept < 2; kept++) {
		if (kept)
			CHECK_EQ(madvise(p, 2 * huge, MADV_KEEPONFORK), 0);
		CHECK_EQ(poke(p + page, 43), 0);
		reap(spawn(child_writes, p));
		CHECK_EQ(look(p + page), 44);
	}
}

/* D38 */
static void child_shares_huge_pages(void)
{
	run_each_way(share);
}

static void outlive(enum way way, size_t huge)
{
	u8 *p = two_huge(way);

	CHECK_EQ(poke(p + page, 7), 0);
	umem_free(0);
	umem_alloc(1, 2 * huge, UMEM_HUGE_FLAG);
	umem_poke(1, page, 9);
	CHECK_EQ(look(p + page), 7);
	CHECK_EQ(touch(p + huge), SIGBUS);
	/* A huge entry that is split goes as a whole, for good. */
	CHECK_EQ(munmap(p, page), 0);
	CHECK_EQ(touch(p + page), SIGBUS);
	CHECK_EQ(umem_peek(1, page), 9);
}

/* U22 */
static void huge_page_survives_free(void)
{
	run_each_way(outlive);
}

static void hold(enum way way, size_t huge)
{
	struct probe_args first = { .off = 5 * page, .len = page };
	struct probe_args second = { .off = huge, .len = huge };
	struct probe_args all = { .len = 2 * huge };
	u8 *p = two_huge(way);
	struct iovec one = { .iov_base = p + 9 * page, .iov_len = page };
	int ends[2];

	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &first), 1);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &second), 0);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(vmsplice(ends[1], &one, 1, 0), page);
	CHECK_EQ(munmap(p, 2 * huge), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &first), 1);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &second), 0);
	close(ends[0]);
	close(ends[1]);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
}

/* U22: the pages of a huge page are held together */
static void huge_page_is_held_as_one(void)
{
	run_each_way(hold);
}

static void from_outside(enum way way, size_t huge)
{
	u8 *p = two_huge(way);

	umem_poke(0, 3 * page, 21);
	CHECK_EQ(read_from_outside(p + 3 * page), 21);
	CHECK_EQ(write_from_outside(p + huge + page, 22), 22);
	CHECK_EQ(umem_peek(0, huge + page), 22);
	CHECK_EQ(in_huge_entries(p), 2 * huge);
}

static void huge_page_serves_get_user_pages(void)
{
	run_each_way(from_outside);
}

static void advise(enum way way, size_t huge)
{
	const int advice[] = {
		MADV_DONTNEED, MADV_COLD, MADV_PAGEOUT, MADV_COLLAPSE, MADV_HUGEPAGE,
		MADV_MERGEABLE, MADV_POPULATE_WRITE, MADV_NOHUGEPAGE,
	};
	u8 *p = two_huge(way);

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		check_shown(p, 0, 2 * huge);
		/* Some of it is unknown to the kernel, or refused. */
		madvise(p, 2 * huge, advice[i]);
		madvise(p + 16 * page, 64 * page, advice[i]);
		madvise(p + huge - 8 * page, 32 * page, advice[i]);
	}
	check_shown(p, 0, 2 * huge);
}

/* X14 */
static void advice_loses_no_huge_page(void)
{
	run_each_way(advise);
}

/* D25, D32: what may be taken away is entered under our lock, and so page by page */
static void huge_page_that_may_be_revoked_has_no_huge_entry(void)
{
	size_t huge = huge_size();
	u8 *p;

	huge_object(2 * huge);
	choose(DEVMAP, 0, ALLOW_REMAP, 0);
	p = map_at(place(2 * huge, 0), 2 * huge, 0);
	check_shown(p, 0, 2 * huge);
	CHECK_EQ(in_huge_entries(p), 0);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(touch(p + page), SIGSEGV);
	choose(DEVMAP, 0, 0, PROBE_ACCESS);
	p = map_at(place(2 * huge, 0), 2 * huge, 0);
	check_at(p + 16 * page, 16 * page);
	CHECK_EQ(in_huge_entries(p), 0);
}

/* D8, D15: what the driver does not show is not in an entry either */
static void nothing_beyond_the_window_is_shown(void)
{
	size_t huge = huge_size(), len = huge + 32 * page;
	struct probe_plan plan = plain_plan();
	u8 *p;

	huge_object(2 * huge);
	plan.piece[0].len = len;
	plan.piece[0].maplen = 2 * huge;
	set_plan(&plan);
	p = map_at(place(2 * huge, 0), 2 * huge, 0);
	check_shown(p, 0, len);
	CHECK_EQ(touch(p + len), SIGBUS);
}

struct shaker {
	u8 *p;
	size_t len;
	unsigned int seed;
	atomic_bool stop;
};

/* Touch anywhere: a byte that is there has its value, another one raises a signal. */
static void *touch_anywhere(void *arg)
{
	struct shaker *s = arg;

	while (!atomic_load(&s->stop)) {
		size_t at = rand_r(&s->seed) % (s->len / page) / 16 * 16 * page;

		if (!touch(s->p + at))
			touch(s->p + at + page);
	}
	return NULL;
}

static void shake_piece(struct shaker *s)
{
	size_t at = rand_r(&s->seed) % (s->len / page) * page;
	size_t len = (1 + rand_r(&s->seed) % 64) * page;

	if (len > s->len - at)
		len = s->len - at;
	switch (rand_r(&s->seed) % 4) {
	case 0:
		madvise(s->p + at, len, MADV_DONTNEED);
		break;
	case 1:
		mprotect(s->p + at, len, PROT_READ);
		break;
	case 2:
		mprotect(s->p, s->len, PROT_READ | PROT_WRITE);
		break;
	default:
		map_at(s->p, s->len, 0);
	}
}

static void shake(enum way way, size_t huge)
{
	struct shaker s = { .p = two_huge(way), .len = 2 * huge, .seed = 7 };
	double begin = now();
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, touch_anywhere, &s), 0);
	while (now() - begin < race_seconds())
		shake_piece(&s);
	atomic_store(&s.stop, true);
	pthread_join(thread, NULL);
	map_at(s.p, s.len, 0);
	check_shown(s.p, 0, s.len);
}

/* X18: touches against advice, protection and mmap over a mapping */
static void huge_pages_survive_races(void)
{
	run_each_way(shake);
}

const struct guest_case huge_cases[] = {
	{ "huge_page_is_mapped_by_one_entry", huge_page_is_mapped_by_one_entry },
	{ "huge_page_may_be_mapped_anywhere", huge_page_may_be_mapped_anywhere },
	{ "tail_behind_huge_pages_is_shown", tail_behind_huge_pages_is_shown },
	{ "part_of_an_object_is_in_huge_entries", part_of_an_object_is_in_huge_entries },
	{ "huge_page_may_be_cut", huge_page_may_be_cut },
	{ "huge_page_may_be_moved", huge_page_may_be_moved },
	{ "child_shares_huge_pages", child_shares_huge_pages },
	{ "huge_page_survives_free", huge_page_survives_free },
	{ "huge_page_is_held_as_one", huge_page_is_held_as_one },
	{ "huge_page_serves_get_user_pages", huge_page_serves_get_user_pages },
	{ "advice_loses_no_huge_page", advice_loses_no_huge_page },
	{ "huge_page_that_may_be_revoked_has_no_huge_entry",
	  huge_page_that_may_be_revoked_has_no_huge_entry },
	{ "nothing_beyond_the_window_is_shown", nothing_beyond_the_window_is_shown },
	{ "huge_pages_survive_races", huge_pages_survive_races },
	{ }
};
