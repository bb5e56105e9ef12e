/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted text without printf() and without allocation. The formats are those
 * of printf(3), of which these know %s, %d, %ld, %lx and %%.
 */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include <string.h>

/* Print into @buf, cut at @size. Both return @buf. */
char *print_to(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
char *print_args(char *buf, size_t size, const char *format, va_list args);

/* Return a few words for the error @err, which is an errno or a -errno. */
const char *error_text(int err);

#endif
