// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach.c - the ways to a mapping that are not its process's own loads and stores
 *
 * A case whose system call the kernel does not have is skipped.
 */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers of calls that the C library may not know; the same on all machines. */
#define NR_IO_URING_SETUP	425
#define NR_IO_URING_REGISTER	427
#define NR_PIDFD_OPEN		434
#define NR_PIDFD_GETFD		438
#define NR_PROCESS_MADVISE	440
#define NR_MSEAL		462

static void read_in_parent(void *p)
{
	static u8 copy[FEW * 65536];
	struct iovec to = { copy, FEW * page }, from = { p, FEW * page };

	CHECK_EQ(process_vm_readv(getppid(), &to, 1, &from, 1, 0), FEW * page);
	check_pages(copy);
	copy[page] = 9;
	from.iov_len = 2 * page;
	to.iov_len = 2 * page;
	CHECK_EQ(process_vm_writev(getppid(), &to, 1, &from, 1, 0), 2 * page);
}

/* D32: for each page that another process copies, the driver is asked once */
static void another_process_copies_to_and_from_it(void)
{
	u8 *p = few_pages(PROBE_ACCESS);

	need_call(process_vm_readv(getpid(), NULL, 0, NULL, 0, 0), "process_vm_readv(2)");
	take_log();
	reap(spawn(read_in_parent, p));
	CHECK_EQ(take_log()->count, 2 + FEW);	/* dup and unmap */
	CHECK_EQ(umem_peek(0, page), 9);
}

static void write_in_parent(void *p)
{
	struct iovec from = { "x", 1 }, to = { p, 1 };

	CHECK_EQ(process_vm_writev(getppid(), &from, 1, &to, 1, 0), -1);
	CHECK_EQ(errno, EFAULT);
}

/* D37: nobody writes to what is mapped for reading */
static void another_process_cannot_write_to_a_read_only_mapping(void)
{
	u8 *p = few_pages(0);

	need_call(process_vm_writev(getpid(), NULL, 0, NULL, 0, 0), "process_vm_writev(2)");
	CHECK_EQ(mprotect(p, FEW * page, PROT_READ), 0);
	reap(spawn(write_in_parent, p));
	check_pages(p);
}

static void be_traced(void *p)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	CHECK_EQ(look(p), 77);
}

static void end_traced(pid_t pid)
{
	int status;

	CHECK_EQ(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* D32: a debugger's peek and poke ask for the process that it traces */
static void debugger_peeks_and_pokes(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	pid_t pid = spawn(be_traced, p);
	struct probe_log *log;
	int status;
	long word;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSTOPPED(status));
	word = ptrace(PTRACE_PEEKDATA, pid, p + page, NULL);
	CHECK_EQ(*(u8 *)&word, 2);
	/* A word of equal bytes, whatever their order */
	CHECK_EQ(ptrace(PTRACE_POKEDATA, pid, p, (void *)(~0UL / 255 * 77)), 0);
	log = take_log();
	CHECK_EQ(log->event[log->count - 1].op, PROBE_ACCESS);
	CHECK(log->event[log->count - 1].handle != 1);
	end_traced(pid);
}

static void protect_and_be_traced(void *p)
{
	CHECK_EQ(mprotect(p, page, PROT_READ), 0);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	CHECK_EQ(look(p), 1);
}

/* D37 */
static void debugger_cannot_poke_a_read_only_mapping(void)
{
	u8 *p = few_pages(0);
	pid_t pid = spawn(protect_and_be_traced, p);
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(ptrace(PTRACE_POKEDATA, pid, p, (void *)77L), -1);
	end_traced(pid);
	check_pages(p);
}

/* Two pages, of which the driver lets go one only. */
static u8 *one_page_of_two(void)
{
	struct probe_plan plan = plain_plan();
	u8 *p;

	umem_alloc(0, 2 * page, 0);
	plan.piece[0] = (struct probe_piece){ .maplen = page, .flags = ALLOW_REMAP };
	p = map_plan(&plan, 2 * page);
	CHECK_EQ(invalidate(2), 0);
	return p;
}

/* D26: what is copied ends where the process has nothing */
static void copies_end_where_the_driver_cut_off(void)
{
	static u8 buffer[2 * 65536];
	u8 *p = one_page_of_two();
	int zero = open("/dev/zero", O_RDONLY), mem = open("/proc/self/mem", O_RDWR), pair[2];

	CHECK_EQ(read(zero, p, 2 * page), page);
	CHECK_EQ(pread(mem, buffer, 2 * page, (off_t)(uintptr_t)p), page);
	CHECK_EQ(pwrite(mem, buffer, 2 * page, (off_t)(uintptr_t)p), page);
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(write(pair[1], p, 2 * page), page);
	CHECK_EQ(write(pair[1], p + page, page), -1);
	CHECK_EQ(errno, EFAULT);
}

static bool is_present(int pagemap, const u8 *p)
{
	u64 entry = 0;

	CHECK_EQ(pread(pagemap, &entry, sizeof(entry), (uintptr_t)p / page * sizeof(entry)),
		 sizeof(entry));
	return entry >> 63;
}

/* D26, D33: page tables show that pages were taken away */
static void page_tables_forget_what_was_taken_away(void)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	u8 *p = few_pages(PROBE_ACCESS);

	if (pagemap < 0)
		skip("/proc/PID/pagemap");
	check_pages(p);
	CHECK(is_present(pagemap, p));
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1, .len = page }), 0);
	CHECK(!is_present(pagemap, p) && is_present(pagemap, p + page));
	CHECK_EQ(invalidate(1), 0);
	for (int i = 0; i < FEW; i++)
		CHECK(!is_present(pagemap, p + i * page));
}

