/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which option asks for an object, as its Kbuild file has it
 * (Documentation/kbuild/makefiles.rst):
 *
 *	obj-$(CONFIG_EXT4_FS) += ext4.o		the option, if it is on
 *	ext4-y := balloc.o			that of ext4.o
 *	obj-y += ext4/				that of the directory above
 *
 * and of lines between ifdef CONFIG_X, or ifeq ($(CONFIG_X),y), and endif. This
 * is for people: what a fragment brings is computed by make (size-fragment.c).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "size.h"

#define DEPTH	16

/* A line that names an item: who gets it, and under which option. */
struct line {
	const char *to;		/* "obj", or of a composite object "ext4" */
	const char *option;	/* NULL: always */
	struct line *next;
};

static const char *source;
static struct names on;		/* options of the configuration that are y */
static struct names directories;	/* DIR -> names: item -> lines */

static const char *option_in(const char *words)
{
	const char *o = strstr(words, "CONFIG_");

	o = o ? o + 7 : NULL;
	return o ? text("%.*s", (int)strspn(o, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"), o)
		 : NULL;
}

static void assignment(struct names *items, char *line, const char *outer)
{
	char *equals = strchr(line, '='), *dash, *item, *left = line;
	const char *option;
	struct line *l;
	void **slot;

	*equals++ = '\0';
	left += strspn(left, " \t");
	left[strcspn(left, " \t+:?")] = '\0';
	dash = strstr(left, "-$(");
	if (!dash)
		dash = strrchr(left, '-');
	if (!dash)
		return;
	*dash++ = '\0';
	option = option_in(dash);
	if (!option && strcmp(dash, "y") && strcmp(dash, "objs"))
		return;
	while ((item = word(&equals))) {
		l = grab(sizeof(*l));
		l->to = left;
		l->option = option ? option : outer;
		slot = names_slot(items, item, strlen(item));
		l->next = *slot;
		*slot = l;
	}
}

/* A conditional: changes the stack of options that hold. */
static bool conditional(char *line, const char **stack, unsigned int *depth)
{
	line += strspn(line, " \t");
	if (!strncmp(line, "if", 2)) {
		bool yes = !strncmp(line, "ifdef ", 6) ||
			   (!strncmp(line, "ifeq ", 5) && strstr(line, "),y)"));

		if (*depth + 1 < DEPTH)
			++*depth;
		stack[*depth] = yes ? option_in(line) : NULL;
		if (!stack[*depth])
			stack[*depth] = stack[*depth - 1];
		return true;
	}
	if (!strncmp(line, "else", 4))
		stack[*depth] = *depth ? stack[*depth - 1] : NULL;
	else if (!strncmp(line, "endif", 5) && *depth)
		--*depth;
	else
		return false;
	return true;
}

/* The lines of a Kbuild file, by item. */
static struct names *directory(const char *dir)
{
	void **slot = names_slot(&directories, text("%s", dir), strlen(dir));
	const char *stack[DEPTH] = { NULL }, *path = text("%s/%s/Kbuild", source, dir);
	struct names *items = *slot;
	char *line, *more, *end;
	unsigned int depth = 0;
	struct lines l;

	if (items)
		return items;
	*slot = items = grab(sizeof(*items));
	if (access(path, R_OK))
		path = text("%s/%s/Makefile", source, dir);
	if (access(path, R_OK))
		return items;
	lines_open(&l, path);
	while ((line = lines_next(&l))) {
		while ((end = line + strlen(line)) > line && end[-1] == '\\' && (more = lines_next(&l)))
			end[-1] = '\0', line = text("%s %s", line, more);
		line[strcspn(line, "#")] = '\0';
		if (!conditional(line, stack, &depth) && *line != '\t' && strchr(line, '='))
			assignment(items, line, stack[depth]);
	}
	return items;
}

static const char *option_of(const char *dir, const char *item, unsigned int depth);

/* The option of a directory, from the one above that names it. */
static const char *option_of_directory(const char *dir, unsigned int depth)
{
	char *up = text("%s", dir), *slash;
	const char *item;

	while ((slash = strrchr(up, '/'))) {
		*slash = '\0';
		item = text("%s/", dir + strlen(up) + 1);
		if (names_get(directory(up), item))
			return option_of(up, item, depth + 1);
	}
	return option_of(".", text("%s/", dir), depth + 1);
}

static const char *option_of(const char *dir, const char *item, unsigned int depth)
{
	const struct line *l, *always = NULL;

	if (depth > DEPTH)
		return NULL;
	for (l = names_get(directory(dir), item); l; l = l->next) {
		if (l->option && names_get(&on, l->option))
			return l->option;
		if (!l->option)
			always = l;
	}
	if (!always || !strcmp(dir, "."))
		return NULL;
	if (strcmp(always->to, "obj") && strcmp(always->to, "lib"))
		return option_of(dir, text("%s.o", always->to), depth + 1);
	return option_of_directory(dir, depth);
}

/* Find the option of each object of k, by the Kbuild files of a kernel tree and a .config. */
void kbuild_options(struct kernel *k, const char *tree, const char *config)
{
	struct lines l;
	char *line, *slash;
	size_t i, n;

	source = tree;
	lines_open(&l, config);
	while ((line = lines_next(&l))) {
		n = strlen(line);
		if (n > 9 && !strncmp(line, "CONFIG_", 7) && !strcmp(line + n - 2, "=y"))
			*names_slot(&on, line + 7, n - 9) = line;
	}
	for (i = 0; i < k->objects.room; i++) {
		struct node *leaf = k->objects.entry[i].value;

		if (!leaf || *leaf->name == '(')
			continue;
		line = text("%s", leaf->name);
		slash = strrchr(line, '/');
		if (!slash)
			continue;
		*slash = '\0';
		leaf->option = option_of(line, slash + 1, 0);
	}
}
