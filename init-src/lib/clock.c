// SPDX-License-Identifier: GPL-2.0-only
#include "clock.h"
#include "sys.h"

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
