/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * anatomy: show what a kernel image or an initramfs is made of, byte by byte.
 *
 *   anatomy.c   the command line
 *   print.c     a table for people
 *   json.c      the same for programs
 *   query.c     one byte, one layer
 *
 * The file is read by tools/lib. Names and notes of layers come from the file,
 * and so can hold any byte: they are printed by print_text() or as JSON.
 */
#ifndef ANATOMY_H
#define ANATOMY_H

#include <stdio.h>
#include "layers.h"

/* anatomy.c */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* print.c */
void print_table(struct layer *file, const char *name);
void print_text(FILE *to, const char *text);
void print_after(const char *text);
void print_value(const struct field *f);

/* json.c */
void print_json(const struct layer *file, const char *name);

/* query.c */
void print_at(const struct layer *file, uint64_t offset);
void extract(struct layer *file, const char *what, const char *output);

#endif
