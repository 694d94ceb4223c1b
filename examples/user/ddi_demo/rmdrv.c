// SPDX-License-Identifier: GPL-2.0-only
/*
 * rmdrv.c - the tests of /dev/rmdrv
 */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example_ioctl.h"

#define DEVICE	"/dev/rmdrv"

/* Whole transfers, in pieces of a size that fits no boundary. */
static void put(int fd, const char *data, size_t size, off_t off, size_t step)
{
	ssize_t n;

	for (; size; data += n, off += n, size -= n) {
		n = pwrite(fd, data, size < step ? size : step, off);
		if (n <= 0)
			fail("write at %ld: %s", (long)off, strerror(errno));
	}
}

static void get(int fd, char *data, size_t size, off_t off, size_t step)
{
	ssize_t n;

	for (; size; data += n, off += n, size -= n) {
		n = pread(fd, data, size < step ? size : step, off);
		if (n <= 0)
			fail("read at %ld: %s", (long)off, strerror(errno));
	}
}

/* No piece of the buffer is left allocated: all of it can be held at once. */
static void expect_buffer_free(int fd)
{
	if (ioctl(fd, XXIOC_HOLD, XX_BUFSIZE))
		fail("the buffer is not all free: %s", strerror(errno));
	ioctl(fd, XXIOC_RELEASE);
}

static int read_errno(int fd)
{
	char byte;

	return pread(fd, &byte, 1, 0) == 1 ? 0 : errno;
}

/* --- files through the driver ------------------------------------------ */

#define MAX_FILES	12
#define MAX_FILE_BYTES	(4L << 20)
#define COPIERS		6

static struct {
	char path[MAX_FILES][256];
	int count;
	long long *bytes;	/* shared: sum over all copiers */
} files;

static void find_files(const char *pattern)
{
	struct stat st;
	glob_t g;
	size_t i;

	if (glob(pattern, 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc && files.count < MAX_FILES; i++) {
		if (lstat(g.gl_pathv[i], &st) || !S_ISREG(st.st_mode) ||
		    access(g.gl_pathv[i], R_OK))
			continue;
		snprintf(files.path[files.count++], sizeof(files.path[0]),
			 "%s", g.gl_pathv[i]);
	}
	globfree(&g);
}

/* Read up to @size bytes, less only at the end of the file. */
static size_t read_window(int fd, char *data, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size) {
		n = read(fd, data + have, size - have);
		if (n < 0)
			fail("read: %s", strerror(errno));
		if (n == 0)
			break;
		have += n;
	}
	return have;
}

/* Send a file to the device window by window; compare what comes back. */
static void copy_file(int dev, const char *path, int who)
{
	static char out[XX_STORESIZE], in[XX_STORESIZE];
	unsigned long long sent = CHECKSUM_START, received = CHECKSUM_START;
	int fd = must_open(path, O_RDONLY);
	long total = 0;
	size_t n;

	while (total < MAX_FILE_BYTES) {
		n = read_window(fd, out, sizeof(out));
		if (!n)
			break;
		put(dev, out, n, 0, 5000 + 611 * who);
		get(dev, in, n, 0, 9000 + 1013 * who);
		sent = checksum(sent, out, n);
		received = checksum(received, in, n);
		total += n;
	}
	close(fd);
	if (sent != received)
		fail("%s: sent %016llx, received %016llx", path,
		     sent, received);
	__atomic_add_fetch(files.bytes, total, __ATOMIC_RELAXED);
}

static void copier(int who)
{
	int dev = must_open(DEVICE, O_RDWR);
	int i;

	for (i = 0; i < files.count; i++)
		copy_file(dev, files.path[(i + who) % files.count], who);
	close(dev);
}

