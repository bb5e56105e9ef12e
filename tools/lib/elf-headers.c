// SPDX-License-Identifier: GPL-2.0-only
/* ELF headers and symbols (elf(5)), as libelf reads them. */
#include <string.h>
#include "elf-headers.h"

static Elf *elf;	/* the file that is read, or NULL: elf_release() closes it after fail(), too */

bool elf_probe(const unsigned char *data, size_t size)
{
	return size >= EI_NIDENT && !memcmp(data, ELFMAG, SELFMAG);
}

/* Close what is open. */
void elf_release(void)
{
	elf_end(elf);
	elf = NULL;
}

static void open_elf(const unsigned char *data, size_t size)
{
	elf_release();
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)data, size);
}

static const char *read_segments(size_t size, struct headers *h)
{
	size_t i;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &h->e))
		return "its header is damaged";
	/* libelf leaves out a table that lies beyond the end. */
	if (elf_getphdrnum(elf, &h->segments) || (h->e.e_phnum && !h->segments))
		return "it is cut short: its headers are not all there";
	if (h->segments > size / sizeof(Elf32_Phdr))
		return "its header is damaged";
	h->segment = grab((h->segments + 1) * sizeof(*h->segment));
	for (i = 0; i < h->segments; i++) {
		if (!gelf_getphdr(elf, i, &h->segment[i]))
			return "its program headers are damaged";
	}
	return NULL;
}

static const char *read_sections(size_t size, struct headers *h)
{
	size_t names, i = 1;
	Elf_Scn *scn = NULL;
	const char *name;
	GElf_Shdr s;

	if (elf_getshdrnum(elf, &h->sections) || (h->e.e_shnum && !h->sections))
		return "it is cut short: its headers are not all there";
	if (h->sections > size / sizeof(Elf32_Shdr))
		return "its header is damaged";
	h->section = grab((h->sections + 1) * sizeof(*h->section));
	if (elf_getshdrstrndx(elf, &names))
		names = 0;
	for (; (scn = elf_nextscn(elf, scn)) && i < h->sections; i++) {
		if (!gelf_getshdr(scn, &s))
			return "its section headers are damaged";
		name = names ? elf_strptr(elf, names, s.sh_name) : NULL;
		h->section[i] = (struct section) {
			.name = aprintf("%s", name && *name ? name : "(no name)"),
			.type = s.sh_type, .flags = s.sh_flags, .address = s.sh_addr,
			.offset = s.sh_offset, .size = s.sh_size,
		};
	}
	return i < h->sections ? "its section headers are damaged" : NULL;
}

/*
 * Read the ELF header and the program headers of a file; the copy in h lives as
 * long as the tree. Returns NULL, or what is wrong.
 */
const char *elf_read_segments(const unsigned char *data, size_t size, struct headers *h)
{
	const char *why;

	open_elf(data, size);
	why = read_segments(size, h);
	elf_release();
	return why;
}

/* Read the section headers as well. */
const char *elf_read_headers(const unsigned char *data, size_t size, struct headers *h)
{
	const char *why;

	open_elf(data, size);
	why = read_segments(size, h);
	if (!why)
		why = read_sections(size, h);
	elf_release();
	return why;
}

static bool find_in_table(Elf_Scn *table, const GElf_Shdr *header, const char *name, GElf_Sym *symbol)
{
	Elf_Data *data = elf_getdata(table, NULL);
	const char *found;
	int i;

	for (i = 0; data && gelf_getsym(data, i, symbol); i++) {
		found = elf_strptr(elf, header->sh_link, symbol->st_name);
		if (found && !strcmp(found, name))
			return true;
	}
	return false;
}

/* Find a symbol by its name. Returns false if there is no such symbol, or no table. */
bool elf_find_symbol(const unsigned char *data, size_t size, const char *name, GElf_Sym *symbol)
{
	Elf_Scn *scn = NULL;
	bool found = false;
	GElf_Shdr header;

	open_elf(data, size);
	while (elf && !found && (scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB)
			found = find_in_table(scn, &header, name, symbol);
	}
	elf_release();
	return found;
}
