// SPDX-License-Identifier: GPL-2.0-only
/* registers.c - device registers in processes */
#include "registers.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/utsname.h>

u8 reg_peek(u64 off)
{
	return device(PROBE_IOC_REGS_PEEK, &(struct probe_args){ .off = off });
}

void reg_poke(u64 off, u8 value)
{
	device(PROBE_IOC_REGS_POKE, &(struct probe_args){ .off = off, .flags = value });
}

void remove_device(void)
{
	device(PROBE_IOC_REGS_REMOVE, &(struct probe_args){ });
}

long long remap_to_registers(u32 set, u64 off, u64 len)
{
	struct probe_args a = { .handle = 1, .slot = set, .off = off, .len = len,
				.maxprot = S_ALL };

	return device(PROBE_IOC_DEVMEM, &a);
}

struct probe_plan plan_of(u32 set, u32 flags)
{
	struct probe_plan plan = plain_plan();

	plan.piece[0].regs = set + 1;
	plan.piece[0].flags = CACHED | flags;
	return plan;
}

void mark_registers(void)
{
	for (int i = 0; i < PROBE_REGS_PAGES; i++)
		reg_poke(i * page, 30 + i);
}

u8 *four_pages(u32 flags)
{
	struct probe_plan plan = plan_of(PROBE_REGS, flags);

	mark_registers();
	return map_plan(&plan, 4 * page);
}

void expect_registers(u8 *p, int from, int to)
{
	for (int i = from; i < to; i++) {
		CHECK_EQ(touch(p + i * page), 0);
		CHECK_EQ(look(p + i * page), 30 + i);
	}
}

void lose_translations(u8 *p, size_t len)
{
	CHECK_EQ(mprotect(p, len, PROT_READ), 0);
	CHECK_EQ(mprotect(p, len, PROT_READ | PROT_WRITE), 0);
}

/* D28, D41 */
static void registers_are_read_and_written(void)
{
	u8 *p = four_pages(0);

	CHECK(!only_event(PROBE_MAP)->live);
	expect_registers(p, 0, 4);
	CHECK_EQ(poke(p + page + 5, 77), 0);
	CHECK_EQ(reg_peek(page + 5), 77);
	reg_poke(3 * page, 78);
	CHECK_EQ(look(p + 3 * page), 78);
}

/* D28, D22: whole pages of what was asked for, and no more */
static void registers_begin_and_end_where_asked(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p;

	mark_registers();
	plan.piece[0].off = page + 4;
	plan.piece[0].len = page;
	p = map_plan(&plan, 3 * page);
	expect_registers(p - page, 1, 3);
	CHECK_EQ(touch(p + 2 * page), SIGBUS);
}

static int setup_error(u32 set, u64 off, u64 len)
{
	struct probe_plan plan = plan_of(set, 0);

	plan.piece[0].off = off;
	plan.piece[0].len = len;
	return plan_error(&plan, page);
}

/* D28 */
static void registers_outside_the_set_are_refused(void)
{
	CHECK_EQ(setup_error(PROBE_REGS_NONE, 0, page), ENXIO);
	CHECK_EQ(setup_error(UINT_MAX - 1, 0, page), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, 4 * page, 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, 3 * page, page + 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, 0, 4 * page + 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, -1, 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, -page, 2 * page), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, LLONG_MAX, page), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, LLONG_MIN, page), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, page, -page), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS, 0, -1), ENXIO);
	CHECK_EQ(take_log()->count, 0);
}

/* D28: the rest of a page may belong to another device */
static void incomplete_pages_of_a_set_are_refused(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS_ODD, 0);
	u8 *p;

	CHECK_EQ(setup_error(PROBE_REGS_ODD, 0, 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS_ODD, page / 2 - 1, 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS_ODD, page / 2, page + 1), ENXIO);
	CHECK_EQ(setup_error(PROBE_REGS_ODD, 2 * page - 1, 1), ENXIO);
	mark_registers();
	plan.piece[0].off = page / 2 + 7;
	plan.piece[0].len = 1;
	p = map_plan(&plan, 2 * page);
	CHECK_EQ(look(p), 31);
	CHECK_EQ(touch(p + page), SIGBUS);
}

