// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PID 1 says: to the kernel's log, with a level, and to the console.
 *
 * The kernel puts a record of its log on the consoles if the level is below
 * console_loglevel (kernel/printk/printk.c, suppress_message_printing()); then
 * a second copy from here would only be in the way.
 */
#include "clock.h"
#include "file.h"
#include "log.h"
#include "print.h"
#include "sys.h"

#define LINE_MAX	4608	/* holds a whole kernel command line */
#define RECORD_MAX	960	/* devkmsg_write() refuses more than 1024 */
#define DAEMON		3	/* syslog's facility: what user space says is not the kernel's */
#define PATIENCE	200	/* ms for a console that takes nothing, the first time */

/*
 * Whether the kernel itself shows a record of @level; -1 when it does not tell,
 * for want of CONFIG_SYSCTL.
 */
static int kernel_shows(int level)
{
	char text[64];

	/* "off" swallows records, and no error tells. */
	if (read_file("/proc/sys/kernel/printk_devkmsg", text, sizeof(text)) > 0 &&
	    !strcmp(text, "off"))
		return 0;
	if (read_file("/proc/sys/kernel/printk", text, sizeof(text)) <= 0)
		return -1;
	return text[0] - '0' > level || (text[1] >= '0' && text[1] <= '9');
}

/* Returns whether the record is in the kernel's log. */
static int log_kernel(int level, const char *line, size_t len)
{
	char record[RECORD_MAX + 8];
	int fd;
	long n;

	if (len > RECORD_MAX)
		return 0;
	/* Opened anew each time: the rate limit counts per open file. */
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
 * Somebody who holds a serial line back, or Ctrl-S, must not stop PID 1. So
 * the console is opened once more: O_NONBLOCK on fd 2 would hit every child,
 * which shares it. A file never blocks, and would be written over.
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
	long long end = now_ms() + PATIENCE;
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
	shows = kernel_shows(level);
	if (shows >= 0 && log_kernel(level, line, len) && shows)
		return;
	line[len++] = '\n';
	log_console(line, len);
}
