// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Image of arm64 and riscv64: a header of 64 bytes, which may begin like a PE
 * file, and the kernel proper as it lies in memory (Documentation/arch/arm64/booting.rst
 * and Documentation/arch/riscv/boot-image-header.rst of the kernel).
 */
#include <string.h>
#include "readers.h"

#define HEADER	64

static const struct {
	unsigned int offset, size;
	bool hex;
	const char *arm64, *riscv;	/* the names there */
} fields[] = {
	{ 0, 4, true, "code0", "code0" }, { 4, 4, true, "code1", "code1" },
	{ 8, 8, true, "text_offset", "text_offset" }, { 16, 8, false, "image_size", "image_size" },
	{ 24, 8, true, "flags", "flags" }, { 32, 8, true, "res2", NULL }, { 32, 4, true, NULL, "version" },
	{ 36, 4, true, NULL, "res1" }, { 40, 8, true, "res3", "res2" }, { 48, 8, true, "res4", "magic" },
	{ 56, 4, true, "magic", "magic2" }, { 60, 4, true, "res5", "res3" },
};

static bool is_arm64(const unsigned char *data)
{
	return !memcmp(data + 56, "ARM\x64", 4);
}

bool image_probe(const unsigned char *data, size_t size)
{
	return size >= HEADER && (is_arm64(data) || !memcmp(data + 56, "RSC\x05", 4));
}

static const char *meaning(const char *name, uint64_t value, bool arm64)
{
	static const char *const pages[] = { "", ", 4K pages", ", 16K pages", ", 64K pages" };

	if (!strcmp(name, "text_offset"))
		return "of the place it is loaded at, from a multiple of 2 MiB";
	if (!strcmp(name, "image_size"))
		return "bytes of memory it needs there";
	if (!strcmp(name, "flags"))
		return aprintf("%s endian%s%s", value & 1 ? "big" : "little", arm64 ? pages[value >> 1 & 3] : "",
			       !arm64 ? "" : value & 8 ? ", anywhere in memory" : ", near the start of memory");
	if (!strcmp(name, "version"))
		return aprintf("%u.%u", (unsigned int)(value >> 16), (unsigned int)(value & 0xffff));
	if (!strcmp(name, arm64 ? "res5" : "res3"))
		return "offset of the PE header, if it has one";
	return NULL;
}

/* Read a space that is an Image. */
void image_read(struct layer *space)
{
	bool arm64 = is_arm64(space->data);
	struct layer *image, *l;
	struct pe pe = { .end = HEADER };
	struct elf kernel = { .word = 8 };
	uint64_t end, value;
	const char *name;
	unsigned int i;

	image = layer_part(space, "kernel_image", arm64 ? "arm64 Image" : "riscv64 Image", space->offset,
			   space->size);
	image->filler = "code";
	if (!pe_read(image, image, "Image header", NULL, &pe))
		layer_part(image, "header", "Image header", image->offset, HEADER);
	end = pe.signature_size ? pe.signature : image->size;
	if (pe.end < end) {
		l = layer_part(image, "section", "kernel proper", image->offset + pe.end, end - pe.end);
		l->filler = "other data";
	}
	image->parts->kind = "image_header";
	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		name = arm64 ? fields[i].arm64 : fields[i].riscv;
		if (!name)
			continue;
		value = le(image->data + fields[i].offset, fields[i].size);
		field_number(image->parts, name, image->offset + fields[i].offset, fields[i].size, fields[i].hex,
			     value, meaning(name, value, arm64));
	}
	kernel.layer = image;
	known_read(&kernel);
}
