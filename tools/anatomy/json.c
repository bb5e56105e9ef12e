// SPDX-License-Identifier: GPL-2.0-only
/* The tree as JSON; the schema is in Documentation/anatomy-json.md. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "anatomy.h"

#define EXACT	(1ULL << 53)	/* a reader that uses doubles rounds larger numbers */

/* Return the length of the UTF-8 character at p (RFC 3629), or 0 if it is none. */
static unsigned int utf8(const unsigned char *p)
{
	unsigned int length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	unsigned int i;

	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

/* Print a string. A byte that is not part of UTF-8 becomes \udcXX, as with Python's surrogateescape. */
static void json_string(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int length;

	putchar('"');
	for (; *p; p += length ? length : 1) {
		length = utf8(p);
		if (!length)
			printf("\\udc%02x", *p);
		else if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			printf("\\u%04x", *p);
		else
			fwrite(p, 1, length, stdout);
	}
	putchar('"');
}

static void indent(unsigned int depth)
{
	printf("\n%*s", depth, "");
}

static void text_member(const char *name, const char *value)
{
	if (!value)
		return;
	printf(", \"%s\": ", name);
	json_string(value);
}

static void one_field(const struct field *f)
{
	printf("{\"name\": ");
	json_string(f->name);
	printf(", \"offset\": %" PRIu64 ", \"size\": %" PRIu64, f->offset, f->size);
	if (f->kind == TEXT)
		text_member("value", f->text);
	else if (f->number < EXACT)
		printf(", \"value\": %" PRIu64, f->number);
	else
		printf(", \"value\": \"%#" PRIx64 "\"", f->number);
	text_member("meaning", f->meaning);
	putchar('}');
}

static void one_layer(const struct layer *l, unsigned int depth);

static void list(const char *name, const struct layer *l, unsigned int depth)
{
	if (!l)
		return;
	printf(", \"%s\": [", name);
	for (; l; l = l->next) {
		indent(depth);
		one_layer(l, depth + 1);
		printf("%s", l->next ? "," : "]");
	}
}

static void one_layer(const struct layer *l, unsigned int depth)
{
	const struct field *f;

	printf("{\"kind\": ");
	json_string(l->kind);
	text_member("name", l->name);
	printf(", \"offset\": %" PRIu64 ", \"size\": %" PRIu64, l->offset, l->size);
	text_member("note", l->note);
	if (l->fields)
		printf(", \"fields\": [");
	for (f = l->fields; f; f = f->next) {
		indent(depth);
		one_field(f);
		printf("%s", f->next ? "," : "]");
	}
	list("parts", l->parts, depth);
	list("views", l->views, depth);
	if (l->inside) {
		printf(", \"inside\":");
		indent(depth);
		one_layer(l->inside, depth + 1);
	}
	putchar('}');
}

/* Print all that is known of a file of this name to standard output. */
void print_json(const struct layer *file, const char *name)
{
	printf("{\"file\": ");
	json_string(name);
	text_member("format", file->name);
	printf(", \"size\": %" PRIu64 ", \"layers\":", file->size);
	indent(1);
	one_layer(file, 2);
	printf("}\n");
}
