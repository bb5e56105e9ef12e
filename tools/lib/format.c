/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of files that are known, in the order in which they are tried. */
#include "anatomy.h"

static void read_vmlinux(struct layer *file)
{
	vmlinux_read(file);
}

static const struct {
	const char *name;
	bool (*probe)(const unsigned char *data, size_t size);
	void (*read)(struct layer *file);
} formats[] = {
	{ "x86 boot image (bzImage)", bzimage_probe, bzimage_read },
	{ "vmlinux", vmlinux_probe, read_vmlinux },
	{ "initramfs", archive_probe, archive_read },
};

/*
 * Read a file: returns its layers, whose sizes add up. Dies if it is none of
 * the kinds that are known, or broken.
 */
struct layer *anatomy_read(const unsigned char *data, size_t size)
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
	die("it is no kernel image or initramfs that is known here (a bzImage, a vmlinux, a cpio archive, or one of the last two compressed)");
}
