/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/sysmacros.h - btop(9F), btopr(9F), ptob(9F): bytes and pages */
#ifndef _DDI_SYS_SYSMACROS_H
#define _DDI_SYS_SYSMACROS_H

#include <linux/mm.h>

#include <sys/types.h>

/**
 * btop() - how many whole pages are in a number of bytes
 * @bytes: rounded down
 *
 * Context: Any.
 * Return: pages.
 *
 * Defined by btop(9F).
 */
static inline ulong_t btop(ulong_t bytes)
{
	return bytes >> PAGE_SHIFT;
}

/**
 * btopr() - how many pages a number of bytes needs
 * @bytes: rounded up
 *
 * Context: Any.
 * Return: pages.
 *
 * Defined by btopr(9F).
 */
static inline ulong_t btopr(ulong_t bytes)
{
	return (bytes >> PAGE_SHIFT) + !!(bytes & ~PAGE_MASK);
}

/**
 * ptob() - how many bytes a number of pages has
 * @pages: pages
 *
 * Context: Any.
 * Return: bytes.
 *
 * Defined by ptob(9F).
 */
static inline ulong_t ptob(ulong_t pages)
{
	return pages << PAGE_SHIFT;
}

#endif /* _DDI_SYS_SYSMACROS_H */
