// SPDX-License-Identifier: GPL-2.0-only
/*
 * Overlay directories and single programs of this machine. Their modes are kept,
 * set-uid bits included; their owner becomes root, since the owner of a checkout
 * is not a user of the image.
 */
#include "gen-list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* An inode with several names in this overlay. */
struct inode {
	dev_t dev;
	ino_t ino;
	struct content *content;
};

struct overlay {
	const char *root;
	bool keep_owner;
	struct inode *inodes;
	size_t n_inodes;
};

static char *omitted;

/* overlay_omitted - return the first path that was left out of an overlay, or NULL. */
const char *overlay_omitted(void)
{
	return omitted;
}

static char *attribute_loss;

/*
 * attribute_lost - return the first file that has an attribute which the image cannot
 * have, and its name, as "PATH: NAME", or NULL. The kernel's archive format carries none.
 */
const char *attribute_lost(void)
{
	return attribute_loss;
}

/*
 * Note a file or directory with a capability, an access list or an attribute of the user.
 * Labels that a system gives to each of its files (SELinux, IMA) mean nothing elsewhere.
 */
static void note_attributes(const char *path)
{
	char names[XATTR_LIST_MAX];
	ssize_t length = attribute_loss ? 0 : listxattr(path, names, sizeof(names));

	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (strcmp(name, "security.capability") && strncmp(name, "user.", 5) &&
		    strncmp(name, "system.posix_acl_", 17))
			continue;
		attribute_loss = xprintf("%s: %s", path, name);
		return;
	}
}

/* new_content - return the content of a file of this path and size. */
struct content *new_content(const char *path, off_t size)
{
	struct content *c = xalloc(sizeof(*c));

	c->path = xstrdup(path);
	c->size = size;
	return c;
}

/*
 * usable_file - tell whether a path is a regular file that can be read and
 * archived, and print an error if it is not
 * @at: where it was asked for
 * @name: the name that it has in the image, for the error
 * @path: the file
 * @st: set to what stat() says of it
 */
bool usable_file(const struct place *at, const char *name, const char *path,
		 struct stat *st)
{
	int fd;

	if (stat(path, st) < 0) {
		error(at, errno == ENOENT ? "%s: no such file: %s" : "%s: %s: %s",
		      name, path, strerror(errno));
		return false;
	}
	if (S_ISDIR(st->st_mode)) {
		error(at, "%s: %s is a directory; use a dir line, or an overlay (USR_OVERLAYS)",
		      name, path);
		return false;
	}
	if (!S_ISREG(st->st_mode)) {
		error(at, "%s: %s is not a regular file; use a nod, pipe or sock line",
		      name, path);
		return false;
	}
	if (st->st_size > 0xffffffffLL) {
		error(at, "%s: %s is larger than 4 GiB, which cpio cannot carry", name, path);
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		error(at, "%s: cannot read %s: %s", name, path, strerror(errno));
		return false;
	}
	close(fd);
	note_attributes(path);
	return true;
}

static struct content *inode_content(struct overlay *o, const struct stat *st,
				     const char *path)
{
	size_t i;

	if (st->st_nlink < 2)
		return new_content(path, st->st_size);
	for (i = 0; i < o->n_inodes; i++)
		if (o->inodes[i].dev == st->st_dev && o->inodes[i].ino == st->st_ino)
			return o->inodes[i].content;
	o->inodes = xgrow(o->inodes, i, sizeof(*o->inodes));
	o->inodes[o->n_inodes++] = (struct inode){
		st->st_dev, st->st_ino, new_content(path, st->st_size)
	};
	return o->inodes[i].content;
}

static bool read_link(struct item *e, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0) {
		error(&e->place, "%s: %s", e->name, strerror(errno));
		return false;
	}
	target[n] = '\0';
	if (target[strcspn(target, " \t\n\v\f\r")]) {
		error(&e->place, "%s: white space in the link's target \"%s\" cannot be expressed in the kernel's list",
		      e->name, target);
		return false;
	}
	e->target = xstrdup(target);
	return true;
}

static void walk(struct overlay *o, const char *dir);

