/* SPDX-License-Identifier: GPL-2.0-only */

/* Documentation/x86/entry_64.rst and the head of arch/x86/entry/entry_64.S */
static inline long arch_call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ __volatile__("syscall"
			     : "=a" (ret)
			     : "a" (nr), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8)
			     : "rcx", "r11", "memory", "cc");
	return ret;
}

/* uc_flags, uc_link and uc_stack (3), then rip is the 17th register. */
#define ARCH_CONTEXT_IP		21

/*
 * The kernel refuses to deliver a signal without SA_RESTORER
 * (arch/x86/kernel/signal_64.c, x64_setup_rt_frame()). 15 is rt_sigreturn.
 */
#define ARCH_SA_FLAGS		0x04000000
#define ARCH_SA_RESTORER	arch_signal_return
static __attribute__((naked, unused)) void arch_signal_return(void)
{
	__asm__("mov $15, %eax\n\tsyscall");
}
