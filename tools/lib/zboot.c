// SPDX-License-Identifier: GPL-2.0-only
/*
 * An EFI zboot image (vmlinuz.efi): a program for the firmware that unpacks the
 * kernel (drivers/firmware/efi/libstub/zboot-header.S of the kernel).
 */
#include <string.h>
#include "readers.h"

bool zboot_probe(const unsigned char *data, size_t size)
{
	return size >= 64 && !memcmp(data, "MZ", 2) && !memcmp(data + 4, "zimg", 4);
}

void zboot_read(struct layer *file)
{
	uint64_t at = le(file->data + 8, 4), size = le(file->data + 12, 4);
	const char *codec = string_of(file->data + 24, 32);
	struct pe pe = { 0 };

	file->filler = "decompressor";
	if (!pe_read(file, file, "zboot header", NULL, &pe))
		fail("it begins like an EFI zboot image, but its PE header is missing: the file is damaged");
	file->parts->kind = "zboot_header";
	field_text(file->parts, "image type", file->offset + 4, 4, "zimg", NULL);
	field_number(file->parts, "payload offset", file->offset + 8, 4, true, at, NULL);
	field_number(file->parts, "payload size", file->offset + 12, 4, false, size, "without the size behind it");
	field_text(file->parts, "compression type", file->offset + 24, 32, codec, NULL);
	/* gzip has the size that it unpacks to in itself. */
	payload_read(layer_part(file, "payload", "payload", file->offset + at,
				size + (strcmp(codec, "gzip") ? 4 : 0)));
}
