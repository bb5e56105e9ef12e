/* SPDX-License-Identifier: GPL-2.0-only */
/* What has another size than in an earlier report, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

/* What is compared: rows of two levels, or leaves. */
struct change {
	const char *name;
	uint64_t before, after;
};

static void note(struct names *changes, const char *name, uint64_t bytes, bool now)
{
	void **slot = names_slot(changes, name, strlen(name));
	struct change *c = *slot;

	if (!c)
		*slot = c = grab(sizeof(*c));
	c->name = name;
	*(now ? &c->after : &c->before) = bytes;
}

static void note_rows(struct names *changes, const struct node *parent, bool now, unsigned int depth)
{
	struct row *rows;
	size_t i, count = tree_rows(parent, &rows);

	for (i = 0; i < count; i++) {
		if (depth && !rows[i].own && rows[i].node->children)
			note_rows(changes, rows[i].node, now, depth - 1);
		else	/* A lone object may have company in the other build. */
			note(changes, rows[i].own ? text("%s/*.o", rows[i].node->name) : rows[i].name,
			     rows[i].bytes, now);
	}
}

static void collect(const struct node *root, struct names *changes, bool now, bool all)
{
	const struct node **leaf;
	size_t i, count;

	if (!all) {
		note_rows(changes, root, now, 1);
		return;
	}
	count = tree_leaves(root, &leaf);
	for (i = 0; i < count; i++)
		note(changes, leaf[i]->name, leaf[i]->bytes, now);
}

/* What grew, then what shrank; the larger difference first. */
static int by_difference(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
	int64_t dx = x->after - x->before, dy = y->after - y->before;

	if (dx == dy)
		return strcmp(x->name, y->name);
	if (dx < 0 && dy < 0)
		return dx < dy ? -1 : 1;
	return dx < dy ? 1 : -1;
}

/* Print what grew, shrank, came and went since base, larger differences first. */
void compare_print(const struct node *base, const struct node *now, bool all)
{
	struct names changes = { 0 };
	struct change **list;
	size_t i, count = 0;

	collect(base, &changes, false, all);
	collect(now, &changes, true, all);
	list = grab((changes.count + 1) * sizeof(*list));
	for (i = 0; i < changes.room; i++) {
		struct change *c = changes.entry[i].value;

		if (c && c->before != c->after)
			list[count++] = c;
	}
	qsort(list, count, sizeof(*list), by_difference);
	printf("\nAgainst BASE: %" PRIu64 " → %" PRIu64 " bytes (%+" PRId64 ", %+.2f %%)\n", base->bytes,
	       now->bytes, now->bytes - base->bytes,
	       100.0 * (double)(int64_t)(now->bytes - base->bytes) / (double)base->bytes);
	for (i = 0; i < count; i++) {
		const struct change *c = list[i];

		printf("%8s %+10" PRId64 "  %s  (", c->after > c->before ? "larger" : "smaller",
		       c->after - c->before, c->name);
		if (!c->before || !c->after)
			puts(c->before ? "gone)" : "new)");
		else
			printf("%" PRIu64 " → %" PRIu64 ")\n", c->before, c->after);
	}
	if (!count)
		puts("         nothing is of another size");
}
