/* SPDX-License-Identifier: GPL-2.0-only */
/* The list for gen_init_cpio, and the dependency file for make. */
#include "gen-list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gen_init_cpio reads lines into a buffer of this size, and splits longer ones. */
#define LINE_SIZE (2 * PATH_MAX + 50)

static char **deps;
static size_t n_deps;

/* depend_on - a source file or directory that the list was made from. */
void depend_on(const char *path)
{
	deps = xgrow(deps, n_deps, sizeof(*deps));
	deps[n_deps++] = xstrdup(path);
}

/* gen_init_cpio is run in the kernel's build directory, a sibling of usr/. */
static void put_file(FILE *to, const char *stage, const struct item *leader)
{
	const struct item *e;

	fprintf(to, "file %s %s%s/%s %04o %u %u", leader->name,
		stage[0] == '/' ? "" : "../", stage, leader->content->hash,
		leader->mode, leader->uid, leader->gid);
	for (e = leader->content->links; e != leader; e = e->next_link)
		fprintf(to, " %s", e->name);
	putc('\n', to);
}

/*
 * Hard links are one line. It stands where the last of its names belongs, by
 * that name: then the directories of all of them are made before it.
 */
static void put_entry(FILE *to, const char *stage, const struct item *e)
{
	switch (e->kind) {
	case FILE_ENTRY:
		if (!e->next_link)
			put_file(to, stage, e);
		break;
	case SLINK_ENTRY:
		fprintf(to, "slink %s %s %04o %u %u\n", e->name, e->target,
			e->mode, e->uid, e->gid);
		break;
	case NOD_ENTRY:
		fprintf(to, "nod %s %04o %u %u %c %u %u\n", e->name, e->mode,
			e->uid, e->gid, e->dev, e->major, e->minor);
		break;
	default:
		fprintf(to, "%s %s %04o %u %u\n", kind_name[e->kind], e->name,
			e->mode, e->uid, e->gid);
		break;
	}
}

/*
 * write_list - write the entries, which are sorted and staged, as a list.
 * Returns whether the list changed; an unchanged one keeps its time stamp.
 */
bool write_list(const char *path, const char *stage, unsigned long epoch,
		struct item **sorted, size_t n)
{
	char *data = NULL;
	bool changed;
	size_t len = 0, i;
	long start;
	FILE *to;

	for (i = n; i-- > 0; ) {
		if (sorted[i]->kind != FILE_ENTRY)
			continue;
		sorted[i]->next_link = sorted[i]->content->links;
		sorted[i]->content->links = sorted[i];
	}
	to = open_memstream(&data, &len);
	if (!to)
		die("out of memory");
	fprintf(to, "# What is in the initramfs, for the kernel's usr/gen_init_cpio.\n"
		"# Made by usr/gen-list: do not edit, the next make writes it anew.\n"
		"# A file is named by the SHA-256 of its bytes; its time stamp is %lu.\n",
		epoch);
	for (i = 0; i < n; i++) {
		start = ftell(to);
		put_entry(to, stage, sorted[i]);
		if (ftell(to) - start >= LINE_SIZE)
			error(&sorted[i]->place, "%s: too many or too long hard links: their line has %ld bytes, gen_init_cpio takes %d",
			      sorted[i]->name, ftell(to) - start, LINE_SIZE - 1);
	}
	if (fclose(to))
		die("out of memory");
	changed = !error_count() && replace_file(path, data, len);
	free(data);
	return changed;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Is this a name that make can read back? It has no dependable quoting for
 * some, and takes NAME(MEMBER) for a member of an archive.
 */
static bool make_can_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if ((unsigned char)*p < ' ' || strchr("\\;|", *p))
			return false;
	return p[-1] != ' ' && (!strchr(name, '(') || p[-1] != ')');
}

/*
 * A name as make reads it back, as a target or as a prerequisite. What makes
 * another kind of line of it ("a!=date" would run date) comes by a function.
 */
static void put_dep(FILE *to, const char *name, bool target)
{
	const char *p;

	for (p = name; *p; p++) {
		if (*p == '$')
			fputs("$$", to);
		else if (*p == '=')
			fputs("$(subst x,=,x)", to);
		else if (strchr(" #:*?[", *p) || (*p == '%' && target))
			fprintf(to, "\\%c", *p);
		else
			putc(*p, to);
	}
	/* "a&:" would be a grouped target */
	if (target)
		fputs(p[-1] == '&' ? " :" : ":", to);
	putc('\n', to);
}

/*
 * write_depfile - every source as a prerequisite of target, in make's syntax,
 * each with an empty rule so that one that is gone does not stop make. A name
 * that make cannot express is left out; its directory is still there.
 */
void write_depfile(const char *path, const char *target)
{
	char *data = NULL;
	size_t len = 0, i;
	FILE *to = open_memstream(&data, &len);

	if (!to)
		die("out of memory");
	if (n_deps)
		qsort(deps, n_deps, sizeof(*deps), by_text);
	for (i = 0; i < n_deps; i++) {
		if (!make_can_name(deps[i]) || (i && !strcmp(deps[i - 1], deps[i])))
			continue;
		fprintf(to, "%s: ", target);
		put_dep(to, deps[i], false);
		put_dep(to, deps[i], true);
	}
	if (fclose(to))
		die("out of memory");
	replace_file(path, data, len);
	free(data);
}