static void add_path(struct overlay *o, const char *path)
{
	struct item e = { .place = { .file = path } };
	struct stat st;

	e.name = (char *)path + strlen(o->root);
	/* What git keeps of a work tree, or in a file where that is. */
	if (!strcmp(strrchr(path, '/'), "/.git")) {
		if (!omitted)
			omitted = xstrdup(path);
		return;
	}
	if (lstat(path, &st) < 0) {
		error(&e.place, "%s", strerror(errno));
		return;
	}
	if (!valid_name(&e.place, e.name))
		return;
	e.mode = st.st_mode & 07777;
	if (o->keep_owner) {
		e.uid = st.st_uid;
		e.gid = st.st_gid;
	}
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		e.kind = DIR_ENTRY;
		note_attributes(path);
		entries_add(&e);
		walk(o, path);
		return;
	case S_IFREG:
		e.kind = FILE_ENTRY;
		if (!usable_file(&e.place, e.name, path, &st))
			return;
		e.content = inode_content(o, &st, path);
		break;
	case S_IFLNK:
		e.kind = SLINK_ENTRY;
		if (!read_link(&e, path))
			return;
		break;
	case S_IFBLK:
	case S_IFCHR:
		e.kind = NOD_ENTRY;
		e.dev = S_ISBLK(st.st_mode) ? 'b' : 'c';
		e.major = major(st.st_rdev);
		e.minor = minor(st.st_rdev);
		break;
	case S_IFIFO:
		e.kind = PIPE_ENTRY;
		break;
	default:
		e.kind = SOCK_ENTRY;
		break;
	}
	entries_add(&e);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add a directory. All names are read before the first is used, so no depth takes up all descriptors. */
static void walk(struct overlay *o, const char *dir)
{
	struct place at = { .file = dir };
	char **names = NULL;
	struct dirent *d;
	size_t n = 0, i;
	DIR *dp;

	dp = opendir(dir);
	if (!dp) {
		error(&at, "cannot read this directory of an overlay: %s", strerror(errno));
		return;
	}
	for (errno = 0; (d = readdir(dp)); errno = 0) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		names = xgrow(names, n, sizeof(*names));
		names[n++] = xprintf("%s/%s", dir, d->d_name);
	}
	if (errno)
		error(&at, "cannot read this directory of an overlay: %s", strerror(errno));
	closedir(dp);
	if (n)
		qsort(names, n, sizeof(*names), by_text);
	for (i = 0; i < n; i++)
		add_path(o, names[i]);	/* entries keep this name as their place */
	free(names);
}

/*
 * read_overlay - add all that lies below a directory, in the byte order of names
 * @path: the directory, or a symbolic link to it; links below it are not followed
 * @keep_owner: keep the numeric owners instead of 0:0
 */
void read_overlay(const char *path, bool keep_owner)
{
	struct place at = { .file = path };
	struct overlay o = { .keep_owner = keep_owner };
	size_t len = strlen(path);
	struct stat st;
	char *root;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		error(&at, "no such directory for an overlay (USR_OVERLAYS)");
		return;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 1 && path[0] == '/') {
		error(&at, "the whole of this machine as an overlay cannot be meant (USR_OVERLAYS)");
		return;
	}
	root = xprintf("%.*s", (int)len, path);
	o.root = root;
	walk(&o, root);
	free(o.inodes);
	free(root);
}

/*
 * read_program - put one program of this machine into the image
 * @at: where it was asked for
 * @path: the program; a symbolic link is followed, the image gets a file
 * @name: its name in the image
 */
void read_program(const struct place *at, const char *path, const char *name)
{
	struct item e = { .kind = FILE_ENTRY, .place = *at, .name = (char *)name };
	struct stat st;

	if (path[0] != '/' && path == name) {
		error(at, "%s: write the path from / on, since it goes to the same place in the image",
		      path);
		return;
	}
	if (!valid_name(at, name) || !usable_file(at, name, path, &st))
		return;
	if (!(st.st_mode & 0111)) {
		error(at, "%s: %s is not executable", name, path);
		return;
	}
	e.mode = st.st_mode & 07777;
	e.content = new_content(path, st.st_size);
	entries_add(&e);
}
