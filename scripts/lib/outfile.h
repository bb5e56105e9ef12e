/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An output file that appears whole or not at all.
 *
 *	if (outfile_open(name) || outfile_write(data, size) || outfile_close())
 *		die("cannot write %s: %s", name, outfile_why());
 *
 * What the name stands for decides what happens:
 *
 *   - A regular file, or nothing yet: the bytes go to a temporary file in the
 *     same directory, which outfile_close() renames. Until then the old file is
 *     as it was. The new one has the old one's owner and permission bits, or
 *     else 0666 without the umask. Other hard links keep the old bytes.
 *   - A symbolic link: the file that it leads to is replaced, and the link
 *     stays. If the link leads to nothing, that file is created, in a directory
 *     that must be there.
 *   - A device, a pipe or a socket, or what standard output is already: the
 *     bytes are written to it, and it is never replaced.
 *   - A file that is write-protected, or whose directory is: refused. It could
 *     only be overwritten in place, and half-written if the disk is full.
 *
 * A program that exits, or that SIGINT, SIGTERM, SIGHUP or SIGPIPE ends, leaves
 * no temporary file; SIGKILL leaves one, called OUTFILE_TEMP and 16 digits. One
 * file can be open at a time.
 */
#ifndef OUTFILE_H
#define OUTFILE_H

#include <stddef.h>

#define OUTFILE_TEMP	".tmp."

int outfile_open(const char *name);
int outfile_write(const void *data, size_t size);
int outfile_close(void);
void outfile_discard(void);
const char *outfile_why(void);

#endif
