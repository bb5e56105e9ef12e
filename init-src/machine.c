// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings that the machine needs once, before any service runs: its host name, the
 * loopback device, a plausible date. PID 1 credits no entropy: a program that needs
 * random numbers waits for the kernel (getrandom(2)).
 */
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "machine.h"

#define CLOCK_FLOOR	1767225600	/* 2026-01-01: every correct clock is later */
#define K_CLOCK_REALTIME 0
#define K_AF_INET	2
#define K_SOCK_DGRAM	2
#define K_IFF_UP	1
#define K_SIOCSIFFLAGS	0x8914

/* Set the host name: init.hostname=, else /etc/hostname, else CONFIG_INIT_HOSTNAME. */
static void hostname_set(void)
{
	char file[65];		/* __NEW_UTS_LEN and a NUL */
	const char *name = cmdline_value("init.hostname");
	int err;

	if (!name && read_file("/etc/hostname", file, sizeof(file)) > 0) {
		*(strchr(file, '\n') ?: file + strlen(file)) = '\0';
		name = words_trim(file);
	}
	if (!name || !*name)
		name = CONFIG_INIT_HOSTNAME;
	err = k_sethostname(name, strlen(name));
	if (err < 0)
		pr_err("cannot set the host name %s: %s", name, error_text(err));
}

/*
 * Set the loopback device up. The structure is struct ifreq of linux/if.h, which clashes
 * with a libc's. A kernel without networking has no such device.
 */
static void loopback_up(void)
{
	struct {
		char name[16];
		short flags;
		char rest[22];
	} request = { .name = "lo", .flags = K_IFF_UP };
	int fd = K3(socket, K_AF_INET, K_SOCK_DGRAM, 0);

	if (fd < 0)
		return;
	k_ioctl(fd, K_SIOCSIFFLAGS, &request);
	k_close(fd);
}

/*
 * Set a clock that is plainly wrong to CLOCK_FLOOR. One without a battery starts in
 * 1970 or so, when no certificate is valid.
 */
static void clock_check(void)
{
	struct __kernel_timespec ts = { 0 };

	if (k_clock_gettime(K_CLOCK_REALTIME, &ts) < 0 || ts.tv_sec >= CLOCK_FLOOR)
		return;
	ts.tv_sec = CLOCK_FLOOR;
	if (K2(clock_settime64, K_CLOCK_REALTIME, &ts) == 0)
		pr_notice("the clock was before 2026-01-01: set to that");
}

void machine_prepare(void)
{
	hostname_set();
	loopback_up();
	clock_check();
	/* Get SIGINT for Ctrl-Alt-Del; else the kernel itself resets (kernel/reboot.c). */
	k_reboot(LINUX_REBOOT_CMD_CAD_OFF);
}
