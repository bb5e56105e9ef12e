// SPDX-License-Identifier: GPL-2.0-only
/* The kernel proper, an ELF file: its headers, sections and segments. */
#include <inttypes.h>
#include <string.h>
#include "elf-headers.h"

static void grow(uint64_t *end, uint64_t offset, uint64_t size, const struct layer *space,
		 const char *what)
{
	uint64_t there = space->size;

	if (offset > there || size > there - offset)
		fail("%s of the vmlinux is at %#" PRIx64 ", %" PRIu64 " bytes long, but there are only %"
		    PRIu64 ": it is cut short or damaged", what, offset, size, there);
	if (offset + size > *end)
		*end = offset + size;
}

/* Return the length of the ELF file: the end of the last thing that a header names. */
static uint64_t elf_length(const struct headers *h, const struct layer *space)
{
	uint64_t end = h->e.e_ehsize;
	size_t i;

	if (h->segments)
		grow(&end, h->e.e_phoff, h->segments * h->e.e_phentsize, space, "the program header table");
	if (h->sections)
		grow(&end, h->e.e_shoff, h->sections * h->e.e_shentsize, space, "the section header table");
	for (i = 0; i < h->segments; i++)
		grow(&end, h->segment[i].p_offset, h->segment[i].p_filesz, space, "a segment");
	for (i = 1; i < h->sections; i++) {
		if (h->section[i].type != SHT_NOBITS && h->section[i].type != SHT_NULL)
			grow(&end, h->section[i].offset, h->section[i].size, space, h->section[i].name);
	}
	return end;
}

static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_386: return "i386";
	case EM_X86_64: return "x86-64";
	case EM_AARCH64: return "arm64";
	case EM_RISCV: return "riscv";
	}
	return NULL;
}

static void add_fields(struct layer *l, const struct headers *h)
{
	bool wide = h->e.e_ident[EI_CLASS] == ELFCLASS64;

	field_number(l, "e_ident[EI_CLASS]", EI_CLASS, 1, false, h->e.e_ident[EI_CLASS],
		     wide ? "64 bit" : "32 bit");
	field_number(l, "e_type", 16, 2, false, h->e.e_type,
		     h->e.e_type == ET_EXEC ? "executable" : h->e.e_type == ET_DYN ? "shared object" : NULL);
	field_number(l, "e_machine", 18, 2, false, h->e.e_machine, machine_name(h->e.e_machine));
	field_number(l, "e_entry", 24, wide ? 8 : 4, true, h->e.e_entry, "entry point");
	field_number(l, "e_phnum", wide ? 56 : 44, 2, false, h->segments, "segments");
	field_number(l, "e_shnum", wide ? 60 : 48, 2, false, h->sections, "sections");
}

static void add_sections(struct elf *elf, const struct headers *h)
{
	struct section *s;

	for (s = h->section + 1; s < h->section + h->sections; s++) {
		if (s->type == SHT_NULL || !s->size)
			continue;
		if (s->type == SHT_NOBITS) {
			field_number(elf->layer, s->name, 0, 0, false, s->size,
				     "bytes of memory, none in the file");
			continue;
		}
		s->layer = layer_part(elf->layer, "section", s->name, elf->layer->offset + s->offset, s->size);
		s->layer->filler = "other data";
		if (s->flags & SHF_ALLOC)
			s->layer->note = aprintf("address %#" PRIx64 "%s%s", s->address,
					      s->flags & SHF_EXECINSTR ? ", code" : "",
					      s->flags & SHF_WRITE ? ", writable" : "");
	}
	elf->sections = h->section;
	elf->count = h->sections;
}

/* Add the segments as views. Without sections they are also the parts of the file. */
static void add_segments(struct elf *elf, const struct headers *h, uint64_t headers_end)
{
	const GElf_Phdr *p;
	struct layer *l;
	uint64_t skip;

	for (p = h->segment; p < h->segment + h->segments; p++) {
		if (p->p_type == PT_LOAD && (elf->word == 4 || p->p_vaddr >> 63)) {
			if (!elf->highest || p->p_vaddr < elf->lowest)
				elf->lowest = p->p_vaddr;
			if (p->p_vaddr + p->p_memsz > elf->highest)
				elf->highest = p->p_vaddr + p->p_memsz;
		}
		l = layer_view(elf->layer, "segment",
			       p->p_type == PT_LOAD ? "LOAD segment" : p->p_type == PT_NOTE ? "NOTE segment" :
			       "segment", elf->layer->offset + p->p_offset, p->p_filesz);
		l->note = aprintf("address %#" PRIx64 ", physical %#" PRIx64 ", %" PRIu64
			       " bytes of memory, %s%s%s", p->p_vaddr, p->p_paddr, p->p_memsz,
			       p->p_flags & PF_R ? "r" : "-", p->p_flags & PF_W ? "w" : "-",
			       p->p_flags & PF_X ? "x" : "-");
		skip = p->p_offset < headers_end ? headers_end - p->p_offset : 0;
		if (h->sections || p->p_type != PT_LOAD || p->p_filesz <= skip)
			continue;
		l = layer_part(elf->layer, "section", "LOAD segment",
			       elf->layer->offset + p->p_offset + skip, p->p_filesz - skip);
		l->filler = "other data";
	}
}

/* Read the ELF file at the beginning of a space, and the relocations that follow it on x86. */
void vmlinux_read(struct layer *space)
{
	struct headers h = { 0 };
	struct elf elf = { 0 };
	const char *why;
	uint64_t end;

	why = elf_read_headers(space->data, space->size, &h);
	if (why)
		fail("the vmlinux cannot be read: %s", why);
	end = elf_length(&h, space);
	elf.layer = layer_part(space, "vmlinux", "vmlinux", space->offset, end);
	elf.word = h.e.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
	elf.x86 = h.e.e_machine == EM_X86_64 || h.e.e_machine == EM_386;
	elf.layer->note = machine_name(h.e.e_machine);
	add_fields(elf.layer, &h);
	layer_part(elf.layer, "header", "ELF header", space->offset, h.e.e_ehsize);
	end = h.e.e_ehsize;
	if (h.segments) {
		layer_part(elf.layer, "header", "program headers", space->offset + h.e.e_phoff,
			   h.segments * h.e.e_phentsize);
		end = h.e.e_phoff + h.segments * h.e.e_phentsize;
	}
	if (h.sections)
		layer_part(elf.layer, "header", "section headers", space->offset + h.e.e_shoff,
			   h.sections * h.e.e_shentsize);
	add_segments(&elf, &h, end);
	add_sections(&elf, &h);
	known_read(&elf);
	if (elf.x86 && elf.layer->size < space->size && !strcmp(space->kind, "unpacked"))
		relocs_read(space, &elf);
}
