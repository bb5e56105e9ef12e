// SPDX-License-Identifier: GPL-2.0-only
/*
 * List files, in the language that usr/gen_init_cpio.c of the kernel explains in
 * its usage text. That program drops a line that it does not understand; here it
 * is an error.
 */
#include "gen-list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\v\f"
#define MAX_UID 0x7fffffffUL	/* gen_init_cpio reads an int */
#define MAX_MAJOR 0xfffUL	/* 12 and 20 bits: the kernel's dev_t */
#define MAX_MINOR 0xfffffUL

static const struct {
	enum kind kind;
	size_t fields;	/* the type included */
	size_t mode;	/* which field is the mode; uid and gid follow it */
	const char *usage;
} forms[] = {
	{ FILE_ENTRY, 6, 3, "file NAME SOURCE MODE UID GID [HARD LINKS]" },
	{ DIR_ENTRY, 5, 2, "dir NAME MODE UID GID" },
	{ NOD_ENTRY, 8, 2, "nod NAME MODE UID GID TYPE MAJOR MINOR" },
	{ SLINK_ENTRY, 6, 3, "slink NAME TARGET MODE UID GID" },
	{ PIPE_ENTRY, 5, 2, "pipe NAME MODE UID GID" },
	{ SOCK_ENTRY, 5, 2, "sock NAME MODE UID GID" },
};

/* Read a number of the given base: digits only, at most max. */
static bool number(const struct place *at, const char *what, const char *text,
		   int base, unsigned long max, unsigned int *out)
{
	const char *digits = base == 8 ? "01234567" : "0123456789";
	unsigned long value = 0;

	errno = 0;
	if (*text && !text[strspn(text, digits)])
		value = strtoul(text, NULL, base);
	else
		errno = EINVAL;
	if (errno || value > max) {
		if (base == 8)
			error(at, "bad %s \"%s\": it is an octal number, at most %lo",
			      what, text, max);
		else
			error(at, "bad %s \"%s\": it is a decimal number, at most %lu",
			      what, text, max);
		return false;
	}
	*out = (unsigned int)value;
	return true;
}

/*
 * Find a file on this machine: an absolute path as it is, another one in the
 * directory of the list, then in each -I directory in order.
 */
static char *locate(const struct place *at, const char *source,
		    char *const *dirs, size_t n_dirs)
{
	const char *slash = strrchr(at->file, '/');
	struct stat st;
	char *path, *looked, *more;
	size_t i;

	if (strstr(source, "${")) {
		error(at, "%s: variables are not expanded here, as the image would change with the environment; write the path",
		      source);
		return NULL;
	}
	if (source[0] == '/')
		return xstrdup(source);
	if (slash)
		path = xprintf("%.*s/%s", (int)(slash - at->file), at->file, source);
	else
		path = xstrdup(source);
	if (!stat(path, &st) || errno != ENOENT)
		return path;
	looked = path;
	for (i = 0; i < n_dirs; i++) {
		path = strcmp(dirs[i], ".") ? xprintf("%s/%s", dirs[i], source) :
					      xstrdup(source);
		if (!stat(path, &st) || errno != ENOENT) {
			free(looked);
			return path;
		}
		more = xprintf("%s, %s", looked, path);
		free(looked);
		free(path);
		looked = more;
	}
	error(at, "no such file: %s (looked at %s)", source, looked);
	free(looked);
	return NULL;
}

static void add_file(struct item *e, char **field, size_t n,
		     char *const *dirs, size_t n_dirs)
{
	char *path = locate(&e->place, field[2], dirs, n_dirs);
	struct stat st;
	size_t i;

	if (!path)
		return;
	if (usable_file(&e->place, e->name, path, &st)) {
		e->content = new_content(path, st.st_size);
		entries_add(e);
		for (i = 6; i < n; i++) {
			e->name = field[i];
			entries_add(e);
		}
	}
	free(path);
}

static void add_line(const struct place *at, char **field, size_t n,
		     char *const *dirs, size_t n_dirs)
{
	struct item e = { .place = *at };
	size_t i, m;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(field[0], kind_name[forms[i].kind]))
			break;
	if (i == sizeof(forms) / sizeof(forms[0])) {
		error(at, "unknown type \"%s\": use file, dir, nod, slink, pipe or sock",
		      field[0]);
		return;
	}
	e.kind = forms[i].kind;
	if (n < forms[i].fields) {
		error(at, "%zu fields are missing: %s", forms[i].fields - n, forms[i].usage);
		return;
	}
	if (n > forms[i].fields && e.kind != FILE_ENTRY) {
		error(at, "\"%s\" is one field too many: %s", field[forms[i].fields],
		      forms[i].usage);
		return;
	}
	m = forms[i].mode;
	e.name = field[1];
	if (!number(at, "mode", field[m], 8, 07777, &e.mode) ||
	    !number(at, "user id", field[m + 1], 10, MAX_UID, &e.uid) ||
	    !number(at, "group id", field[m + 2], 10, MAX_UID, &e.gid) ||
	    !valid_name(at, e.name))
		return;
	switch (e.kind) {
	case FILE_ENTRY:
		add_file(&e, field, n, dirs, n_dirs);
		return;
	case NOD_ENTRY:
		if (strcmp(field[5], "b") && strcmp(field[5], "c")) {
			error(at, "bad device type \"%s\": it is b (block) or c (character)",
			      field[5]);
			return;
		}
		e.dev = field[5][0];
		if (!number(at, "major number", field[6], 10, MAX_MAJOR, &e.major) ||
		    !number(at, "minor number", field[7], 10, MAX_MINOR, &e.minor))
			return;
		break;
	case SLINK_ENTRY:
		if (strlen(field[2]) >= PATH_MAX) {
			error(at, "%s: the link's target is too long, the kernel takes %d bytes",
			      e.name, PATH_MAX - 1);
			return;
		}
		e.target = xstrdup(field[2]);
		break;
	default:
		break;
	}
	entries_add(&e);
}

/*
 * read_list - add every line of a list file to the image. A wrong line is an
 * error with its number, and is left out.
 */
void read_list(const char *path, char *const *dirs, size_t n_dirs)
{
	struct place at = { .file = path };
	char *line = NULL, *save, *word, **field = NULL;
	size_t size = 0, n;
	struct stat st;
	ssize_t len;
	FILE *f;

	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		error(&at, "is a directory: USR_LISTS names files; a directory is an overlay (USR_OVERLAYS)");
		return;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		error(&at, "cannot read this list: it is no regular file (USR_LISTS)");
		return;
	}
	f = fopen(path, "re");
	if (!f) {
		error(&at, "cannot read this list: %s (USR_LISTS)", strerror(errno));
		return;
	}
	while ((len = getline(&line, &size, f)) >= 0) {
		at.line++;
		if (strlen(line) != (size_t)len) {
			error(&at, "a NUL byte: this is no list file");
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		n = 0;
		for (word = strtok_r(line, BLANKS, &save); word;
		     word = strtok_r(NULL, BLANKS, &save)) {
			field = xgrow(field, n, sizeof(*field));
			field[n++] = word;
		}
		if (n && field[0][0] != '#')
			add_line(&at, field, n, dirs, n_dirs);
	}
	if (ferror(f))
		error(&at, "cannot read this list: %s", strerror(errno));
	free(field);
	free(line);
	fclose(f);
}
