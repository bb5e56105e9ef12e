// SPDX-License-Identifier: GPL-2.0-only
/* One byte of the file, and one layer of it. */
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
	printf("%#10" PRIx64 " %11" PRIu64 "  ", l->offset, l->size);
	print_text(stdout, l->name);
	print_after(l->note);
}

static void say_fields(const struct layer *l, uint64_t offset)
{
	const struct field *f;

	for (f = l->fields; f; f = f->next) {
		if (offset < f->offset || offset - f->offset >= f->size)
			continue;
		printf("%#10" PRIx64 " %11" PRIu64 "  ", f->offset, f->size);
		print_text(stdout, f->name);
		printf(" = ");
		print_value(f);
		print_after(f->meaning);
	}
}

/*
 * Print the layers that the byte at an offset of the file belongs to, from the
 * outermost to the innermost. No byte of what is compressed stands for one inside.
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

/* Write to the file that outfile_open() has opened under this name; to standard output if it is NULL. */
static void write_bytes(const unsigned char *data, uint64_t size, const char *name)
{
	if (name && outfile_write(data, size))
		die("cannot write to %s: %s", name, outfile_why());
	if (!name && (fwrite(data, 1, size, stdout) != size || fflush(stdout)))
		die("cannot write to standard output: %s", strerror(errno));
}

/* Write the archives of an initramfs; those that are compressed are written unpacked. */
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
	{ "image", "kernel_image", "it is no Image of arm64 or riscv64, and has none in it" },
	{ "initramfs", "initramfs", "no initramfs was found in it" },
	{ "config", "config", "its configuration is not embedded (CONFIG_IKCONFIG)" },
};

/* Return the first PE section of this name, or NULL. */
static struct layer *section(struct layer *file, const char *name)
{
	struct layer *l;

	for (l = file->parts; l; l = l->next) {
		if (!strcmp(l->kind, "pe_section") && !strcmp(l->name + strlen("PE section "), name))
			return l;
	}
	return NULL;
}

/* Find what --extract names. Returns the layer, or NULL and the bytes; dies if there is none. */
static const struct layer *find(struct layer *file, const char *what, const unsigned char **data,
				uint64_t *size)
{
	struct layer *l;
	const char *why;
	unsigned int i = 0;

	if (!strncmp(what, "file:", 5)) {
		why = layers_content(file, what + 5, data, size);
		if (why)
			die("%s cannot be extracted: %s", what + 5, why);
		return NULL;
	}
	if (!strncmp(what, "section:", 8)) {
		l = section(file, what + 8);
		if (!l)
			die("there is nothing to extract: it has no PE section %s", what + 8);
		*data = l->data;
		*size = l->size;
		return NULL;
	}
	while (i < sizeof(layers) / sizeof(*layers) && strcmp(layers[i].what, what))
		i++;
	if (i == sizeof(layers) / sizeof(*layers))
		die("--extract %s: it can be payload, vmlinux, image, initramfs, config, section:NAME or file:PATH", what);
	/* The initrd of a UKI, and not the archive that the kernel in it may have. */
	l = section(file, ".initrd");
	l = layers_find(l && !strcmp(what, "initramfs") ? l : file, layers[i].kind);
	if (!l)
		die("there is nothing to extract: %s", layers[i].missing);
	*data = l->data;
	*size = l->size;
	return l;
}

/**
 * extract - write a part of the file
 * @file: what layers_read() returned
 * @what: payload, vmlinux, image, initramfs, config, section:NAME or file:PATH
 * @output: the file to write, as outfile.h says; NULL or "-" for standard output
 *
 * Dies if there is no such part, or if it cannot be written.
 */
void extract(struct layer *file, const char *what, const char *output)
{
	const unsigned char *data;
	const struct layer *l;
	uint64_t size;

	l = find(file, what, &data, &size);
	if (output && !strcmp(output, "-"))
		output = NULL;
	if (output && outfile_open(output))
		die("cannot write to %s: %s", output, outfile_why());
	if (l && !strcmp(l->kind, "initramfs"))
		write_initramfs(l, output);
	else
		write_bytes(data, size, output);
	if (output && outfile_close())
		die("cannot write to %s: %s", output, outfile_why());
}
