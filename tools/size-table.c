/* SPDX-License-Identifier: GPL-2.0-only */
/* The report for people, 80 columns wide. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

#define BIGGEST		20
#define SHOWN		200	/* a 200th of the whole gets a line of its own */

static void numbers(uint64_t bytes, const uint64_t kind[KINDS])
{
	unsigned int i;

	printf("%9" PRIu64, bytes);
	for (i = 0; i < KINDS; i++) {
		if (kind[i])
			printf("%9" PRIu64, kind[i]);
		else
			printf("%9s", "-");
	}
}

static void row_print(uint64_t bytes, const uint64_t kind[KINDS], unsigned int depth, const char *name)
{
	numbers(bytes, kind);
	printf("  %*s%s\n", 2 * depth, "", name);
}

static void objects_print(const struct node *n, unsigned int depth)
{
	for (; n; n = n->next) {
		if (!n->children && *n->name != '(')
			row_print(n->bytes, n->kind, depth, n->name);
	}
}

/* The rows of a directory, two levels deep unless all are wanted. Small ones are summed up. */
static void rows_print(const struct node *parent, uint64_t least, unsigned int depth, bool all)
{
	struct row *rows, small = { 0 };
	size_t i, count = tree_rows(parent, &rows), shown = count;
	unsigned int j;

	while (depth && !all && shown && rows[shown - 1].bytes < least)
		shown--;
	/* A row that says what the line above says. */
	if (count == 1 && !all && rows->own && strchr(rows->name, '*'))
		return;
	/* One small row is no longer than a line that says so. */
	if (shown + 1 == count)
		shown = count;
	for (i = 0; i < shown; i++) {
		const struct row *r = &rows[i];

		row_print(r->bytes, r->kind, depth, r->name);
		if (all && r->own)
			objects_print(r->node->children, depth + 1);
		else if (!r->own && r->node->children && (all || !depth))
			rows_print(r->node, least, depth + 1, all);
	}
	for (; i < count; i++) {
		small.bytes += rows[i].bytes;
		for (j = 0; j < KINDS; j++)
			small.kind[j] += rows[i].kind[j];
	}
	if (shown < count)
		row_print(small.bytes, small.kind, depth, text("%zu smaller", count - shown));
}

static void biggest_print(const struct kernel *k)
{
	const struct node **leaf;
	size_t i, count = tree_leaves(k->tree, &leaf), shown = 0;

	printf("\n%9s  %-36s %-20s %s\n", "bytes", "biggest objects", "option", "fragment");
	for (i = 0; i < count && shown < BIGGEST; i++) {
		if (*leaf[i]->name == '(' && !leaf[i]->fragments)
			continue;
		shown++;
		printf("%9" PRIu64 "  %-36s %-20s %s%s\n", leaf[i]->bytes, leaf[i]->name,
		       leaf[i]->option ? leaf[i]->option : "-",
		       leaf[i]->fragments ? leaf[i]->fragments->name : "-",
		       leaf[i]->fragments && leaf[i]->fragments->next ? ", …" : "");
	}
}

static int by_bytes(const void *a, const void *b)
{
	const struct fragment *x = *(const struct fragment *const *)a, *y = *(const struct fragment *const *)b;

	return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

static void fragments_print(const struct kernel *k)
{
	const struct fragment *f, **list;
	size_t count = 0, i;

	for (f = k->fragments; f; f = f->next)
		count++;
	if (!count)
		return;
	list = grab(count * sizeof(*list));
	for (count = 0, f = k->fragments; f; f = f->next)
		list[count++] = f;
	qsort(list, count, sizeof(*list), by_bytes);
	printf("\n%9s%9s%9s%9s  %s\n", "bytes", "objects", "changed", "come", "what goes without a fragment");
	for (i = 0; i < count; i++)
		printf("%9" PRIu64 "%9u%9u%9u  %s%s\n", list[i]->bytes, list[i]->objects, list[i]->changed,
		       list[i]->come, list[i]->name, list[i]->flags ? " (and flags of the compiler)" : "");
	puts("\nThe kernel would be without these bytes and objects; `changed` ones would be\n"
	     "compiled with other options, and `come` be added. BASE= compares two builds.");
	if (k->unknowns)
		printf("%u more may go: no Kbuild file was seen to have\n%s%s\n", k->unknowns,
		       k->unknown, k->unknowns > 1 ? ", ..." : "");
}

/* Print all tables of a kernel; all: each object, not two levels. */
void table_print(const struct kernel *k, const char *release, bool all)
{
	unsigned int i;

	printf("%9s", "bytes");
	for (i = 0; i < KINDS; i++)
		printf("%9s", kind_names[i]);
	puts("");
	rows_print(k->tree, k->tree->bytes / SHOWN, 0, all);
	numbers(k->tree->bytes, k->tree->kind);
	printf("  vmlinux %s\n", release);
	if (k->packed)
		printf("\nIn the image, of %" PRIu64 " bytes, it takes %" PRIu64 ": the compressor makes\n"
		       "that of %" PRIu64 ", which is vmlinux without bss and symbols, and relocations.\n",
		       k->image, k->packed, k->unpacked);
	biggest_print(k);
	fragments_print(k);
}
