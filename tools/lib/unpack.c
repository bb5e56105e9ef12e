// SPDX-License-Identifier: GPL-2.0-only
/* Recognize a compressor, and unpack what it made. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "readers.h"

/*
 * Recognize LZMA. Magic numbers are in Documentation/arch/x86/boot.rst
 * (payload_offset) and lib/decompress.c; that of LZMA is so short that its
 * properties, the dictionary's size and the unpacked size are checked, too.
 */
static bool is_lzma(const unsigned char *data, size_t size)
{
	uint64_t dictionary, length;

	if (size < 13 || data[0] != 0x5d)
		return false;
	dictionary = le(data + 1, 4);
	length = le(data + 5, 8);
	return dictionary >= 4096 && !(dictionary & (dictionary - 1)) &&
		(length == UINT64_MAX || length < (1ULL << 38));
}

static const struct {
	const char *name, *magic;
	unsigned int length;
	const char *(*unpack)(const unsigned char *data, size_t size, struct unpacked *out);
} codecs[] = {
	{ "gzip", "\x1f\x8b\x08", 3, unpack_gzip },
	{ "bzip2", "BZh", 3, unpack_bzip2 },
	{ "xz", "\xfd" "7zXZ\0", 6, unpack_xz },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd },
	{ "lz4", "\x02\x21\x4c\x18", 4, unpack_lz4 },
	{ "lzo", "\x89LZO\0\r\n\x1a\n", 9, unpack_lzo },
	{ "lzma", "\x5d", 1, unpack_lzma },
};
#define CODECS	(sizeof(codecs) / sizeof(*codecs))

static unsigned int codec_of(const unsigned char *data, size_t size)
{
	unsigned int i;

	for (i = 0; i < CODECS; i++) {
		if (size < codecs[i].length || memcmp(data, codecs[i].magic, codecs[i].length))
			continue;
		if (codecs[i].unpack != unpack_lzma || is_lzma(data, size))
			break;
	}
	return i;
}

/* Return the name of the compressor, by its magic number, or NULL. */
const char *unpack_name(const unsigned char *data, size_t size)
{
	unsigned int i = codec_of(data, size);

	return i < CODECS ? codecs[i].name : NULL;
}

/*
 * Unpack one stream to out, which is zero but for open_end. Returns NULL, and the
 * caller frees or keeps the output; or why it failed, in half a sentence, without
 * output.
 */
const char *unpack(const unsigned char *data, size_t size, struct unpacked *out)
{
	const char *why;

	why = codecs[codec_of(data, size)].unpack(data, size, out);
	if (!unpack_count(out))
		why = "it unpacks to more than the limit";
	if (!why)
		return NULL;
	free(out->data);
	out->data = NULL;
	return why;
}

/*
 * Unpack a compressed layer: its size becomes that of the stream, the output becomes
 * its inside. Fails if it cannot be unpacked.
 */
struct layer *unpack_layer(struct layer *packed, const char *name)
{
	const char *codec = unpack_name(packed->data, packed->size), *why;
	struct unpacked out = { 0 };
	unsigned char *less;

	why = unpack(packed->data, packed->size, &out);
	if (why && unpack_over())
		fail("%s at %#" PRIx64 " unpacks (%s) to more than the limit: --limit SIZE allows more",
		    packed->name, packed->offset, codec);
	if (why)
		fail("%s at %#" PRIx64 " cannot be unpacked (%s): %s",
		    packed->name, packed->offset, codec, why);
	/* The room that is not used: an archive can have very many tiny streams. */
	less = realloc(out.data, out.size ? out.size : 1);
	if (less)
		out.data = less;
	keep(out.data);
	packed->size = out.used;
	field_text(packed, "compressor", packed->offset, 0, codec, "by its magic number");
	field_number(packed, "unpacked", packed->offset, 0, false, out.size, "bytes");
	field_text(packed, "ratio", packed->offset, 0,
		   aprintf("%.2f", (double)out.size / out.used), "unpacked to compressed");
	packed->note = aprintf("%s, %zu bytes unpacked", codec, out.size);
	packed->inside = layer_new("unpacked", name, out.data, 0, out.size);
	return packed->inside;
}
