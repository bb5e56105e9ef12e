/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * anatomy: what a kernel image or an initramfs is made of, byte by byte.
 *
 *   format.c             which kind of file is it?
 *   bzimage.c, setup-header.c, pe.c, payload.c    x86 boot images
 *   vmlinux.c, relocs.c, known.c, cmdline.c   the kernel proper
 *   initramfs.c, cpio.c, program.c         archives, and programs in them
 *   unpack.c, stream.c, block.c            compressors
 *   layer.c, memory.c                      the tree that all of them build ...
 *   print.c, json.c, query.c               ... and who reads it
 *
 * A reader that finds the file broken calls die(), which does not return.
 */
#ifndef ANATOMY_H
#define ANATOMY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that was read (or, of size 0, measured). */
struct field {
	const char *name;
	uint64_t offset, size;	/* its bytes, in the same space as its layer */
	enum { DECIMAL, HEX, TEXT } kind;
	uint64_t number;
	const char *text;	/* of a TEXT: the value */
	const char *meaning;	/* or NULL */
	struct field *next;
};

/*
 * A range of bytes. Offsets count from the start of a space: the file, or what
 * one compressed layer unpacks to.
 */
struct layer {
	const char *name;
	const char *kind;	/* a word for programs, see Documentation/anatomy.md */
	const char *note;	/* or NULL */
	const char *filler;	/* what bytes between parts are; NULL: unaccounted */
	const unsigned char *data;
	uint64_t offset, size;
	bool brief;		/* its note says what its fields say */
	struct field *fields, **last_field;
	struct layer *parts, **last_part;	/* what it consists of, in file order */
	struct layer *views, **last_view;	/* other names for some of its bytes */
	struct layer *inside;			/* what it unpacks to: a new space */
	struct layer *next;
};

/* format.c */
struct layer *anatomy_read(const unsigned char *data, size_t size);

/* bzimage.c, setup-header.c, pe.c, payload.c */
bool bzimage_probe(const unsigned char *data, size_t size);
void bzimage_read(struct layer *file);
struct setup {
	unsigned int version;		/* of the boot protocol, 0x020f; 0: older than 2.00 */
	uint64_t size;			/* of boot sector and setup, in bytes */
	uint64_t syssize;		/* of protected-mode code, in bytes; 0: not told */
	uint64_t payload_offset, payload_length;
	uint64_t kernel_info_offset, handover_offset;
	unsigned int xloadflags;
};
void setup_read(struct layer *setup, struct setup *s);
struct pe {
	uint64_t entry;			/* offset in the file */
	uint64_t checksum_at;		/* where signing changes the header ... */
	uint64_t security_at;		/* ... 0: it has no such field */
	uint64_t signature, signature_size;
};
bool pe_read(struct layer *file, struct layer *setup, struct pe *pe);
void payload_read(struct layer *payload);

/* vmlinux.c, relocs.c, known.c, cmdline.c */
bool vmlinux_probe(const unsigned char *data, size_t size);
struct section {
	const char *name;
	uint32_t type, link;
	uint64_t flags, address, offset, size, entry_size;
	struct layer *layer;		/* NULL: no bytes in the file */
};
struct elf {
	unsigned int word;		/* 4 or 8 bytes */
	bool little_endian, x86;
	uint64_t lowest, highest;	/* addresses of what is loaded, linked to the top */
	struct section *sections;
	size_t count;
	struct layer *layer;
};
void vmlinux_read(struct layer *space);
void relocs_read(struct layer *space, const struct elf *elf);
void known_read(const struct elf *elf);
const struct section *section_named(const struct elf *elf, const char *name);
void cmdline_read(const struct elf *elf);

/* initramfs.c, cpio.c, program.c */
bool archive_probe(const unsigned char *data, size_t size);
void archive_read(struct layer *file);
void initramfs_read(struct layer *space);
bool initramfs_find(struct layer *section, unsigned int word);
const char *cpio_read(struct layer *archive, const unsigned char *data, uint64_t size,
		      uint64_t start, uint64_t base, uint64_t *end);
void program_read(struct layer *member, const unsigned char *body, uint64_t base, uint64_t size);

/* unpack.c, stream.c, block.c */
struct output {
	unsigned char *data;
	size_t size, room;
	size_t used;		/* bytes of input */
	bool open_end;		/* set by who calls: other data may follow */
};
extern uint64_t unpack_limit;
const char *unpack_name(const unsigned char *data, size_t size);
const char *unpack(const unsigned char *data, size_t size, struct output *out);
struct layer *unpack_layer(struct layer *packed, const char *name);
bool unpack_room(struct output *out, size_t least);
bool unpack_over(void);
extern const char unpack_corrupt[], unpack_short[], unpack_memory[];
const char *unpack_gzip(const unsigned char *data, size_t size, struct output *out);
const char *unpack_bzip2(const unsigned char *data, size_t size, struct output *out);
const char *unpack_xz(const unsigned char *data, size_t size, struct output *out);
const char *unpack_lzma(const unsigned char *data, size_t size, struct output *out);
const char *unpack_zstd(const unsigned char *data, size_t size, struct output *out);
const char *unpack_lz4(const unsigned char *data, size_t size, struct output *out);
const char *unpack_lzo(const unsigned char *data, size_t size, struct output *out);

/* layer.c */
struct layer *layer_new(const char *kind, const char *name, const unsigned char *data,
			uint64_t offset, uint64_t size);
struct layer *layer_part(struct layer *parent, const char *kind, const char *name,
			 uint64_t offset, uint64_t size);
struct layer *layer_view(struct layer *parent, const char *kind, const char *name,
			 uint64_t offset, uint64_t size);
void field_number(struct layer *of, const char *name, uint64_t offset, uint64_t size, bool hex,
		  uint64_t number, const char *meaning);
void field_text(struct layer *of, const char *name, uint64_t offset, uint64_t size,
		const char *text, const char *meaning);
void layer_check(struct layer *layer);
struct layer *layer_find(struct layer *layer, const char *kind);
bool all_zero(const unsigned char *data, uint64_t size);
uint64_t le(const unsigned char *data, unsigned int size);
uint64_t be(const unsigned char *data, unsigned int size);

/* memory.c */
void *grab(size_t size);
void keep(void *allocated);
void release_all(void);
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_of(const unsigned char *data, size_t size);
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* print.c, json.c, query.c */
void print_table(struct layer *file, const char *name);
const char *printable(const char *text);
const char *field_value(const struct field *f);
void print_json(const struct layer *file, const char *name);
void json_string(const char *text);
void print_at(const struct layer *file, uint64_t offset);
void extract(struct layer *file, const char *what, const char *output);

#endif
