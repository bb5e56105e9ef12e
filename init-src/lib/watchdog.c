// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdog is a device that resets the machine unless a process writes to it in
 * time (Documentation/watchdog/watchdog-api.rst). PID 1 does so while it waits for
 * signals, so that a PID 1 that hangs resets the machine. It is off by default.
 */
#include <linux/watchdog.h>
#include "clock.h"
#include "cmdline.h"
#include "log.h"
#include "print.h"
#include "sys.h"
#include "watchdog.h"

static int fd = -1;
static int interval;		/* ms between two pings */
static long long due;

/* Set the time-out. The driver may choose another one than @seconds. */
static void set_timeout(int seconds)
{
	k_ioctl(fd, WDIOC_SETTIMEOUT, &seconds);
	if (k_ioctl(fd, WDIOC_GETTIMEOUT, &seconds) < 0 || seconds < 1)
		seconds = 1;
	interval = seconds * 500;
	due = 0;
}

void watchdog_open(void)
{
	long seconds = cmdline_number("init.watchdog", 0);

	if (!seconds)
		return;
	fd = k_open("/dev/watchdog", O_WRONLY);
	if (fd >= 0)
		set_timeout(seconds);
	else
		pr_err("no watchdog: /dev/watchdog: %s; it needs CONFIG_WATCHDOG and a driver",
		       error_text(fd));
}

long watchdog_ping(void)
{
	long long now;

	if (fd < 0)
		return -1;
	now = now_ms();
	if (now >= due) {
		k_write(fd, "", 1);
		due = now + interval;
	}
	return due - now;
}

void watchdog_shutdown(long ms)
{
	if (fd < 0)
		return;
	if (ms >= 0) {
		set_timeout(ms / 1000 + 1);
		watchdog_ping();
		return;
	}
	k_write(fd, "V", 1);		/* "magic close": without it, close() leaves the watchdog armed */
	k_close(fd);
	fd = -1;
}
