/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the tree: what is this byte, give me that layer. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "anatomy.h"
#include "outfile.h"

static bool holds(const struct layer *l, uint64_t offset)
{
	return offset >= l->offset && offset - l->offset < l->size;
}

static void say(const struct layer *l)
{
	printf("%#10" PRIx64 " %11" PRIu64 "  %s%s%s\n", l->offset, l->size, printable(l->name),
	       l->note ? "  " : "", l->note ? printable(l->note) : "");
}

static void say_fields(const struct layer *l, uint64_t offset)
{
	const struct field *f;

	for (f = l->fields; f; f = f->next) {
		if (offset < f->offset || offset - f->offset >= f->size)
			continue;
		printf("%#10" PRIx64 " %11" PRIu64 "  %s = %s%s%s\n", f->offset, f->size,
		       printable(f->name), field_value(f),
		       f->meaning ? "  " : "", f->meaning ? printable(f->meaning) : "");
	}
}

/*
 * Print the layers that the byte at an offset of the file belongs to, from the
 * outermost to the innermost; what is compressed cannot be told byte by byte.
 */
void print_at(const struct layer *file, uint64_t offset)
{
	const struct layer *l, *v;

	if (!holds(file, offset))
		die("there is no byte at %#" PRIx64 ": the file has %" PRIu64, offset, file->size);
	for (l = file; l;) {
		say(l);
		for (v = l->views; v; v = v->next) {
			if (holds(v, offset))
				say(v);
		}
		say_fields(l, offset);
		if (l->inside)
			printf("%22s  compressed: one byte of it stands for no particular byte inside\n", "");
		for (l = l->parts; l && !holds(l, offset);)
			l = l->next;
	}
}

/* Write to a file of this name, which outfile_open() has opened, or to standard output: NULL. */
static void write_bytes(const unsigned char *data, uint64_t size, const char *name)
{
	if (name && outfile_write(data, size))
		die("cannot write to %s: %s", printable(name), outfile_why());
	if (!name && (fwrite(data, 1, size, stdout) != size || fflush(stdout)))
		die("cannot write to standard output: %s", strerror(errno));
}

/* The archives of an initramfs as the kernel unpacks them: what is compressed is not any more. */
static void write_initramfs(const struct layer *l, const char *name)
{
	const struct layer *p;

	for (p = l->parts; p; p = p->next) {
		if (p->inside)
			write_bytes(p->inside->data, p->inside->size, name);
		else
			write_bytes(p->data, p->size, name);
	}
}

static const struct {
	const char *what, *kind, *missing;
} layers[] = {
	{ "payload", "stream", "it has no compressed payload" },
	{ "vmlinux", "vmlinux", "it has no vmlinux" },
	{ "initramfs", "initramfs", "no initramfs was found in it" },
	{ "config", "config", "its configuration is not embedded (CONFIG_IKCONFIG)" },
};

/*
 * Write a layer (payload, vmlinux, initramfs or config) to a file, as outfile.h
 * says, or to standard output if output is NULL or "-".
 */
void extract(struct layer *file, const char *what, const char *output)
{
	struct layer *l = NULL;
	unsigned int i = 0;

	while (i < sizeof(layers) / sizeof(*layers) && strcmp(layers[i].what, what))
		i++;
	if (i == sizeof(layers) / sizeof(*layers))
		die("--extract %s: it can be payload, vmlinux, initramfs or config", what);
	l = layer_find(file, layers[i].kind);
	if (!l)
		die("there is nothing to extract: %s", layers[i].missing);
	if (output && !strcmp(output, "-"))
		output = NULL;
	if (output && outfile_open(output))
		die("cannot write to %s: %s", printable(output), outfile_why());
	if (!strcmp(l->kind, "initramfs"))
		write_initramfs(l, output);
	else
		write_bytes(l->data, l->size, output);
	if (output && outfile_close())
		die("cannot write to %s: %s", printable(output), outfile_why());
}
