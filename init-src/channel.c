// SPDX-License-Identifier: GPL-2.0-only
/*
 * The status channel from the guest to the host: one line of ASCII per record.
 *
 *	status N	the workload ended with status N, or by signal N - 128
 *	poweroff | reboot | halt	what reboot(2) is asked for next
 *
 * The console cannot be used for this, because every program may print there. The
 * channel is the virtio port PORT_NAME, else what init.status= names: a terminal,
 * for example ttyS1, or QEMU's isa-debug-exit, which can carry nothing but a
 * status. If there is none of these, PID 1 looks for an isa-debug-exit itself.
 * The host may not be listening: no function here waits for long.
 */
#include "channel.h"
#include "console.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

#define PORT_NAME	"org.bzinit.status"
#define PORTS		"/sys/class/virtio-ports"
#define DEBUG_EXIT	"isa-debug-exit"
#define PORT_WAIT	1000	/* ms: ports appear after their device */
#define SEND_WAIT	2000	/* ms: then the host does not want the record */
#define POLL		5	/* ms between two attempts */

/*
 * Return the entry at *@at of the directory that was read into @buf, and move *@at
 * to the next. Returns NULL at the end.
 */
static struct k_dirent *next_entry(char *buf, long len, long *at)
{
	struct k_dirent *entry = (struct k_dirent *)(buf + *at);

	if (*at >= len)
		return NULL;
	*at += entry->reclen;
	return entry;
}

/*
 * Read the start of the directory @path into @buf; the small ones in question fit.
 * Returns the number of bytes, or -errno.
 */
static long read_directory(const char *path, char *buf, size_t size)
{
	int fd = k_open(path, O_RDONLY | O_DIRECTORY);
	long len;

	if (fd < 0)
		return fd;
	len = k_getdents64(fd, buf, size);
	k_close(fd);
	return len;
}

static char entries[2048] __attribute__((aligned(8)));

/* Put the path of the device of our port into @path. Returns whether there is one. */
static int find_port(char *path, size_t size)
{
	long at = 0, len = read_directory(PORTS, entries, sizeof(entries));
	struct k_dirent *entry;
	char name[64];

	while ((entry = next_entry(entries, len, &at))) {
		print_to(path, size, PORTS "/%s/name", entry->name);
		if (read_file(path, name, sizeof(name)) > 0 && !strcmp(name, PORT_NAME)) {
			print_to(path, size, "/dev/%s", entry->name);
			return 1;
		}
	}
	return 0;
}

/* Is there a virtio console, whose ports may not be known yet? */
static int ports_may_come(void)
{
	long at = 0, len = read_directory("/sys/bus/virtio/drivers/virtio_console",
					  entries, sizeof(entries));
	struct k_dirent *entry;

	while ((entry = next_entry(entries, len, &at)))
		if (starts_with(entry->name, "virtio"))
			return 1;
	return 0;
}

static int open_port(void)
{
	long long end = now_ms() + PORT_WAIT;
	char path[128];

	while (!find_port(path, sizeof(path))) {
		if (!ports_may_come() || now_ms() >= end)
			return -ENOENT;
		sleep_ms(POLL);
	}
	return k_open(path, O_WRONLY | O_NONBLOCK);
}

static int open_terminal(void)
{
	const char *name = cmdline_value("init.status");
	struct termios raw;
	char path[64];
	int fd;

	if (!name || !*name || strchr(name, '/') || starts_with(name, DEBUG_EXIT))
		return -ENOENT;
	fd = k_open(device_path(path, sizeof(path), name), O_WRONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		pr_notice("no status channel: %s: %s", path, error_text(fd));
	/* Raw mode: no "\r" before "\n", no echo, no flow control. */
	if (fd >= 0 && k_ioctl(fd, TCGETS, &raw) == 0) {
		raw.c_iflag = 0;
		raw.c_oflag = 0;
		raw.c_lflag = 0;
		raw.c_cflag |= CLOCAL;
		raw.c_cflag &= ~CRTSCTS;
		k_ioctl(fd, TCSETS, &raw);
	}
	return fd;
}

/* Write @text, or as much of it as the other end takes before @end. */
static void send(int fd, const char *text, long long end)
{
	size_t len = strlen(text);
	long n;

	while (len) {
		n = k_write(fd, text, len);
		if (n > 0) {
			text += n;
			len -= n;
		} else if (n != -EAGAIN && n != -EINTR) {
			pr_notice("cannot write to the status channel: %s", error_text(n));
			return;
		} else if (now_ms() >= end) {
			pr_notice("the host does not read the status channel: the record is lost");
			return;
		} else {
			sleep_ms(POLL);
		}
	}
}

/* Wait until a slow serial port has sent everything: reboot(2) does not wait. */
static void drain(int fd, long long end)
{
	int bytes = 0, state = K_TIOCSER_TEMT;

	while (now_ms() < end) {
		if (k_ioctl(fd, TIOCOUTQ, &bytes) < 0)
			return;		/* not a terminal: nothing is buffered */
		k_ioctl(fd, TIOCSERGETLSR, &state);
		if (!bytes && state & K_TIOCSER_TEMT)
			return;
		sleep_ms(POLL);
	}
}

static int channel = -1;

void channel_send(const char *record)
{
	static int looked;
	long long end;
	char line[64];

	if (!looked) {
		looked = 1;
		channel = open_port();
		if (channel < 0)
			channel = open_terminal();
	}
	if (channel < 0)
		return;
	end = now_ms() + SEND_WAIT;
	send(channel, print_to(line, sizeof(line), "%s\n", record), end);
	drain(channel, end);
}

static int last_status = -1;

void channel_send_status(int status)
{
	char record[32];

	last_status = status;
	channel_send(print_to(record, sizeof(record), "status %d", status));
}

/*
 * A write to QEMU's isa-debug-exit ends the emulator at once, with the exit status
 * @status * 2 + 1, so this is done last. The device is used if
 * init.status=isa-debug-exit[:PORT] names it, or if there is no other channel and
 * it answers: a read returns 0 (hw/misc/debugexit.c), and 0xff where no device is.
 * On a real PC the port could belong to anything, so that it is read in a virtual
 * machine only.
 */
void channel_exit(void)
{
	const char *name = cmdline_value("init.status");
	int fd, err, named = name && starts_with(name, DEBUG_EXIT);
	char status = last_status, answer = -1;
	long port = 0x501;	/* the device's own default */

	if (last_status < 0 || (!named && channel >= 0))
		return;
	if (named && name[strlen(DEBUG_EXIT)])
		port = words_number(name + strlen(DEBUG_EXIT ":"));
	fd = k_open("/dev/port", O_RDWR);	/* needs CONFIG_DEVPORT, but no ioperm(2) */
	if (!named) {
		read_file("/proc/cpuinfo", entries, sizeof(entries));
		if (words_index(entries, "hypervisor") < 0)
			return;
		K4(pread64, fd, &answer, 1, port);
		if (answer)
			return;
	}
	err = fd < 0 ? fd : K4(pwrite64, fd, &status, 1, port);
	if (err < 0)
		pr_err(DEBUG_EXIT ": /dev/port: %s", error_text(err));
}
