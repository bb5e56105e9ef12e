/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map that ld -Map writes, GNU's or LLVM's: which section of which object
 * went where. Formats: ld's manual, "-Map"; lld/ELF/MapFile.cpp's comment. Only
 * what lies in sections that vmlinux loads counts.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "size.h"

static struct loaded *loaded_named(const struct kernel *k, const char *name)
{
	size_t i;

	for (i = 0; i < k->count; i++) {
		if (!strcmp(k->section[i].name, name))
			return &k->section[i];
	}
	return NULL;
}

static void add(struct kernel *k, struct loaded *section, uint64_t address, uint64_t size,
		const char *from, const char *object)
{
	struct piece *more;

	if (!size)
		return;
	if (address < section->address || address - section->address > section->size ||
	    size > section->size - (address - section->address))
		die("%s: the linker's map puts %s of %s outside of it: has the kernel been built since? Run make",
		    section->name, from, object ? object : "the script");
	if (k->pieces == k->room) {
		more = grab((k->room = k->room ? 2 * k->room : 4096) * sizeof(*more));
		if (k->pieces)
			memcpy(more, k->piece, k->pieces * sizeof(*more));
		k->piece = more;
	}
	k->piece[k->pieces++] = (struct piece){
		.section = section, .address = address, .size = size, .from = from, .object = object,
	};
}

#define FILL	"*fill*"

static bool numbers(char **at, uint64_t *address, uint64_t *size)
{
	char *end;

	*address = strtoull(*at, &end, 16);
	if (end == *at)
		return false;
	*at = end;
	*size = strtoull(*at, &end, 16);
	if (end == *at)
		return false;
	*at = end + strspn(end, " ");
	return true;
}

/*
 * GNU: a section of vmlinux begins at the start of a line, one of an object
 * behind one blank: name, address, size, object. A long name has a line of its own.
 */
static void read_gnu(struct kernel *k, struct lines *l)
{
	struct loaded *section = NULL;
	uint64_t address, size;
	char *line, *name;
	bool top;

	while ((line = lines_next(l)) && strcmp(line, "Linker script and memory map"))
		;
	while ((line = lines_next(l))) {
		if (!strncmp(line, "OUTPUT(", 7))
			break;
		top = *line && *line != ' ';
		if (!top && (line[0] != ' ' || line[1] == ' ' || !line[1] ||
			     (line[1] == '*' && strncmp(line + 1, FILL, strlen(FILL)))))
			continue;
		name = word(&line);
		line += strspn(line, " ");
		if (!*line)
			line = lines_next(l);
		if (!line)
			break;
		if (top)
			section = loaded_named(k, name);
		else if (section && numbers(&line, &address, &size) && (*line || !strcmp(name, FILL)))
			add(k, section, address, size, name, strcmp(name, FILL) ? line : NULL);
	}
}

/* LLVM: four numbers, then by depth: a section, " object:(section)", a symbol. */
static void read_lld(struct kernel *k, struct lines *l)
{
	struct loaded *section = NULL;
	uint64_t address, size;
	char *line, *end, *from;
	unsigned long align;
	size_t depth;

	while ((line = lines_next(l))) {
		address = strtoull(line, &end, 16);
		strtoull(end, &end, 16);
		size = strtoull(end, &end, 16);
		align = strtoul(end, &end, 10);
		depth = strspn(end, " ");
		end += depth;
		if (depth < 8) {
			section = loaded_named(k, end);
			continue;
		}
		from = strrchr(end, ':');
		if (!section || depth > 15 || !from || from[1] != '(' || line == end)
			continue;
		*from = '\0';
		from += 2;
		from[strcspn(from, ")")] = '\0';
		/* Of what it has merged it tells only the section that it went to. */
		add(k, section, address, size, *end == '<' && align == 1 ? MERGED_STRINGS : from, end);
	}
}

/* Read the pieces of k's sections from a map. */
void map_read(struct kernel *k, const char *path)
{
	struct lines l;

	lines_open(&l, path);
	if (strstr(l.at, "Linker script and memory map"))
		read_gnu(k, &l);
	else
		read_lld(k, &l);
	if (!k->pieces)
		die("%s: no object in the linker's map: only the maps of GNU ld and LLVM's ld.lld are known", path);
}
