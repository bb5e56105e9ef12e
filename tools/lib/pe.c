// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PE/COFF header of a program for the firmware, as a kernel with an EFI stub is (Microsoft's PE format; the kernel's is in arch/x86/boot/header.S).
 */
#include <inttypes.h>
#include <string.h>
#include "readers.h"

#define SECURITY	4	/* index of the certificate table among the directories */

static const char *machine(unsigned int number)
{
	switch (number) {
	case 0x14c: return "i386";
	case 0x8664: return "x86-64";
	case 0xaa64: return "arm64";
	case 0x5064: return "riscv64";
	}
	return "another machine";
}

static void number(struct layer *l, const char *name, uint64_t at, unsigned int size, bool hex,
		   const char *meaning)
{
	field_number(l, name, l->offset + at, size, hex, le(l->data + at, size), meaning);
}

static void coff_header(struct layer *coff)
{
	number(coff, "Machine", 4, 2, true, machine(le(coff->data + 4, 2)));
	number(coff, "NumberOfSections", 6, 2, false, NULL);
	number(coff, "TimeDateStamp", 8, 4, false, NULL);
	number(coff, "SizeOfOptionalHeader", 20, 2, false, NULL);
	number(coff, "Characteristics", 22, 2, true, NULL);
}

/* Read the optional header. Returns the number of data directories; *at is where they begin in it. */
static uint64_t optional_header(struct layer *l, struct pe *pe, unsigned int *at)
{
	bool plus = l->size >= 2 && le(l->data, 2) == 0x20b;
	uint64_t count;

	*at = plus ? 112 : 96;
	if (l->size < *at)
		fail("the PE optional header is only %" PRIu64 " bytes long: the file is damaged", l->size);
	number(l, "Magic", 0, 2, true, plus ? "PE32+" : "PE32");
	number(l, "SizeOfCode", 4, 4, false, NULL);
	number(l, "AddressOfEntryPoint", 16, 4, true, "where the firmware enters");
	number(l, "ImageBase", plus ? 24 : 28, plus ? 8 : 4, true, NULL);
	number(l, "SectionAlignment", 32, 4, false, NULL);
	number(l, "FileAlignment", 36, 4, false, NULL);
	number(l, "MajorImageVersion", 44, 2, false, "of the EFI stub");
	number(l, "MinorImageVersion", 46, 2, false, NULL);
	number(l, "SizeOfImage", 56, 4, false, "bytes in memory");
	number(l, "SizeOfHeaders", 60, 4, false, NULL);
	number(l, "CheckSum", 64, 4, true, le(l->data + 64, 4) ? NULL : "not set");
	number(l, "Subsystem", 68, 2, false, le(l->data + 68, 2) == 10 ? "EFI application" : NULL);
	number(l, "DllCharacteristics", 70, 2, true, le(l->data + 70, 2) & 0x100 ? "NX_COMPAT" : NULL);
	number(l, "NumberOfRvaAndSizes", *at - 4, 4, false, "data directories");
	pe->entry = le(l->data + 16, 4);
	count = le(l->data + *at - 4, 4);
	if (count > (l->size - *at) / 8)
		fail("the PE header says that it has %" PRIu64 " data directories, but ends before: the file is damaged",
		    count);
	return count;
}

/*
 * Read the section table. Sections are other names for bytes of the image, or, if
 * there is an open() to read them, its parts, without what fills them up.
 */
static void sections(struct layer *file, struct layer *table, unsigned int count,
		     void (*open)(struct layer *section, const char *name))
{
	struct layer *l, *other;
	const unsigned char *p;
	const char *name;
	uint64_t flags;

	for (p = table->data; count--; p += 40) {
		uint64_t memory = le(p + 8, 4), size = le(p + 16, 4), at = file->offset + le(p + 20, 4);

		if (open && !size)
			continue;
		flags = le(p + 36, 4);
		name = string_of(p, 8);
		l = (open ? layer_part : layer_view)(file, "pe_section", aprintf("PE section %s", name), at,
						     open && memory && memory < size ? memory : size);
		l->note = aprintf("address %#" PRIx64 ", %" PRIu64 " bytes of memory, %s%s%s",
			       le(p + 12, 4), memory, flags & 0x40000000 ? "r" : "-",
			       flags & 0x80000000 ? "w" : "-", flags & 0x20000000 ? "x" : "-");
		for (other = open ? file->parts : file->views; other != l; other = other->next) {
			if (l->size && other->size && at < other->offset + other->size &&
			    other->offset < at + l->size)
				fail("%s and %s overlap: the file is damaged", other->name, l->name);
		}
		/* Only now: sections that are all the same bytes would be read over and over. */
		if (open)
			open(l, name);
	}
}

