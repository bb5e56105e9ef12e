// SPDX-License-Identifier: GPL-2.0-only
/* Read a kernel image of any kind that is known here. */
#include "readers.h"

/* In the order in which they are tried: a zboot image is a PE file, too. */
static const struct {
	const char *name;
	bool (*probe)(const unsigned char *data, size_t size);
	void (*read)(struct layer *space);
} kernels[] = {
	{ "x86 boot image (bzImage)", bzimage_probe, bzimage_read },
	{ "EFI zboot image", zboot_probe, zboot_read },
	{ "boot image (Image)", image_probe, image_read },
	{ "vmlinux", elf_probe, vmlinux_read },
};

/* Read a space that is a kernel. Returns the name of its kind, or NULL if it is none. */
const char *kernel_read(struct layer *space)
{
	unsigned int i;

	for (i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		if (!kernels[i].probe(space->data, space->size))
			continue;
		kernels[i].read(space);
		return kernels[i].name;
	}
	return NULL;
}
