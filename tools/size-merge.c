/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives pieces to the objects they are from. What the linker has merged is looked
 * at string by string: one that only one object has is of that object.
 */
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

/* A string or constant that the linker merged, and the one object that has it. */
static struct names merged;
static char shared;		/* the value if several have it */

/* Which section headers of an object say that the linker merges it. */
struct object {
	struct names merges;	/* section name -> entry size, as a pointer; negative: strings */
	bool read;
};

/* Strings end with a NUL (of the entry's size); other entries are of that size. */
static size_t entry_length(const unsigned char *p, size_t left, long entry)
{
	size_t n = 0;

	if (entry != -1)
		return entry < 0 ? left : (size_t)entry;
	while (n < left && p[n])
		n++;
	return n;
}

static void collect(const unsigned char *p, size_t left, long entry, const void *owner)
{
	size_t n;
	void **slot;

	for (; left; p += n, left -= n) {
		n = entry_length(p, left, entry);
		if (n > left)
			break;
		if (n) {
			slot = names_slot(&merged, (const char *)p, n);
			*slot = !*slot || *slot == owner ? (void *)owner : &shared;
		}
		for (; entry == -1 && n < left && !p[n]; n++)
			;
	}
}

static struct object *object_read(struct names *objects, const struct piece *p, struct node *leaf)
{
	void **slot = names_slot(objects, p->object, strlen(p->object));
	const unsigned char *data;
	struct object *o = *slot;
	Elf_Scn *scn = NULL;
	size_t names;
	GElf_Shdr s;
	Elf *e;

	if (o)
		return o;
	*slot = o = grab(sizeof(*o));
	if (*p->object == '<')
		return o;
	e = elf_of(object_path(p->object), &data);
	if (elf_getshdrstrndx(e, &names))
		die("%s: its sections cannot be read: %s", p->object, elf_errmsg(-1));
	while ((scn = elf_nextscn(e, scn))) {
		const char *name;
		long entry;

		if (!gelf_getshdr(scn, &s) || !(s.sh_flags & SHF_MERGE) || !(s.sh_flags & SHF_ALLOC))
			continue;
		name = elf_strptr(e, names, s.sh_name);
		entry = s.sh_flags & SHF_STRINGS ? -(long)s.sh_entsize : (long)s.sh_entsize;
		*names_slot(&o->merges, name, strlen(name)) = (void *)entry;
		collect(data + s.sh_offset, s.sh_size, entry, leaf);
	}
	elf_end(e);
	return o;
}

/* Merged entries go to the one object that has them; those of several have a row of their own. */
static void assign_merged(struct kernel *k, const struct piece *p)
{
	const unsigned char *at = p->section->data + (p->address - p->section->address);
	struct node *several = tree_child(k->tree, MERGED_STRINGS);
	size_t left = p->size, n, whole;
	void *owner;

	for (; left; at += whole, left -= whole) {
		n = entry_length(at, left, p->entry);
		whole = n = n > left ? left : n;
		for (; p->entry == -1 && whole < left && !at[whole]; whole++)
			;
		owner = names_find(&merged, (const char *)at, n);
		tree_add(owner && owner != &shared ? owner : several, p->section->kind, whole);
	}
}

/* By address; at the same one what may have been merged away, then gaps last. */
static int by_address(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (!x->entry != !y->entry)
		return x->entry ? -1 : 1;
	if (!x->object != !y->object)
		return x->object ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

/*
 * The size of a piece that may be merged. GNU ld's map has for a section of which
 * nothing is left the size it had, and the place where the next one begins.
 */
static uint64_t clip(const struct piece *p, const struct piece *next)
{
	if (next->section != p->section || next->address - p->address >= p->size)
		return p->size;
	if (!p->entry)
		die("the linker's map has two pieces at %#llx, the first is from %s", (unsigned long long)next->address,
		    p->object ? p->object : "the script");
	return next->address - p->address;
}

/* Give the bytes of all pieces to the leaves of the tree; what is between them, too. */
void pieces_assign(struct kernel *k)
{
	struct node *padding = tree_child(k->tree, "(padding, reserved)");
	struct names objects = { 0 };
	struct object *o;
	struct piece *p;
	size_t i;

	for (p = k->piece; p < k->piece + k->pieces; p++) {
		if (!p->object)
			continue;
		p->leaf = tree_leaf(k, object_path(p->object));
		o = object_read(&objects, p, p->leaf);
		p->entry = (long)names_get(&o->merges, p->from);
		if (!strcmp(p->from, MERGED_STRINGS))
			p->entry = -1;
	}
	qsort(k->piece, k->pieces, sizeof(*k->piece), by_address);
	for (p = k->piece; p < k->piece + k->pieces; p++) {
		if (p + 1 < k->piece + k->pieces)
			p->size = clip(p, p + 1);
		if (!p->object)
			continue;
		p->section->used += p->size;
		if (p->entry && p->section->data)
			assign_merged(k, p);
		else
			tree_add(p->leaf, p->section->kind, p->size);
	}
	for (i = 0; i < k->count; i++) {
		struct loaded *s = &k->section[i];

		if (s->size > s->used)
			tree_add(tree_child(padding, text("(%s)", s->name)), s->kind, s->size - s->used);
	}
}
