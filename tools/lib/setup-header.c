// SPDX-License-Identifier: GPL-2.0-only
/* The boot protocol header, as in Documentation/arch/x86/boot.rst of the kernel. */
#include <inttypes.h>
#include <string.h>
#include "readers.h"

struct bit {
	unsigned int mask;
	const char *name;
};

static const struct bit loadflags[] = {
	{ 0x01, "LOADED_HIGH" }, { 0x02, "KASLR_FLAG" }, { 0x20, "QUIET_FLAG" },
	{ 0x40, "KEEP_SEGMENTS" }, { 0x80, "CAN_USE_HEAP" }, { 0, NULL },
};

/* The last two are not in boot.rst, but in arch/x86/include/uapi/asm/bootparam.h. */
static const struct bit xloadflags[] = {
	{ 0x01, "XLF_KERNEL_64" }, { 0x02, "XLF_CAN_BE_LOADED_ABOVE_4G" },
	{ 0x04, "XLF_EFI_HANDOVER_32" }, { 0x08, "XLF_EFI_HANDOVER_64" },
	{ 0x10, "XLF_EFI_KEXEC" }, { 0x20, "XLF_5LEVEL" }, { 0x40, "XLF_5LEVEL_ENABLED" },
	{ 0, NULL },
};

enum { VERSION = 0x206, KERNEL_VERSION = 0x20e, LOADFLAGS = 0x211, XLOADFLAGS = 0x236 };

static const struct {
	unsigned int offset, size, since;	/* since: 0 for all versions */
	const char *name;
	bool hex;
	const char *meaning;
	const struct bit *bits;
} fields[] = {
	{ 0x1f1, 1, 0, "setup_sects", false, "sectors of setup behind the boot sector (0 means 4)", NULL },
	{ 0x1f2, 2, 0, "root_flags", false, "the root is mounted read-only if it is not 0", NULL },
	{ 0x1f4, 4, 0x204, "syssize", false, "protected-mode code, in units of 16 bytes", NULL },
	{ 0x1f8, 2, 0, "ram_size", false, "obsolete", NULL },
	{ 0x1fa, 2, 0, "vid_mode", true, "video mode (0xffff normal, 0xfffd ask)", NULL },
	{ 0x1fc, 2, 0, "root_dev", true, "default root device, major and minor", NULL },
	{ 0x1fe, 2, 0, "boot_flag", true, "0xaa55", NULL },
	{ 0x200, 2, 0x200, "jump", true, "over the rest of the header, whose length it tells", NULL },
	{ 0x202, 4, 0x200, "header", true, "\"HdrS\"", NULL },
	{ 0x206, 2, 0x200, "version", true, NULL, NULL },
	{ 0x208, 4, 0x200, "realmode_swtch", true, "boot loader hook", NULL },
	{ 0x20c, 2, 0x200, "start_sys_seg", true, "obsolete", NULL },
	{ 0x20e, 2, 0x200, "kernel_version", true, NULL, NULL },
	{ 0x210, 1, 0x200, "type_of_loader", true, "set by the boot loader", NULL },
	{ 0x211, 1, 0x200, "loadflags", true, NULL, loadflags },
	{ 0x212, 2, 0x200, "setup_move_size", false, "bytes to move to 0x90000 (protocol 2.00 and 2.01)", NULL },
	{ 0x214, 4, 0x200, "code32_start", true, "where the loader jumps to in protected mode", NULL },
	{ 0x218, 4, 0x200, "ramdisk_image", true, "address of the initrd, set by the boot loader", NULL },
	{ 0x21c, 4, 0x200, "ramdisk_size", false, "its size, set by the boot loader", NULL },
	{ 0x220, 4, 0x200, "bootsect_kludge", true, "obsolete", NULL },
	{ 0x224, 2, 0x201, "heap_end_ptr", true, "end of the setup's heap, less 0x200", NULL },
	{ 0x226, 1, 0x202, "ext_loader_ver", false, "set by the boot loader", NULL },
	{ 0x227, 1, 0x202, "ext_loader_type", false, "set by the boot loader", NULL },
	{ 0x228, 4, 0x202, "cmd_line_ptr", true, "address of the command line, set by the boot loader", NULL },
	{ 0x22c, 4, 0x203, "initrd_addr_max", true, "highest address of an initrd", NULL },
	{ 0x230, 4, 0x205, "kernel_alignment", true, "of the address it is loaded at", NULL },
	{ 0x234, 1, 0x205, "relocatable_kernel", false, "it may be loaded elsewhere if it is not 0", NULL },
	{ 0x235, 1, 0x20a, "min_alignment", false, "the least that will do, as a power of two", NULL },
	{ 0x236, 2, 0x20c, "xloadflags", true, NULL, xloadflags },
	{ 0x238, 4, 0x206, "cmdline_size", false, "longest command line, in characters", NULL },
	{ 0x23c, 4, 0x207, "hardware_subarch", false, "0 for a PC; set by the boot loader", NULL },
	{ 0x240, 8, 0x207, "hardware_subarch_data", true, "set by the boot loader", NULL },
	{ 0x248, 4, 0x208, "payload_offset", true, "of the payload in the protected-mode code", NULL },
	{ 0x24c, 4, 0x208, "payload_length", false, "of the payload, in bytes", NULL },
	{ 0x250, 8, 0x209, "setup_data", true, "address of a list, set by the boot loader", NULL },
	{ 0x258, 8, 0x20a, "pref_address", true, "where it wants to be loaded", NULL },
	{ 0x260, 4, 0x20a, "init_size", false, "bytes of memory it needs there to begin with", NULL },
	{ 0x264, 4, 0x20b, "handover_offset", true, "of the EFI handover entry (64-bit: 0x200 more); 0: none", NULL },
	{ 0x268, 4, 0x20f, "kernel_info_offset", true, "of kernel_info in the protected-mode code", NULL },
};
#define FIELDS	(sizeof(fields) / sizeof(*fields))

