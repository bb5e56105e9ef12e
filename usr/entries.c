// SPDX-License-Identifier: GPL-2.0-only
/* The image as a tree of names: one entry per name, the last source wins. */
#include "gen-list.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* As many as the kernel follows in one path (MAXSYMLINKS). */
#define MAX_LINKS 40

const char *const kind_name[] = {
	[DIR_ENTRY] = "dir", [FILE_ENTRY] = "file", [NOD_ENTRY] = "nod",
	[SLINK_ENTRY] = "slink", [PIPE_ENTRY] = "pipe", [SOCK_ENTRY] = "sock",
};

static void *tree;
static size_t count;

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name,
		      ((const struct item *)b)->name);
}

/*
 * valid_name - tell whether gen_init_cpio and the kernel's unpacker take a name,
 * and print an error at the given place if they do not. The list is split at
 * white space (in the C locale); a cpio name, its NUL included, has at most
 * PATH_MAX bytes (init/initramfs.c skips longer ones).
 */
bool valid_name(const struct place *at, const char *name)
{
	const char *c, *end;

	if (name[0] != '/') {
		error(at, "%s: a name in the image must begin with /", name);
		return false;
	}
	if (name[strcspn(name, " \t\n\v\f\r")]) {
		error(at, "%s: white space in a name cannot be expressed in the kernel's list; rename it",
		      name);
		return false;
	}
	if (strlen(name) >= PATH_MAX) {
		error(at, "%.60s...: a name of %zu bytes is too long, the kernel takes %d",
		      name, strlen(name), PATH_MAX - 1);
		return false;
	}
	if (!strcmp(name, "/TRAILER!!!")) {
		error(at, "%s: this name ends a cpio archive; rename it", name);
		return false;
	}
	for (c = name; *c; c = end) {
		c += strspn(c, "/");
		end = c + strcspn(c, "/");
		if (end - c == 2 && !strncmp(c, "..", 2)) {
			error(at, "%s: \"..\" leads out of the image; write the name it should have",
			      name);
			return false;
		}
		if (end - c > NAME_MAX) {
			error(at, "%.60s...: a component of %td bytes is too long, the kernel takes %d",
			      name, end - c, NAME_MAX);
			return false;
		}
	}
	return true;
}

/* Return the normal form: "/a//b/./c/" becomes "/a/b/c", "/" becomes "". */
static char *normal(const char *name)
{
	char *out = xalloc(strlen(name) + 2), *o = out;
	const char *c, *end;

	for (c = name; *c; c = end) {
		c += strspn(c, "/");
		end = c + strcspn(c, "/");
		if (end == c || (end - c == 1 && *c == '.'))
			continue;
		*o++ = '/';
		memcpy(o, c, (size_t)(end - c));
		o += end - c;
	}
	return out;
}

static bool same(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && a->mode == b->mode &&
	       a->uid == b->uid && a->gid == b->gid &&
	       a->dev == b->dev && a->major == b->major && a->minor == b->minor &&
	       a->content == b->content &&
	       (!a->target || !strcmp(a->target, b->target));
}

static void say_override(const struct item *old, const struct item *new)
{
	char *was = place_text(&old->place), *is = place_text(&new->place);

	note("%s: %s %04o of %s is replaced by %s %04o of %s", old->name,
	     kind_name[old->kind], old->mode, was,
	     kind_name[new->kind], new->mode, is);
	free(was);
	free(is);
}

/*
 * entries_add - put an entry into the image in place of any earlier one. The
 * entry and its name are copied, other strings that it points to must live on.
 * Returns the copy, or NULL if the name was refused.
 */
struct item *entries_add(const struct item *e)
{
	struct item *new, *old;

	if (!valid_name(&e->place, e->name))
		return NULL;
	new = xalloc(sizeof(*new));
	*new = *e;
	new->name = normal(e->name);
	if (!new->name[0]) {
		error(&e->place, "/: the root directory is made by the kernel (0755, root) and cannot be listed");
		free(new->name);
		free(new);
		return NULL;
	}
	old = *(struct item **)tsearch(new, &tree, by_name);
	if (!old)
		die("out of memory");
	if (old == new) {
		count++;
		return new;
	}
	if (!same(old, new))
		say_override(old, new);
	free(new->name);
	new->name = old->name;
	*old = *new;
	free(new);
	return old;
}

