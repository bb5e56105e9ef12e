/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree that bytes are put into: directories and objects as in the kernel's source. */
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "size.h"

/*
 * The path of an object, from what the linker wrote: itself, or ARCHIVE(MEMBER)
 * for a library. LLVM's linker tells only the archive's last part, but only
 * lib.a is linked as an archive.
 */
const char *object_path(const char *written)
{
	const char *open = strchr(written, '('), *slash;
	const char *member, *path = written;
	glob_t found = { 0 };

	if (*written == '<')
		return "(linker)";
	if (open) {
		member = text("%.*s", (int)strcspn(open + 1, " )"), open + 1);
		for (slash = open; slash > written && slash[-1] != '/';)
			slash--;
		path = text("%.*s%s", (int)(slash - written), written, member);
		if (access(path, F_OK))
			path = text("lib/%s", member);
		if (access(path, F_OK) && !glob(text("arch/*/lib/%s", member), 0, NULL, &found)) {
			path = text("%s", found.gl_pathv[0]);
			globfree(&found);
		}
	}
	return strncmp(path, "./", 2) ? path : path + 2;
}

/* The child of that name; it is made if there is none. */
struct node *tree_child(struct node *parent, const char *name)
{
	struct node *n;

	for (n = parent->children; n; n = n->next) {
		if (!strcmp(n->name, name))
			return n;
	}
	n = grab(sizeof(*n));
	n->name = name;
	n->parent = parent;
	n->next = parent->children;
	parent->children = n;
	return n;
}

/* What scripts/link-vmlinux.sh makes by itself has a name that says more than its file's. */
static const char *generated(const char *path)
{
	if (!fnmatch(".tmp_vmlinux*kallsyms*.o", path, 0))
		return "(kallsyms)";
	if (!fnmatch(".*btf*.o", path, 0))
		return "(BTF)";
	return strcmp(path, ".vmlinux.export.o") ? path : "(exported symbols)";
}

/* The leaf of an object, by its path. */
struct node *tree_leaf(struct kernel *k, const char *path)
{
	void **slot = names_slot(&k->objects, path, strlen(path));
	struct node *n = k->tree;
	const char *slash;

	if (*slot)
		return *slot;
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		n = tree_child(n, text("%.*s", (int)(slash - path), path));
	*slot = n = tree_child(n, generated(path));
	return n;
}

/* Bytes for a leaf. */
void tree_add(struct node *leaf, enum kind kind, uint64_t bytes)
{
	leaf->kind[kind] += bytes;
	leaf->bytes += bytes;
}

/* Larger first; as large, by name. */
static int larger(const struct node *a, const struct node *b)
{
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	return strcmp(a->name, b->name) < 0;
}

/* Sort, sum up, and drop what has no byte and directories that hold but one other. */
void tree_finish(struct node *root)
{
	struct node *n, *next, **at, *sorted = NULL;
	unsigned int i;

	for (n = root->children; n; n = next) {
		next = n->next;
		tree_finish(n);
		for (; n->children && !n->children->next && n->children->children; n = n->children)
			n->children->parent = n->parent;
		root->bytes += n->bytes;
		for (i = 0; i < KINDS; i++)
			root->kind[i] += n->kind[i];
		if (!n->bytes)
			continue;
		for (at = &sorted; *at && larger(*at, n); at = &(*at)->next)
			;
		n->next = *at;
		*at = n;
	}
	root->children = sorted;
}

static int by_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/*
 * The children of a node as rows of a table, larger first: directories, and the
 * objects that lie right in it as one, which has the name of a lone one. Returns
 * how many.
 */
size_t tree_rows(const struct node *parent, struct row **rows)
{
	struct row own = { .node = parent, .own = true };
	const char *only = NULL;
	size_t count = 1, objects = 0;
	const struct node *n;
	unsigned int i;

	for (n = parent->children; n; n = n->next)
		count++;
	*rows = grab(count * sizeof(**rows));
	count = 0;
	for (n = parent->children; n; n = n->next) {
		struct row *r = &own;

		if (n->children || *n->name == '(') {
			r = &(*rows)[count++];
			*r = (struct row){ .name = n->name, .node = n };
		} else {
			only = n->name;
			objects++;
		}
		r->bytes += n->bytes;
		for (i = 0; i < KINDS; i++)
			r->kind[i] += n->kind[i];
	}
	own.name = objects == 1 ? only : text("%s/*.o", parent->name);
	if (own.bytes)
		(*rows)[count++] = own;
	qsort(*rows, count, sizeof(**rows), by_bytes);
	return count;
}

static size_t leaves(const struct node *n, const struct node **to)
{
	size_t count = 0;

	if (!n->children) {
		if (to)
			*to = n;
		return 1;
	}
	for (n = n->children; n; n = n->next)
		count += leaves(n, to ? to + count : NULL);
	return count;
}

static int by_size(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;

	return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/* All leaves, larger first. Returns how many. */
size_t tree_leaves(const struct node *root, const struct node ***list)
{
	size_t count = leaves(root, NULL);

	*list = grab(count * sizeof(**list));
	leaves(root, *list);
	qsort(*list, count, sizeof(**list), by_size);
	return count;
}
