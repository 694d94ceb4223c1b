// SPDX-License-Identifier: GPL-2.0-only
/* setup.c - mmap(2) to devmap(9E): what is accepted, what is refused, and how */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* D5, D10, D14, D15, D32, U9, X20 */
static void kernel_and_user_see_the_same_bytes(void)
{
	struct probe_plan plan = plain_plan();
	const struct probe_event *e;
	u8 *p;

	umem_alloc(0, 5 * page - 7, 0);
	p = map_plan(&plan, 5 * page);
	e = only_event(PROBE_MAP);
	CHECK_EQ(e->len, 5 * page);
	CHECK_EQ(e->flags, MAP_SHARED);
	CHECK(e->live);
	CHECK(e->model);
	umem_poke(0, 3 * page + 1, 77);
	CHECK_EQ(p[3 * page + 1], 77);
	p[0] = 1;
	p[5 * page - 1] = 2;
	CHECK_EQ(umem_peek(0, 0), 1);
	CHECK_EQ(umem_peek(0, 5 * page - 1), 2);
	CHECK_EQ(p[2 * page], 0);
}

/* D20, D21, D43, G8: nothing outside the cookie */
static void range_outside_the_cookie_is_refused(void)
{
	const struct { long long off, len; } bad[] = {
		{ 0, 5 }, { 4, 1 }, { 1, 4 }, { -1, 1 }, { -1, 2 }, { INT64_MIN / page, 1 },
		{ INT64_MAX / page, 1 }, { 0, INT64_MAX / page }, { 4, -1 }, { 2, -2 },
	};
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		plan.piece[0].off = bad[i].off * page;
		plan.piece[0].len = bad[i].len * page;
		CHECK_EQ(plan_error(&plan, page), ENXIO);
	}
	CHECK_EQ(take_log()->count, 0);
}

/* D22 */
static void offset_is_rounded_down_and_length_up(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 3 * page, 0);
	umem_poke(0, page, 11);
	plan.piece[0].off = page + 5;
	plan.piece[0].len = 10;
	p = map_plan(&plan, page);
	CHECK_EQ(p[0], 11);
}

/* D20, D23, D24, X21 */
static void contradictory_flags_are_refused(void)
{
	static const u32 bad[] = { INVALID, 0x80000, 0x30000, 0x60000, 0xf0000 };
	static const u32 good[] = { 0, 0x10000, 0x20000, 0x40000, 4, 0x100, ALLOW_REMAP };
	struct probe_plan plan = plain_plan();

	umem_alloc(0, page, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		plan.piece[0].flags = bad[i];
		CHECK_EQ(plan_error(&plan, page), ENXIO);
	}
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		plan.piece[0].flags = good[i];
		CHECK_EQ(touch(map_plan(&plan, page)), 0);
	}
}

/* D20 */
static void null_cookie_is_refused(void)
{
	struct probe_plan plan = plain_plan();

	CHECK_EQ(plan_error(&plan, page), ENXIO);
}

/* D6, D9, D20: the driver's mistakes, and none of its callbacks */
static void driver_failure_is_enxio_without_callbacks(void)
{
	static const u32 faults[] = { PROBE_FAIL_ENTRY, PROBE_NO_SETUP, PROBE_SETUP_TWICE };
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	plan.piece[0].maplen = page;
	for (size_t i = 0; i < 3; i++) {
		plan.fault = faults[i];
		for (plan.fault_at = 0; plan.fault_at < 3; plan.fault_at++)
			CHECK_EQ(plan_error(&plan, 4 * page), ENXIO);
	}
	CHECK_EQ(take_log()->count, 0);
}

/* D7 */
static void maplen_that_is_no_page_multiple_is_einval(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	plan.piece[0].maplen = 0;
	CHECK_EQ(plan_error(&plan, 4 * page), EINVAL);
	plan.piece[0].maplen = page + 1;
	CHECK_EQ(plan_error(&plan, 4 * page), EINVAL);
}