/* entries_find - return the entry of exactly this (normal) name, or NULL. */
struct item *entries_find(const char *name)
{
	struct item key = { .name = (char *)name };
	struct item **at = tfind(&key, &tree, by_name);

	return at ? *at : NULL;
}

/*
 * entries_resolve - follow a name through the image's symbolic links, as the
 * kernel will
 * @name: where to begin
 * @out: set to the name that it leads to, even if there is no such entry
 *
 * Returns the entry, or NULL with errno ENOENT, ELOOP, ENOTDIR or ENAMETOOLONG.
 */
struct item *entries_resolve(const char *name, char out[PATH_MAX])
{
	char rest[2 * PATH_MAX], work[2 * PATH_MAX];
	struct item *e = NULL;
	unsigned int links = 0;
	size_t len = 0, n;
	char *c = rest;

	out[0] = '\0';
	if (strlen(name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	strcpy(rest, name);
	for (;;) {
		c += strspn(c, "/");
		n = strcspn(c, "/");
		if (!n)
			break;
		if (e && e->kind != DIR_ENTRY) {
			errno = ENOTDIR;
			return NULL;
		}
		if (n == 1 && *c == '.') {
			c += n;
			continue;
		}
		if (n == 2 && c[0] == '.' && c[1] == '.') {
			while (len && out[--len] != '/')
				;
			out[len] = '\0';
			e = entries_find(out);
			c += n;
			continue;
		}
		if (len + 1 + n >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		out[len] = '/';
		memcpy(out + len + 1, c, n);
		out[len + 1 + n] = '\0';
		c += n;
		e = entries_find(out);
		if (!e || e->kind != SLINK_ENTRY) {
			len += 1 + n;
			continue;
		}
		if (++links > MAX_LINKS) {
			errno = ELOOP;
			return NULL;
		}
		if (strlen(e->target) + 1 + strlen(c) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		strcpy(work, e->target);
		strcat(work, "/");
		strcat(work, c);
		strcpy(rest, work);
		c = rest;
		if (e->target[0] == '/')
			len = 0;
		out[len] = '\0';
		e = entries_find(out);
	}
	if (!e)
		errno = ENOENT;
	return e;
}

static struct item **walk_to;
static size_t walked;

static void collect(const void *node, VISIT which, int depth)
{
	(void)depth;
	if (which == postorder || which == leaf)
		walk_to[walked++] = *(struct item *const *)node;
}

/*
 * entries_sorted - return all entries in the byte order of their names, so that
 * parents come before children. The caller frees the array, not the entries.
 */
struct item **entries_sorted(size_t *n)
{
	walk_to = xalloc((count + 1) * sizeof(*walk_to));
	walked = 0;
	twalk(tree, collect);
	*n = walked;
	return walk_to;
}

/*
 * entries_add_parents - add the directories that no source lists (0755, root),
 * and refuse a name beneath something that is no directory: the kernel would
 * drop it silently, or write through a symbolic link.
 */
void entries_add_parents(void)
{
	size_t n, i;
	struct item **all = entries_sorted(&n), *up;
	char *dir, *slash, *other;

	for (i = 0; i < n; i++) {
		dir = xstrdup(all[i]->name);
		while ((slash = strrchr(dir, '/')) && slash != dir) {
			*slash = '\0';
			up = entries_find(dir);
			if (!up) {
				entries_add(&(struct item){ .name = dir, .kind = DIR_ENTRY,
					.mode = 0755, .place = all[i]->place });
				continue;
			}
			if (up->kind != DIR_ENTRY && !up->reported) {
				other = place_text(&up->place);
				error(&all[i]->place, "%s needs the directory %s, which is a %s (%s)",
				      all[i]->name, dir,
				      up->kind == SLINK_ENTRY ? "symbolic link" :
				      kind_name[up->kind], other);
				free(other);
				up->reported = true;
			}
			break;
		}
		free(dir);
	}
	free(all);
}
