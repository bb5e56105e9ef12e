// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared libraries: whether the dynamic loader will find in the image those that a
 * program needs, and where this machine has them. Those that a program opens by
 * dlopen(3) cannot be known.
 */
#include "library.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fits(const struct search *s, const struct object *o)
{
	return o && !o->broken && o->class == s->like->class &&
	       o->machine == s->like->machine && o->type == ET_DYN;
}

static struct item *in_image(const struct search *s, const char *path)
{
	char real[PATH_MAX];
	struct item *e = entries_resolve(path, real);

	if (e && e->kind == FILE_ENTRY && fits(s, content_object(e->content)))
		return e;
	return NULL;
}

static bool on_host(const struct search *s, const char *path)
{
	struct object *o = read_object(path);
	bool good = fits(s, o);

	free_object(o);
	return good;
}

/*
 * add_from_host - put a file of this machine into the image
 * @by: the entry that needs it
 * @path: where it is on this machine
 * @name: its name in the image
 *
 * A link to a file in the same directory ("libx.so.1" to "libx.so.1.2") stays a
 * link, any other link is followed. Nothing that a source put there is replaced.
 * Returns the entry of the file, or NULL.
 */
struct item *add_from_host(const struct item *by, const char *path,
			    const char *name)
{
	struct item e = { .kind = FILE_ENTRY, .place = by->place, .mode = 0777 };
	char real[PATH_MAX], target[PATH_MAX], *to, *from;
	struct item *added = NULL;
	struct stat st;
	ssize_t n;

	if (entries_resolve(name, real) || errno != ENOENT || lstat(path, &st) < 0)
		return NULL;
	e.name = real;
	n = S_ISLNK(st.st_mode) ? readlink(path, target, sizeof(target) - 1) : -1;
	target[n > 0 ? n : 0] = '\0';
	if (n > 0 && !strchr(target, '/') && !target[strcspn(target, " \t\n\v\f\r")]) {
		from = xprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, target);
		to = xprintf("%.*s/%s", (int)(strrchr(real, '/') - real), real, target);
		added = entries_find(to);
		if (!added)
			added = add_from_host(by, from, to);
		if (added) {
			e.kind = SLINK_ENTRY;
			e.target = xstrdup(target);
			entries_add(&e);
		}
		free(from);
		free(to);
	} else if (usable_file(&by->place, real, path, &st)) {
		e.mode = st.st_mode & 0777;
		e.content = new_content(path);
		added = entries_add(&e);
	}
	if (added)
		note("%s is added, %s needs it", name, by->name);
	return added;
}

/*
 * Look for a library in the image first, then on this machine. A library that
 * only /etc/ld.so.conf leads to is put into the first default directory, where
 * the loader finds it without a cache.
 */
static struct item *find_library(struct search *s, const struct node *by,
				  const char *name)
{
	struct item *e = NULL;
	size_t i, own, known;
	char *path, *to;

	if (strchr(name, '/')) {
		e = in_image(s, name);
		if (!e && s->add && name[0] == '/' && on_host(s, name))
			e = add_from_host(s->prog, name, name);
		return e;
	}
	add_object_dirs(s, by);
	own = s->n_dirs;
	add_default_dirs(s);
	known = s->n_dirs;
	for (i = 0; !e && i < known; i++) {
		path = xprintf("%s/%s", s->dirs[i], name);
		e = in_image(s, path);
		free(path);
	}
	if (!e && s->add && !s->musl)
		add_conf_dirs(s);
	for (i = 0; !e && s->add && i < s->n_dirs; i++) {
		path = xprintf("%s/%s", s->dirs[i], name);
		to = xprintf("%s/%s", s->dirs[i < known ? i : own], name);
		if (on_host(s, path))
			e = add_from_host(s->prog, path, to);
		free(path);
		free(to);
	}
	drop_dirs(s);
	return e;
}

static void lacks(struct search *s, const char *name)
{
	char *more = s->missing ? xprintf("%s, %s", s->missing, name) : xstrdup(name);

	free(s->missing);
	s->missing = more;
}

static struct node *new_node(struct item *e, struct node *loader)
{
	struct node *n = xalloc(sizeof(*n));

	n->object = content_object(e->content);
	n->origin = xprintf("%.*s", (int)(strrchr(e->name, '/') - e->name), e->name);
	n->loader = loader;
	return n;
}

/* Tell whether a library is musl's loader, which is its libc under every name. */
static bool part_of_musl(const char *name)
{
	static const char *const parts[] = {
		"libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strncmp(name, parts[i], strlen(parts[i])))
			return true;
	return false;
}

/* Tell whether a library was loaded already, by its own name or by one that it was found by. */
static bool loaded(const struct node *first, const struct node *by, size_t upto,
		   const char *name)
{
	const struct node *n;
	size_t i;

	for (n = first; n; n = n->next) {
		if (n->object->soname && !strcmp(n->object->soname, name))
			return true;
		for (i = 0; i < (n == by ? upto : n->object->n_needed); i++)
			if (!strcmp(n->object->needed[i], name))
				return true;
		if (n == by)
			break;
	}
	for (; n; n = n->next)
		if (n->object->soname && !strcmp(n->object->soname, name))
			return true;
	return false;
}

/*
 * check_libraries - see that a dynamic program's interpreter and all its
 * libraries are in the image
 * @prog: the program
 * @add: take those that are missing from this machine
 *
 * Prints one warning for a program if something is missing.
 */
void check_libraries(struct item *prog, bool add)
{
	struct node *first = new_node(prog, NULL), *last = first, *by;
	struct search s = { .prog = prog, .like = first->object, .add = add };
	struct item *e = NULL;
	const char *interp = s.like->interp, *base, *name;
	bool no_interp = false;
	size_t i;

	if (interp) {
		base = strrchr(interp, '/') ? strrchr(interp, '/') + 1 : interp;
		s.musl = !strncmp(base, "ld-musl-", 8);
		e = in_image(&s, interp);
		if (!e && add && interp[0] == '/' && on_host(&s, interp))
			e = add_from_host(prog, interp, interp);
		no_interp = !e;
		if (e)
			last = last->next = new_node(e, first);
		else
			lacks(&s, interp);
	}
	for (by = first; by; by = by->next) {
		for (i = 0; i < by->object->n_needed; i++) {
			name = by->object->needed[i];
			if ((s.musl && part_of_musl(name)) || loaded(first, by, i, name))
				continue;
			e = find_library(&s, by, name);
			if (e)
				last = last->next = new_node(e, by);
			else
				lacks(&s, name);
		}
	}
	if (s.missing)
		warning(&prog->place, "%s needs %s, which the image has not%s: %s; USR_LIBRARIES adds what this machine has",
			prog->name, s.missing, add ? " and this machine neither" : "",
			no_interp ? "without its interpreter it cannot start, the kernel will say error -2" :
			"its loader will not start it");
	for (; first; first = by) {
		by = first->next;
		free(first->origin);
		free(first);
	}
	free(s.missing);
}