/* D33: bits that Linux keeps in page tables are nobody else's business */
static void cleared_reference_bits_lose_nothing(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	u8 *p = few_pages(PROBE_ACCESS);

	if (fd < 0)
		skip("/proc/PID/clear_refs");
	check_pages(p);
	take_log();
	for (char what = '1'; what <= '5'; what++) {
		CHECK(write(fd, &what, 1) == 1 || errno == EINVAL);
		check_pages(p);
		CHECK_EQ(poke(p, 1), 0);
	}
	check_count(0, 0);
}

/* U22: a page that was given to a pipe and spliced on stays the driver's */
static void spliced_page_is_not_stolen(void)
{
	u8 *p = few_pages(0), byte = 0;
	struct iovec one = { .iov_base = p, .iov_len = page };
	int pair[2], file = open("/tmp/spliced", O_RDWR | O_CREAT, 0600);

	CHECK(file >= 0);
	CHECK_EQ(pipe(pair), 0);
	CHECK_EQ(vmsplice(pair[1], &one, 1, SPLICE_F_GIFT), page);
	CHECK_EQ(splice(pair[0], NULL, file, NULL, page, SPLICE_F_MOVE), page);
	umem_poke(0, 0, 99);
	CHECK_EQ(pread(file, &byte, 1, 0), 1);
	CHECK_EQ(byte, 1);
	CHECK_EQ(look(p), 99);
	close(file);
	unlink("/tmp/spliced");
	CHECK_EQ(munmap(p, FEW * page), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &(struct probe_args){ .len = FEW * page }), 0);
}

/* U22: each pipe that has the page holds it */
static void page_in_two_pipes_is_held_by_both(void)
{
	struct probe_args all = { .len = FEW * page };
	struct iovec one = { .iov_base = few_pages(0), .iov_len = page };
	int first[2], second[2];

	CHECK_EQ(pipe(first) | pipe(second), 0);
	CHECK_EQ(vmsplice(first[1], &one, 1, 0), page);
	CHECK_EQ(tee(first[0], second[1], page, 0), page);
	CHECK_EQ(munmap(one.iov_base, FEW * page), 0);
	close(first[0]);
	close(first[1]);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
	close(second[0]);
	close(second[1]);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
}

/* U22: so does a ring of which it is a buffer, until that is unregistered */
static void buffer_of_io_uring_is_held(void)
{
	struct probe_args all = { .len = FEW * page };
	struct iovec one = { .iov_base = few_pages(0), .iov_len = page };
	u32 params[30] = { };
	int ring = syscall(NR_IO_URING_SETUP, 4, params);
	long rc;

	need_call(ring, "io_uring_setup(2)");
	CHECK(ring >= 0);
	rc = syscall(NR_IO_URING_REGISTER, ring, 0, &one, 1);
	if (rc < 0 && errno == EOPNOTSUPP)
		skip("buffers in a file");
	CHECK_EQ(rc, 0);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(munmap(one.iov_base, FEW * page), 0);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 1);
	CHECK_EQ(syscall(NR_IO_URING_REGISTER, ring, 1, NULL, 0), 0);
	for (int i = 0; i < 1000 && device(PROBE_IOC_IS_HELD, &all); i++)
		usleep(1000);
	CHECK_EQ(device(PROBE_IOC_IS_HELD, &all), 0);
}

