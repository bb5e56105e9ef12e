/* SPDX-License-Identifier: GPL-2.0-only */
#include "init.h"

/*
 * A blocked signal stays pending even for PID 1 and even when its default is
 * to be ignored (kernel/signal.c, sig_ignored()), so one that comes before we
 * look is there when we do.
 */
void signals_block(void)
{
	k_sigmask(~(k_sigset)0);
}

void signals_unblock(void)
{
	k_sigmask(0);
}

int signal_wait(k_sigset set, long ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};
	int sig = k_sigtimedwait(set, ms < 0 ? NULL : &ts);

	return sig > 0 ? sig : 0;
}

long long now_ms(void)
{
	struct __kernel_timespec ts = { 0 };

	k_clock_gettime(K_CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + (long)ts.tv_nsec / 1000000;
}

void sleep_ms(long ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	k_nanosleep(&ts);
}
