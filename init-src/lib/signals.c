// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"
#include "signals.h"
#include "watchdog.h"

/*
 * A blocked signal stays pending even for PID 1 and even if its default is to be
 * ignored (kernel/signal.c, sig_ignored()), so that none is lost before signal_wait().
 */
void signals_block(void)
{
	/* A fault kills a process that blocks its signal (force_sig_info_to_task()). */
	k_sigmask(~(SIGNAL(SIGSEGV) | SIGNAL(SIGBUS) | SIGNAL(SIGILL) | SIGNAL(SIGFPE) |
		    SIGNAL(SIGTRAP) | SIGNAL(SIGSYS) | SIGNAL(SIGABRT)));
}

/*
 * The kernel starts init without ignored signals, but another program may not, and they
 * are inherited. wait() returns no status of a child while SIGCHLD is ignored.
 */
void signals_default(void)
{
	static const unsigned long action[4];	/* struct sigaction: SIG_DFL, no flags */
	int sig;

	for (sig = 1; sig <= 64; sig++)
		K4(rt_sigaction, sig, action, NULL, sizeof(k_sigset));
}

void signals_unblock(void)
{
	k_sigmask(0);
}

int signal_wait(k_sigset set, long ms)
{
	long long end = now_ms() + ms, now;
	struct __kernel_timespec ts;
	long wait, ping;
	int sig;

	for (;;) {
		ping = watchdog_ping();
		now = now_ms();
		wait = ms < 0 ? -1 : now < end ? (long)(end - now) : 0;
		if (ping >= 0 && (wait < 0 || ping < wait))
			wait = ping;
		ts.tv_sec = wait / 1000;
		ts.tv_nsec = wait % 1000 * 1000000;
		sig = k_sigtimedwait(set, wait < 0 ? NULL : &ts);
		if (sig > 0)
			return sig;
		if (ms >= 0 && now_ms() >= end)
			return 0;
	}
}
