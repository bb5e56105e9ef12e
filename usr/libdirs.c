// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directories where a shared library is looked for. The order is glibc's,
 * ld.so(8): DT_RPATH of the object and of those that loaded it (unless the
 * object has DT_RUNPATH), DT_RUNPATH, the default directories. An image has
 * no /etc/ld.so.cache, so ld.so.conf counts only on this machine.
 */
#include "library.h"

#include <gelf.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NESTED 8	/* of include lines in ld.so.conf */

static const struct {
	int machine, class;
	const char *triplet;
} multiarch[] = {
	{ EM_X86_64, ELFCLASS64, "x86_64-linux-gnu" },
	{ EM_X86_64, ELFCLASS32, "x86_64-linux-gnux32" },
	{ EM_386, ELFCLASS32, "i386-linux-gnu" },
	{ EM_AARCH64, ELFCLASS64, "aarch64-linux-gnu" },
	{ EM_ARM, ELFCLASS32, "arm-linux-gnueabihf" },
	{ EM_RISCV, ELFCLASS64, "riscv64-linux-gnu" },
};

static void add_dir(struct search *s, char *dir)
{
	s->dirs = xgrow(s->dirs, s->n_dirs, sizeof(*s->dirs));
	s->dirs[s->n_dirs++] = dir;
}

/* drop_dirs - forget the directories of a search. */
void drop_dirs(struct search *s)
{
	while (s->n_dirs)
		free(s->dirs[--s->n_dirs]);
	free(s->dirs);
	s->dirs = NULL;
}

/* add_default_dirs - add the loader's own directories, those of the object's architecture first. */
void add_default_dirs(struct search *s)
{
	size_t i;

	if (s->musl) {
		add_dir(s, xstrdup("/lib"));
		add_dir(s, xstrdup("/usr/local/lib"));
		add_dir(s, xstrdup("/usr/lib"));
		return;
	}
	for (i = 0; i < sizeof(multiarch) / sizeof(multiarch[0]); i++) {
		if (s->like->machine != multiarch[i].machine ||
		    s->like->class != multiarch[i].class)
			continue;
		add_dir(s, xprintf("/lib/%s", multiarch[i].triplet));
		add_dir(s, xprintf("/usr/lib/%s", multiarch[i].triplet));
	}
	add_dir(s, xstrdup(s->like->class == ELFCLASS64 ? "/lib64" : "/lib32"));
	add_dir(s, xstrdup(s->like->class == ELFCLASS64 ? "/usr/lib64" : "/usr/lib32"));
	add_dir(s, xstrdup("/lib"));
	add_dir(s, xstrdup("/usr/lib"));
}

/* Add the directories of a DT_RPATH or DT_RUNPATH, separated by colons; $ORIGIN is replaced. */
static void add_path_dirs(struct search *s, const char *path, const char *origin)
{
	size_t n, skip;

	for (; path; path = path[n] ? path + n + 1 : NULL) {
		n = strcspn(path, ":");
		skip = !strncmp(path, "$ORIGIN", 7) ? 7 :
		       !strncmp(path, "${ORIGIN}", 9) ? 9 : 0;
		if (skip && skip <= n)
			add_dir(s, xprintf("%s%.*s", origin, (int)(n - skip), path + skip));
		else if (n && path[0] == '/')
			add_dir(s, xprintf("%.*s", (int)n, path));
	}
}

/* add_object_dirs - add the directories that an object, or those that loaded it, ask for. */
void add_object_dirs(struct search *s, const struct node *by)
{
	const struct node *n;

	if (!by->object->runpath)
		for (n = by; n; n = n->loader)
			if (!n->object->runpath)
				add_path_dirs(s, n->object->rpath, n->origin);
	add_path_dirs(s, by->object->runpath, by->origin);
}

static void read_conf(struct search *s, const char *path, int depth)
{
	char *line = NULL, *word, *end, *pattern;
	size_t size = 0, i;
	glob_t found;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return;
	while (getline(&line, &size, f) >= 0) {
		line[strcspn(line, "#\n")] = '\0';
		word = line + strspn(line, " \t");
		for (end = word + strlen(word); end > word && strchr(" \t", end[-1]); )
			*--end = '\0';
		if (!strncmp(word, "include", 7) && strspn(word + 7, " \t")) {
			word += 7 + strspn(word + 7, " \t");
			pattern = word[0] == '/' ? xstrdup(word) : xprintf("/etc/%s", word);
			if (depth < MAX_NESTED && !glob(pattern, 0, NULL, &found)) {
				for (i = 0; i < found.gl_pathc; i++)
					read_conf(s, found.gl_pathv[i], depth + 1);
				globfree(&found);
			}
			free(pattern);
		} else if (word[0] == '/') {
			add_dir(s, xstrdup(word));
		}
	}
	free(line);
	fclose(f);
}

/* add_conf_dirs - add the directories that this machine's ld.so.conf and its includes list. */
void add_conf_dirs(struct search *s)
{
	read_conf(s, "/etc/ld.so.conf", 0);
}
