// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line that is built into an x86 kernel (CONFIG_CMDLINE_BOOL): the
 * array builtin_cmdline in arch/x86/kernel/setup.c, in .data or, until 6.1 or so,
 * in .init.data. It is found by its symbol, or else by the embedded
 * configuration, or else by its shape.
 */
#include <inttypes.h>
#include <string.h>
#include "elf-headers.h"

#define COMMAND_LINE_SIZE	2048	/* arch/x86/include/asm/setup.h */
#define TRIES_MAX		32

/* Return the first section of a name that has bytes in the file, or NULL. */
const struct section *section_named(const struct elf *elf, const char *name)
{
	const struct section *s;

	for (s = elf->sections; s && s < elf->sections + elf->count; s++) {
		if (s->layer && !strcmp(s->name, name))
			return s;
	}
	return NULL;
}

/* With CONFIG_CMDLINE_BOOL, arch/x86/kernel/setup.c has an array for it. */
static bool cmdline_by_symbol(const struct elf *elf)
{
	const struct layer *all = elf->layer;
	const struct section *s;
	uint64_t address, size;
	GElf_Sym symbol;
	struct layer *l;

	if (!elf_find_symbol(all->data, all->size, "builtin_cmdline", &symbol)) {
		if (!elf->x86 || !elf_find_symbol(all->data, all->size, "boot_command_line", &symbol))
			return false;
		field_text(elf->layer, "command line", 0, 0, "none", "by the symbols, none is built in");
		return true;
	}
	address = symbol.st_value;
	size = symbol.st_size;
	for (s = elf->sections; s < elf->sections + elf->count; s++) {
		if (!s->layer || !(s->flags & SHF_ALLOC) || address < s->address ||
		    address - s->address > s->size || size > s->size - (address - s->address))
			continue;
		l = layer_part(s->layer, "cmdline", "built-in command line",
			       s->layer->offset + (address - s->address), size);
		l->note = string_of(l->data, l->size);
		field_text(elf->layer, "command line", l->offset, l->size, l->note,
			   "built in; by the symbol builtin_cmdline");
		return true;
	}
	return false;
}

/* Return the text of CONFIG_CMDLINE="…", in which a backslash precedes quotes and backslashes. */
static const char *unquote(const char *from)
{
	char *to = grab(strlen(from) + 1), *p = to;

	while (*from && *from != '"' && *from != '\n') {
		if (*from == '\\' && from[1])
			from++;
		*p++ = *from++;
	}
	return to;
}

static bool cmdline_by_config(const struct elf *elf)
{
	static const char name[] = "\nCONFIG_CMDLINE=\"";
	struct layer *config = layers_find(elf->layer, "config");
	const char *all, *p;

	if (!config)
		return false;
	all = string_of(config->data, config->size);
	p = strstr(all, name);
	if (p && *(p += sizeof(name) - 1) != '"')
		field_text(elf->layer, "command line", 0, 0, unquote(p),
			   "built in; by CONFIG_CMDLINE of the configuration");
	else
		field_text(elf->layer, "command line", 0, 0, "none",
			   "by the configuration, none is built in");
	return true;
}

static bool in_part(const struct layer *l, uint64_t offset)
{
	const struct layer *p;

	for (p = l->parts; p; p = p->next) {
		if (offset < p->offset + p->size && p->offset < offset + COMMAND_LINE_SIZE)
			return true;
	}
	return false;
}

/* Tell whether an array of the command line's size holds a text and then only zeros. */
static bool lone_text(const unsigned char *p)
{
	unsigned int i = 0;

	while (i < COMMAND_LINE_SIZE && p[i] >= ' ' && p[i] <= '~')
		i++;
	return i && i < COMMAND_LINE_SIZE && all_zero(p + i, COMMAND_LINE_SIZE - i);
}

/*
 * Count the arrays of that size that hold only a text, and whose address is in the
 * code of .init.text. Returns where the last one is.
 */
static uint64_t find_texts(const struct section *data, const struct section *code, unsigned int *count)
{
	unsigned int tries = TRIES_MAX;
	unsigned char address[4];
	uint64_t at, there = 0;
	unsigned int i;

	/* The compiler puts an array of that size at a multiple of 32. */
	for (at = -data->address & 31; tries && at < data->size && data->size - at >= COMMAND_LINE_SIZE;
	     at += 32) {
		if (!lone_text(data->layer->data + at) || in_part(data->layer, data->layer->offset + at))
			continue;
		for (i = 0; i < 4; i++)
			address[i] = (data->address + at) >> (8 * i);
		tries--;
		if (!memmem(code->layer->data, code->size, address, 4))
			continue;
		there = at;
		++*count;
	}
	return there;
}

/* Take such a text for the command line if it is the only one. */
static bool cmdline_by_shape(const struct elf *elf)
{
	const struct section *in[2] = { section_named(elf, ".init.data"), section_named(elf, ".data") };
	const struct section *code = section_named(elf, ".init.text"), *data = NULL;
	unsigned int count = 0, before, i;
	uint64_t at, there = 0;
	struct layer *l;

	for (i = 0; elf->x86 && code && i < 2; i++) {
		before = count;
		at = in[i] ? find_texts(in[i], code, &count) : 0;
		if (count == before)
			continue;
		data = in[i];
		there = at;
	}
	if (count != 1)
		return false;
	l = layer_part(data->layer, "cmdline", "built-in command line", data->layer->offset + there,
		       COMMAND_LINE_SIZE);
	l->note = string_of(l->data, l->size);
	field_text(elf->layer, "command line", l->offset, l->size, l->note,
		   "built in; by its shape: the one text alone in 2048 bytes that .init.text refers to");
	return true;
}

/* Say what the built-in command line is, or that it cannot be found. */
void cmdline_read(const struct elf *elf)
{
	if (!cmdline_by_symbol(elf) && !cmdline_by_config(elf) && !cmdline_by_shape(elf))
		field_text(elf->layer, "command line", 0, 0, "cannot be found",
			   "if there is one: there are neither symbols nor a configuration to find it by");
}
