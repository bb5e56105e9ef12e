/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows how a system call is made: nolibc has a macro for
 * every architecture, a libc has syscall().
 */
#include <errno.h>
#include <unistd.h>
#include "sys.h"

#ifdef NOLIBC
long k_call(long nr, long a, long b, long c, long d, long e)
{
	return my_syscall5(nr, a, b, c, d, e);
}
#else
long syscall(long nr, ...);

long k_call(long nr, long a, long b, long c, long d, long e)
{
	long ret = syscall(nr, a, b, c, d, e);

	return ret == -1 ? -errno : ret;
}
#endif

long k_call3(long nr, long a, long b, long c)
{
	return k_call(nr, a, b, c, 0, 0);
}