static const char *bits_text(const struct bit *bits, uint64_t value)
{
	const char *all = NULL;

	for (; bits->name; bits++) {
		if (value & bits->mask)
			all = all ? aprintf("%s %s", all, bits->name) : bits->name;
	}
	return all;
}

/* Add the version string, to which a field of the header points. */
static void add_version(struct layer *setup, struct layer *header, uint64_t pointer)
{
	uint64_t at = pointer + 0x200;
	const unsigned char *p = setup->data + at, *end;
	struct layer *l;

	if (!pointer || at >= setup->size)
		return;
	end = memchr(p, 0, setup->size - at);
	if (!end || end == p)
		return;
	at += setup->offset;
	if (at >= header->offset && at < header->offset + header->size)
		return;
	l = layer_part(setup, "setup_version", "version string", at, end + 1 - p);
	l->note = string_of(p, end - p);
}

static const char *meaning_of(unsigned int offset, uint64_t value)
{
	if (offset == VERSION)
		return aprintf("boot protocol %" PRIu64 ".%02" PRIu64, value >> 8, value & 0xff);
	if (offset == KERNEL_VERSION)
		return value ? aprintf("the version string is at %#" PRIx64, value + 0x200) : "no version string";
	return NULL;
}

/*
 * Read the header in the boot sector and setup of an image. It becomes a part of
 * that layer; s is set to what the rest of the image is read by. Fields that its
 * version of the protocol does not have, or that lie behind its end, are left out.
 */
void setup_read(struct layer *setup, struct setup *s)
{
	const unsigned char *data = setup->data;
	unsigned int end = 0x200, i;
	struct layer *header;
	uint64_t value;

	memset(s, 0, sizeof(*s));
	s->size = setup->size;
	if (!memcmp(data + 0x202, "HdrS", 4)) {
		s->version = le(data + VERSION, 2);
		/* Before 2.06 or so, the jump can be a long one, or lead elsewhere. */
		end = data[0x200] == 0xeb && data[0x201] >= 0x22 ? 0x202 + data[0x201] : 0x224;
	}
	header = layer_part(setup, "setup_header", "setup header", setup->offset + 0x1f1, end - 0x1f1);
	header->note = s->version ? aprintf("boot protocol %u.%02u", s->version >> 8, s->version & 0xff) :
				    "no protocol version: older than 2.00";
	for (i = 0; i < FIELDS; i++) {
		/* Before 2.04 syssize had two bytes. */
		unsigned int size = fields[i].offset == 0x1f4 && s->version < 0x204 ? 2 : fields[i].size;

		if (fields[i].offset + size > end ||
		    (s->version < fields[i].since && fields[i].offset != 0x1f4))
			continue;
		value = le(data + fields[i].offset, size);
		field_number(header, fields[i].name, setup->offset + fields[i].offset, size, fields[i].hex, value,
			     fields[i].meaning ? fields[i].meaning :
			     fields[i].bits ? bits_text(fields[i].bits, value) :
			     meaning_of(fields[i].offset, value));
		switch (fields[i].offset) {
		case 0x1f4: s->syssize = s->version < 0x204 ? 0 : value * 16; break;
		case 0x236: s->xloadflags = value; break;
		case 0x248: s->payload_offset = value; break;
		case 0x24c: s->payload_length = value; break;
		case 0x264: s->handover_offset = value; break;
		case 0x268: s->kernel_info_offset = value; break;
		}
	}
	if (s->version)
		add_version(setup, header, le(data + KERNEL_VERSION, 2));
}
