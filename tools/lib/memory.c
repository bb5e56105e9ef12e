// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the tree. It lives until memory_free(), and no part of it is freed
 * before. It is bounded, since a file of many tiny parts makes a tree much larger
 * than the file.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "readers.h"

#define BLOCK	65536
#define TREE_MAX	(512UL << 20)

struct block {
	struct block *next;
	_Alignas(16) unsigned char data[];
};

static struct block *blocks;
static size_t total;
static size_t room;		/* left at the end of the first block */
static unsigned char *at;
static void **kept;
static size_t kept_count;

/* Zeroed memory of size bytes. Fails if there is none. */
void *grab(size_t size)
{
	size_t want = (size + 15) & ~(size_t)15;
	struct block *b;

	if (want < size || want > TREE_MAX - total)
		fail("it has so many parts that a list of them takes more than 512 MiB of memory");
	total += want;
	if (want > room) {
		b = calloc(1, sizeof(*b) + (want > BLOCK ? want : BLOCK));
		if (!b)
			fail("out of memory");
		b->next = blocks;
		blocks = b;
		at = b->data;
		room = want > BLOCK ? want : BLOCK;
	}
	room -= want;
	at += want;
	return at - want;
}

/* Leave it to memory_free() to free what malloc() returned. Fails without memory. */
void keep(void *allocated)
{
	void **more = realloc(kept, (kept_count + 1) * sizeof(*kept));

	if (!more) {
		free(allocated);
		fail("out of memory");
	}
	kept = more;
	kept[kept_count++] = allocated;
}

/* Free all of it. */
void memory_free(void)
{
	struct block *b;

	while ((b = blocks)) {
		blocks = b->next;
		free(b);
	}
	while (kept_count)
		free(kept[--kept_count]);
	free(kept);
	kept = NULL;
	room = 0;
	total = 0;
}

/* Format a string, as printf() does. */
char *aprintf(const char *format, ...)
{
	va_list args, again;
	char *to;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	va_end(args);
	to = grab(size + 1);
	vsnprintf(to, size + 1, format, again);
	va_end(again);
	return to;
}

/* Return a string of the bytes before the first NUL, at most size of them. */
char *string_of(const unsigned char *data, size_t size)
{
	size_t length = strnlen((const char *)data, size);
	char *to = grab(length + 1);

	memcpy(to, data, length);
	return to;
}
