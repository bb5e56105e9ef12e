/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <string.h>

/* Make sure that fds 0-2 are open: on the console, else on /dev/null. */
void console_open(void);

/* Once /sys and /dev are mounted: look again for a console that was not there. */
void console_settle(void);

/* Return the device behind the console, as "ttyS0"; "console" if unknown. */
const char *console_tty(void);

/* Give the console the size that the host has told: init.rows= and init.columns=. */
void console_size(void);

/*
 * Before a person gets a terminal: have the kernel print only what is more urgent than
 * CONFIG_INIT_CONSOLE_LOGLEVEL, so that its messages do not go between the prompt and
 * what is typed. A level that somebody chose stays as it is.
 */
void console_calm(void);

/*
 * In a child: make @tty fds 0-2 and, with @control, its controlling terminal.
 * NULL leaves the fds as they are.
 */
void console_take(const char *tty, int control);

/*
 * Put the path of the device @name into @path, and make the node if it is a
 * serial port or a virtual terminal. Returns @path.
 */
char *device_path(char *path, size_t size, const char *name);

#endif
