/* SPDX-License-Identifier: GPL-2.0-only */
/* Files, lines, words, and tables of names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "size.h"

static int open_sized(const char *path, size_t *size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st)) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		*size = st.st_size;
	return fd;
}

/* The bytes of a file that need not all be looked at; NULL and errno. */
const unsigned char *file_map(const char *path, size_t *size)
{
	int fd = open_sized(path, size);
	void *data;

	if (fd < 0)
		return NULL;
	data = mmap(NULL, *size ? *size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	return data == MAP_FAILED ? NULL : data;
}

/* A text, with a NUL behind it; NULL and errno. */
char *file_read(const char *path, size_t *size)
{
	int fd = open_sized(path, size);
	size_t done = 0;
	ssize_t got = 1;
	char *data;

	if (fd < 0)
		return NULL;
	data = calloc(1, *size + 1);
	while (data && done < *size && (got = read(fd, data + done, *size - done)) > 0)
		done += got;
	close(fd);
	if (!data || got < 0) {
		free(data);
		return NULL;
	}
	*size = done;
	keep(data);
	return data;
}

/* Dies if the file cannot be read. */
void lines_open(struct lines *l, const char *path)
{
	size_t size = 0;

	l->path = path;
	l->at = file_read(path, &size);
	if (!l->at)
		die("%s: %s", path, strerror(errno));
	l->end = l->at + size;
}

char *lines_next(struct lines *l)
{
	char *line = l->at, *end;

	if (line >= l->end)
		return NULL;
	end = memchr(line, '\n', l->end - line);
	if (!end)
		end = l->end;
	*end = '\0';
	l->at = end + 1;
	return line;
}

/* The next word of a text, which is cut there; NULL at the end. */
char *word(char **at)
{
	char *w = *at + strspn(*at, " \t");
	size_t length = strcspn(w, " \t");

	if (!length)
		return NULL;
	*at = w + length;
	if (**at)
		*(*at)++ = '\0';
	return w;
}

static size_t hash(const char *name, size_t length)
{
	uint64_t h = 0xcbf29ce484222325;	/* FNV-1a */

	while (length--)
		h = (h ^ (unsigned char)*name++) * 0x100000001b3;
	return h ^ h >> 29;
}

static struct entry *find(const struct names *names, const char *name, size_t length)
{
	size_t i = hash(name, length) & (names->room - 1);

	while (names->entry[i].name && (names->entry[i].length != length ||
					memcmp(names->entry[i].name, name, length)))
		i = (i + 1) & (names->room - 1);
	return &names->entry[i];
}

/* Where the value of a name is kept; NULL in it if it is new. The name is not copied. */
void **names_slot(struct names *names, const char *name, size_t length)
{
	struct names old = *names;
	struct entry *e;
	size_t i;

	if (2 * names->count >= names->room) {
		names->room = old.room ? 2 * old.room : 64;
		names->entry = grab(names->room * sizeof(*names->entry));
		for (i = 0; i < old.room; i++) {
			if (old.entry[i].name)
				*find(names, old.entry[i].name, old.entry[i].length) = old.entry[i];
		}
	}
	e = find(names, name, length);
	if (!e->name) {
		e->name = name;
		e->length = length;
		names->count++;
	}
	return &e->value;
}

/* The value of a name, or NULL. */
void *names_find(const struct names *names, const char *name, size_t length)
{
	return names->room ? find(names, name, length)->value : NULL;
}

void *names_get(const struct names *names, const char *name)
{
	return names_find(names, name, strlen(name));
}
