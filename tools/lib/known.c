// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can be recognized inside a vmlinux: its version, the configuration that
 * it was built with (CONFIG_IKCONFIG), its initramfs.
 */
#include <inttypes.h>
#include <string.h>
#include "readers.h"

static bool is_section(const struct layer *l)
{
	return !strcmp(l->kind, "section");
}

/* Find linux_banner of the kernel's init/version-timestamp.c. */
static bool find_version(const struct elf *elf, struct layer *in)
{
	static const char start[] = "Linux version ";
	const unsigned char *p = in->data, *end = p + in->size, *stop;
	struct layer *l;

	for (; (p = memmem(p, end - p, start, sizeof(start) - 1)); p++) {
		if (end - p <= (ptrdiff_t)sizeof(start) || p[14] < '0' || p[14] > '9')
			continue;
		stop = memchr(p, 0, end - p);
		if (!stop)
			return false;
		l = layer_part(in, "version", "version string", in->offset + (p - in->data), stop + 1 - p);
		if (stop > p && stop[-1] == '\n')
			stop--;
		l->note = string_of(p, stop - p);
		field_text(elf->layer, "version", l->offset, l->size, l->note, NULL);
		return true;
	}
	return false;
}

/* Find the configuration as the kernel's kernel/configs.c stores it: gzip's output between two marks. */
static bool find_config(const struct elf *elf, struct layer *in)
{
	static const char start[] = "IKCFG_ST", stop[] = "IKCFG_ED";
	const unsigned char *p = in->data, *end = p + in->size, *ed;
	struct layer *l, *packed;
	uint64_t at, lines = 0;

	for (; (p = memmem(p, end - p, start, 8)); p++) {
		const char *codec = unpack_name(p + 8, end - p - 8);

		if (!codec || strcmp(codec, "gzip"))
			continue;
		ed = memmem(p, end - p, stop, 8);
		if (!ed)
			fail("the configuration in the vmlinux begins (IKCFG_ST) and does not end (IKCFG_ED)");
		at = in->offset + (p - in->data);
		l = layer_part(in, "ikconfig", "embedded configuration", at, ed + 8 - p);
		layer_part(l, "mark", start, at, 8);
		layer_part(l, "mark", stop, at + (ed - p), 8);
		packed = layer_part(l, "compressed", "compressed configuration", at + 8, ed - p - 8);
		unpack_layer(packed, "configuration")->kind = "config";
		for (ed = packed->inside->data; (ed = memchr(ed, '\n', packed->inside->data +
						packed->inside->size - ed)); ed++)
			lines++;
		packed->inside->note = aprintf("%" PRIu64 " lines", lines);
		field_text(elf->layer, "configuration", at, l->size, "embedded", "--extract config shows it");
		return true;
	}
	return false;
}

static bool each_section(const struct elf *elf, bool (*find)(const struct elf *, struct layer *))
{
	struct layer *l;

	for (l = elf->layer->parts; l; l = l->next) {
		if (is_section(l) && find(elf, l))
			return true;
	}
	return false;
}

/* Find the initramfs where the kernel's linker puts it, or anywhere if there are no section names. */
static bool find_initramfs(const struct elf *elf)
{
	const struct section *s = section_named(elf, ".init.ramfs");
	struct layer *l;

	if (s) {
		l = layer_part(s->layer, "initramfs", "initramfs", s->layer->offset, s->size);
		initramfs_read(l, NULL);
		return true;
	}
	s = section_named(elf, ".init.data");
	if (s)
		return initramfs_find(s->layer, elf->word);
	for (l = elf->layer->parts; l; l = l->next) {
		if (is_section(l) && !elf->count && initramfs_find(l, elf->word))
			return true;
	}
	return false;
}

/* Look for all of these in a vmlinux. */
void known_read(const struct elf *elf)
{
	const struct layer *l;

	if (!each_section(elf, find_version))
		field_text(elf->layer, "version", 0, 0, "not found", NULL);
	if (!each_section(elf, find_config))
		field_text(elf->layer, "configuration", 0, 0, "not found",
			   "CONFIG_IKCONFIG would embed it");
	if (!find_initramfs(elf)) {
		field_text(elf->layer, "initramfs", 0, 0, "not found", NULL);
	} else {
		l = layers_find(elf->layer, "initramfs");
		field_number(elf->layer, "initramfs", l->offset, 0, false, l->size, "bytes");
	}
	cmdline_read(elf);
}