/* D8 */
static void maplen_above_the_rest_is_clamped(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 8 * page, 0);
	plan.piece[0].maplen = 8 * page + 12;
	map_plan(&plan, 3 * page);
	CHECK_EQ(only_event(PROBE_MAP)->len, 3 * page);
}

/* D8, D14 */
static void maplen_below_the_rest_makes_more_handles(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;
	u8 *p;

	umem_alloc(0, 2 * page, 0);
	umem_alloc(1, 2 * page, 0);
	umem_poke(0, page, 5);
	umem_poke(1, page, 6);
	plan.pieces = 2;
	plan.piece[0].maplen = 2 * page;
	plan.piece[0].len = 2 * page;
	plan.piece[1] = (struct probe_piece){ .slot = 1, .maplen = PROBE_ALL };
	set_plan(&plan);
	p = map(4 * page, 16 * page);
	log = take_log();
	CHECK_EQ(log->count, 2);
	CHECK_EQ(log->event[0].off, 16 * page);
	CHECK_EQ(log->event[0].len, 2 * page);
	CHECK_EQ(log->event[1].off, 18 * page);
	CHECK_EQ(p[page], 5);
	CHECK_EQ(p[3 * page], 6);
}

/* D12 */
static void different_access_callbacks_are_refused(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.pieces = 2;
	plan.piece[0].maplen = page;
	plan.piece[1] = (struct probe_piece){ .own_access = 1, .maplen = PROBE_ALL };
	CHECK_EQ(plan_error(&plan, 4 * page), EOPNOTSUPP);
}

/* D14 */
static void map_failure_unmaps_the_handles_before(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_log *log;

	umem_alloc(0, 4 * page, 0);
	plan.piece[0].maplen = page;
	plan.fault = PROBE_FAIL_MAP;
	plan.fault_at = 2;
	CHECK_EQ(plan_error(&plan, 4 * page), ENXIO);
	log = take_log();
	CHECK_EQ(log->count, 4);
	for (int i = 0; i < 2; i++) {
		const struct probe_event *e = &log->event[2 + i];

		CHECK_EQ(e->op, PROBE_UNMAP);
		CHECK_EQ(e->off, i * page);
		CHECK_EQ(e->len, page);
		CHECK_EQ(e->pvt, log->event[i].pvt);
		CHECK(!e->new1 && !e->new2);
	}
}

/* D11, X22 */
static void private_mapping_is_einval(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, page, 0);
	set_plan(&plan);
	CHECK(mmap(NULL, page, PROT_READ, MAP_PRIVATE, dev, 0) == MAP_FAILED);
	CHECK_EQ(errno, EINVAL);
}

/* D1, X16: a read-only file */
static void read_only_file_never_gets_writable(void)
{
	struct probe_plan plan = plain_plan();
	int fd = open(PROBE_PATH, O_RDONLY);
	void *p;

	umem_alloc(0, page, 0);
	set_plan(&plan);
	CHECK(mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, EACCES);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
}

/* D20, D37 */
static void maxprot_limits_mmap_and_mprotect(void)
{
	struct probe_plan plan = plain_plan();
	void *p;

	umem_alloc(0, 2 * page, 0);
	plan.piece[0].maxprot = S_READ | S_USER;
	CHECK_EQ(plan_error(&plan, page), ENXIO);
	p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_EXEC), -1);
	CHECK_EQ(poke(p, 1), SIGSEGV);
	/* D20: PROT_USER counts */
	plan.piece[0].maxprot = S_READ | S_WRITE;
	CHECK_EQ(plan_error(&plan, page), ENXIO);
}

