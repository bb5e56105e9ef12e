/* SPDX-License-Identifier: GPL-2.0-only */
/* What libelf says of an ELF file in memory, of 32 or 64 bits. */
#ifndef ELF_HEADERS_H
#define ELF_HEADERS_H

#include <gelf.h>
#include "readers.h"

struct headers {
	GElf_Ehdr e;
	size_t segments, sections;
	GElf_Phdr *segment;
	struct section *section;	/* the first stands for no section */
};

const char *elf_read_segments(const unsigned char *data, size_t size, struct headers *h);
const char *elf_read_headers(const unsigned char *data, size_t size, struct headers *h);
bool elf_find_symbol(const unsigned char *data, size_t size, const char *name, GElf_Sym *symbol);

#endif
