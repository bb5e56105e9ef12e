// SPDX-License-Identifier: GPL-2.0-only
/*
 * The payload of a boot image: a compressed vmlinux or Image, and the size that it unpacks
 * to (size_append in the kernel's scripts/Makefile.lib), which gzip has in its own
 * trailer.
 */
#include <inttypes.h>
#include "readers.h"

void payload_read(struct layer *payload)
{
	uint64_t left, told;
	struct layer *stream, *inside, *l;

	if (elf_probe(payload->data, payload->size)) {
		payload->note = "not compressed";
		vmlinux_read(payload);
		return;
	}
	if (!unpack_name(payload->data, payload->size)) {
		payload->note = "compressed in a way that is not known here";
		return;
	}
	stream = layer_part(payload, "stream", "compressed stream", payload->offset, payload->size);
	inside = unpack_layer(stream, "unpacked payload");
	payload->note = stream->note;
	left = payload->size - stream->size;
	if (left >= 4) {
		l = layer_part(payload, "size", "size unpacked", payload->offset + stream->size, 4);
		told = le(l->data, 4);
		if (told != (inside->size & 0xffffffff))
			fail("the payload says that it unpacks to %" PRIu64 " bytes, but %" PRIu64
			    " come out: the file is damaged", told, inside->size);
		l->note = aprintf("%" PRIu64, told);
	}
	if (elf_probe(inside->data, inside->size))
		vmlinux_read(inside);
	else if (image_probe(inside->data, inside->size))
		image_read(inside);
}
