/* SPDX-License-Identifier: GPL-2.0-only */
/* vmlinux and the objects it is made of, by libelf. */
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

const char *const kind_names[KINDS] = { "text", "rodata", "data", "init", "bss" };

/* An ELF file and its bytes. Dies if it is none. */
Elf *elf_of(const char *path, const unsigned char **data)
{
	size_t size = 0;
	Elf *e;

	elf_version(EV_CURRENT);
	*data = file_map(path, &size);
	if (!*data)
		die("%s: %s: the kernel's objects are needed: run make clean, then make", path, strerror(errno));
	e = elf_memory((char *)*data, size);
	if (!e || elf_kind(e) != ELF_K_ELF)
		die("%s: it is not the ELF file that a built kernel has there: run make clean, then make", path);
	return e;
}

/* Where a section is in physical memory, which percpu data's address does not tell. */
static uint64_t load_address(Elf *e, const GElf_Shdr *s)
{
	GElf_Phdr p, kernel = { 0 };
	size_t i, count = 0;

	elf_getphdrnum(e, &count);
	for (i = 0; i < count; i++) {
		if (!gelf_getphdr(e, i, &p) || p.p_type != PT_LOAD)
			continue;
		if (s->sh_addr >= p.p_vaddr && s->sh_addr - p.p_vaddr < p.p_memsz)
			return p.p_paddr + (s->sh_addr - p.p_vaddr);
		if (!kernel.p_memsz)
			kernel = p;
	}
	/* Between segments the kernel's distance is that of its first one. */
	return kernel.p_paddr + (s->sh_addr - kernel.p_vaddr);
}

struct bounds {
	uint64_t init_begin, init_end, rodata, rodata_end;
};

/* Symbols that every architecture's linker script has (include/asm-generic/sections.h). */
static void find_bounds(Elf *e, struct bounds *b)
{
	static const char *const names[] = { "__init_begin", "__init_end", "__start_rodata", "__end_rodata" };
	uint64_t *const values[] = { &b->init_begin, &b->init_end, &b->rodata, &b->rodata_end };
	GElf_Shdr at, s;
	Elf_Scn *scn = NULL;
	Elf_Data *data;
	const char *name;
	GElf_Sym sym;
	size_t i, n;

	while ((scn = elf_nextscn(e, scn))) {
		if (!gelf_getshdr(scn, &s) || s.sh_type != SHT_SYMTAB || !(data = elf_getdata(scn, NULL)))
			continue;
		for (n = 0; gelf_getsym(data, n, &sym); n++) {
			name = elf_strptr(e, s.sh_link, sym.st_name);
			for (i = 0; name && *name == '_' && i < 4; i++) {
				if (strcmp(name, names[i]))
					continue;
				at = (GElf_Shdr){ .sh_addr = sym.st_value };
				*values[i] = i < 2 ? load_address(e, &at) : sym.st_value;
			}
		}
	}
	if (!b->init_end || !b->rodata_end)
		die("vmlinux: it has no symbol __init_end or __end_rodata: it is not a kernel's own build");
}

static enum kind kind_of(Elf *e, const GElf_Shdr *s, const struct bounds *b)
{
	uint64_t load = load_address(e, s);

	if (load >= b->init_begin && load < b->init_end)
		return INIT;
	if (s->sh_type == SHT_NOBITS)
		return BSS;
	if (s->sh_flags & SHF_EXECINSTR)
		return TEXT_BYTES;
	if (!(s->sh_flags & SHF_WRITE) || (s->sh_addr >= b->rodata && s->sh_addr < b->rodata_end))
		return RODATA;
	return DATA;
}

/* Names stay: they are in the file's bytes. */
static void read_sections(struct kernel *k, const char *path)
{
	const unsigned char *data;
	Elf *e = elf_of(path, &data);
	struct bounds b = { 0 };
	Elf_Scn *scn = NULL;
	size_t names, count;
	GElf_Shdr s;

	if (elf_getshdrnum(e, &count) || elf_getshdrstrndx(e, &names))
		die("%s: its sections cannot be read: %s", path, elf_errmsg(-1));
	k->section = grab(count * sizeof(*k->section));
	find_bounds(e, &b);
	while ((scn = elf_nextscn(e, scn))) {
		if (!gelf_getshdr(scn, &s) || !(s.sh_flags & SHF_ALLOC) || !s.sh_size)
			continue;
		k->section[k->count++] = (struct loaded){
			.name = elf_strptr(e, names, s.sh_name), .address = s.sh_addr, .size = s.sh_size,
			.data = s.sh_type == SHT_NOBITS ? NULL : data + s.sh_offset, .kind = kind_of(e, &s, &b),
		};
	}
	elf_end(e);
}

/* The loaded sections of a vmlinux become k's. */
void vmlinux_open(struct kernel *k, const char *path)
{
	read_sections(k, path);
}

/* The kernel as it was linked again must be the same, or its map says nothing. Dies. */
void vmlinux_compare(const struct kernel *k, const char *path)
{
	struct kernel again = { 0 };
	const struct loaded *a, *b;
	size_t i;

	read_sections(&again, path);
	for (i = 0; i < k->count && i < again.count; i++) {
		a = &k->section[i];
		b = &again.section[i];
		if (strcmp(a->name, b->name) || a->address != b->address || a->size != b->size ||
		    (a->kind == TEXT_BYTES && memcmp(a->data, b->data, a->size)))
			break;
	}
	if (i < k->count || k->count != again.count)
		die("%s of vmlinux is not what its objects give when they are linked again: run make clean, then make",
		    k->section[i < k->count ? i : k->count - 1].name);
}
