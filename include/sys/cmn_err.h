/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/cmn_err.h - cmn_err(9F): messages to the kernel log, header only */
#ifndef _DDI_SYS_CMN_ERR_H
#define _DDI_SYS_CMN_ERR_H

#include <linux/kernel.h>
#include <linux/printk.h>

#define CE_CONT		0	/* continues a line, or simply prints */
#define CE_NOTE		1	/* for information */
#define CE_WARN		2	/* something is wrong */
#define CE_PANIC	3	/* stop the machine */
#define CE_IGNORE	4	/* print nothing */

/* The printk level of a message; @where is its first character. */
static inline const char *ddi_cmn_level(int level, char where)
{
	switch (where) {
	case '!':
		return KERN_DEBUG;	/* to the log; consoles leave it out */
	case '^':
		return KERN_ERR;	/* to the console, even a quiet one */
	case '?':
		return KERN_INFO;	/* to the console unless it is quiet */
	}
	if (level == CE_WARN)
		return KERN_WARNING;
	return level == CE_NOTE ? KERN_NOTICE : KERN_INFO;
}

/**
 * vcmn_err() - log a message, with its arguments as a list
 * @level: CE_CONT, CE_NOTE, CE_WARN, CE_PANIC or CE_IGNORE
 * @fmt: format; its first character may be '!' for the log alone, '^' for the
 *	console, '?' for the console unless Linux was booted with "quiet"
 * @ap: its arguments
 *
 * CE_NOTE and CE_WARN begin with "NOTICE: " and "WARNING: " and end the line.
 * CE_CONT does neither: it continues the thread's last message if that did not
 * end its line. Linux logs what it prints, so '^' reaches the log as well.
 *
 * Context: Any. CE_PANIC does not return.
 *
 * Defined by cmn_err(9F).
 */
static inline __printf(2, 0)
void vcmn_err(int level, const char *fmt, va_list ap)
{
	static const char *const begin[] = { "", "NOTICE: ", "WARNING: " };
	struct va_format vaf;
	char where = 0;
	va_list copy;

	if (*fmt == '!' || *fmt == '^' || *fmt == '?')
		where = *fmt++;
	va_copy(copy, ap);
	vaf.fmt = fmt;
	vaf.va = &copy;
	if (level == CE_PANIC)
		panic("%pV", &vaf);
	if (level >= CE_CONT && level <= CE_WARN)
		printk("%s%s%s%pV%s", level == CE_CONT ? KERN_CONT : "",
		       ddi_cmn_level(level, where), begin[level], &vaf,
		       level == CE_CONT ? "" : "\n");
	va_end(copy);
}

/**
 * cmn_err() - log a message
 * @level: CE_CONT, CE_NOTE, CE_WARN, CE_PANIC or CE_IGNORE
 * @fmt: format, as for vcmn_err()
 *
 * Context: Any. CE_PANIC does not return.
 *
 * Defined by cmn_err(9F).
 */
static inline __printf(2, 3)
void cmn_err(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcmn_err(level, fmt, ap);
	va_end(ap);
}

#endif /* _DDI_SYS_CMN_ERR_H */
