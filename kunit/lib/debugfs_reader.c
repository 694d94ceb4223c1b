// SPDX-License-Identifier: GPL-2.0-only
/* debugfs_reader.c - read ddi.ko's files in debugfs as a program would */
#include "kunit/lib/debugfs_reader.h"

#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>

#define TEXT_MAX	SZ_256K

struct debugfs_reader {
	struct vfsmount *mount;		/* a mount of our own, whatever processes have mounted */
	int mounts;
	struct file *file;
	loff_t pos;
};

static void reader_end(void *data)
{
	struct debugfs_reader *reader = data;

	fput(reader->file);
	/* In a kernel thread fput() leaves the rest to a worker, which may take its time. */
	flush_delayed_fput();
	simple_release_fs(&reader->mount, &reader->mounts);
}

/* The file, or an error */
static struct file *open_in(struct debugfs_reader *reader, struct dentry *dir, const char *name)
{
	struct path path = { .mnt = reader->mount, .dentry = debugfs_lookup(name, dir) };
	struct file *file = ERR_PTR(-ENOENT);

	if (path.dentry)
		file = dentry_open(&path, O_RDONLY, current_cred());
	dput(path.dentry);
	return file;
}

struct debugfs_reader *debugfs_open(struct kunit *test, const char *name)
{
	struct debugfs_reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	struct dentry *dir = debugfs_lookup("ddi", NULL);

	KUNIT_ASSERT_NOT_NULL(test, reader);
	if (!dir)
		kunit_skip(test, "no debugfs");
	KUNIT_ASSERT_EQ(test, simple_pin_fs(dir->d_sb->s_type, &reader->mount, &reader->mounts), 0);
	reader->file = open_in(reader, dir, name);
	dput(dir);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(reader->file), "%s: error %ld", name,
			       PTR_ERR(reader->file));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, reader_end, reader), 0);
	return reader;
}

size_t debugfs_read(struct debugfs_reader *reader, char *to, size_t size)
{
	struct kvec vec = { .iov_base = to, .iov_len = size };
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t n;

	init_sync_kiocb(&kiocb, reader->file);
	kiocb.ki_pos = reader->pos;
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, size);
	n = seq_read_iter(&kiocb, &iter);
	reader->pos = kiocb.ki_pos;
	return max_t(ssize_t, n, 0);
}

void debugfs_rewind(struct debugfs_reader *reader)
{
	reader->pos = 0;
}

size_t debugfs_buffer(const struct debugfs_reader *reader)
{
	const struct seq_file *m = reader->file->private_data;

	return m->size;
}

void debugfs_close(struct kunit *test, struct debugfs_reader *reader)
{
	kunit_release_action(test, reader_end, reader);
}

const char *debugfs_text(struct kunit *test, const char *name)
{
	struct debugfs_reader *reader = debugfs_open(test, name);
	char *text = kunit_kzalloc(test, TEXT_MAX, GFP_KERNEL);
	size_t n, used = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	do {
		n = debugfs_read(reader, text + used, TEXT_MAX - 1 - used);
		used += n;
	} while (n);
	KUNIT_EXPECT_LT(test, used, TEXT_MAX - 1);
	debugfs_close(test, reader);
	return text;
}
