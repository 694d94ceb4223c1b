// SPDX-License-Identifier: GPL-2.0-only
/* ahead.c - a fault enters what follows in the next handles, if it may */
#include "guest.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A fault goes on to the next multiple of so many pages. */
#define AROUND	64

/* Is a page in the page table of this process, without a touch? */
static bool is_entered(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	u64 entry = 0;

	if (fd < 0)
		skip("/proc/self/pagemap");
	CHECK_EQ(pread(fd, &entry, sizeof(entry), (uintptr_t)p / page * sizeof(entry)),
		 sizeof(entry));
	close(fd);
	return entry >> 63;
}

static void check_entered(const u8 *p, const char *wanted)
{
	for (int i = 0; wanted[i]; i++)
		CHECK_EQ(is_entered(p + i * page), wanted[i] == '1');
}

/* A place for a mapping that begins so many pages before a multiple of AROUND. */
static u8 *place(int before)
{
	size_t around = AROUND * page;
	u8 *p = mmap(NULL, 3 * around, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return (u8 *)(((uintptr_t)p / around + 2) * around) - before * page;
}

static u8 *map_at(u8 *p, size_t len)
{
	CHECK(mmap(p, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, 0) == p);
	return p;
}

/* A handle for each of few pages, which show 1, 2, 3, 4 of slot 0; slot 1 has 21 to 24. */
static struct probe_plan page_plan(u32 callbacks)
{
	struct probe_plan plan = plain_plan();

	for (u32 slot = 0; slot < 2; slot++) {
		umem_alloc(slot, FEW * page, 0);
		for (int i = 0; i < FEW; i++)
			umem_poke(slot, i * page, 20 * slot + i + 1);
	}
	plan.callbacks |= callbacks;
	plan.pieces = FEW;
	for (int i = 0; i < FEW; i++)
		plan.piece[i] = (struct probe_piece) {
			.off = i * page, .len = page, .maplen = page, .flags = ALLOW_REMAP,
		};
	return plan;
}

static u8 *four_handles(u32 callbacks)
{
	struct probe_plan plan = page_plan(callbacks);

	set_plan(&plan);
	return map_at(place(0), FEW * page);
}

/* D15 */
static void fault_enters_the_next_handles(void)
{
	u8 *p = four_handles(0);

	CHECK_EQ(look(p + page), 2);
	check_entered(p, "0111");
	check_pages(p);
}

/* D15: not what lies behind a multiple of 64 pages */
static void fault_goes_no_further_than_in_one_handle(void)
{
	struct probe_plan plan = page_plan(0);
	u8 *p;

	set_plan(&plan);
	p = map_at(place(2), FEW * page);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1100");
	check_pages(p);
}

/* D15: a part with another protection is another vma */
static void fault_stays_in_its_part(void)
{
	u8 *p = four_handles(0);

	CHECK_EQ(mprotect(p + 2 * page, page, PROT_READ), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1100");
	CHECK_EQ(munmap(p + page, page), 0);
	CHECK_EQ(look(p + 2 * page), 3);
	check_entered(p + 2 * page, "10");
}

/* D15, D25: a page that shows nothing, because the object ends, ends it */
static void fault_ends_at_a_short_handle(void)
{
	struct probe_plan plan = page_plan(0);
	u8 *p;

	plan.piece[0].maplen = 2 * page;
	plan.pieces = 2;
	set_plan(&plan);
	p = map_at(place(0), 3 * page);
	CHECK_EQ(look(p), 1);
	check_entered(p, "100");
	CHECK_EQ(touch(p + page), SIGBUS);
	CHECK_EQ(look(p + 2 * page), 2);
}

/* D26 */
static void invalid_neighbour_is_not_entered(void)
{
	u8 *p = four_handles(0);

	CHECK_EQ(invalidate(2), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(touch(p + page), SIGSEGV);
	CHECK_EQ(look(p + 2 * page), 3);
}

/* D24 */
static void neighbour_that_begins_invalid_is_not_entered(void)
{
	struct probe_plan plan = page_plan(0);
	u8 *p;

	plan.piece[1].flags |= INVALID;
	set_plan(&plan);
	p = map_at(place(0), FEW * page);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(touch(p + page), SIGSEGV);
}

/* D25 */
static void remapped_neighbour_shows_the_new_memory(void)
{
	u8 *p = four_handles(0);

	CHECK_EQ(remap_to(2, 1, 2 * page, page), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1111");
	CHECK_EQ(look(p + page), 23);
	CHECK_EQ(look(p + 2 * page), 3);
}

/* D25: what was entered without a touch goes as well */
static void neighbour_entered_before_is_taken_away(void)
{
	u8 *p = four_handles(0);

	CHECK_EQ(look(p), 1);
	CHECK_EQ(remap_to(2, 1, 0, page), 0);
	check_entered(p, "1011");
	CHECK_EQ(look(p + page), 21);
	CHECK_EQ(invalidate(3), 0);
	check_entered(p, "1101");
	CHECK_EQ(touch(p + 2 * page), SIGSEGV);
}

static void do_nothing(void *unused)
{
	(void)unused;
}

/* D26: also where all pages that a touch had entered were taken before [X18] */
static void neighbour_with_relatives_is_taken_away(void)
{
	u8 *p = four_handles(0);

	check_pages(p);
	reap(spawn(do_nothing, NULL));
	CHECK_EQ(invalidate(2), 0);
	CHECK_EQ(remap_to(2, 1, 0, page), 0);
	CHECK_EQ(madvise(p, page, MADV_DONTNEED), 0);
	CHECK_EQ(look(p), 1);
	CHECK(is_entered(p + page));
	CHECK_EQ(invalidate(2), 0);
	CHECK(!is_entered(p + page));
	CHECK_EQ(touch(p + page), SIGSEGV);
}

/* D25: the mapping may write, this part of it may not any more */
static void protected_neighbour_is_not_entered(void)
{
	struct probe_args a = { .handle = 2, .len = page, .maxprot = S_READ | S_USER };
	u8 *p = place(0);
	struct probe_plan plan = page_plan(0);

	set_plan(&plan);
	CHECK(mmap(p, FEW * page, PROT_READ, MAP_SHARED | MAP_FIXED, dev, 0) == p);
	CHECK_EQ(mprotect(p, FEW * page, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(device(PROBE_IOC_REMAP, &a), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(touch(p + page), SIGSEGV);
}

/* U22 */
static void freed_neighbour_is_not_entered(void)
{
	struct probe_plan plan = page_plan(0);
	u8 *p;

	plan.piece[1].slot = 1;
	set_plan(&plan);
	p = map_at(place(0), FEW * page);
	umem_free(1);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(touch(p + page), SIGBUS);
}

/* D32 */
static void asking_neighbour_is_asked(void)
{
	u8 *p = four_handles(PROBE_ACCESS);

	take_log();
	for (int i = 0; i < FEW; i++) {
		CHECK_EQ(look(p + i * page), i + 1);
		CHECK_EQ(only_event(PROBE_ACCESS)->handle, i + 1);
		for (int k = 0; k < FEW; k++)
			CHECK_EQ(is_entered(p + k * page), k <= i);
	}
}

/* D33: what is loaded is entered again without a question, and nothing else */
static void neighbour_that_is_not_loaded_is_asked(void)
{
	u8 *p = four_handles(PROBE_ACCESS);

	check_pages(p);
	take_log();
	CHECK_EQ(madvise(p, FEW * page, MADV_DONTNEED), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1111");
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 3, .off = 2 * page }), 0);
	check_entered(p, "1101");
	CHECK_EQ(madvise(p, FEW * page, MADV_DONTNEED), 0);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1100");
	CHECK_EQ(take_log()->count, 0);
	CHECK_EQ(look(p + 2 * page), 3);
	CHECK_EQ(only_event(PROBE_ACCESS)->handle, 3);
}

/* D28: registers are entered one by one */
static void registers_are_not_entered_ahead(void)
{
	struct probe_plan plan = page_plan(0);
	u8 *p;

	plan.piece[1].regs = PROBE_REGS + 1;
	plan.piece[1].flags = CACHED;
	set_plan(&plan);
	p = map_at(place(0), FEW * page);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(touch(p + page), 0);
	check_entered(p, "1100");
	CHECK_EQ(look(p + 2 * page), 3);
}

/* L6: nor is locked memory of a process, whose pages may change */
static void locked_neighbour_is_not_entered_ahead(void)
{
	struct probe_args lock = { .slot = 2, .len = page, .flags = 3 };
	u8 *p, *mine = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct probe_plan plan = page_plan(0);

	CHECK(mine != MAP_FAILED);
	mine[0] = 77;
	lock.addr = (uintptr_t)mine;
	CHECK_EQ(device(PROBE_IOC_LOCK, &lock), 0);
	plan.piece[1].slot = 2;
	plan.piece[1].off = 0;
	set_plan(&plan);
	p = map_at(place(0), FEW * page);
	CHECK_EQ(look(p), 1);
	check_entered(p, "1000");
	CHECK_EQ(look(p + page), 77);
}

const struct guest_case ahead_cases[] = {
	{ "fault_enters_the_next_handles", fault_enters_the_next_handles },
	{ "fault_goes_no_further_than_in_one_handle", fault_goes_no_further_than_in_one_handle },
	{ "fault_stays_in_its_part", fault_stays_in_its_part },
	{ "fault_ends_at_a_short_handle", fault_ends_at_a_short_handle },
	{ "invalid_neighbour_is_not_entered", invalid_neighbour_is_not_entered },
	{ "neighbour_that_begins_invalid_is_not_entered",
	  neighbour_that_begins_invalid_is_not_entered },
	{ "remapped_neighbour_shows_the_new_memory", remapped_neighbour_shows_the_new_memory },
	{ "neighbour_entered_before_is_taken_away", neighbour_entered_before_is_taken_away },
	{ "neighbour_with_relatives_is_taken_away", neighbour_with_relatives_is_taken_away },
	{ "protected_neighbour_is_not_entered", protected_neighbour_is_not_entered },
	{ "freed_neighbour_is_not_entered", freed_neighbour_is_not_entered },
	{ "asking_neighbour_is_asked", asking_neighbour_is_asked },
	{ "neighbour_that_is_not_loaded_is_asked", neighbour_that_is_not_loaded_is_asked },
	{ "registers_are_not_entered_ahead", registers_are_not_entered_ahead },
	{ "locked_neighbour_is_not_entered_ahead", locked_neighbour_is_not_entered_ahead },
	{ }
};
