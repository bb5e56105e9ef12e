/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for people and for machines, without printf() and without allocation.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <string.h>

/*
 * Formats are those of printf(3), of which these know %s, %d, %ld, %lx and %%.
 * One line, with the name of the program before it and a newline after.
 */
#define pr_err(...)	printk_line(3, __VA_ARGS__)
#define pr_notice(...)	printk_line(5, __VA_ARGS__)
void printk_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern const char *program_name;	/* each program defines its own */

/* Into @buf, cut at @size; returns @buf. */
char *print_to(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
char *print_args(char *buf, size_t size, const char *format, va_list args);

/* A few words for the error @err, which is an errno or a -errno. */
const char *error_text(int err);

/* What follows the last slash of @path. */
const char *base_name(const char *path);

int starts_with(const char *text, const char *start);

/*
 * Read a small file into @buf, which is then a string without a last newline.
 * Returns its length, or -errno.
 */
long read_file(const char *path, char *buf, size_t size);

#endif
