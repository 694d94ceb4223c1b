// SPDX-License-Identifier: GPL-2.0-only
/*
 * no_xstate.c - loaded in front of User Mode Linux: it shall not see XSAVE
 *
 * Linux 6.12's keeps 2.7 KiB for a process's vector registers. Where the
 * machine has more, it cannot write back what it has read, and panics. Told
 * that there is no such thing it saves the old floating-point registers only,
 * which is enough for a guest whose programs use no others.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/types.h>

long ptrace(enum __ptrace_request request, ...)
{
	static long (*next)(enum __ptrace_request request, ...);
	void *addr, *data;
	va_list args;
	pid_t pid;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	addr = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if (request == PTRACE_GETREGSET && addr == (void *)NT_X86_XSTATE) {
		errno = ENODEV;
		return -1;
	}
	if (!next)
		next = dlsym(RTLD_NEXT, "ptrace");
	return next(request, pid, addr, data);
}