/* D37: where handles differ, each has its own limit */
static void maxprot_is_each_handles_own(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 2 * page, 0);
	plan.pieces = 2;
	plan.piece[0] = (struct probe_piece){ .maxprot = S_READ | S_USER, .maplen = page };
	plan.piece[1] = (struct probe_piece){ .maplen = PROBE_ALL };
	set_plan(&plan);
	p = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p, 2 * page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(mprotect(p, page, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(mprotect(p + page, page, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(poke(p + page, 1), 0);
	CHECK_EQ(poke(p, 1), SIGSEGV);
}

/* D3, C44: a segmap(9E) that checks first */
static void segmap_may_refuse_a_length(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	plan.segmap_len = page;
	CHECK_EQ(plan_error(&plan, 2 * page), EINVAL);
	CHECK_EQ(poke(map_plan(&plan, page), 3), 0);
	CHECK_EQ(umem_peek(0, 0), 3);
}

/* D4, X17, C46: a mapping made by an ioctl */
static void ioctl_may_create_a_mapping(void)
{
	struct probe_args a = { .off = page, .len = 2 * page, .flags = MAP_SHARED,
				.maxprot = S_READ | S_WRITE | S_USER };
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 4 * page, 0);
	set_plan(&plan);
	CHECK_EQ(device(PROBE_IOC_MMAP, &a), 0);
	CHECK_EQ(only_event(PROBE_MAP)->off, page);
	p = (u8 *)(uintptr_t)a.addr;
	p[page] = 9;
	CHECK_EQ(umem_peek(0, page), 9);
	CHECK_EQ(munmap(p, 2 * page), 0);
	a.flags = MAP_PRIVATE;
	CHECK_EQ(device(PROBE_IOC_MMAP, &a), EINVAL);
}

/* D4, D13, X17: and at an address of its own choice */
static void ioctl_may_choose_the_address(void)
{
	u8 *p = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct probe_args a = { .len = page, .flags = MAP_SHARED | MAP_FIXED,
				.maxprot = S_READ | S_WRITE | S_USER };
	struct probe_plan plan = plain_plan();

	umem_alloc(0, page, 0);
	set_plan(&plan);
	a.addr = (uintptr_t)(p + page);
	CHECK_EQ(device(PROBE_IOC_MMAP, &a), 0);
	CHECK_EQ(a.addr, (uintptr_t)(p + page));
	CHECK_EQ(poke(p + page, 9), 0);
	CHECK_EQ(umem_peek(0, 0), 9);
	CHECK_EQ(touch(p), SIGSEGV);
}

/* D42, X16: the driver sees whole pages */
static void length_is_rounded_before_the_driver_sees_it(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 3 * page, 0);
	map_plan(&plan, 2 * page + 1);
	CHECK_EQ(only_event(PROBE_MAP)->len, 3 * page);
}

/* X15: Linux has another meaning for the bit of PROT_USER */
static void linux_bit_three_is_no_protection(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	plan.piece[0].maxprot = S_READ | S_USER;
	set_plan(&plan);
	p = mmap(NULL, page, PROT_READ | S_USER, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), 0);
	CHECK_EQ(poke(p, 1), SIGSEGV);
	p = mmap(NULL, page, S_USER, MAP_SHARED, dev, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(touch(p), SIGSEGV);
}

/* G8, D43: lengths that an attacker would try */
static void hostile_lengths_reach_nothing(void)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 4 * page, 0);
	set_plan(&plan);
	for (size_t len = 8 * page; len; len <<= 1) {
		map_error(len, 0);
		map_error(len - page, page);
		map_error(-len, 0);
	}
	CHECK_EQ(map_error(0, 0), EINVAL);
	CHECK_EQ(take_log()->count, 0);
}

/* G8, D21: offsets that an attacker would try */
static void hostile_offsets_reach_nothing(void)
{
	struct probe_plan plan = plain_plan();
	void *p;

	umem_alloc(0, 4 * page, 0);
	set_plan(&plan);
	for (int shift = 12; shift < 64; shift++)
		for (int add = -1; add <= 1; add++) {
			u64 off = ((u64)1 << shift) + (u64)add * page;

			p = mmap(NULL, page, PROT_READ, MAP_SHARED, dev, (off_t)off);
			if (p == MAP_FAILED)
				continue;
			CHECK_EQ(touch(p), 0);
			CHECK_EQ(*(u8 *)p, 0);
			CHECK_EQ(munmap(p, page), 0);
		}
}

