// SPDX-License-Identifier: GPL-2.0-only
/* A program in an archive: the segments of an ELF file, of 64 or 32 bits. */
#include <inttypes.h>
#include <string.h>
#include "elf-headers.h"

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

/* Add a view for the segment p, whose program header is at an offset of the space. */
static void add_segment(struct layer *member, const GElf_Phdr *p, uint64_t header, uint64_t base, bool wide)
{
	unsigned int word = wide ? 8 : 4;
	const char *rights = aprintf("%s%s%s", p->p_flags & PF_R ? "r" : "-",
				     p->p_flags & PF_W ? "w" : "-", p->p_flags & PF_X ? "x" : "-");
	struct layer *l = layer_view(member, "segment", type_name(p->p_type), base + p->p_offset,
				     p->p_filesz);

	l->brief = true;
	l->note = aprintf("address %#" PRIx64 ", %" PRIu64 " bytes of memory, %s", p->p_vaddr,
			  p->p_memsz, rights);
	field_number(l, "address", header + (wide ? offsetof(Elf64_Phdr, p_vaddr) : offsetof(Elf32_Phdr, p_vaddr)),
		     word, true, p->p_vaddr, NULL);
	field_number(l, "memory", header + (wide ? offsetof(Elf64_Phdr, p_memsz) : offsetof(Elf32_Phdr, p_memsz)),
		     word, false, p->p_memsz, NULL);
	field_text(l, "rights", header + (wide ? offsetof(Elf64_Phdr, p_flags) : offsetof(Elf32_Phdr, p_flags)),
		   4, rights, NULL);
}

/**
 * program_read - show the segments of a program
 * @member: what becomes of the file in the archive; segments become views of it
 * @body: the file's content
 * @base: where the content lies in the member's space
 * @size: its size
 *
 * Does nothing if the content is no ELF file. A segment that contradicts the file's
 * size is left out and not an error: the archive is good all the same.
 */
void program_read(struct layer *member, const unsigned char *body, uint64_t base, uint64_t size)
{
	struct headers h = { 0 };
	const GElf_Phdr *p;
	bool wide;

	if (!elf_probe(body, size) || elf_read_segments(body, size, &h))
		return;
	wide = h.e.e_ident[EI_CLASS] == ELFCLASS64;
	for (p = h.segment; p < h.segment + h.segments; p++) {
		if (!type_name(p->p_type) || p->p_offset > size || p->p_filesz > size - p->p_offset)
			continue;
		add_segment(member, p, base + h.e.e_phoff + (p - h.segment) * h.e.e_phentsize, base, wide);
	}
}
