/* SPDX-License-Identifier: GPL-2.0-only */
/* sys/cmn_err.h - cmn_err(9F): messages to the kernel log, header only */
#ifndef _DDI_SYS_CMN_ERR_H
#define _DDI_SYS_CMN_ERR_H

#include <linux/kernel.h>
#include <linux/printk.h>

#define CE_CONT		0	/* continues or simply prints */
#define CE_NOTE		1	/* for information */
#define CE_WARN		2	/* something is wrong */
#define CE_PANIC	3	/* stop the machine */
#define CE_IGNORE	4	/* print nothing */

/**
 * vcmn_err() - log a message, with its arguments as a list
 * @level: CE_CONT, CE_NOTE, CE_WARN, CE_PANIC or CE_IGNORE
 * @fmt: format; a leading '!', '^' or '?' chose log or console on Solaris and
 *	is dropped here
 * @ap: its arguments
 *
 * Context: Any. CE_PANIC does not return.
 *
 * Defined by cmn_err(9F).
 */
static inline __printf(2, 0)
void vcmn_err(int level, const char *fmt, va_list ap)
{
	struct va_format vaf;
	va_list copy;

	if (*fmt == '!' || *fmt == '^' || *fmt == '?')
		fmt++;
	va_copy(copy, ap);
	vaf.fmt = fmt;
	vaf.va = &copy;
	switch (level) {
	case CE_CONT:
		pr_info("%pV\n", &vaf);
		break;
	case CE_NOTE:
		pr_notice("NOTICE: %pV\n", &vaf);
		break;
	case CE_WARN:
		pr_warn("WARN: %pV\n", &vaf);
		break;
	case CE_PANIC:
		panic("%pV", &vaf);
	}
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
