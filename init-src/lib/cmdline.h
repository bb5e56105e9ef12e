/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel command line.
 */
#ifndef LIB_CMDLINE_H
#define LIB_CMDLINE_H

/* Read /proc/cmdline. @argv holds the words that the kernel passed to init. */
void cmdline_read(char **argv);

/* Return the whole line, "" if there is no /proc. */
const char *cmdline_text(void);

/* Was the word @name given, with or without a value? */
int cmdline_has(const char *name);

/* Was @name given, and later than @other, its opposite? */
int cmdline_prefers(const char *name, const char *other);

/* Return the value of the last @name=value, NULL if there is none. */
const char *cmdline_value(const char *name);

/* Return the same as a number, @otherwise if it is absent or no number. */
long cmdline_number(const char *name, long otherwise);

#endif
