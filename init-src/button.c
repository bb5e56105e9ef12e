// SPDX-License-Identifier: GPL-2.0-only
/*
 * The power button. ACPI makes it an input device with one key
 * (drivers/acpi/button.c); virtual machine monitors press it to ask a guest to
 * power off. The kernel sends SIGIO for each event (fcntl(2), O_ASYNC), so that
 * PID 1 waits in one place only, for signals.
 */
#include <linux/input-event-codes.h>
#include <linux/ioctl.h>
#include "button.h"
#include "lib/print.h"
#include "lib/sys.h"

#define DEVICES_MAX	32	/* /dev/input/event0 and on */
#define BUTTONS_MAX	4	/* ACPI knows a fixed one, one of the mainboard, a sleep button */

/* From linux/input.h, which needs a libc's struct timeval. */
#define K_EVIOCGBIT_KEY(len)	_IOC(_IOC_READ, 'E', 0x20 + EV_KEY, len)
struct k_input_event {
	unsigned long sec, usec;
	__u16 type, code;
	__s32 value;
};

static int buttons[BUTTONS_MAX];
static int count;

/*
 * Is @fd a power button? A keyboard that has the key is none: each of its keys
 * would wake PID 1.
 */
static int is_button(int fd)
{
	unsigned char keys[KEY_MAX / 8 + 1] = { 0 };

	return k_ioctl(fd, K_EVIOCGBIT_KEY(sizeof(keys)), keys) > 0 &&
	       keys[KEY_POWER / 8] & 1 << KEY_POWER % 8 && !(keys[KEY_A / 8] & 1 << KEY_A % 8);
}

void buttons_open(void)
{
	char path[32];
	int fd, n;

	while (count)
		k_close(buttons[--count]);
	for (n = 0; n < DEVICES_MAX && count < BUTTONS_MAX; n++) {
		fd = k_open(print_to(path, sizeof(path), "/dev/input/event%d", n),
			    O_RDONLY | O_NONBLOCK);
		if (fd < 0)
			continue;
		if (!is_button(fd) || k_fcntl(fd, F_SETOWN, k_getpid()) < 0 ||
		    k_fcntl(fd, F_SETFL, O_NONBLOCK | FASYNC) < 0)
			k_close(fd);
		else
			buttons[count++] = fd;
	}
}

int button_pressed(void)
{
	struct k_input_event event;
	int n, pressed = 0;

	for (n = 0; n < count; n++)
		while (k_read(buttons[n], &event, sizeof(event)) == sizeof(event))
			pressed |= event.type == EV_KEY && event.code == KEY_POWER && event.value;
	return pressed;
}