/* D32: the array of a system call lies in pages for which it is asked */
static void vectors_may_lie_in_the_mapping(void)
{
	u8 *p = few_pages(PROBE_ACCESS), byte = 0;
	struct iovec *vector = (struct iovec *)(p + page);
	int pair[2];

	CHECK_EQ(pipe(pair), 0);
	*vector = (struct iovec){ p + 2 * page, 1 };
	CHECK_EQ(device(PROBE_IOC_UNLOAD, &(struct probe_args){ .handle = 1 }), 0);
	CHECK_EQ(writev(pair[1], vector, 1), 1);
	CHECK_EQ(read(pair[0], &byte, 1), 1);
	CHECK_EQ(byte, 3);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(writev(pair[1], vector, 1), -1);
	CHECK_EQ(errno, EFAULT);
}

/* D43: nobody else serves the faults of a mapping */
static void userfaultfd_gets_no_mapping(void)
{
	u8 *p = few_pages(0);
	struct { u64 api, features, ioctls; } api = { .api = 0xaa };
	struct { u64 start, len, mode, ioctls; } range = { (uintptr_t)p, FEW * page, 1, 0 };
	int fd = syscall(SYS_userfaultfd, O_NONBLOCK);

	need_call(fd, "userfaultfd(2)");
	CHECK_EQ(ioctl(fd, _IOWR(0xaa, 0x3f, api), &api), 0);
	CHECK_EQ(ioctl(fd, _IOWR(0xaa, 0, range), &range), -1);
	check_pages(p);
}

/* D33: where memory stands is not for the process to say */
static void policies_of_memory_move_no_page(void)
{
	u8 *p = few_pages(0);
	void *pages[1] = { p };
	unsigned long nodes = 1;
	int status = 0, node = 0;

	check_pages(p);
	syscall(SYS_move_pages, 0, 1UL, pages, &node, &status, 4);
	syscall(SYS_mbind, p, FEW * page, 2, &nodes, 8UL, 6);
	syscall(SYS_migrate_pages, 0, 8UL, &nodes, &nodes);
	check_pages(p);
	umem_poke(0, page, 50);
	CHECK_EQ(look(p + page), 50);
}

/* D33: by way of a descriptor of the process, too */
static void advice_from_outside_loses_nothing(void)
{
	u8 *p = few_pages(0);
	struct iovec all = { p, FEW * page };
	int self = syscall(NR_PIDFD_OPEN, getpid(), 0);

	check_pages(p);
	for (int advice = 0; advice < 30; advice++) {
		syscall(NR_PROCESS_MADVISE, self, &all, 1UL, advice, 0);
		check_pages(p);
	}
}

static int one_more_signal;

static void count_signal(int sig)
{
	(void)sig;
	one_more_signal++;
}

static void signal_on_stack(void *stack)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_ONSTACK };
	stack_t in_mapping = { .ss_sp = stack, .ss_size = 16 * page };

	CHECK_EQ(sigaltstack(&in_mapping, NULL), 0);
	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	raise(SIGUSR1);
	CHECK_EQ(one_more_signal, 1);
	take_log();
}

static u8 *stack_pages(u32 policy)
{
	struct probe_plan plan = plain_plan();

	umem_alloc(0, 16 * page, 0);
	plan.callbacks |= PROBE_ACCESS;
	plan.policy = policy;
	return map_plan(&plan, 16 * page);
}

/* D32: Linux writes the frame of a signal there, for which the driver is asked */
static void stack_of_signals_may_lie_in_the_mapping(void)
{
	reap(spawn(signal_on_stack, stack_pages(PROBE_DEFAULT)));
}

/* D32 */
static void signal_without_a_stack_ends_the_process(void)
{
	pid_t pid = spawn(signal_on_stack, stack_pages(PROBE_REFUSE));
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

/* A list of futexes that Linux walks when a thread ends. */
static void *end_with_a_list(void *head)
{
	syscall(SYS_set_robust_list, head, sizeof(struct robust_list_head));
	return NULL;
}

/* D32: a list that the driver hides ends no thread's end */
static void list_of_futexes_may_be_cut_off(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	struct robust_list_head *head = (struct robust_list_head *)p;
	pthread_t thread;

	*head = (struct robust_list_head){ .list.next = (struct robust_list *)(p + page) };
	for (int round = 0; round < 2; round++) {
		CHECK_EQ(pthread_create(&thread, NULL, end_with_a_list, p), 0);
		CHECK_EQ(pthread_join(thread, NULL), 0);
		CHECK_EQ(invalidate(1), 0);
	}
}

/* D15: a descriptor that was copied, or taken from another process, is as good */
static void descriptors_of_any_origin_map_the_same(void)
{
	u8 *p = few_pages(0);
	char path[40];
	int self = syscall(NR_PIDFD_OPEN, getpid(), 0);
	int taken = syscall(NR_PIDFD_GETFD, self, dev, 0), again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dev);
	again = open(path, O_RDWR);
	CHECK(again >= 0);
	check_pages(p);
	for (int i = 0; i < 3; i++) {
		int fd = i == 0 ? dup(dev) : i == 1 ? again : taken;

		if (fd < 0)
			continue;
		p = mmap(NULL, FEW * page, PROT_READ, MAP_SHARED, fd, 0);
		CHECK(p != MAP_FAILED);
		close(fd);
		check_pages(p);
	}
}