/* U21 */
static void driver_made_cookies_are_mapped(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args a = { .len = 4 * page };

	for (a.flags = PROBE_OWN_BLOCK; a.flags <= PROBE_OWN_VMALLOC; a.flags++) {
		u8 *p;

		device(PROBE_IOC_OWN, &a);
		p = map_plan(&plan, 4 * page);
		umem_poke(0, 3 * page, 21);
		CHECK_EQ(p[3 * page], 21);
		CHECK_EQ(munmap(p, 4 * page), 0);
		CHECK_EQ(plan_error(&plan, 5 * page), ENXIO);
		umem_free(0);
	}
}

/* U21: slab memory has no page references to give */
static void slab_memory_is_not_mapped(void)
{
	struct probe_plan plan = plain_plan();
	struct probe_args a = { .len = page, .flags = PROBE_OWN_SLAB };

	device(PROBE_IOC_OWN, &a);
	CHECK_EQ(touch(map_plan(&plan, page)), SIGBUS);
}

/* A mapping outlives its file descriptor, and the driver stays with it */
static void mapping_keeps_the_device_open(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, page, 0);
	p = map_plan(&plan, page);
	close(dev);
	CHECK_EQ(poke(p, 4), 0);
	CHECK_EQ(munmap(p, page), 0);
}

const struct guest_case setup_cases[] = {
	{ "kernel_and_user_see_the_same_bytes", kernel_and_user_see_the_same_bytes },
	{ "range_outside_the_cookie_is_refused", range_outside_the_cookie_is_refused },
	{ "offset_is_rounded_down_and_length_up", offset_is_rounded_down_and_length_up },
	{ "contradictory_flags_are_refused", contradictory_flags_are_refused },
	{ "null_cookie_is_refused", null_cookie_is_refused },
	{ "driver_failure_is_enxio_without_callbacks", driver_failure_is_enxio_without_callbacks },
	{ "maplen_that_is_no_page_multiple_is_einval", maplen_that_is_no_page_multiple_is_einval },
	{ "maplen_above_the_rest_is_clamped", maplen_above_the_rest_is_clamped },
	{ "maplen_below_the_rest_makes_more_handles", maplen_below_the_rest_makes_more_handles },
	{ "different_access_callbacks_are_refused", different_access_callbacks_are_refused },
	{ "map_failure_unmaps_the_handles_before", map_failure_unmaps_the_handles_before },
	{ "private_mapping_is_einval", private_mapping_is_einval },
	{ "read_only_file_never_gets_writable", read_only_file_never_gets_writable },
	{ "maxprot_limits_mmap_and_mprotect", maxprot_limits_mmap_and_mprotect },
	{ "maxprot_is_each_handles_own", maxprot_is_each_handles_own },
	{ "segmap_may_refuse_a_length", segmap_may_refuse_a_length },
	{ "ioctl_may_create_a_mapping", ioctl_may_create_a_mapping },
	{ "ioctl_may_choose_the_address", ioctl_may_choose_the_address },
	{ "length_is_rounded_before_the_driver_sees_it",
	  length_is_rounded_before_the_driver_sees_it },
	{ "linux_bit_three_is_no_protection", linux_bit_three_is_no_protection },
	{ "hostile_lengths_reach_nothing", hostile_lengths_reach_nothing },
	{ "hostile_offsets_reach_nothing", hostile_offsets_reach_nothing },
	{ "driver_made_cookies_are_mapped", driver_made_cookies_are_mapped },
	{ "slab_memory_is_not_mapped", slab_memory_is_not_mapped },
	{ "mapping_keeps_the_device_open", mapping_keeps_the_device_open },
	{ }
};
