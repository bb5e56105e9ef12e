// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages of a command that a person types go to stderr. Programs that start before
 * there is one are linked with log.c instead.
 */
#include "log.h"
#include "print.h"
#include "sys.h"

const char *program_name;

void printk_line(int level, const char *format, ...)
{
	static char line[1024];
	va_list args;
	size_t len;

	len = strlen(print_to(line, sizeof(line), "%s: ", program_name));
	va_start(args, format);
	print_args(line + len, sizeof(line) - 1 - len, format, args);
	va_end(args);
	len += strlen(line + len);
	line[len++] = '\n';
	k_write(2, line, len);
}