/* A page of memory, two of registers, a page of memory. */
static u8 *sandwich(void)
{
	struct probe_plan plan = plain_plan();

	mark_registers();
	umem_alloc(0, page, 0);
	umem_alloc(1, page, 0);
	umem_poke(0, 0, 10);
	umem_poke(1, 0, 20);
	plan.pieces = 3;
	plan.piece[0].len = page;
	plan.piece[0].maplen = page;
	plan.piece[1] = plan_of(PROBE_REGS, 0).piece[0];
	plan.piece[1].maplen = 2 * page;
	plan.piece[2] = plan.piece[0];
	plan.piece[2].slot = 1;
	return map_plan(&plan, 4 * page);
}

/* D28: one mmap, several kinds of handles */
static void registers_mix_with_memory(void)
{
	u8 *p = sandwich();

	CHECK_EQ(take_log()->count, 3);
	CHECK_EQ(look(p), 10);
	expect_registers(p + page, 0, 2);
	CHECK_EQ(look(p + 3 * page), 20);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(poke(p + i * page + 1, i), 0);
	CHECK_EQ(reg_peek(page + 1), 2);
	CHECK_EQ(umem_peek(1, 1), 3);
	remove_device();
	CHECK_EQ(look(p), 10);
	CHECK_EQ(touch(p + page), SIGBUS);
	CHECK_EQ(touch(p + 2 * page), SIGBUS);
	CHECK_EQ(look(p + 3 * page), 20);
}

/* D28: Linux touches memory alone before it is asked to */
static void populated_mapping_has_registers_as_well(void)
{
	u8 *p;

	CHECK_EQ(munmap(sandwich(), 4 * page), 0);
	p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(look(p), 10);
	expect_registers(p + page, 0, 2);
	CHECK_EQ(look(p + 3 * page), 20);
}

static void child_removes(void *p)
{
	expect_registers(p, 0, 4);
	CHECK_EQ(poke((u8 *)p + 1, 5), 0);
	remove_device();
	CHECK_EQ(touch(p), SIGBUS);
}

/* D28, D38 */
static void registers_are_shared_with_children(void)
{
	u8 *p = four_pages(0);

	expect_registers(p, 0, 4);
	reap(spawn(child_removes, p));
	CHECK_EQ(reg_peek(1), 5);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(touch(p + i * page), SIGBUS);
}

static void child_has_none(void *p)
{
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(poke(p, 1), SIGBUS);
}

/* D28, X13 */
static void refused_child_has_no_registers(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p;

	mark_registers();
	plan.fault = PROBE_FAIL_DUP;
	p = map_plan(&plan, page);
	expect_registers(p, 0, 1);
	reap(spawn(child_has_none, p));
	expect_registers(p, 0, 1);
}

/* D28, D39 */
static void registers_stay_in_place_when_parts_are_unmapped(void)
{
	u8 *p = four_pages(0);
	const struct probe_event *e;

	expect_registers(p, 0, 4);
	take_log();
	CHECK_EQ(munmap(p + page, page), 0);
	e = only_event(PROBE_UNMAP);
	CHECK(e->new1 && e->new2);
	lose_translations(p + 2 * page, 2 * page);
	expect_registers(p, 0, 1);
	expect_registers(p, 2, 4);
	CHECK_EQ(munmap(p + 2 * page, page), 0);
	lose_translations(p + 3 * page, page);
	expect_registers(p, 3, 4);
	remove_device();
	CHECK_EQ(touch(p), SIGBUS);
	CHECK_EQ(touch(p + 3 * page), SIGBUS);
}

