// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program for the firmware (PE): its sections. One with a .linux is a unified
 * kernel image (UKI); the names are those of the UAPI group's specification.
 */
#include <string.h>
#include "readers.h"

#define TEXT_MAX	65536	/* bytes of a text that is shown */

static void open_kernel(struct layer *section)
{
	const char *name = kernel_read(section);

	section->note = name ? name : "no kernel that is known here";
}

static void open_archives(struct layer *section)
{
	initramfs_read(layer_part(section, "initramfs", "initramfs", section->offset, section->size), NULL);
}

/* Show each line of a text. */
static void open_text(struct layer *section)
{
	const unsigned char *p = section->data, *end = p + section->size, *stop;
	unsigned int line = 1;

	for (; section->size <= TEXT_MAX && p < end && *p; p = stop + 1) {
		stop = memchr(p, '\n', end - p);
		if (!stop)
			stop = end;
		field_text(section, aprintf("line %u", line++), section->offset + (p - section->data), stop - p,
			   string_of(p, stop - p), NULL);
	}
}

/* A flattened device tree (Devicetree Specification, chapter 5). */
static void open_dtb(struct layer *section)
{
	static const char *const names[] = {
		"magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version",
		"last_comp_version", "boot_cpuid_phys", "size_dt_strings", "size_dt_struct",
	};
	unsigned int i;

	if (section->size < 40 || be(section->data, 4) != 0xd00dfeed) {
		section->note = "no device tree";
		return;
	}
	section->note = "device tree";
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		field_number(section, names[i], section->offset + 4 * i, 4, !i, be(section->data + 4 * i, 4), NULL);
}

static const struct {
	const char *name;
	void (*open)(struct layer *section);
} contents[] = {
	{ ".linux", open_kernel }, { ".initrd", open_archives }, { ".ucode", open_archives },
	{ ".cmdline", open_text }, { ".osrel", open_text }, { ".uname", open_text }, { ".sbat", open_text },
	{ ".pcrsig", open_text }, { ".pcrpkey", open_text }, { ".profile", open_text },
	{ ".dtb", open_dtb }, { ".dtbauto", open_dtb },
};

static void open_section(struct layer *section, const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		if (!strcmp(contents[i].name, name))
			contents[i].open(section);
	}
}

void efi_read(struct layer *file)
{
	struct pe pe = { 0 };
	struct layer *l;

	file->name = "EFI program";
	pe_read(file, file, "DOS header", open_section, &pe);
	for (l = file->parts; l; l = l->next) {
		if (!strcmp(l->name, "PE section .linux"))
			file->name = "unified kernel image (UKI)";
	}
}
