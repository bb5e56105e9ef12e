// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fault in PID 1 itself. Without a handler the kernel panics with nothing
 * but an exit code, or a machine without panic= stands still; with one, the
 * log says where it was.
 */
#include <asm/siginfo.h>
#include "arch/arch.h"
#include "crash.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/sys.h"

#define STACK_SIZE	16384	/* the handler writes a line; AVX-512 state goes here, too */

/* struct sigaction as the kernel has it; a libc hides it behind its own. */
struct k_sigaction {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	k_sigset mask;
};

static void say_where(int sig, siginfo_t *info, const unsigned long *context)
{
	pr_err("process 1 has crashed: signal %d at address 0x%lx, instruction 0x%lx", sig,
	       (unsigned long)info->si_addr, context[ARCH_CONTEXT_IP]);
}

static void crashed(int sig, siginfo_t *info, void *context)
{
	const char *wanted;

	if (k_getpid() != 1)
		k_exit(128 + sig);
	if (info->si_code <= 0)		/* somebody sent it: that is no fault of ours */
		return;
	say_where(sig, info, context);
	wanted = cmdline_value("init.crash");
	if (wanted && !strcmp(wanted, "reboot")) {
		if (k_fork() == 0) {	/* a disk that hangs must not hold us */
			k_sync();
			k_exit(0);
		}
		sleep_ms(2000);
		k_reboot(LINUX_REBOOT_CMD_RESTART);
	}
	k_exit(128 + sig);		/* the kernel panics, and obeys panic= */
}

void crash_prepare(void)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	static const char faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };
	/* A second fault while the first is handled finds no handler: a panic. */
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
	} alternate = { stack, 0, sizeof(stack) };	/* the stack itself may be what is full */
	size_t i;

	K2(sigaltstack, &alternate, NULL);
	for (i = 0; i < sizeof(faults); i++)
		K4(rt_sigaction, faults[i], &action, NULL, sizeof(k_sigset));
}
