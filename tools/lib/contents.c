// SPDX-License-Identifier: GPL-2.0-only
/* A file in the archives of an initramfs, found by its path as the kernel would. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "layers.h"

#define LINKS_MAX	40	/* as many symbolic links as Linux follows */

/* What is looked for in the tree, and what was found. */
struct search {
	const char *path;		/* absolute, or NULL: by the inode */
	uint64_t inode;			/* of a hard link whose content is elsewhere */
	const struct layer *archive;	/* the innermost one while walking */
	const struct layer *member;	/* found: the last one, which replaces those before it */
	const struct layer *in;		/* ... and its archive */
};

static const struct field *field_of(const struct layer *l, const char *name)
{
	const struct field *f = l->fields;

	while (f && strcmp(f->name, name))
		f = f->next;
	return f;
}

static uint64_t number_of(const struct layer *l, const char *name)
{
	const struct field *f = field_of(l, name);

	return f ? f->number : 0;
}

/* Tell whether a member has the bytes of all hard links with this inode. */
static bool has_content(const struct layer *member, uint64_t inode)
{
	const struct field *content = field_of(member, "content");

	return content && content->size && number_of(member, "inode") == inode;
}

/* Compare the name of a member, which may begin with / or ./, with an absolute path. */
static bool has_path(const struct layer *member, const char *path)
{
	const char *name = member->name;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	return !strcmp(name, path + 1);
}

static bool is_linux(const struct layer *l)
{
	return !strcmp(l->kind, "pe_section") && !strcmp(l->name, "PE section .linux");
}

static void walk(const struct layer *l, struct search *s)
{
	const struct layer *p, *outer = s->archive;

	if (!strcmp(l->kind, "archive"))
		s->archive = l;
	if (!strcmp(l->kind, "member") &&
	    (s->path ? has_path(l, s->path) : s->archive == s->in && has_content(l, s->inode))) {
		s->member = l;
		s->in = s->archive;
	}
	/* The kernel unpacks its own archive before the initrd of a UKI. */
	for (p = l->parts; p; p = p->next) {
		if (is_linux(p))
			walk(p, s);
	}
	for (p = l->parts; p; p = p->next) {
		if (!is_linux(p))
			walk(p, s);
	}
	if (l->inside)
		walk(l->inside, s);
	s->archive = outer;
}

static void drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/*
 * Follow symbolic links: done becomes the path of the file itself. Returns
 * NULL, or why there is none.
 */
static const char *resolve(const struct layer *file, const char *path, char done[PATH_MAX])
{
	char left[PATH_MAX], rest[PATH_MAX], *name, *end;
	const struct field *target;
	unsigned int links = 0;
	struct search s;

	if (snprintf(left, sizeof(left), "%s", path) >= PATH_MAX)
		return "its path is too long";
	for (*done = '\0', name = left; *name; name = end) {
		name += strspn(name, "/");
		end = name + strcspn(name, "/");
		if (end == name || (end - name == 1 && *name == '.'))
			continue;
		if (end - name == 2 && !memcmp(name, "..", 2)) {
			drop_last(done);
			continue;
		}
		if (strlen(done) + (end - name) + 2 > PATH_MAX)
			return "its path is too long";
		sprintf(done + strlen(done), "/%.*s", (int)(end - name), name);
		s = (struct search) { .path = done };
		walk(file, &s);
		target = s.member ? field_of(s.member, "target") : NULL;
		if (!target)
			continue;
		if (++links > LINKS_MAX)
			return "too many symbolic links";
		strcpy(rest, end);
		if (snprintf(left, sizeof(left), "%s%s", target->text, rest) >= PATH_MAX)
			return "its path is too long";
		end = left;
		if (*left == '/')
			*done = '\0';
		else
			drop_last(done);
	}
	return NULL;
}

/**
 * layers_content - find a file in an initramfs
 * @file: what layers_read() returned
 * @path: its path in the booted system; symbolic and hard links are followed
 * @data: set to its content
 * @size: set to its size
 *
 * Returns NULL, or why there is no such file.
 */
const char *layers_content(const struct layer *file, const char *path,
			   const unsigned char **data, uint64_t *size)
{
	struct search s = { 0 };
	const struct field *content;
	char done[PATH_MAX];
	const char *why = resolve(file, path, done);

	if (why)
		return why;
	s.path = done;
	if (*done)
		walk(file, &s);
	if (!s.member)
		return "no archive in it has a file of this name";
	if (!S_ISREG(number_of(s.member, "mode_bits")))
		return "it is no regular file";
	if (!number_of(s.member, "length") && number_of(s.member, "links") > 1) {
		s.path = NULL;
		s.inode = number_of(s.member, "inode");
		walk(file, &s);
	}
	content = field_of(s.member, "content");
	*data = s.member->data + (content->offset - s.member->offset);
	*size = content->size;
	return NULL;
}
