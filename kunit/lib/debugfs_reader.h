/* SPDX-License-Identifier: GPL-2.0-only */
/* debugfs_reader.h - read ddi.ko's files in debugfs as a program would */
#ifndef _DEBUGFS_READER_H
#define _DEBUGFS_READER_H

#include "kunit/ddi_kunit.h"

#include <linux/types.h>

/* An open file; closed at the latest when the case ends. */
struct debugfs_reader;

/* Skips the case if there is no debugfs. */
struct debugfs_reader *debugfs_open(struct kunit *test, const char *name);

/* Read the next bytes, at most @size; 0 at the end. */
size_t debugfs_read(struct debugfs_reader *reader, char *to, size_t size);

/* To the beginning. */
void debugfs_rewind(struct debugfs_reader *reader);

/* How much memory the file has taken to put its text together. */
size_t debugfs_buffer(const struct debugfs_reader *reader);

void debugfs_close(struct kunit *test, struct debugfs_reader *reader);

/* All of it, until the case ends. */
const char *debugfs_text(struct kunit *test, const char *name);

#endif /* _DEBUGFS_READER_H */
