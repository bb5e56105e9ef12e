/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel image or an initramfs consists of, as a tree of layers.
 *
 *	file = layers_read(data, size, limit, &why);
 *	if (!file)
 *		complain(why);
 *	...
 *	layers_free();
 *
 * The readers print nothing and end no program. One tree exists at a time.
 */
#ifndef LAYERS_H
#define LAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that was read (or, of size 0, measured). */
struct field {
	const char *name;
	uint64_t offset, size;	/* its bytes, in the same space as its layer */
	enum { DECIMAL, HEX, TEXT } kind;
	uint64_t number;
	const char *text;	/* of a TEXT: the value */
	const char *meaning;	/* or NULL */
	struct field *next;
};

/*
 * A range of bytes. Offsets count from the start of a space: the file, or what
 * one compressed layer unpacks to.
 */
struct layer {
	const char *name;
	const char *kind;	/* a word for programs, see Documentation/anatomy-json.md */
	const char *note;	/* or NULL */
	const char *filler;	/* what bytes between parts are; NULL: unaccounted */
	const unsigned char *data;
	uint64_t offset, size;
	bool brief;		/* its note says what its fields say */
	struct field *fields, **last_field;
	struct layer *parts, **last_part;	/* what it consists of, in file order */
	struct layer *views, **last_view;	/* other names for some of its bytes */
	struct layer *inside;			/* what it unpacks to: a new space */
	struct layer *next;
};

struct layer *layers_read(const unsigned char *data, size_t size, uint64_t limit,
			  const char **why);
void layers_free(void);
struct layer *layers_find(struct layer *layer, const char *kind);
const char *layers_content(const struct layer *file, const char *path,
			   const unsigned char **data, uint64_t *size);

#endif
