/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree of an earlier report: a reader of JSON (RFC 8259) that wants names and bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

#define DEPTH	128

static const char *at, *path;
static unsigned int depth;

static void __attribute__((noreturn)) bad(void)
{
	die("BASE %s: not a size-report.json of this version: make it again", path);
}

static char next(void)
{
	at += strspn(at, " \t\r\n");
	return *at;
}

static void expect(char c)
{
	if (next() != c)
		bad();
	at++;
}

/* A string. What is escaped in a name, no path of a kernel has: it stays as it is. */
static const char *string(void)
{
	const char *start;

	expect('"');
	for (start = at; *at != '"'; at++) {
		if (!*at || (*at == '\\' && !*++at))
			bad();
	}
	return text("%.*s", (int)(at++ - start), start);
}

static void skip(void);

/* For each member of an object, or (names NULL) element of an array. */
static bool another(char end, bool first)
{
	if (next() == end) {
		at++;
		depth--;
		return false;
	}
	if (!first)
		expect(',');
	else if (++depth > DEPTH)
		bad();
	return true;
}

static void skip(void)
{
	char c = next();
	bool first = true;

	if (c == '"') {
		string();
	} else if (c == '{' || c == '[') {
		at++;
		depth += next() == (c == '{' ? '}' : ']');
		for (; another(c == '{' ? '}' : ']', first); first = false) {
			if (c == '{') {
				string();
				expect(':');
			}
			skip();
		}
	} else {
		size_t n = strcspn(at, ",]} \t\r\n");

		if (!n)
			bad();
		at += n;
	}
}

static struct node *node(struct node *parent)
{
	struct node *n = grab(sizeof(*n)), **last = &n->children;
	bool first = true, each;
	const char *member;
	char *end;

	n->parent = parent;
	expect('{');
	for (; another('}', first); first = false) {
		member = string();
		expect(':');
		if (!strcmp(member, "name")) {
			n->name = string();
		} else if (!strcmp(member, "bytes")) {
			next();
			n->bytes = strtoull(at, &end, 10);
			if (end == at)
				bad();
			at = end;
		} else if (!strcmp(member, "children")) {
			expect('[');
			for (each = true; another(']', each); each = false) {
				*last = node(n);
				last = &(*last)->next;
			}
		} else {
			skip();
		}
	}
	if (!n->name)
		bad();
	return n;
}

/* The tree in a size-report.json; dies if there is none. */
struct node *json_tree(const char *file)
{
	struct node *tree = NULL;
	bool first = true;
	const char *member;
	size_t size;

	path = file;
	at = file_read(file, &size);
	if (!at)
		die("BASE %s: %s: give a build directory, or the size-report.json of an earlier run",
		    file, strerror(errno));
	expect('{');
	for (; another('}', first); first = false) {
		member = string();
		expect(':');
		if (!strcmp(member, "tree"))
			tree = node(NULL);
		else
			skip();
	}
	if (!tree || !tree->bytes)
		bad();
	return tree;
}
