// SPDX-License-Identifier: GPL-2.0-only
/* Read a file of any kind that is known here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include "readers.h"

#define MESSAGE_MAX	1024

static jmp_buf failed;
static char message[MESSAGE_MAX];

/* Give up reading the file: layers_read() returns this message. */
void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	longjmp(failed, 1);
}

/* The kinds of files, in the order in which they are tried. */
static const struct {
	const char *name;
	bool (*probe)(const unsigned char *data, size_t size);
	void (*read)(struct layer *file);
} formats[] = {
	{ "x86 boot image (bzImage)", bzimage_probe, bzimage_read },
	{ "vmlinux", vmlinux_probe, vmlinux_read },
	{ "initramfs", archive_probe, archive_read },
};

static struct layer *read_file(const unsigned char *data, size_t size)
{
	struct layer *file;
	unsigned int i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!formats[i].probe(data, size))
			continue;
		file = layer_new("image", formats[i].name, data, 0, size);
		formats[i].read(file);
		layer_check(file);
		return file;
	}
	fail("it is no kernel image or initramfs that is known here (a bzImage, a vmlinux, a cpio archive, or one of the last two compressed)");
}

/**
 * layers_read - take a file apart
 * @data: the file, which must stay as it is until layers_free()
 * @size: its size
 * @limit: how many bytes may be unpacked, of all that is compressed in it
 * @why: set to the reason if it cannot be read; the text stays until the next call
 *
 * Returns the layer that is the file, whose parts add up to it; or NULL if the
 * file is of no kind that is known here, or broken.
 */
struct layer *layers_read(const unsigned char *data, size_t size, uint64_t limit, const char **why)
{
	unpack_limit = limit;
	if (!setjmp(failed))
		return read_file(data, size);
	layers_free();
	*why = message;
	return NULL;
}
