// SPDX-License-Identifier: GPL-2.0-only
/* The tree as a table for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "anatomy.h"

#define NAME_WIDTH	22	/* of a field */

static bool plain(char c)
{
	return c >= ' ' && c <= '~';
}

/*
 * Print a text in which nothing moves the terminal's cursor: control characters
 * and bytes beyond ASCII become \xNN, a backslash becomes two.
 */
void print_text(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\\\", to);
		else if (plain(*text))
			putc(*text, to);
		else
			fprintf(to, "\\x%02x", (unsigned char)*text);
	}
}

/* Print two blanks and a text, unless that is NULL, and end the line. */
void print_after(const char *text)
{
	if (text) {
		fputs("  ", stdout);
		print_text(stdout, text);
	}
	putchar('\n');
}

static void row(const struct layer *l, bool unpacked, unsigned int depth)
{
	char offset[24];

	snprintf(offset, sizeof(offset), "%s%#" PRIx64, unpacked ? "+" : "", l->offset);
	printf("%12s %11" PRIu64 "  %*s", offset, l->size, 2 * depth, "");
	print_text(stdout, l->name);
	print_after(l->note);
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

	if (l->views) {
		printf("\nOther names for bytes of ");
		print_text(stdout, l->name);
		printf(":\n");
	}
	for (p = l->views; p; p = p->next)
		row(p, unpacked, 0);
	for (p = l->parts; p; p = p->next)
		views(p, unpacked);
	if (l->inside)
		views(l->inside, true);
}

/* Print the value of a field. */
void print_value(const struct field *f)
{
	switch (f->kind) {
	case HEX:
		printf("%#" PRIx64, f->number);
		break;
	case DECIMAL:
		printf("%" PRIu64, f->number);
		break;
	case TEXT:
		print_text(stdout, f->text);
		break;
	}
}

static void fields(const struct layer *l)
{
	const struct layer *p;
	const struct field *f;

	if (l->fields && !l->brief) {
		printf("\nFields of ");
		print_text(stdout, l->name);
		printf(":\n");
	}
	for (f = l->fields; f && !l->brief; f = f->next) {
		printf("  ");
		print_text(stdout, f->name);
		printf("%*s ", strlen(f->name) < NAME_WIDTH ? (int)(NAME_WIDTH - strlen(f->name)) : 0, "");
		print_value(f);
		print_after(f->meaning);
	}
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

/* Print the sections of a vmlinux (or what it has instead), the largest first. */
static void sections(struct layer *vmlinux)
{
	const struct layer *l, **order;
	size_t n = 0, i;

	for (l = vmlinux->parts; l; l = l->next)
		n++;
	order = malloc((n + 1) * sizeof(*order));
	if (!order)
		die("out of memory");
	for (i = 0, l = vmlinux->parts; l; l = l->next)
		order[i++] = l;
	qsort(order, n, sizeof(*order), by_size);
	printf("\nvmlinux, the largest first:\n");
	for (i = 0; i < n && order[i]->size * 1000 >= vmlinux->size; i++) {
		printf("%12" PRIu64 " %5.1f%%", order[i]->size, 100. * order[i]->size / vmlinux->size);
		print_after(order[i]->name);
	}
	free(order);
}

/* Print all that is known of a file of this name to standard output. */
void print_table(struct layer *file, const char *name)
{
	struct layer *vmlinux = layers_find(file, "vmlinux");

	print_text(stdout, name);
	printf(": %s, %" PRIu64 " bytes\n\n", file->name, file->size);
	printf("%12s %11s  layer (+: offset in what is unpacked)\n", "offset", "size");
	rows(file, false, 0);
	views(file, false);
	if (vmlinux)
		sections(vmlinux);
	fields(file);
}
