// SPDX-License-Identifier: GPL-2.0-only
/*
 * An initramfs: archives one after the other, each as it is or compressed, with
 * zeros between them (init/initramfs.c of the kernel says what it takes).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "readers.h"

#define TRIES_MAX	64	/* streams tried that turn out to be something else */

static bool is_cpio(const unsigned char *data, uint64_t size)
{
	return size >= 6 && !memcmp(data, "07070", 5) && (data[5] == '1' || data[5] == '2');
}

bool archive_probe(const unsigned char *data, size_t size)
{
	return is_cpio(data, size) || unpack_name(data, size);
}

static uint64_t skip_zeros(const unsigned char *data, uint64_t size, uint64_t at)
{
	while (at < size && !data[at])
		at++;
	return at;
}

/* Make the cpio archive at an offset in a layer a part of it. Returns the offset of its end. */
static uint64_t add_cpio(struct layer *space, uint64_t at)
{
	struct layer *archive;
	const char *why;
	uint64_t end;

	why = cpio_read(NULL, space->data, space->size, at, 0, &end);
	if (why)
		fail("the cpio archive in %s is damaged at %#" PRIx64 ": %s", space->name,
		    space->offset + end, why);
	archive = layer_part(space, "archive", "cpio archive", space->offset + at, end - at);
	cpio_read(archive, space->data, space->size, at, space->offset, &end);
	return end;
}

/*
 * Make the compressed archive at an offset in a layer a part of it; first: no
 * other archive is before it. Returns the offset of its end.
 */
static uint64_t add_compressed(struct layer *space, uint64_t at, bool first,
			       bool (*other)(struct layer *packed))
{
	struct layer *packed, *inside;
	uint64_t inner = 0;

	packed = layer_part(space, "compressed", "compressed archive", space->offset + at,
			    space->size - at);
	inside = unpack_layer(packed, "unpacked archive");
	if (other && other(packed))
		return at + packed->size;
	/* Only after another archive does unpack_to_rootfs() of the kernel take zeros, or nothing. */
	if (first && !is_cpio(inside->data, inside->size))
		fail("what is compressed at %#" PRIx64 " in %s %s: the kernel refuses it",
		     space->offset + at, space->name,
		     inside->size ? "is not a cpio archive at its beginning" : "is empty, and not a cpio archive");
	while ((inner = skip_zeros(inside->data, inside->size, inner)) < inside->size) {
		if (!is_cpio(inside->data + inner, inside->size - inner))
			fail("what is compressed at %#" PRIx64 " in %s is not a cpio archive at %#" PRIx64,
			    space->offset + at, space->name, inner);
		inner = add_cpio(inside, inner);
	}
	return at + packed->size;
}

/*
 * Read a layer as an initramfs, whose archives become parts of it. Fails if it is none.
 * other, if not NULL, is asked first whether it takes what is compressed there.
 */
void initramfs_read(struct layer *space, bool (*other)(struct layer *packed))
{
	const unsigned char *data = space->data;
	bool first = true;
	uint64_t at = 0;

	while ((at = skip_zeros(data, space->size, at)) < space->size) {
		if (is_cpio(data + at, space->size - at) && !(at & 3))
			at = add_cpio(space, at);
		else if (unpack_name(data + at, space->size - at))
			at = add_compressed(space, at, first, other);
		else
			fail("%s holds neither an archive nor a compressed one at %#" PRIx64
			    ": it is damaged", space->name, space->offset + at);
		first = false;
	}
}

/*
 * Return how many bytes at data are one archive, which is read to its end as
 * proof; or 0 if there is none, and set *bad to how many bytes can be skipped.
 */
static uint64_t archive_size(const unsigned char *data, uint64_t size, unsigned int *tries,
			     uint64_t *bad)
{
	struct unpacked out = { .open_end = true };
	uint64_t end, used;
	const char *why;

	*bad = 1;
	if (is_cpio(data, size)) {
		if (!cpio_read(NULL, data, size, 0, 0, &end))
			return end;
		*bad = end ? end : 1;
		return 0;
	}
	if (!unpack_name(data, size) || !*tries)
		return 0;
	--*tries;
	if (unpack(data, size, &out)) {
		if (unpack_over())
			fail("what looks like an initramfs unpacks to more than the limit: --limit SIZE allows more");
		return 0;
	}
	used = out.used;
	why = is_cpio(out.data, out.size) ? cpio_read(NULL, out.data, out.size, 0, 0, &end) : "none";
	free(out.data);
	return why ? 0 : used;
}

/*
 * Read the length that the kernel's linker puts behind the archive, in a word of 4
 * or 8 bytes at a multiple of 8 (INIT_RAM_FS in its vmlinux.lds.h). Returns 0 if
 * there is no such word, or anything but zeros before it.
 */
static uint64_t told_size(const unsigned char *data, uint64_t size, uint64_t start, uint64_t end,
			  unsigned int word)
{
	uint64_t at, told;

	for (at = (end + 7) & ~7ULL; at + word <= size; at += 8) {
		told = le(data + at, word);
		if (told >= end - start && told <= at - start && at - start - told < 8)
			return told;
		if (told)
			break;
	}
	return 0;
}

/*
 * Find the end of the archives that begin at an offset, one behind the other. Sets
 * *told to the length in the word behind them, or 0.
 */
static uint64_t archives_end(const struct layer *section, unsigned int word, uint64_t start,
			     uint64_t length, unsigned int *tries, uint64_t *told)
{
	uint64_t end = start, at = start, bad;

	while (length) {
		end = at + length;
		*told = told_size(section->data, section->size, start, end, word);
		if (*told)
			break;
		at = skip_zeros(section->data, section->size, end);
		length = at < section->size ?
			archive_size(section->data + at, section->size - at, tries, &bad) : 0;
	}
	return end;
}

/*
 * Find the initramfs in a section of a kernel whose words have 4 or 8 bytes, and
 * make it a part. Returns whether there is one.
 */
bool initramfs_find(struct layer *section, unsigned int word)
{
	const unsigned char *data = section->data;
	uint64_t size = section->size, at, end, length, bad, told = 0, first = 0, first_size = 0;
	unsigned int tries = TRIES_MAX;
	struct layer *part;

	/* As the linker aligns it; sections begin at a multiple of 8 at least. */
	for (at = 0; at + 6 < size && !told; at += 4) {
		if (!archive_probe(data + at, size - at))
			continue;
		length = archive_size(data + at, size - at, &tries, &bad);
		end = length ? archives_end(section, word, at, length, &tries, &told) : at + bad;
		if (length && (told || !first_size)) {
			first = at;
			first_size = told ? told : end - at;
		}
		at = ((end + 3) & ~3ULL) - 4;
	}
	if (!first_size)
		return false;
	part = layer_part(section, "initramfs", "initramfs", section->offset + first, first_size);
	part->note = told ? "found by its bytes, and its length behind it" :
			    "found by its bytes";
	initramfs_read(part, NULL);
	if (told) {
		at = (first + told + 7) & ~7ULL;
		part = layer_part(section, "size", "length of the initramfs", section->offset + at, word);
		part->note = aprintf("%" PRIu64, told);
	}
	return true;
}