static void test_files(void)
{
	files.bytes = shared_memory(sizeof(*files.bytes));
	find_files("/proc/kallsyms");
	find_files("/bin/*");
	find_files("/modules/*");
	find_files("/etc/*");
	expect(files.count >= 2, "found only %d files", files.count);
	in_processes(COPIERS, copier);
	say("%d processes sent %d files through, %.1f MB each way: checksums equal",
	    COPIERS, files.count, *files.bytes / 1e6);
}

/* --- one minor device, several threads --------------------------------- */

#define THREADS	4
#define SHARE	(XX_STORESIZE / THREADS)

static int shared_fd;

static void *share_thread(void *arg)
{
	unsigned int seed, who = (unsigned long)arg;
	char data[SHARE];

	for (seed = who; seed < who + 20; seed++) {
		fill(data, SHARE, seed);
		put(shared_fd, data, SHARE, who * SHARE, 3333);
		memset(data, 0, SHARE);
		get(shared_fd, data, SHARE, who * SHARE, 7777);
		if (!is_filled(data, SHARE, seed))
			fail("thread %u read what it did not write", who);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t thread[THREADS];
	unsigned long i;

	shared_fd = must_open(DEVICE, O_RDWR);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, share_thread, (void *)i))
			fail("pthread_create");
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	close(shared_fd);
	say("%d threads wrote and read parts of one device", THREADS);
}

/* --- minor numbers ----------------------------------------------------- */

static int minor_of(int fd)
{
	int minor;

	if (ioctl(fd, XXIOC_MINOR, &minor))
		fail("XXIOC_MINOR: %s", strerror(errno));
	return minor;
}

static void test_minors(void)
{
	char seen[XX_NMINORS + 1] = { 0 };
	int fd[XX_NMINORS], i, minor, last;

	for (i = 0; i < XX_NMINORS; i++) {
		fd[i] = must_open(DEVICE, O_RDWR);
		minor = minor_of(fd[i]);
		expect(minor >= 1 && minor <= XX_NMINORS, "minor %d", minor);
		expect(!seen[minor], "minor %d given twice", minor);
		seen[minor] = 1;
	}
	expect_errno(open(DEVICE, O_RDWR), EBUSY);
	last = minor_of(fd[7]);
	close(fd[7]);
	fd[7] = must_open(DEVICE, O_RDWR);
	expect(minor_of(fd[7]) == last, "the only free minor is %d", last);
	for (i = 0; i < XX_NMINORS; i++)
		close(fd[i]);
	fd[0] = must_open(DEVICE, O_RDWR);
	close(fd[0]);
	say("%d minors, each once, then EBUSY, then one that was returned",
	    XX_NMINORS);
}

/* --- mmap(2) ----------------------------------------------------------- */

static char *map_store(int fd, size_t size, off_t off, int prot)
{
	char *mem = mmap(NULL, size, prot, MAP_SHARED, fd, off);

	if (mem == MAP_FAILED)
		fail("mmap: %s", strerror(errno));
	return mem;
}

static char *fork_mem;

static void fork_child(void)
{
	if (!is_filled(fork_mem, XX_STORESIZE, 2))
		fail("a child does not see its parent's mapping");
	fill(fork_mem, XX_STORESIZE, 3);
}

static void test_mmap(void)
{
	static char data[XX_STORESIZE];
	long page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	char *mem = map_store(fd, XX_STORESIZE, 0, PROT_READ | PROT_WRITE);
	char *part;

	memset(data, 0, sizeof(data));
	expect(!memcmp(mem, data, sizeof(data)), "a new store is not zero");

	fill(mem, XX_STORESIZE, 1);
	get(fd, data, XX_STORESIZE, 0, 12345);
	expect(is_filled(data, XX_STORESIZE, 1),
	       "read(2) does not see what was stored through mmap(2)");
	fill(data, XX_STORESIZE, 2);
	put(fd, data, XX_STORESIZE, 0, 23456);
	expect(is_filled(mem, XX_STORESIZE, 2),
	       "mmap(2) does not see what write(2) wrote");

	fork_mem = mem;
	finish(start(fork_child));
	get(fd, data, XX_STORESIZE, 0, XX_STORESIZE);
	expect(is_filled(data, XX_STORESIZE, 3),
	       "read(2) does not see what a child stored");

	part = map_store(fd, 2 * page, 3 * page, PROT_READ);
	expect(!memcmp(part, mem + 3 * page, 2 * page),
	       "a mapping at an offset shows something else");
	munmap(part, 2 * page);

	close(fd);
	fill(mem, XX_STORESIZE, 4);
	expect(is_filled(mem, XX_STORESIZE, 4), "lost after close(2)");
	munmap(mem, XX_STORESIZE);
	say("mapped memory is what read(2) and write(2) see, after fork(2) too");
}