/* D28, D37 */
static void registers_obey_mprotect(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p = four_pages(0);

	expect_registers(p, 0, 4);
	CHECK_EQ(mprotect(p + page, 2 * page, PROT_READ), 0);
	CHECK_EQ(poke(p + page, 1), SIGSEGV);
	expect_registers(p, 0, 4);
	CHECK_EQ(mprotect(p, 4 * page, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(poke(p + page, 1), 0);
	CHECK_EQ(reg_peek(page), 1);
	plan.piece[0].maxprot = S_READ | S_USER;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(look(p), 30);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
}

/* D28, D43, X14 */
static void registers_move_with_mremap(void)
{
	u8 *p = four_pages(0), *q;

	q = mmap(NULL, 4 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(q != MAP_FAILED);
	expect_registers(p, 0, 2);
	CHECK(mremap(p, 4 * page, 5 * page, MREMAP_MAYMOVE) == MAP_FAILED);
	CHECK(mremap(p, 4 * page, 4 * page, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_EQ(touch(p), SIGSEGV);
	expect_registers(q, 0, 4);
	remove_device();
	CHECK_EQ(touch(q), SIGBUS);
	CHECK_EQ(touch(q + 3 * page), SIGBUS);
}

/* D26, D28, D41: registers, other registers, nothing and memory behind one handle */
static void registers_can_be_remapped(void)
{
	u8 *p = four_pages(ALLOW_REMAP);

	umem_alloc(0, 4 * page, 0);
	umem_poke(0, 0, 10);
	expect_registers(p, 0, 4);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 2 * page, 2 * page), 0);
	expect_registers(p - 2 * page, 2, 4);
	CHECK_EQ(touch(p + 2 * page), SIGBUS);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(signal_code(), SEGV_MAPERR);
	CHECK_EQ(remap_to(1, 0, 0, 4 * page), 0);
	CHECK_EQ(look(p), 10);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 0, 4 * page), 0);
	expect_registers(p, 0, 4);
	remove_device();
	CHECK_EQ(touch(p), SIGBUS);
}

/* D26, D28: what was unmapped at the front does not count any more */
static void registers_are_remapped_behind_the_rest(void)
{
	u8 *p = four_pages(ALLOW_REMAP);

	expect_registers(p, 0, 4);
	CHECK_EQ(munmap(p, 2 * page), 0);
	CHECK_EQ(remap_to_registers(PROBE_REGS, page, 2 * page), 0);
	expect_registers(p + page, 1, 3);
	CHECK_EQ(munmap(p + 2 * page, page), 0);
	expect_registers(p + page, 2, 3);
}

/* D26, D27, D28 */
static void wrong_remaps_to_registers_are_refused(void)
{
	struct probe_args a = { .handle = 1, .slot = PROBE_REGS, .len = page, .flags = CACHED,
				.maxprot = S_ALL };
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p = four_pages(ALLOW_REMAP);

	CHECK_EQ(remap_to_registers(PROBE_REGS_NONE, 0, page), -1);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 4 * page, page), -1);
	CHECK_EQ(remap_to_registers(PROBE_REGS, -page, 2 * page), -1);
	CHECK_EQ(remap_to_registers(PROBE_REGS, page, -page), -1);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 0, 0), -1);
	CHECK_EQ(remap_to_registers(PROBE_REGS_ODD, 0, page), -1);
	CHECK_EQ(device(PROBE_IOC_DEVMEM, &a), -1);
	a.flags = 0;
	a.maxprot = S_READ | S_USER;
	CHECK_EQ(device(PROBE_IOC_DEVMEM, &a), -1);
	expect_registers(p, 0, 4);
	CHECK_EQ(munmap(p, 4 * page), 0);
	p = map_plan(&plan, page);
	CHECK_EQ(remap_to_registers(PROBE_REGS, page, page), -1);
	expect_registers(p, 0, 1);
}

/* D24, D28: which needs no register set */
static void registers_may_begin_invalid(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS_NONE, INVALID | ALLOW_REMAP);
	u8 *p = map_plan(&plan, 4 * page);

	mark_registers();
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(remap_to_registers(PROBE_REGS, 0, 4 * page), 0);
	expect_registers(p, 0, 4);
	plan.piece[0].flags = INVALID;
	CHECK_EQ(plan_error(&plan, page), ENXIO);
}

/* D28, D45 */
static void registers_can_be_set_up_on_touch(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p;

	plan.on_touch = 1;
	mark_registers();
	p = map_plan(&plan, 4 * page);
	expect_registers(p, 0, 4);
	CHECK_EQ(poke(p, 1), 0);
	remove_device();
	CHECK_EQ(touch(p), SIGBUS);
	p = map_plan(&plan, page);
	CHECK(touch(p));
}

/* D28: reading a register can have an effect */
static void registers_are_out_of_a_debuggers_reach(void)
{
	u8 *p = four_pages(0);

	expect_registers(p, 0, 1);
	CHECK_EQ(read_from_outside(p), -1);
	CHECK_EQ(write_from_outside(p, 1), -1);
	CHECK_EQ(reg_peek(0), 30);
	p = sandwich();
	CHECK_EQ(read_from_outside(p), 10);
	CHECK_EQ(read_from_outside(p + page), -1);
}

