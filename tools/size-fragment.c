/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each fragment brings: the objects that the kernel's Kbuild files leave
 * out if it is left out. scripts/size-report has asked the kernel's conf and
 * make; this reads what they said, from a directory with
 *
 *   fragments  NAME FILE
 *   changed    NAME SYMBOL...: options that are another without the fragment;
 *              of NAME "(flags)": options that choose flags of the compiler
 *   kbuild     NAME DIR ITEM...: what DIR has without it; NAME "all": with all
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "size.h"

static struct fragment *fragment_named(const struct kernel *k, const char *name)
{
	struct fragment *f;

	for (f = k->fragments; f && strcmp(f->name, name); f = f->next)
		;
	return f;
}

static void *set(struct names *names, const char *name, void *value)
{
	return *names_slot(names, name, strlen(name)) = value;
}

/* The items of one directory. */
static void read_kbuild(struct kernel *k, struct fragment *all, const char *path)
{
	struct names *items;
	struct fragment *f;
	char *line, *name, *dir, *item;
	struct lines l;

	lines_open(&l, path);
	while ((line = lines_next(&l))) {
		name = word(&line);
		dir = word(&line);
		if (!dir)
			continue;
		f = strcmp(name, "all") ? fragment_named(k, name) : all;
		if (!f)
			continue;
		items = set(&f->kbuild, dir, grab(sizeof(*items)));
		while ((item = word(&line)))
			set(items, item, item);
	}
}

/* Walk from the root through the directories; what is met is in present. */
static void walk(const struct fragment *all, const struct fragment *f, const char *dir,
		 struct names *present, unsigned int depth)
{
	const struct names *items = names_get(&f->kbuild, dir), *before = names_get(&all->kbuild, dir);
	size_t i, n;

	if (!items)
		items = before;
	for (i = 0; items && depth < 64 && i < items->room; i++) {
		const char *item = items->entry[i].name;

		if (!item || names_get(present, item))
			continue;
		set(present, item, (void *)item);
		n = strlen(item);
		if (item[n - 1] == '/')
			walk(all, f, text("%.*s", (int)n - 1, item), present, depth + 1);
	}
}

/* How many items there are now that were not there before. */
static unsigned int coming(const struct names *before, const struct names *now)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < now->room; i++)
		count += now->entry[i].name && !names_get(before, now->entry[i].name);
	return count;
}

/* The options that an object's compilation looked at, by fixdep's notes; each a line's name. */
static const struct names *seen(const char *object)
{
	static struct names cache;
	const char *slash = strrchr(object, '/'), *path;
	void **slot = names_slot(&cache, object, strlen(object));
	struct names *symbols = *slot;
	char *line, *at, *end;
	struct lines l;

	if (symbols)
		return symbols;
	*slot = symbols = grab(sizeof(*symbols));
	path = slash ? text("%.*s/.%s.cmd", (int)(slash - object), object, slash + 1) : text(".%s.cmd", object);
	if (access(path, R_OK))
		return symbols;
	lines_open(&l, path);
	while ((line = lines_next(&l))) {
		at = strstr(line, "$(wildcard include/config/");
		end = at ? strchr(at, ')') : NULL;
		if (end) {
			*end = '\0';
			set(symbols, at + 26, at);
		}
	}
	return symbols;
}

static bool sees(const char *object, const struct names *options)
{
	const struct names *symbols = seen(object);
	size_t i;

	for (i = 0; i < options->room; i++) {
		if (options->entry[i].name && names_get(symbols, options->entry[i].name))
			return true;
	}
	return false;
}

static void bring(struct node *leaf, const char *name)
{
	struct bringer *b = grab(sizeof(*b));

	b->name = name;
	if (!leaf->fragments)
		leaf->last_fragment = &leaf->fragments;
	*leaf->last_fragment = b;
	leaf->last_fragment = &b->next;
}

static void measure(struct kernel *k, const struct fragment *all, const struct names *built,
		    struct fragment *f)
{
	struct names present = { 0 };
	size_t i;

	walk(all, f, ".", &present, 0);
	f->come = coming(built, &present);
	for (i = 0; i < k->objects.room; i++) {
		const char *path = k->objects.entry[i].name;
		struct node *leaf = k->objects.entry[i].value;
		bool goes;

		if (!leaf || !leaf->bytes)
			continue;
		/* The one object that a script and no Kbuild file brings. */
		goes = strcmp(leaf->name, "(kallsyms)") ? names_get(built, path) && !names_get(&present, path)
							: names_get(&f->symbols, "KALLSYMS") != NULL;
		if (goes) {
			f->objects++;
			f->bytes += leaf->bytes;
			bring(leaf, f->name);
		} else if (f->symbols.count && sees(path, &f->symbols)) {
			f->changed++;
		}
	}
}

/* Read what conf and make said, and measure each fragment of k. */
void fragments_read(struct kernel *k, const char *directory)
{
	struct fragment all = { .name = "all" }, *f;
	struct names built = { 0 }, flags = { 0 };
	char *line, *name, *symbol;
	struct lines l;
	size_t n;

	lines_open(&l, text("%s/fragments", directory));
	while ((line = lines_next(&l))) {
		f = grab(sizeof(*f));
		f->name = word(&line);
		f->file = word(&line);
		*k->last_fragment = f;
		k->last_fragment = &f->next;
	}
	lines_open(&l, text("%s/changed", directory));
	while ((line = lines_next(&l))) {
		name = word(&line);
		f = fragment_named(k, name);
		while ((symbol = word(&line)))
			set(f ? &f->symbols : &flags, symbol, symbol);
	}
	read_kbuild(k, &all, text("%s/kbuild", directory));
	walk(&all, &all, ".", &built, 0);
	for (n = 0; n < k->objects.room; n++) {
		const struct node *leaf = k->objects.entry[n].value;

		/* It is linked by itself, as it changes with each build. */
		if (leaf && !strcmp(leaf->name, "init/version-timestamp.o"))
			continue;
		if (leaf && leaf->bytes && *leaf->name != '(' && !names_get(&built, k->objects.entry[n].name)) {
			k->unknown = k->objects.entry[n].name;
			k->unknowns++;
		}
	}
	for (f = k->fragments; f; f = f->next) {
		for (n = 0; n < f->symbols.room; n++)
			f->flags |= f->symbols.entry[n].name && names_get(&flags, f->symbols.entry[n].name);
		measure(k, &all, &built, f);
	}
}
