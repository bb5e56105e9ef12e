// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault in PID 1 itself. Without a handler the kernel panics and prints only an
 * exit code. With this one the log also says where the fault was, and
 * init.crash=reboot restarts a machine that would stand still without panic=.
 */
#include <asm/siginfo.h>
#include "arch/arch.h"
#include "crash.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/sys.h"

#define STACK_SIZE	16384	/* room for a line of text and for the AVX-512 state */

/* struct sigaction as the kernel has it; a libc hides it behind its own. */
struct k_sigaction {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	k_sigset mask;
};

static void print_place(int sig, siginfo_t *info, const unsigned long *context)
{
	pr_err("process 1 has crashed: signal %d at address 0x%lx, instruction 0x%lx", sig,
	       (unsigned long)info->si_addr, context[ARCH_CONTEXT_IP]);
}

static void crashed(int sig, siginfo_t *info, void *context)
{
	const char *wanted;

	if (k_getpid() != 1)
		k_exit(128 + sig);
	if (info->si_code <= 0)		/* a process sent it: PID 1 has no fault */
		return;
	print_place(sig, info, context);
	wanted = cmdline_value("init.crash");
	if (wanted && !strcmp(wanted, "reboot")) {
		if (k_fork() == 0) {	/* a disk that hangs blocks only the child */
			k_sync();
			k_exit(0);
		}
		sleep_ms(2000);
		k_reboot(LINUX_REBOOT_CMD_RESTART);
	}
	k_exit(128 + sig);		/* the kernel panics, as panic= says */
}

void crash_prepare(void)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	static const char faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };
	/* A second fault while the handler runs is blocked, so that the kernel panics. */
	struct k_sigaction action = {
		.handler = crashed,
		.flags = SA_SIGINFO | SA_ONSTACK | ARCH_SA_FLAGS,
		.restorer = ARCH_SA_RESTORER,
		.mask = ~(k_sigset)0,
	};
	const struct {
		void *sp;
		int flags;
		size_t size;
	} alternate = { stack, 0, sizeof(stack) };	/* because the fault may be a full stack */
	size_t i;

	K2(sigaltstack, &alternate, NULL);
	for (i = 0; i < sizeof(faults); i++)
		K4(rt_sigaction, faults[i], &action, NULL, sizeof(k_sigset));
}
