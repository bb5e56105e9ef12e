// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compressors whose libraries unpack only blocks: the containers are read here.
 * The functions have the interface of those in stream.c.
 */
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include "readers.h"

#define LZ4_BLOCK	(8U << 20)
#define LZ4_MAGIC	0x184c2102

/*
 * Unpack what lz4 -l makes, as lib/decompress_unlz4.c does: the magic number, then
 * blocks, each after its length, all of 8 MiB but the last. No mark ends it: it
 * ends with the data, or four bytes before (the size that the kernel appends), or
 * with a length of zero, or, if other data may follow, with a length that no block
 * can have. After a second magic number more blocks follow.
 */
const char *unpack_lz4(const unsigned char *data, size_t size, struct unpacked *out)
{
	const char *why = NULL;
	uint32_t length;
	size_t room;
	int got;

	for (out->used = 4; size - out->used > 4; out->used += 4 + length) {
		const unsigned char *block = data + out->used + 4;

		length = le(block - 4, 4);
		if (!length)
			break;
		if (length == LZ4_MAGIC) {
			length = 0;
			continue;
		}
		if (length > LZ4_COMPRESSBOUND(LZ4_BLOCK))
			why = unpack_corrupt;
		else if (length > size - out->used - 4)
			why = unpack_short;
		if (why)
			break;
		/* Near the limit, less room than a block's is enough. */
		room = LZ4_BLOCK;
		if (out->size < unpack_limit && unpack_limit - out->size < room)
			room = unpack_limit - out->size + 1;
		if (!unpack_room(out, room))
			return unpack_memory;
		got = LZ4_decompress_safe((const char *)block, (char *)out->data + out->size, length, room);
		if (got < 0) {
			/* A good block may need more room: then the limit is exceeded. */
			if (room < LZ4_BLOCK)
				unpack_room(out, LZ4_BLOCK);
			why = unpack_corrupt;
			break;
		}
		out->size += got;
	}
	if (!out->size)
		return why ? why : unpack_short;
	return out->open_end ? NULL : why;
}

/* Flags in the header of lzop. */
#define ADLER32_D	0x1
#define ADLER32_C	0x2
#define EXTRA_FIELD	0x40
#define CRC32_D		0x100
#define CRC32_C		0x200
#define FILTER		0x800

/* Return the length of lzop's header and set its flags; return 0 if it is cut short. */
static size_t lzop_header(const unsigned char *data, size_t size, uint32_t *flags)
{
	unsigned int version;
	size_t at = 9;

	if (size < 64)
		return 0;
	version = be(data + at, 2);
	at += version >= 0x940 ? 8 : 5;		/* versions, method, level */
	*flags = be(data + at, 4);
	at += *flags & FILTER ? 8 : 4;
	at += version >= 0x940 ? 12 : 8;	/* mode, time */
	at += 1 + data[at] + 4;			/* name, checksum */
	if (*flags & EXTRA_FIELD) {
		if (at > size || size - at < 8 || be(data + at, 4) > size - at - 8)
			return 0;
		at += 8 + be(data + at, 4);
	}
	return at <= size ? at : 0;
}

/* Unpack what lzop makes, as lib/decompress_unlzo.c does: blocks, each after its two lengths. */
const char *unpack_lzo(const unsigned char *data, size_t size, struct unpacked *out)
{
	uint32_t flags, to, from;
	size_t at = lzop_header(data, size, &flags), sums;
	const unsigned char *adler;
	lzo_uint got;

	if (!at)
		return unpack_short;
	for (;;) {
		if (size - at < 4)
			return unpack_short;
		to = be(data + at, 4);
		at += 4;
		if (!to)
			break;
		if (size - at < 4)
			return unpack_short;
		from = be(data + at, 4);
		at += 4;
		if (!from || from > to)
			return unpack_corrupt;
		adler = data + at;
		sums = !!(flags & ADLER32_D) + !!(flags & CRC32_D);
		if (from < to)
			sums += !!(flags & ADLER32_C) + !!(flags & CRC32_C);
		if (size - at < 4 * sums || size - at - 4 * sums < from)
			return unpack_short;
		at += 4 * sums;
		/* No block unpacks to that many times its size: do not allocate it. */
		if (to / 256 > from)
			return unpack_corrupt;
		if (!unpack_room(out, to))
			return unpack_memory;
		got = to;
		if (from == to)
			__builtin_memcpy(out->data + out->size, data + at, to);
		else if (lzo1x_decompress_safe(data + at, from, out->data + out->size, &got, NULL))
			return unpack_corrupt;
		if (got != to || ((flags & ADLER32_D) &&
				  adler32(1, out->data + out->size, to) != be(adler, 4)))
			return unpack_corrupt;
		out->size += to;
		at += from;
	}
	out->used = at;
	return NULL;
}
