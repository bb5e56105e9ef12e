/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree as a table for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "anatomy.h"

static bool plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/*
 * A text in which nothing moves the terminal's cursor: control characters and
 * bytes beyond ASCII become \xNN, a backslash becomes two.
 */
const char *printable(const char *from)
{
	const char *end;
	char *to, *p;

	for (end = from; plain(*end);)
		end++;
	if (!*end)
		return from;
	p = to = grab(4 * strlen(from) + 1);
	for (; *from; from++) {
		if (*from == '\\')
			p += sprintf(p, "\\\\");
		else if (!plain(*from))
			p += sprintf(p, "\\x%02x", (unsigned char)*from);
		else
			*p++ = *from;
	}
	return to;
}

/* Names and notes come from the file: nobody knows what is in them. */
static void row(const struct layer *l, bool unpacked, unsigned int depth)
{
	char offset[24];

	snprintf(offset, sizeof(offset), "%s%#" PRIx64, unpacked ? "+" : "", l->offset);
	printf("%12s %11" PRIu64 "  %*s%s%s%s\n", offset, l->size, 2 * depth, "", printable(l->name),
	       l->note ? "  " : "", l->note ? printable(l->note) : "");
}

static void rows(const struct layer *l, bool unpacked, unsigned int depth)
{
	const struct layer *p;

	row(l, unpacked, depth);
	for (p = l->parts; p; p = p->next)
		rows(p, unpacked, depth + 1);
	if (l->inside)
		rows(l->inside, true, depth + 1);
}

static void views(const struct layer *l, bool unpacked)
{
	const struct layer *p;

	if (l->views)
		printf("\nOther names for bytes of %s:\n", printable(l->name));
	for (p = l->views; p; p = p->next)
		row(p, unpacked, 0);
	for (p = l->parts; p; p = p->next)
		views(p, unpacked);
	if (l->inside)
		views(l->inside, true);
}

/* The value of a field, fit for a terminal. */
const char *field_value(const struct field *f)
{
	switch (f->kind) {
	case HEX: return text("%#" PRIx64, f->number);
	case DECIMAL: return text("%" PRIu64, f->number);
	default: return printable(f->text);
	}
}

static void fields(const struct layer *l)
{
	const struct layer *p;
	const struct field *f;

	if (l->fields && !l->brief)
		printf("\nFields of %s:\n", printable(l->name));
	for (f = l->fields; f && !l->brief; f = f->next)
		printf("  %-22s %s%s%s\n", printable(f->name), field_value(f),
		       f->meaning ? "  " : "", f->meaning ? printable(f->meaning) : "");
	for (p = l->parts; p; p = p->next)
		fields(p);
	if (l->inside)
		fields(l->inside);
}

static int by_size(const void *a, const void *b)
{
	const struct layer *x = *(const struct layer *const *)a, *y = *(const struct layer *const *)b;

	return x->size < y->size ? 1 : x->size > y->size ? -1 : x->offset > y->offset ? 1 : -1;
}

/* What a vmlinux is full of: its sections (or what it has instead), the largest first. */
static void sections(struct layer *vmlinux)
{
	const struct layer *l, **order;
	size_t n = 0, i;

	for (l = vmlinux->parts; l; l = l->next)
		n++;
	order = grab(n * sizeof(*order));
	for (i = 0, l = vmlinux->parts; l; l = l->next)
		order[i++] = l;
	qsort(order, n, sizeof(*order), by_size);
	printf("\nvmlinux, the largest first:\n");
	for (i = 0; i < n && order[i]->size * 1000 >= vmlinux->size; i++)
		printf("%12" PRIu64 " %5.1f%%  %s\n", order[i]->size, 100. * order[i]->size / vmlinux->size,
		       printable(order[i]->name));
}

/* Print all that is known of a file of this name to standard output. */
void print_table(struct layer *file, const char *name)
{
	struct layer *vmlinux = layer_find(file, "vmlinux");

	printf("%s: %s, %" PRIu64 " bytes\n\n", printable(name), file->name, file->size);
	printf("%12s %11s  layer (+: offset in what is unpacked)\n", "offset", "size");
	rows(file, false, 0);
	views(file, false);
	if (vmlinux)
		sections(vmlinux);
	fields(file);
}
