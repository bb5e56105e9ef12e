/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the readers of formats share. Each row calls only those below it:
 *
 *   format.c             which kind of file is it?
 *   efi.c                programs for the firmware, with a kernel in them or not
 *   kernel.c             which kind of kernel is it?
 *   bzimage.c, setup-header.c, zboot.c     images that unpack themselves
 *   payload.c, image.c, pe.c               their payload; the Image of arm64 and riscv64
 *   vmlinux.c, relocs.c, known.c, cmdline.c   the kernel proper
 *   initramfs.c, cpio.c, program.c         archives, and programs in them
 *   elf-headers.c        what libelf says of an ELF file
 *   unpack.c, stream.c, block.c, room.c    compressors
 *   layer.c, memory.c, fail.c              the tree that all of them build
 *
 * contents.c finds a file in the finished tree, by its path.
 *
 * A reader that finds the file broken calls fail(), which does not return:
 * layers_read() then returns no tree and the reason. So a reader must not hold
 * anything but memory of memory.c when it calls a function that can fail, which
 * are fail(), grab() and all that make a layer, a field or a string.
 */
#ifndef READERS_H
#define READERS_H

#include "layers.h"

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
	uint64_t entry;			/* offset in the file, as all of these */
	uint64_t checksum_at;		/* where signing changes the header ... */
	uint64_t security_at;		/* ... 0: it has no such field */
	uint64_t signature, signature_size;
	uint64_t end;			/* of the headers */
};
bool pe_probe(const unsigned char *data, size_t size);
bool pe_read(struct layer *file, struct layer *setup, const char *first,
	     void (*open)(struct layer *section, const char *name), struct pe *pe);
void payload_read(struct layer *payload);

/* image.c, zboot.c, kernel.c, efi.c */
bool image_probe(const unsigned char *data, size_t size);
void image_read(struct layer *space);
bool zboot_probe(const unsigned char *data, size_t size);
void zboot_read(struct layer *file);
const char *kernel_read(struct layer *space);
void efi_read(struct layer *file);

/* elf-headers.c, and elf-headers.h for those who read ELF */
bool elf_probe(const unsigned char *data, size_t size);
void elf_release(void);

/* vmlinux.c, relocs.c, known.c, cmdline.c */
struct section {
	const char *name;
	uint32_t type;
	uint64_t flags, address, offset, size;
	struct layer *layer;		/* NULL: no bytes in the file */
};
struct elf {
	unsigned int word;		/* 4 or 8 bytes */
	bool x86;
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
void initramfs_read(struct layer *space, bool (*other)(struct layer *packed));
bool initramfs_find(struct layer *section, unsigned int word);
const char *cpio_read(struct layer *archive, const unsigned char *data, uint64_t size,
		      uint64_t start, uint64_t base, uint64_t *end);
void program_read(struct layer *member, const unsigned char *body, uint64_t base, uint64_t size);

/* room.c */
struct unpacked {
	unsigned char *data;
	size_t size, room;
	size_t used;		/* bytes of input */
	bool open_end;		/* set by the caller: other data may follow */
};
extern uint64_t unpack_limit;
extern const char unpack_corrupt[], unpack_short[], unpack_memory[];
void unpack_allow(uint64_t limit);
bool unpack_room(struct unpacked *out, size_t least);
bool unpack_count(const struct unpacked *out);
bool unpack_over(void);

/* unpack.c, stream.c, block.c */
const char *unpack_name(const unsigned char *data, size_t size);
const char *unpack(const unsigned char *data, size_t size, struct unpacked *out);
struct layer *unpack_layer(struct layer *packed, const char *name);
const char *unpack_gzip(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_bzip2(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_xz(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_lzma(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_zstd(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_lz4(const unsigned char *data, size_t size, struct unpacked *out);
const char *unpack_lzo(const unsigned char *data, size_t size, struct unpacked *out);

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
bool all_zero(const unsigned char *data, uint64_t size);
uint64_t le(const unsigned char *data, unsigned int size);
uint64_t be(const unsigned char *data, unsigned int size);

/* memory.c */
void *grab(size_t size);
void keep(void *allocated);
void memory_free(void);
char *aprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *string_of(const unsigned char *data, size_t size);

/* fail.c */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
const char *attempt(void (*read)(void *of), void *of);

#endif
