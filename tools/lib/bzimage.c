// SPDX-License-Identifier: GPL-2.0-only
/*
 * An x86 boot image: boot sector and setup, then the code that is entered in
 * protected mode, with the payload in it, then perhaps a signature.
 */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>
#include "readers.h"

#define SETUP_SIGNATURE	0x5a5aaa55

bool bzimage_probe(const unsigned char *data, size_t size)
{
	return size >= 0x206 && le(data + 0x1fe, 2) == 0xaa55 && !memcmp(data + 0x202, "HdrS", 4);
}

/* Find the word that ends the setup's own code and data (arch/x86/boot/setup.ld). */
static void find_setup_signature(struct layer *setup)
{
	uint64_t at;

	for (at = setup->size & ~3ULL; at > 0x400; at -= 4) {
		if (le(setup->data + at - 4, 4) != SETUP_SIGNATURE)
			continue;
		layer_part(setup, "mark", "end of setup", setup->offset + at - 4, 4);
		return;
	}
}

static void add_kernel_info(struct layer *code, uint64_t offset)
{
	struct layer *l;
	uint64_t total;

	l = layer_part(code, "kernel_info", "kernel_info", code->offset + offset, 12);
	if (memcmp(l->data, "LToP", 4)) {
		l->note = "it does not begin with LToP";
		return;
	}
	total = le(l->data + 8, 4);
	if (total < 12 || total > code->size - offset)
		fail("kernel_info says that it is %" PRIu64 " bytes long: the file is damaged", total);
	l->size = total;
	field_number(l, "header", l->offset, 4, true, le(l->data, 4), "\"LToP\"");
	field_number(l, "size", l->offset + 4, 4, false, le(l->data + 4, 4), "of its fixed part");
	field_number(l, "size_total", l->offset + 8, 4, false, total, NULL);
	if (total >= 16)
		field_number(l, "setup_type_max", l->offset + 12, 4, true, le(l->data + 12, 4),
			     "highest type of setup_data that it knows");
}

/*
 * Check the CRC-32 in the last four bytes. Signing changes the checksum and the
 * certificate table in the PE header after the CRC was computed: in a signed image
 * they count as zero.
 */
static bool crc_holds(const struct layer *file, const struct pe *pe, uint64_t size)
{
	static const unsigned char zero[8];
	const unsigned char *data = file->data;
	uint64_t at = 0;
	uLong crc = crc32(0, NULL, 0);

	if (pe->signature_size) {
		crc = crc32(crc, data, pe->checksum_at);
		crc = crc32(crc, zero, 4);
		crc = crc32(crc, data + pe->checksum_at + 4, pe->security_at - pe->checksum_at - 4);
		crc = crc32(crc, zero, 8);
		at = pe->security_at + 8;
	}
	crc = crc32(crc, data + at, size - 4 - at);
	return (crc ^ 0xffffffff) == le(data + size - 4, 4);
}

static void add_entries(struct layer *code, const struct setup *s, const struct pe *pe)
{
	uint64_t at = code->offset;

	field_number(code, "32-bit entry", at, 0, true, at, "offset in the file");
	if (s->xloadflags & 1)
		field_number(code, "64-bit entry", at, 0, true, at + 0x200, NULL);
	if (s->handover_offset && s->xloadflags & 4)
		field_number(code, "EFI handover entry, 32 bit", at, 0, true, at + s->handover_offset, NULL);
	if (s->handover_offset && s->xloadflags & 8)
		field_number(code, "EFI handover entry, 64 bit", at, 0, true,
			     at + s->handover_offset + 0x200, NULL);
	if (pe->entry)
		field_number(code, "EFI entry", at, 0, true, pe->entry, NULL);
}

void bzimage_read(struct layer *file)
{
	uint64_t setup_size = file->data[0x1f1] ? file->data[0x1f1] : 4, code_size, left;
	struct layer *setup, *code, *payload, *crc;
	struct setup s;
	struct pe pe = { 0 };

	setup_size = (setup_size + 1) * 512;
	setup = layer_part(file, "setup", "boot sector and setup", file->offset, setup_size);
	setup->filler = "real-mode code";
	setup_read(setup, &s);
	find_setup_signature(setup);
	pe_read(file, setup, "DOS header", NULL, &pe);

	/* Before protocol 2.04 the header does not give the size of the code. */
	left = file->size - setup_size;
	code_size = s.syssize ? s.syssize : left;
	/* It is given in units of 16 bytes, and not every file is filled up to one. */
	if (code_size > left && code_size - left < 16)
		code_size = left;
	code = layer_part(file, "code", "protected-mode code", file->offset + setup_size, code_size);
	code->filler = "decompressor";
	add_entries(code, &s, &pe);
	if (s.kernel_info_offset)
		add_kernel_info(code, s.kernel_info_offset);
	if (code_size >= 4 && crc_holds(file, &pe, setup_size + code_size)) {
		crc = layer_part(code, "crc", "CRC-32", code->offset + code_size - 4, 4);
		crc->note = pe.signature_size ? "of all before it, as it was before signing" :
			    "of all before it";
	}
	if (!s.payload_length) {
		code->note = "the header does not say where the payload is";
		return;
	}
	payload = layer_part(code, "payload", "payload", code->offset + s.payload_offset, s.payload_length);
	payload_read(payload);
}
