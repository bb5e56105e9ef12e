/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * size-report: whose the bytes of a built kernel are.
 *
 *   size-map.c       the linker's map: which piece is from which object
 *   size-elf.c       vmlinux and its sections
 *   size-merge.c     pieces, and merged strings, are given to objects
 *   size-tree.c      the tree of directories that pieces are put into
 *   size-kbuild.c    which option asks for an object, by the Kbuild files
 *   size-fragment.c  which objects a fragment brings
 *   size-table.c, size-compare.c              tables
 *   size-json.c, size-read.c                  JSON, and an earlier one
 *   size-text.c                               files, lines, names
 *
 * Who finds something broken calls die(), which does not return (memory.c has
 * the memory, which lives until the end).
 */
#ifndef SIZE_H
#define SIZE_H

#include <libelf.h>
#include "anatomy.h"

/* What bytes are, by the section they are in; init is freed after boot. */
enum kind { TEXT_BYTES, RODATA, DATA, INIT, BSS, KINDS };
extern const char *const kind_names[KINDS];

struct node {
	const char *name;		/* a path; of what is no file, words in parentheses */
	uint64_t bytes, kind[KINDS];	/* of a directory: with all below it */
	struct node *parent, *children, *next;
	const char *option;		/* of an object: the option that asks for it, or NULL */
	struct bringer *fragments, **last_fragment;	/* of an object: without which it would go */
};

struct bringer {
	const char *name;
	struct bringer *next;
};

/* A table of names. */
struct names {
	struct entry {
		const char *name;
		size_t length;
		void *value;
	} *entry;
	size_t count, room;
};
void **names_slot(struct names *names, const char *name, size_t length);
void *names_find(const struct names *names, const char *name, size_t length);
void *names_get(const struct names *names, const char *name);

/* A loaded section of vmlinux. */
struct loaded {
	const char *name;
	uint64_t address, size, used;	/* used: bytes that pieces account for */
	const unsigned char *data;	/* NULL: all zero, not in the file */
	enum kind kind;
};

/* A piece of a section, from one section of one object. */
struct piece {
	struct loaded *section;
	uint64_t address, size;
	const char *from, *object;	/* the section there; its path, as the linker wrote it; NULL: a gap */
	long entry;			/* if the linker merges: size of its entries; -1: strings */
	struct node *leaf;
};

struct kernel {
	struct loaded *section;
	size_t count;
	struct piece *piece;
	size_t pieces, room;
	struct node *tree;
	struct names objects;		/* path -> node */
	struct fragment *fragments, **last_fragment;
	unsigned int unknowns;		/* objects that no Kbuild file was seen to bring ... */
	const char *unknown;		/* ... and one of them */
	uint64_t image, packed, unpacked;	/* bytes; 0: not told */
};

struct fragment {
	const char *name, *file;
	uint64_t bytes;			/* of the objects that go without it */
	unsigned int objects;		/* how many these are */
	unsigned int changed;		/* how many others see its options */
	unsigned int come;		/* how many objects or directories come instead */
	bool flags;			/* its options choose flags of the compiler */
	struct names symbols;		/* options that are another without it */
	struct names kbuild;		/* directory -> what it has without it */
	struct fragment *next;
};

/* size-map.c, size-elf.c, size-merge.c */
#define MERGED_STRINGS	"(merged strings)"	/* piece.from where the map names no section */
void map_read(struct kernel *k, const char *path);
void vmlinux_open(struct kernel *k, const char *path);
void vmlinux_compare(const struct kernel *k, const char *path);
Elf *elf_of(const char *path, const unsigned char **data);
void pieces_assign(struct kernel *k);

/* size-tree.c */
const char *object_path(const char *written);
struct node *tree_leaf(struct kernel *k, const char *path);
struct node *tree_child(struct node *parent, const char *name);
void tree_add(struct node *leaf, enum kind kind, uint64_t bytes);
void tree_finish(struct node *root);
struct row {
	const char *name;
	const struct node *node;	/* what it sums up ... */
	bool own;			/* ... or only the objects that lie right in it */
	uint64_t bytes, kind[KINDS];
};
size_t tree_rows(const struct node *parent, struct row **rows);
size_t tree_leaves(const struct node *root, const struct node ***leaves);

/* size-kbuild.c, size-fragment.c */
void kbuild_options(struct kernel *k, const char *source, const char *config);
void fragments_read(struct kernel *k, const char *directory);

/* size-table.c, size-compare.c, size-json.c, size-read.c */
void table_print(const struct kernel *k, const char *release, bool all);
void compare_print(const struct node *base, const struct node *now, bool all);
void json_report(const struct kernel *k, const char *release, const struct node *base, const char *path);
struct node *json_tree(const char *path);

/* size-text.c. Lines of a text file: the next one without its end, or NULL. */
struct lines {
	char *at, *end;
	const char *path;
};
void lines_open(struct lines *l, const char *path);
char *lines_next(struct lines *l);
char *word(char **at);
const unsigned char *file_map(const char *path, size_t *size);
char *file_read(const char *path, size_t *size);

#endif
