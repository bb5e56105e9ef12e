// SPDX-License-Identifier: GPL-2.0-only
/* Read a file of any kind that is known here. */
#include <string.h>
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
	if (!kernel_read(packed->inside))
		return false;
	packed->name = "compressed kernel";
	packed->inside->name = "unpacked kernel";
	return true;
}

/* Read a file that is an archive, or a compressed kernel. */
static void archive_read(struct layer *file)
{
	struct layer *l = layer_part(file, "initramfs", "initramfs", 0, file->size);

	file->name = "initramfs";
	initramfs_read(l, kernel_inside);
	if (l->parts && !strcmp(l->parts->name, "compressed kernel")) {
		l->kind = "kernel";
		l->name = file->name = layers_find(l, "vmlinux") ? "compressed vmlinux" : "compressed kernel";
	}
}

static void read_file(void *of)
{
	struct file *f = of;
	const char *name;

	f->layer = layer_new("image", "the file", f->data, 0, f->size);
	name = kernel_read(f->layer);
	if (name)
		f->layer->name = name;
	else if (pe_probe(f->data, f->size))
		efi_read(f->layer);
	else if (archive_probe(f->data, f->size))
		archive_read(f->layer);
	else
		fail("it is no kernel image or initramfs that is known here (a bzImage, a vmlinux, an Image or EFI program, a cpio archive, or one of these compressed)");
	layer_check(f->layer);
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
