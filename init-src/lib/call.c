// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place from which the kernel is called. A function is smaller than the
 * instruction and its registers wherever a call is made, and tests replace it.
 */
#include "arch/arch.h"
#include "sys.h"

long k_call(long nr, long a, long b, long c, long d, long e)
{
	return arch_call(nr, a, b, c, d, e);
}

long k_call3(long nr, long a, long b, long c)
{
	return k_call(nr, a, b, c, 0, 0);
}