/* D28, L4: a device does not reach another one's by way of a process */
static void registers_cannot_be_locked(void)
{
	struct probe_args a = { .addr = (uintptr_t)four_pages(0), .len = 4 * page, .flags = 1 };

	CHECK_EQ(device(PROBE_IOC_LOCK, &a), EFAULT);
	expect_registers((u8 *)(uintptr_t)a.addr, 0, 4);
	CHECK_EQ(device(PROBE_IOC_LOCK, &a), EFAULT);
}

static bool is_a_pc(void)
{
	struct utsname name;

	CHECK_EQ(uname(&name), 0);
	return strstr(name.machine, "86");
}

static bool is_hpet(const u8 *p)
{
	return *(const volatile u32 *)p >> 16 == 0x8086;
}

/* D28: uncached registers of a real device, with memory and alone */
static void registers_of_a_timer_are_read(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS_HPET, 0);
	u8 *p;

	plan.piece[0].flags = 0;
	if (!is_a_pc()) {
		CHECK_EQ(plan_error(&plan, page), ENXIO);
		return;
	}
	CHECK(is_hpet(map_plan(&plan, page)));
	plan.piece[0].flags = UNCACHED;
	umem_alloc(0, page, 0);
	umem_poke(0, 0, 10);
	plan.piece[0].len = page;
	plan.piece[0].maplen = page;
	plan.piece[1] = plain_plan().piece[0];
	plan.pieces = 2;
	p = map_plan(&plan, 2 * page);
	CHECK_EQ(look(p + page), 10);
	CHECK(is_hpet(p));
	CHECK_EQ(mprotect(p, 2 * page, PROT_READ), 0);
	CHECK(is_hpet(p));
}

/* D28: what Linux knows as memory cannot be uncached beside memory, and is not entered */
static void uncached_memory_stands_alone(void)
{
	struct probe_plan plan = plan_of(PROBE_REGS, 0);
	u8 *p;

	mark_registers();
	plan.piece[0].flags = UNCACHED;
	plan.piece[0].maplen = page;
	CHECK_EQ(touch(map_plan(&plan, page)), 0);
	umem_alloc(0, page, 0);
	plan.piece[1] = plain_plan().piece[0];
	plan.pieces = 2;
	p = map_plan(&plan, 2 * page);
	CHECK_EQ(touch(p + page), 0);
	if (is_a_pc())
		CHECK_EQ(touch(p), SIGBUS);
	else
		touch(p);
}

const struct guest_case register_cases[] = {
	{ "registers_are_read_and_written", registers_are_read_and_written },
	{ "registers_begin_and_end_where_asked", registers_begin_and_end_where_asked },
	{ "registers_outside_the_set_are_refused", registers_outside_the_set_are_refused },
	{ "incomplete_pages_of_a_set_are_refused", incomplete_pages_of_a_set_are_refused },
	{ "registers_mix_with_memory", registers_mix_with_memory },
	{ "populated_mapping_has_registers_as_well", populated_mapping_has_registers_as_well },
	{ "uncached_memory_stands_alone", uncached_memory_stands_alone },
	{ "registers_may_begin_invalid", registers_may_begin_invalid },
	{ "refused_child_has_no_registers", refused_child_has_no_registers },
	{ "registers_are_shared_with_children", registers_are_shared_with_children },
	{ "registers_stay_in_place_when_parts_are_unmapped",
	  registers_stay_in_place_when_parts_are_unmapped },
	{ "registers_obey_mprotect", registers_obey_mprotect },
	{ "registers_move_with_mremap", registers_move_with_mremap },
	{ "registers_can_be_remapped", registers_can_be_remapped },
	{ "registers_are_remapped_behind_the_rest", registers_are_remapped_behind_the_rest },
	{ "wrong_remaps_to_registers_are_refused", wrong_remaps_to_registers_are_refused },
	{ "registers_can_be_set_up_on_touch", registers_can_be_set_up_on_touch },
	{ "registers_are_out_of_a_debuggers_reach", registers_are_out_of_a_debuggers_reach },
	{ "registers_cannot_be_locked", registers_cannot_be_locked },
	{ "registers_of_a_timer_are_read", registers_of_a_timer_are_read },
	{ }
};
