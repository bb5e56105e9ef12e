/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INITTAB_H
#define INITTAB_H

/* Enter into the table what @text says, which is changed. @file is its name. */
void inittab_parse(char *text, const char *file);

#endif