static void *try_map(int fd, size_t size, int prot, int flags, off_t off)
{
	return mmap(NULL, size, prot, flags, fd, off);
}

static void test_mmap_errors(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int rw = must_open(DEVICE, O_RDWR);
	int ro = must_open(DEVICE, O_RDONLY);
	const int prot = PROT_READ | PROT_WRITE;

	/* A refusal by the driver is ENXIO, whatever the driver returned. */
	expect_errno((long)try_map(rw, XX_STORESIZE + page, prot, MAP_SHARED,
				   0), ENXIO);
	expect_errno((long)try_map(rw, page, prot, MAP_SHARED, XX_STORESIZE),
		     ENXIO);
	expect_errno((long)try_map(rw, XX_STORESIZE, prot, MAP_SHARED, page),
		     ENXIO);
	expect_errno((long)try_map(rw, page, prot, MAP_SHARED, 1L << 40),
		     ENXIO);
	/* There is no copy-on-write of a device. */
	expect_errno((long)try_map(rw, page, prot, MAP_PRIVATE, 0), EINVAL);
	expect_errno((long)try_map(rw, page, prot, MAP_SHARED, 1), EINVAL);
	expect_errno((long)try_map(ro, page, prot, MAP_SHARED, 0), EACCES);
	munmap(map_store(ro, page, 0, PROT_READ), page);
	close(ro);
	close(rw);
	say("offsets and lengths outside, private and unwritable maps refused");
}

/* --- exhaustion -------------------------------------------------------- */

static void reader(void)
{
	int err = read_errno(must_open(DEVICE, O_RDWR));

	if (err)
		fail("a read that waited: %s", strerror(err));
}

static void test_wait(void)
{
	int holder = must_open(DEVICE, O_RDWR);
	pid_t pid;

	if (ioctl(holder, XXIOC_HOLD, XX_BUFSIZE))
		fail("cannot take all of the buffer: %s", strerror(errno));
	pid = start(reader);
	pause_ms(300);
	expect(is_running(pid), "a read went on without a buffer");
	ioctl(holder, XXIOC_RELEASE);
	finish(pid);
	close(holder);
	say("a read waited for buffer space, and went on when there was some");
}

static void test_exhausted(void)
{
	int holder = must_open(DEVICE, O_RDWR);
	int fd = must_open(DEVICE, O_RDWR | O_NONBLOCK);
	int i;

	if (ioctl(holder, XXIOC_HOLD, XX_BUFSIZE))
		fail("cannot take all of the buffer: %s", strerror(errno));
	expect_errno(read_errno(fd) ? -1 : 0, EAGAIN);
	expect_errno(ioctl(fd, XXIOC_HOLD, 1), ENOSPC);
	ioctl(holder, XXIOC_RELEASE);
	expect(read_errno(fd) == 0, "no buffer after release");

	/* The map's size is a limit, with most of the buffer still free. */
	for (i = 0; i < XX_MAPSIZE; i++)
		if (ioctl(holder, XXIOC_HOLD, 1))
			fail("hold %d of %d: %s", i + 1, XX_MAPSIZE,
			     strerror(errno));
	expect_errno(ioctl(fd, XXIOC_HOLD, 1), ENOSPC);
	expect_errno(read_errno(fd) ? -1 : 0, EAGAIN);
	ioctl(holder, XXIOC_RELEASE);
	expect_buffer_free(fd);
	close(fd);
	close(holder);
	say("buffer or map full: EAGAIN and ENOSPC, and all of it back later");
}

