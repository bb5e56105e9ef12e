// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compressors whose libraries have a streaming interface. Each function unpacks
 * the stream that begins at data, and sets out->used to its length. Returns
 * NULL, or why it failed; out->data may be set all the same.
 */
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include "readers.h"

/* How much memory a decoder may allocate. The kernel's xz streams need 128 MiB at most. */
#define MEMORY_MAX	(512ULL << 20)
#define WINDOW_LOG_MAX	27	/* zstd -22 --ultra */

/* The sizes in zlib and libbz2 are unsigned int. */
static unsigned int step(size_t size)
{
	return size < 1U << 30 ? size : 1U << 30;
}

const char *unpack_gzip(const unsigned char *data, size_t size, struct unpacked *out)
{
	const char *why = NULL;
	z_stream z = { .next_in = (unsigned char *)data };
	int ret = Z_OK;
	uInt before;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return unpack_memory;
	while (ret != Z_STREAM_END && !why) {
		if (!unpack_room(out, 1)) {
			why = unpack_memory;
			break;
		}
		z.avail_in = step(size - out->used);
		z.next_out = out->data + out->size;
		z.avail_out = before = step(out->room - out->size);
		ret = inflate(&z, Z_NO_FLUSH);
		out->size += before - z.avail_out;
		out->used = z.next_in - data;
		if (ret == Z_BUF_ERROR || (ret == Z_OK && out->used == size && z.avail_out))
			why = unpack_short;
		else if (ret != Z_OK && ret != Z_STREAM_END)
			why = unpack_corrupt;
	}
	inflateEnd(&z);
	return why;
}

const char *unpack_bzip2(const unsigned char *data, size_t size, struct unpacked *out)
{
	const char *why = NULL;
	bz_stream b = { .next_in = (char *)data };
	int ret = BZ_OK;
	unsigned int before;

	if (BZ2_bzDecompressInit(&b, 0, 0) != BZ_OK)
		return unpack_memory;
	while (ret != BZ_STREAM_END && !why) {
		if (!unpack_room(out, 1)) {
			why = unpack_memory;
			break;
		}
		b.avail_in = step(size - out->used);
		b.next_out = (char *)out->data + out->size;
		b.avail_out = before = step(out->room - out->size);
		ret = BZ2_bzDecompress(&b);
		out->size += before - b.avail_out;
		out->used = (unsigned char *)b.next_in - data;
		if (ret == BZ_OK && out->used == size && b.avail_out)
			why = unpack_short;
		else if (ret != BZ_OK && ret != BZ_STREAM_END)
			why = unpack_corrupt;
	}
	BZ2_bzDecompressEnd(&b);
	return why;
}

static const char *run_lzma(lzma_ret ret, lzma_stream *s, const unsigned char *data, size_t size,
			    struct unpacked *out)
{
	const char *why = NULL;

	s->next_in = data;
	s->avail_in = size;
	while (ret == LZMA_OK) {
		if (!unpack_room(out, 1)) {
			why = unpack_memory;
			break;
		}
		s->next_out = out->data + out->size;
		s->avail_out = out->room - out->size;
		ret = lzma_code(s, LZMA_RUN);
		out->size = s->next_out - out->data;
		out->used = s->next_in - data;
		if (ret == LZMA_OK && !s->avail_in && s->avail_out)
			why = unpack_short;
		if (why)
			break;
	}
	if (!why && ret == LZMA_MEMLIMIT_ERROR)
		why = "it asks for a dictionary of more than 512 MiB";
	else if (!why && ret == LZMA_MEM_ERROR)
		why = unpack_memory;
	else if (!why && ret == LZMA_BUF_ERROR)
		why = unpack_short;
	else if (!why && ret != LZMA_STREAM_END)
		why = unpack_corrupt;
	lzma_end(s);
	return why;
}

const char *unpack_xz(const unsigned char *data, size_t size, struct unpacked *out)
{
	lzma_stream s = LZMA_STREAM_INIT;

	return run_lzma(lzma_stream_decoder(&s, MEMORY_MAX, 0), &s, data, size, out);
}

const char *unpack_lzma(const unsigned char *data, size_t size, struct unpacked *out)
{
	lzma_stream s = LZMA_STREAM_INIT;

	return run_lzma(lzma_alone_decoder(&s, MEMORY_MAX), &s, data, size, out);
}

const char *unpack_zstd(const unsigned char *data, size_t size, struct unpacked *out)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { data, size, 0 };
	ZSTD_outBuffer to;
	const char *why = NULL;
	size_t ret = 1;

	if (!z)
		return unpack_memory;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	while (ret && !why) {
		if (!unpack_room(out, 1)) {
			why = unpack_memory;
			break;
		}
		to.dst = out->data;
		to.size = out->room;
		to.pos = out->size;
		ret = ZSTD_decompressStream(z, &to, &in);
		out->size = to.pos;
		out->used = in.pos;
		if (ZSTD_isError(ret))
			why = unpack_corrupt;
		else if (ret && in.pos == size && to.pos < to.size)
			why = unpack_short;
	}
	ZSTD_freeDCtx(z);
	return why;
}
