// SPDX-License-Identifier: GPL-2.0-only
/* Read a file of any kind that is known here. */
#include "readers.h"

/* A file, and the tree that it becomes. */
struct file {
	const unsigned char *data;
	size_t size;
	struct layer *layer;
};

/* Read what a compressed stream at the beginning of a file unpacks to, if it is a kernel. */
static bool kernel_inside(struct layer *packed)
{
	if (!elf_probe(packed->inside->data, packed->inside->size))
		return false;
	packed->name = "compressed kernel";
	packed->inside->name = "unpacked kernel";
	vmlinux_read(packed->inside);
	return true;
}

/* Read a file that is an archive, or a compressed vmlinux. */
static void archive_read(struct layer *file)
{
	struct layer *l = layer_part(file, "initramfs", "initramfs", 0, file->size);

	initramfs_read(l, kernel_inside);
	if (layers_find(l, "vmlinux")) {
		l->kind = "kernel";
		l->name = file->name = "compressed vmlinux";
	}
}

/* The kinds of files, in the order in which they are tried. */
static const struct {
	const char *name;
	bool (*probe)(const unsigned char *data, size_t size);
	void (*read)(struct layer *file);
} formats[] = {
	{ "x86 boot image (bzImage)", bzimage_probe, bzimage_read },
	{ "vmlinux", elf_probe, vmlinux_read },
	{ "initramfs", archive_probe, archive_read },
};

static void read_file(void *of)
{
	struct file *f = of;
	unsigned int i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!formats[i].probe(f->data, f->size))
			continue;
		f->layer = layer_new("image", formats[i].name, f->data, 0, f->size);
		formats[i].read(f->layer);
		layer_check(f->layer);
		return;
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
	struct file file = { data, size, NULL };

	unpack_allow(limit);
	*why = attempt(read_file, &file);
	if (!*why)
		return file.layer;
	layers_free();
	return NULL;
}

/* Free the tree and all that its reading has opened. */
void layers_free(void)
{
	elf_release();
	memory_free();
}
