// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identifies a file system by its superblock and a partition by its table. The bytes
 * are not trusted: everything is read at a fixed place, but the entries of a GPT.
 */
#include "lib/sys.h"
#include "switch-root.h"

#define GPT_ENTRIES_MAX	1024

/* How a UUID and a label are written in a superblock. */
enum { NONE, BYTES, SERIAL };		/* SERIAL: 32 bits, little-endian */
enum { TEXT = 1, UTF16 };

/*
 * Offsets from the first byte of the device. ext4: Documentation/filesystems/
 * ext4/super.rst; xfs: fs/xfs/libxfs/xfs_format.h, struct xfs_dsb; btrfs:
 * include/uapi/linux/btrfs_tree.h, struct btrfs_super_block at 64 KiB; f2fs:
 * include/linux/f2fs_fs.h; erofs: fs/erofs/erofs_fs.h; squashfs: fs/squashfs/
 * squashfs_fs.h; FAT: include/uapi/linux/msdos_fs.h; ISO 9660: ECMA-119, 8.4.
 */
static const struct format {
	const char *type, *magic;
	int magic_len, magic_at;
	int id, id_at;
	int label, label_at, label_len;	/* in bytes */
} formats[] = {
	{ "xfs", "XFSB", 4, 0, BYTES, 32, TEXT, 108, 12 },
	{ "squashfs", "hsqs", 4, 0, NONE, 0, NONE, 0, 0 },
	{ "vfat", "FAT32   ", 8, 82, SERIAL, 67, TEXT, 71, 11 },
	{ "vfat", "FAT1", 4, 54, SERIAL, 39, TEXT, 43, 11 },
	{ "ext4", "\x53\xef", 2, 0x438, BYTES, 0x468, TEXT, 0x478, 16 },
	{ "f2fs", "\x10\x20\xf5\xf2", 4, 0x400, BYTES, 0x46c, UTF16, 0x47c, 256 },
	{ "erofs", "\xe2\xe1\xf5\xe0", 4, 0x400, BYTES, 0x430, TEXT, 0x440, 16 },
	{ "iso9660", "CD001", 5, 0x8001, NONE, 0, TEXT, 0x8028, 32 },
	{ "btrfs", "_BHRfS_M", 8, 0x10040, BYTES, 0x10020, TEXT, 0x1012b, 256 },
};

/* Read @size bytes at @at. Returns whether all of them could be read. */
static int read_at(int fd, long at, void *buf, long size)
{
	return K3(lseek, fd, at, 0) == at && k_read(fd, buf, size) == size;
}

static __u32 le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (__u32)p[3] << 24;
}

static void hex(char *to, const unsigned char *bytes, int count)
{
	static const char digits[] = "0123456789abcdef";

	for (; count--; bytes++) {
		*to++ = digits[*bytes >> 4];
		*to++ = digits[*bytes & 15];
	}
	*to = '\0';
}

/*
 * Copy @len bytes to the string @to, without blanks at its end. A character that is
 * not ASCII becomes "?".
 */
static void text_of(char *to, const unsigned char *from, int len, int kind)
{
	int n = 0, i;

	for (i = 0; i + kind <= len && n < LABEL_MAX - 1; i += kind) {
		if (!from[i] && (kind == TEXT || !from[i + 1]))
			break;
		to[n++] = kind == UTF16 && (from[i + 1] || from[i] > 126) ? '?' : from[i];
	}
	while (n && to[n - 1] == ' ')
		n--;
	to[n] = '\0';
}

/* Write the number in hexadecimal, the most significant byte first. */
static void serial_of(char *to, const unsigned char *p)
{
	const unsigned char bytes[4] = { p[3], p[2], p[1], p[0] };

	hex(to, bytes, 4);
}

int superblock_identify(int fd, struct identity *is)
{
	unsigned char bytes[256];
	const struct format *f;

	*is = (struct identity){ 0 };
	for (f = formats; f < formats + COUNT(formats); f++) {
		if (!read_at(fd, f->magic_at, bytes, f->magic_len) ||
		    memcmp(bytes, f->magic, f->magic_len) != 0)
			continue;
		if (f->id && read_at(fd, f->id_at, bytes, 16)) {
			if (f->id == SERIAL)
				serial_of(is->id, bytes);
			else
				hex(is->id, bytes, 16);
		}
		if (f->label && read_at(fd, f->label_at, bytes, f->label_len))
			text_of(is->label, bytes, f->label_len, f->label);
		is->type = f->type;
		return 1;
	}
	return 0;
}

/* UEFI Specification, 5.3.2 and 5.3.3. A GUID begins with little-endian numbers. */
static int gpt_identify(int fd, int number, int block_size, struct identity *is)
{
	static const unsigned char order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned char header[92], entry[128], guid[16];
	__u32 first, size;
	int i;

	if (!read_at(fd, block_size, header, sizeof(header)) || memcmp(header, "EFI PART", 8) != 0)
		return 0;
	first = le32(header + 72);
	size = le32(header + 84);
	if (le32(header + 76) || first > 65536 || size < sizeof(entry) || size > 4096 ||
	    number < 1 || number > GPT_ENTRIES_MAX || (__u32)number > le32(header + 80) ||
	    !read_at(fd, (long)first * block_size + (long)size * (number - 1), entry, sizeof(entry)))
		return 0;
	for (i = 0; i < 16; i++)
		guid[i] = entry[16 + order[i]];
	hex(is->id, guid, 16);
	text_of(is->label, entry + 56, 72, UTF16);
	return 1;
}

int partition_identify(int fd, int number, int block_size, struct identity *is)
{
	unsigned char mbr[512];

	*is = (struct identity){ 0 };
	if (gpt_identify(fd, number, block_size, is))
		return 1;
	if (!read_at(fd, 0, mbr, sizeof(mbr)) || mbr[510] != 0x55 || mbr[511] != 0xaa)
		return 0;
	/* SIGNATURE-NN, as block/partitions/msdos.c makes it: set_info() */
	serial_of(is->id, mbr + 440);
	hex(is->id + 8, (const unsigned char[]){ number }, 1);
	return 1;
}
