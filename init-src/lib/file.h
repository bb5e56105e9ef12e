/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <string.h>

/*
 * Read a small file into @buf, as a string without its last newline. What does
 * not fit into @size is cut off. Returns the length, or -errno.
 */
long read_file(const char *path, char *buf, size_t size);

/* Write @text into a file that exists. Returns 0, or -errno. */
int write_file(const char *path, const char *text);

#endif
