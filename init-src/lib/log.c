// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages of PID 1 go to the kernel's log, with a level, and to the console.
 *
 * The kernel prints a record of its log on the consoles if the level is below
 * console_loglevel (kernel/printk/printk.c, suppress_message_printing()); then no
 * second copy is printed from here.
 */
#include "clock.h"
#include "file.h"
#include "log.h"
#include "print.h"
#include "sys.h"

#define LINE_MAX	4608	/* room for a whole kernel command line */
#define RECORD_MAX	960	/* devkmsg_write() refuses more than 1024 */
#define DAEMON		3	/* syslog's facility for messages that are not the kernel's */
#define STALL_WAIT	200	/* ms to wait for a console that does not accept output */

/*
 * Does the kernel itself print a record of @level on the console? Returns -1 if that is
 * unknown, for lack of CONFIG_SYSCTL.
 */
static int kernel_shows(int level)
{
	char text[64];

	/* "off" drops records without an error. */
	if (read_file("/proc/sys/kernel/printk_devkmsg", text, sizeof(text)) > 0 &&
	    !strcmp(text, "off"))
		return 0;
	if (read_file("/proc/sys/kernel/printk", text, sizeof(text)) <= 0)
		return -1;
	return text[0] - '0' > level || (text[1] >= '0' && text[1] <= '9');
}

/* Write @line to the kernel's log. Returns whether it is there. */
static int log_kernel(int level, const char *line, size_t len)
{
	char record[RECORD_MAX + 8];
	int fd;
	long n;

	if (len > RECORD_MAX)
		return 0;
	/* Open it each time, because the rate limit counts per open file. */
	fd = k_open("/dev/kmsg", O_WRONLY);
	if (fd < 0)
		return 0;
	print_to(record, sizeof(record), "<%d>", DAEMON << 3 | level);
	n = strlen(record);
	memcpy(record + n, line, len);
	n = k_write(fd, record, n + len);
	k_close(fd);
	return n > 0;
}

/*
 * Return a descriptor of the console that never blocks: flow control on a serial line,
 * or Ctrl-S, must not stop PID 1. The console is opened once more for that, because
 * O_NONBLOCK on fd 2 would affect every child, which shares it. A regular file never
 * blocks, and a second open() would overwrite it.
 */
static int console_fd(void)
{
	static int fd = -1;
	struct statx st = { 0 };

	if (fd >= 0)
		return fd;
	k_statx("/proc/self/fd/2", &st);
	if ((st.stx_mode & K_FILE_TYPE) == K_REGULAR)
		return 2;
	fd = k_open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? 2 : fd;
}

static void log_console(const char *line, size_t len)
{
	static int stalled;
	int fd = console_fd();
	long long end = now_ms() + STALL_WAIT;
	long n;

	while (len) {
		n = k_write(fd, line, len);
		if (n > 0) {
			line += n;
			len -= n;
			stalled = 0;
		} else if (n != -EAGAIN || stalled || now_ms() >= end) {
			stalled = 1;
			return;
		} else {
			sleep_ms(5);
		}
	}
}

void printk_line(int level, const char *format, ...)
{
	static char line[LINE_MAX];
	va_list args;
	size_t len;
	int shows;

	len = strlen(print_to(line, sizeof(line), "%s: ", program_name));
	va_start(args, format);
	print_args(line + len, sizeof(line) - 1 - len, format, args);
	va_end(args);
	len += strlen(line + len);
	/*
	 * In the kernel's log, too, the line needs its end: a record without one may be
	 * continued, and is not printed before the next one (kernel/printk/printk.c,
	 * vprintk_store()).
	 */
	line[len++] = '\n';
	shows = kernel_shows(level);
	if (shows >= 0 && log_kernel(level, line, len) && shows)
		return;
	log_console(line, len);
}