/* Read the certificate table: WIN_CERTIFICATE structures, each at a multiple of 8. */
static void signature(struct layer *file, const struct pe *pe)
{
	struct layer *all = layer_part(file, "signature", "signature table",
				       file->offset + pe->signature, pe->signature_size);
	uint64_t at = 0, length, count = 0;
	const unsigned char *p;
	struct layer *l;

	while (all->size - at >= 8) {
		p = all->data + at;
		length = le(p, 4);
		if (length < 8 || length > all->size - at)
			fail("the certificate at %#" PRIx64 " says it is %" PRIu64 " bytes long: the file is damaged",
			    all->offset + at, length);
		l = layer_part(all, "certificate", "certificate", all->offset + at, length);
		number(l, "dwLength", 0, 4, false, NULL);
		number(l, "wRevision", 4, 2, true, NULL);
		number(l, "wCertificateType", 6, 2, true, le(p + 6, 2) == 2 ? "PKCS #7 SignedData" : NULL);
		l->note = le(p + 6, 2) == 2 ? "PKCS #7 SignedData" : NULL;
		count++;
		at += (length + 7) & ~7ULL;
		if (at > all->size)
			break;
	}
	all->note = aprintf("%" PRIu64 " certificate%s", count, count == 1 ? "" : "s");
}

/* Tell whether a file has a PE header. */
bool pe_probe(const unsigned char *data, size_t size)
{
	uint64_t at = size < 64 || memcmp(data, "MZ", 2) ? 0 : le(data + 60, 4);

	return at >= 64 && size >= 24 && at <= size - 24 && !memcmp(data + at, "PE\0\0", 4);
}

/**
 * pe_read - read the PE header of an image
 * @file: the image
 * @setup: the layer whose parts the headers become, at the beginning of file
 * @first: what the first 64 bytes are called
 * @open: reads a section, which becomes a part of file; or NULL, and it becomes a view
 * @pe: set to what is found
 *
 * Returns whether there is one.
 */
bool pe_read(struct layer *file, struct layer *setup, const char *first,
	     void (*open)(struct layer *section, const char *name), struct pe *pe)
{
	struct layer *coff, *optional, *table;
	uint64_t at, base = file->offset, count;
	unsigned int directories, sections_count, optional_size;

	if (!pe_probe(file->data, file->size))
		return false;
	at = base + le(file->data + 60, 4);
	layer_part(setup, "header", first, base, 64);
	coff = layer_part(setup, "pe_header", "PE signature and COFF header", at, 24);
	coff_header(coff);
	sections_count = le(coff->data + 6, 2);
	optional_size = le(coff->data + 20, 2);
	optional = layer_part(setup, "pe_header", "PE optional header", at + 24, optional_size);
	count = optional_header(optional, pe, &directories);
	pe->checksum_at = optional->offset + 64 - base;
	if (count > SECURITY) {
		pe->security_at = optional->offset + directories + 8 * SECURITY - base;
		pe->signature = le(file->data + pe->security_at, 4);
		pe->signature_size = le(file->data + pe->security_at + 4, 4);
		field_number(optional, "CertificationTable", base + pe->security_at, 4, true, pe->signature,
			     pe->signature_size ? "offset in the file" : "not signed");
		field_number(optional, "CertificationTable size", base + pe->security_at + 4, 4, false,
			     pe->signature_size, NULL);
	}
	table = layer_part(setup, "pe_header", "PE section table", at + 24 + optional_size,
			   40ULL * sections_count);
	pe->end = table->offset + table->size - base;
	sections(file, table, sections_count, open);
	if (pe->signature_size)
		signature(file, pe);
	return true;
}