/* --- errors ------------------------------------------------------------ */

static void test_fault(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = must_open(DEVICE, O_RDWR);
	char *good = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *bad = good + page;
	char byte;
	int i;

	munmap(bad, page);
	for (i = 0; i < 100; i++) {
		expect_errno(pwrite(fd, bad, 100, 0), EFAULT);
		expect_errno(pread(fd, bad, 100, 0), EFAULT);
	}
	/* A piece that ends in bad memory does not count and is not stored. */
	memset(good, 'x', page);
	expect_errno(pwrite(fd, bad - 100, 200, 0), EFAULT);
	if (pread(fd, &byte, 1, 0) != 1 || byte)
		fail("part of a bad buffer was stored");
	/* Pieces before it do. */
	expect(pwrite(fd, good, 2 * page, 0) == page - page % XX_MAXSIZE ||
	       page < XX_MAXSIZE, "a write into bad memory was not cut short");
	expect_errno(ioctl(fd, XXIOC_MINOR, bad), EFAULT);
	expect_buffer_free(fd);
	close(fd);
	say("200 transfers with bad addresses: EFAULT, and no buffer lost");
}

static void test_errors(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	char data[8192] = { 0 };

	expect(pread(fd, data, 1, XX_STORESIZE) == 0, "read past the end");
	expect_errno(pwrite(fd, data, 1, XX_STORESIZE), ENOSPC);
	expect(pread(fd, data, sizeof(data), XX_STORESIZE - 5) == 5,
	       "a read across the end is not cut short");
	expect(pwrite(fd, data, sizeof(data), XX_STORESIZE - 5) == 5,
	       "a write across the end is not cut short");
	expect(pread(fd, data, 1, 1LL << 62) == 0, "read far past the end");
	expect_errno(pread(fd, data, 1, -1), EINVAL);
	expect_errno(ioctl(fd, XXIOC | 99, 0), ENOTTY);
	expect_errno(ioctl(fd, XXIOC_HOLD, 0), EINVAL);
	expect_errno(ioctl(fd, XXIOC_HOLD, -1L), EINVAL);
	expect_errno(ioctl(fd, XXIOC_HOLD, XX_BUFSIZE + 1), EINVAL);
	expect_buffer_free(fd);
	close(fd);
	say("bad offsets, sizes and commands refused, with the right error");
}

static void die_with_all(void)
{
	int fd = must_open(DEVICE, O_RDWR);
	char *mem = map_store(fd, XX_STORESIZE, 0, PROT_READ | PROT_WRITE);

	fill(mem, XX_STORESIZE, 1);
	if (ioctl(fd, XXIOC_HOLD, XX_BUFSIZE))
		fail("XXIOC_HOLD: %s", strerror(errno));
	raise(SIGKILL);
}

static void test_killed(void)
{
	pid_t pid = start(die_with_all);
	int fd, status;

	waitpid(pid, &status, 0);
	expect(WIFSIGNALED(status), "it did not die");
	fd = must_open(DEVICE, O_RDWR);
	expect_buffer_free(fd);
	close(fd);
	say("a process killed with buffer and mapping left nothing behind");
}

const struct test rmdrv_tests[] = {
	{ "rmdrv files", test_files },
	{ "rmdrv threads", test_threads },
	{ "rmdrv minors", test_minors },
	{ "rmdrv mmap", test_mmap },
	{ "rmdrv mmap errors", test_mmap_errors },
	{ "rmdrv wait", test_wait },
	{ "rmdrv exhausted", test_exhausted },
	{ "rmdrv fault", test_fault },
	{ "rmdrv errors", test_errors },
	{ "rmdrv killed", test_killed },
	{ NULL, NULL }
};
