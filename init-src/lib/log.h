/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages. Each is one line: the name of the program stands before it and a
 * newline after it. lib/log.c sends them to the kernel's log and the console;
 * lib/complain.c, for a command that a person types, to its stderr.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#define pr_err(...)	printk_line(3, __VA_ARGS__)
#define pr_notice(...)	printk_line(5, __VA_ARGS__)

/* Print one line with the syslog priority @level; @format as in lib/print.h. */
void printk_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

extern const char *program_name;	/* with lib/log.c each program defines its own */

#endif
