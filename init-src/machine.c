// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the machine is given once, before anything runs: a name, a way to talk
 * to itself, a date that is not absurd. Entropy is never claimed to be there:
 * who needs it waits for the kernel (getrandom(2)).
 */
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "machine.h"

#define CLOCK_FLOOR	1767225600	/* 2026-01-01: it cannot be earlier now */
#define K_CLOCK_REALTIME 0
#define K_AF_INET	2
#define K_SOCK_DGRAM	2
#define K_IFF_UP	1
#define K_SIOCSIFFLAGS	0x8914

/* init.hostname=, else /etc/hostname, else what was configured. */
static void hostname_set(void)
{
	char file[65];		/* __NEW_UTS_LEN and a NUL */
	const char *name = cmdline_value("init.hostname");
	int err;

	if (!name && read_file("/etc/hostname", file, sizeof(file)) > 0) {
		*(strchr(file, '\n') ?: file + strlen(file)) = '\0';
		name = file;
	}
	if (!name || !*name)
		name = CONFIG_INIT_HOSTNAME;
	err = k_sethostname(name, strlen(name));
	if (err < 0)
		pr_err("cannot set the host name %s: %s", name, error_text(err));
}

/* struct ifreq (linux/if.h), which clashes with a libc's. A kernel without a network has none. */
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

/* Without a battery a clock begins in 1970, and no certificate is valid then. */
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
	/* Or the kernel answers Ctrl-Alt-Del itself, by a hard reset (kernel/reboot.c). */
	k_reboot(LINUX_REBOOT_CMD_CAD_OFF);
}