/* D26: a seal keeps the mapping, not the memory */
static void sealed_mapping_is_cut_off(void)
{
	u8 *p = few_pages(0);
	long rc;

	check_pages(p);
	rc = syscall(NR_MSEAL, p, FEW * page, 0UL);
	need_call(rc, "mseal(2)");
	CHECK_EQ(rc, 0);
	CHECK_EQ(munmap(p, FEW * page), -1);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(touch(p), SIGSEGV);
}

/* D37: keys of memory come before the driver */
static void key_of_memory_keeps_the_driver_unasked(void)
{
	u8 *p = few_pages(PROBE_ACCESS);
	int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);

	if (key < 0)
		skip("memory protection keys");
	CHECK_EQ(pkey_mprotect(p, FEW * page, PROT_READ | PROT_WRITE, key), 0);
	take_log();
	CHECK_EQ(touch(p), SIGSEGV);
	CHECK_EQ(pkey_set(key, 0), 0);
	check_pages(p);
	check_count(PROBE_ACCESS, FEW);
}

/* D33: what a process says about itself */
static void settings_of_the_process_lose_nothing(void)
{
	u8 *p = few_pages(0);

	check_pages(p);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(67, 1, 0, 0, 0);				/* PR_SET_MEMORY_MERGE */
	prctl(0x53564d41, 0, p, FEW * page, "name");	/* PR_SET_VMA */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	check_pages(p);
	CHECK_EQ(invalidate(1), 0);
	CHECK_EQ(touch(p), SIGSEGV);
}

const struct guest_case reach_cases[] = {
	{ "another_process_copies_to_and_from_it", another_process_copies_to_and_from_it },
	{ "another_process_cannot_write_to_a_read_only_mapping",
	  another_process_cannot_write_to_a_read_only_mapping },
	{ "debugger_peeks_and_pokes", debugger_peeks_and_pokes },
	{ "debugger_cannot_poke_a_read_only_mapping", debugger_cannot_poke_a_read_only_mapping },
	{ "copies_end_where_the_driver_cut_off", copies_end_where_the_driver_cut_off },
	{ "page_tables_forget_what_was_taken_away", page_tables_forget_what_was_taken_away },
	{ "cleared_reference_bits_lose_nothing", cleared_reference_bits_lose_nothing },
	{ "spliced_page_is_not_stolen", spliced_page_is_not_stolen },
	{ "page_in_two_pipes_is_held_by_both", page_in_two_pipes_is_held_by_both },
	{ "buffer_of_io_uring_is_held", buffer_of_io_uring_is_held },
	{ "vectors_may_lie_in_the_mapping", vectors_may_lie_in_the_mapping },
	{ "userfaultfd_gets_no_mapping", userfaultfd_gets_no_mapping },
	{ "policies_of_memory_move_no_page", policies_of_memory_move_no_page },
	{ "advice_from_outside_loses_nothing", advice_from_outside_loses_nothing },
	{ "stack_of_signals_may_lie_in_the_mapping", stack_of_signals_may_lie_in_the_mapping },
	{ "signal_without_a_stack_ends_the_process", signal_without_a_stack_ends_the_process },
	{ "list_of_futexes_may_be_cut_off", list_of_futexes_may_be_cut_off },
	{ "descriptors_of_any_origin_map_the_same", descriptors_of_any_origin_map_the_same },
	{ "sealed_mapping_is_cut_off", sealed_mapping_is_cut_off },
	{ "key_of_memory_keeps_the_driver_unasked", key_of_memory_keeps_the_driver_unasked },
	{ "settings_of_the_process_lose_nothing", settings_of_the_process_lose_nothing },
	{ }
};
