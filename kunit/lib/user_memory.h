/* SPDX-License-Identifier: GPL-2.0-only */
/* user_memory.h - memory of a process that a case borrows */
#ifndef _USER_MEMORY_H
#define _USER_MEMORY_H

#include <sys/sunddi.h>

#include <kunit/test.h>
#include <linux/mman.h>

#define PAGES	4
#define LEN	(PAGES * PAGE_SIZE)
#define FOR_READ	DDI_UMEMLOCK_READ
#define FOR_WRITE	DDI_UMEMLOCK_WRITE
#define RW	(PROT_READ | PROT_WRITE)

/* For a suite's init. */
int borrow_process(struct kunit *test);

/* LEN bytes with nothing behind them */
caddr_t user_memory(struct kunit *test, unsigned long prot);
int map_anonymous(unsigned long addr, size_t len);

/* By ddi_umem_lock(), until the case ends or unlock_memory() */
struct ddi_umem_cookie *lock_memory(struct kunit *test, caddr_t addr, size_t len, int flags);
void unlock_memory(struct kunit *test, ddi_umem_cookie_t cookie);
unsigned long locked_pages(void);

#endif /* _USER_MEMORY_H */
