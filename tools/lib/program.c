/* SPDX-License-Identifier: GPL-2.0-only */
/* A program in an archive: the segments of an ELF file (elf(5)), of 64 or 32 bits. */
#include <elf.h>
#include <inttypes.h>
#include <string.h>
#include "anatomy.h"

/* Where in a program header of 32 and of 64 bits its members are, each a word. */
struct place {
	unsigned int word, header, phoff, phnum, flags, offset, address, file, memory;
};

static const struct place places[] = {
	{ 4, sizeof(Elf32_Phdr), 28, 44, 24, 4, 8, 16, 20 },
	{ 8, sizeof(Elf64_Phdr), 32, 56, 4, 8, 16, 32, 40 },
};

static const char *type_name(uint32_t type)
{
	switch (type) {
	case PT_LOAD: return "LOAD segment";
	case PT_DYNAMIC: return "DYNAMIC segment";
	case PT_INTERP: return "INTERP segment";
	case PT_NOTE: return "NOTE segment";
	case PT_TLS: return "TLS segment";
	case PT_GNU_RELRO: return "GNU_RELRO segment";
	}
	return NULL;
}

/* Its program header n, which lies at `at` of the body, becomes a view. */
static void add_segment(struct layer *member, const unsigned char *body, uint64_t base,
			uint64_t size, uint64_t at, const struct place *p)
{
	const unsigned char *h = body + at;
	uint64_t offset = le(h + p->offset, p->word), file = le(h + p->file, p->word);
	uint64_t address = le(h + p->address, p->word), memory = le(h + p->memory, p->word);
	uint32_t flags = le(h + p->flags, 4);
	const char *name = type_name(le(h, 4)), *rights;
	struct layer *l;

	if (!name || offset > size || file > size - offset)
		return;
	rights = text("%s%s%s", flags & PF_R ? "r" : "-", flags & PF_W ? "w" : "-",
		      flags & PF_X ? "x" : "-");
	l = layer_view(member, "segment", name, base + offset, file);
	l->brief = true;
	l->note = text("address %#" PRIx64 ", %" PRIu64 " bytes of memory, %s", address, memory,
		       rights);
	field_number(l, "address", base + at + p->address, p->word, true, address, NULL);
	field_number(l, "memory", base + at + p->memory, p->word, false, memory, NULL);
	field_text(l, "rights", base + at + p->flags, 4, rights, NULL);
}

/*
 * If the content of a member, which lies at base in its space, is a little-endian
 * ELF file, its segments become views. What contradicts itself is left out: to
 * run it, or not, is the kernel's business.
 */
void program_read(struct layer *member, const unsigned char *body, uint64_t base, uint64_t size)
{
	const struct place *p;
	uint64_t table, n;

	if (size < sizeof(Elf64_Ehdr) || memcmp(body, ELFMAG, SELFMAG) ||
	    body[EI_DATA] != ELFDATA2LSB || (body[EI_CLASS] != 1 && body[EI_CLASS] != 2))
		return;
	p = &places[body[EI_CLASS] - 1];
	table = le(body + p->phoff, p->word);
	for (n = le(body + p->phnum, 2); n && table <= size && size - table >= p->header; n--) {
		add_segment(member, body, base, size, table, p);
		table += p->header;
	}
}
