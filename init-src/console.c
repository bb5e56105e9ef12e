// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console of PID 1, and the terminal that is behind it.
 *
 * /dev/console stands for the device that console= chose. The kernel opens it as
 * fds 0-2 before it starts PID 1 (init/main.c, console_on_rootfs()). If it cannot,
 * it starts PID 1 all the same, and whatever is opened first would become fd 0.
 */
#include "console.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

static struct termios sane;	/* the settings at the start */
static int sane_known;
static int stand_in;		/* bit n: fd n is not the console */

static unsigned int device_number(unsigned int major, unsigned int minor)
{
	return major << 8 | minor;	/* right for minor numbers below 256 */
}

/* Open the device @path, and make its node first if there is none. */
static int open_node(const char *path, unsigned int major, unsigned int minor)
{
	int fd = k_open(path, O_RDWR | O_NOCTTY);

	if (fd != -ENOENT)
		return fd;
	k_mkdir("/dev", 0755);
	k_mknod(path, K_CHAR_DEVICE | 0600, device_number(major, minor));
	return k_open(path, O_RDWR | O_NOCTTY);
}

/* Make those of fds 0-2 that are in @missing the same open file as @fd. Closes @fd. */
static void console_put(int fd, int missing)
{
	int to;

	for (to = 0; to <= 2; to++)
		if (missing & 1 << to)
			k_dup2(fd, to);
	if (fd > 2)
		k_close(fd);
}

void console_open(void)
{
	int fd, left;

	for (fd = 0; fd <= 2; fd++)
		if (k_fcntl(fd, F_GETFD, 0) < 0)
			stand_in |= 1 << fd;
	if (stand_in) {
		/* A console on a slow bus may appear late. */
		for (left = 5; (fd = open_node("/dev/console", 5, 1)) < 0 && left; left--)
			sleep_ms(20);
		console_put(fd < 0 ? open_node("/dev/null", 1, 3) : fd, stand_in);
		if (fd >= 0)
			stand_in = 0;
		else if (k_fcntl(2, F_GETFD, 0) < 0)
			/* No file that is opened later may become one of fds 0-2. */
			console_put(k_open("/", O_PATH), stand_in);
	}
	sane_known = k_ioctl(0, TCGETS, &sane) == 0;
}

void console_settle(void)
{
	static char list[128];
	char path[64], *end;
	int fd;

	if (!stand_in)
		return;
	fd = open_node("/dev/console", 5, 1);
	if (fd < 0 && read_file("/sys/class/tty/console/active", list, sizeof(list)) > 0) {
		end = strchr(list, ' ');
		if (end)
			*end = '\0';
		fd = k_open(device_path(path, sizeof(path), list), O_RDWR | O_NOCTTY | O_NONBLOCK);
		if (fd >= 0)		/* O_NONBLOCK was for an open() without a carrier */
			k_fcntl(fd, F_SETFL, O_RDWR);
	}
	if (fd < 0)
		fd = k_open("/dev/kmsg", O_RDWR);
	if (fd >= 0)
		console_put(fd, stand_in);
}

/* Return the number after @prefix in @name, or -1: 12 for "ttyS12", "ttyS". */
static int number_after(const char *name, const char *prefix)
{
	int n = 0;

	if (!starts_with(name, prefix))
		return -1;
	name += strlen(prefix);
	if (!*name)
		return -1;
	for (; *name; name++) {
		if (*name < '0' || *name > '9' || n > 255)
			return -1;
		n = n * 10 + *name - '0';
	}
	return n;
}

/*
 * Without devtmpfs, /dev has only the nodes of the archive. The numbers of terminals
 * are fixed (Documentation/admin-guide/devices.txt).
 */
char *device_path(char *path, size_t size, const char *name)
{
	int serial = number_after(name, "ttyS"), virtual = number_after(name, "tty");

	print_to(path, size, "/dev/%s", name);
	if (serial >= 0 && serial < 192)
		k_mknod(path, K_CHAR_DEVICE | 0600, device_number(4, 64 + serial));
	else if (virtual >= 0 && virtual < 64)
		k_mknod(path, K_CHAR_DEVICE | 0600, device_number(4, virtual));
	return path;
}

static int can_open(const char *name)
{
	char path[64];
	int fd = k_open(device_path(path, sizeof(path), name), O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return 0;
	k_close(fd);
	return 1;
}

const char *console_tty(void)
{
	static char list[128];
	const char *given = cmdline_value("console");
	char *end;

	/* Of several consoles, /dev/console is the last in the list. */
	if (read_file("/sys/class/tty/console/active", list, sizeof(list)) > 0) {
		end = strrchr(list, ' ');
		end = end ? end + 1 : list;
		if (can_open(end))
			return end;
	}
	if (given) {
		print_to(list, sizeof(list), "%s", given);
		end = strchr(list, ',');
		if (end)
			*end = '\0';
		if (*list && can_open(list))
			return list;
	}
	return "console";
}

/*
 * A serial port has no size of its own, and without one editors take 24 lines of 80. The
 * terminal keeps it while it is open, which it is as fd 0 of PID 1.
 */
void console_size(void)
{
	/* struct winsize of asm/termios.h: rows, columns, and the same in pixels */
	unsigned short size[4] = {
		cmdline_number("init.rows", 0), cmdline_number("init.columns", 0),
	};

	if (size[0] && size[1])
		k_ioctl(0, TIOCSWINSZ, size);
}

void console_calm(void)
{
	const char *path = "/proc/sys/kernel/printk";
	char text[64], level = '0' + CONFIG_INIT_CONSOLE_LOGLEVEL;
	static int done;
	int fd;

	/* The numbers are the level, two others, and the level that the kernel was built with. */
	if (done++ || read_file(path, text, sizeof(text)) < 7 || text[0] != text[6] ||
	    text[0] <= level || cmdline_has("loglevel") || cmdline_has("ignore_loglevel"))
		return;
	fd = k_open(path, O_WRONLY);
	k_write(fd, &level, 1);
	k_close(fd);
}

/*
 * Opening /dev/console never makes it the controlling terminal
 * (drivers/tty/tty_io.c, tty_open()). Without one a shell has no job control, and
 * Ctrl-C sends no signal. TIOCSCTTY sets it, for a session leader that has none yet;
 * the argument 1 takes it away from an old session that still has it.
 */
void console_take(const char *tty, int control)
{
	char path[64];
	int fd;

	if (!tty)
		return;
	fd = k_open(device_path(path, sizeof(path), tty), O_RDWR | O_NOCTTY);
	if (fd < 0)
		return;		/* then the inherited fds 0-2 stay */
	if (control)
		k_ioctl(fd, TIOCSCTTY, (void *)1);
	if (control && sane_known)	/* a program that crashed may have left raw mode on */
		k_ioctl(fd, TCSETS, &sane);
	k_dup2(fd, 0);
	k_dup2(fd, 1);
	k_dup2(fd, 2);
}
