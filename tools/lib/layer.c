// SPDX-License-Identifier: GPL-2.0-only
/* The tree of layers, and the proof that it leaves no byte out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "readers.h"

/* Read a little-endian number of size bytes, at most 8. */
uint64_t le(const unsigned char *data, unsigned int size)
{
	uint64_t n = 0;

	while (size--)
		n = n << 8 | data[size];
	return n;
}

/* Read a big-endian number of size bytes, at most 8. */
uint64_t be(const unsigned char *data, unsigned int size)
{
	uint64_t n = 0;

	while (size--)
		n = n << 8 | *data++;
	return n;
}

bool all_zero(const unsigned char *data, uint64_t size)
{
	return !size || (!data[0] && !memcmp(data, data + 1, size - 1));
}

/* Make a layer: data is its first byte, offset the place of that byte in its space. */
struct layer *layer_new(const char *kind, const char *name, const unsigned char *data,
			uint64_t offset, uint64_t size)
{
	struct layer *l = grab(sizeof(*l));

	l->kind = kind;
	l->name = name;
	l->data = data;
	l->offset = offset;
	l->size = size;
	l->last_field = &l->fields;
	l->last_part = &l->parts;
	l->last_view = &l->views;
	return l;
}

static struct layer *within(struct layer *parent, const char *kind, const char *name,
			    uint64_t offset, uint64_t size)
{
	uint64_t end = parent->offset + parent->size;

	if (offset < parent->offset || offset > end || size > end - offset)
		fail("%s says it is at %#" PRIx64 ", %" PRIu64 " bytes long, but %s ends at %#" PRIx64
		    ": the file is cut short or damaged", name, offset, size, parent->name, end);
	return layer_new(kind, name, parent->data + (offset - parent->offset), offset, size);
}

/* Make a layer that parent consists of, among others. Fails if it does not lie within. */
struct layer *layer_part(struct layer *parent, const char *kind, const char *name,
			 uint64_t offset, uint64_t size)
{
	struct layer *l = within(parent, kind, name, offset, size);

	*parent->last_part = l;
	parent->last_part = &l->next;
	return l;
}

/* Make a layer that is another name for some bytes of parent. Fails if they do not lie within. */
struct layer *layer_view(struct layer *parent, const char *kind, const char *name,
			 uint64_t offset, uint64_t size)
{
	struct layer *l = within(parent, kind, name, offset, size);

	*parent->last_view = l;
	parent->last_view = &l->next;
	return l;
}

static struct field *field_new(struct layer *of, const char *name, uint64_t offset, uint64_t size,
			       const char *meaning)
{
	struct field *f = grab(sizeof(*f));

	f->name = name;
	f->offset = offset;
	f->size = size;
	f->meaning = meaning;
	*of->last_field = f;
	of->last_field = &f->next;
	return f;
}

void field_number(struct layer *of, const char *name, uint64_t offset, uint64_t size, bool hex,
		  uint64_t number, const char *meaning)
{
	struct field *f = field_new(of, name, offset, size, meaning);

	f->kind = hex ? HEX : DECIMAL;
	f->number = number;
}

void field_text(struct layer *of, const char *name, uint64_t offset, uint64_t size,
		const char *text, const char *meaning)
{
	struct field *f = field_new(of, name, offset, size, meaning);

	f->kind = TEXT;
	f->text = text;
}

static int by_offset(const void *a, const void *b)
{
	const struct layer *x = *(struct layer *const *)a, *y = *(struct layer *const *)b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

static void sort_parts(struct layer *layer)
{
	struct layer *l, **order, **to;
	size_t n = 0, i;
	bool sorted = true;

	for (l = layer->parts; l; l = l->next, n++)
		sorted = sorted && (!l->next || by_offset(&l, &l->next) <= 0);
	if (sorted)
		return;
	order = grab(n * sizeof(*order));
	for (i = 0, l = layer->parts; l; l = l->next)
		order[i++] = l;
	qsort(order, n, sizeof(*order), by_offset);
	for (i = 0, to = &layer->parts; i < n; to = &order[i++]->next)
		*to = order[i];
	*to = NULL;
}

/* Insert a layer for the bytes between two parts. Returns where the link to the next part is. */
static struct layer **fill(struct layer *layer, struct layer **link, uint64_t from, uint64_t to)
{
	const unsigned char *data = layer->data + (from - layer->offset);
	const char *name = layer->filler ? layer->filler : "unaccounted";
	struct layer *gap;

	if (from == to)
		return link;
	if (all_zero(data, to - from))
		name = "padding";
	gap = layer_new(name == layer->filler ? "filler" : name, name, data, from, to - from);
	gap->next = *link;
	*link = gap;
	return &gap->next;
}

/*
 * Put the parts of a layer and of all below it in order, and name what is
 * between them, so that their sizes add up to its size. Fails if two overlap.
 */
void layer_check(struct layer *layer)
{
	struct layer **link, *l, *before = NULL;
	uint64_t end = layer->offset;

	if (layer->inside)
		layer_check(layer->inside);
	if (!layer->parts)
		return;
	sort_parts(layer);
	for (link = &layer->parts; (l = *link); link = &l->next) {
		if (l->offset < end)
			fail("%s at %#" PRIx64 " overlaps %s, which ends at %#" PRIx64
			    ": the file is damaged", l->name, l->offset, before->name, end);
		link = fill(layer, link, end, l->offset);
		end = l->offset + l->size;
		before = l;
		layer_check(l);
	}
	fill(layer, link, end, layer->offset + layer->size);
}

/* Return the first layer of a kind, in file order and from the outside, or NULL. */
struct layer *layers_find(struct layer *layer, const char *kind)
{
	struct layer *l, *found;

	if (!strcmp(layer->kind, kind))
		return layer;
	for (l = layer->parts; l; l = l->next) {
		found = layers_find(l, kind);
		if (found)
			return found;
	}
	return layer->inside ? layers_find(layer->inside, kind) : NULL;
}
