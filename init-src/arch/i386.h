/* SPDX-License-Identifier: GPL-2.0-only */

/* arch/x86/entry/entry_32.S, entry_INT80_32 */
static inline long arch_call(long nr, long a, long b, long c, long d, long e)
{
	long ret;

	__asm__ __volatile__("int $0x80"
			     : "=a" (ret)
			     : "a" (nr), "b" (a), "c" (b), "d" (c), "S" (d), "D" (e)
			     : "memory", "cc");
	return ret;
}

/* uc_flags, uc_link and uc_stack (3), then eip is the 15th register. */
#define ARCH_CONTEXT_IP		19

/* The vdso returns from a signal handler. */
#define ARCH_SA_FLAGS		0
#define ARCH_SA_RESTORER	NULL
