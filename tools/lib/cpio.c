// SPDX-License-Identifier: GPL-2.0-only
/*
 * The archive format of an initramfs, as in
 * Documentation/driver-api/early-userspace/buffer-format.rst: "newc" and "crc",
 * 110 bytes of header in hexadecimal, the name, the data, each up to a multiple
 * of four bytes, and TRAILER!!! at the end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "readers.h"

#define HEADER		110
#define NAME_MAX_SIZE	4096		/* the kernel skips members with longer names */
#define ALIGN4(n)	(((n) + 3) & ~3ULL)

enum { INO, MODE, UID, GID, NLINK, MTIME, FILESIZE, MAJOR, MINOR, RMAJOR, RMINOR, NAMESIZE,
       CHECK, COUNT };

struct member {
	uint32_t header[COUNT];
	bool crc;
	const unsigned char *name, *body;
	uint64_t size;		/* of all of it */
};

/* Read eight hexadecimal digits. */
static bool hex(const unsigned char *data, uint32_t *number)
{
	int i;

	for (*number = 0, i = 0; i < 8; i++) {
		unsigned char c = data[i] | 0x20;

		if (c >= '0' && c <= '9')
			c -= '0';
		else if (c >= 'a' && c <= 'f')
			c -= 'a' - 10;
		else
			return false;
		*number = *number << 4 | c;
	}
	return true;
}

/* Read the member at data, which ends after size bytes at most. Returns NULL, or what is wrong. */
static const char *read_member(const unsigned char *data, uint64_t size, struct member *m)
{
	uint64_t body, end;
	uint32_t sum = 0, i;

	if (size < HEADER)
		return "a header is cut short";
	if (memcmp(data, "07070", 5) || (data[5] != '1' && data[5] != '2'))
		return "a header does not begin with 070701 or 070702";
	m->crc = data[5] == '2';
	for (i = 0; i < COUNT; i++) {
		if (!hex(data + 6 + 8 * i, &m->header[i]))
			return "a header holds what is no hexadecimal digit";
	}
	if (!m->header[NAMESIZE] || m->header[NAMESIZE] > NAME_MAX_SIZE)
		return "a name is empty or longer than 4095 bytes";
	body = ALIGN4(HEADER + (uint64_t)m->header[NAMESIZE]);
	end = body + m->header[FILESIZE];
	if (size < body)
		return "a name is cut short";
	m->name = data + HEADER;
	if (m->name[m->header[NAMESIZE] - 1])
		return "a name has no NUL at its end";
	if (size < end)
		return "a file is cut short";
	m->body = data + body;
	m->size = ALIGN4(end) < size ? ALIGN4(end) : size;
	for (i = 0; m->crc && i < m->header[FILESIZE]; i++)
		sum += m->body[i];
	/* cpio -H crc sets it for regular files only. */
	if (m->crc && S_ISREG(m->header[MODE]) && sum != m->header[CHECK])
		return "the checksum of a file does not match";
	return NULL;
}

/* Return a mode as ls shows it. */
static const char *mode_text(uint32_t mode)
{
	static const char types[] = "?pc?d?b?-?l?s???";
	char to[] = "?rwxrwxrwx";
	int i;

	to[0] = types[mode >> 12 & 15];
	for (i = 0; i < 9; i++) {
		if (!(mode >> (8 - i) & 1))
			to[1 + i] = '-';
	}
	if (mode & S_ISUID)
		to[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		to[6] = mode & 010 ? 's' : 'S';
	if (mode & S_ISVTX)
		to[9] = mode & 1 ? 't' : 'T';
	return aprintf("%s", to);
}

static void add_member(struct layer *archive, uint64_t offset, const struct member *m)
{
	const uint32_t *h = m->header;
	struct layer *l;
	uint64_t body = offset + ALIGN4(HEADER + h[NAMESIZE]);
	const char *mode = mode_text(h[MODE]), *target;

	l = layer_part(archive, "member", string_of(m->name, h[NAMESIZE]), offset, m->size);
	l->brief = true;
	field_text(l, "mode", offset + 6 + 8 * MODE, 8, mode, NULL);
	field_number(l, "mode_bits", offset + 6 + 8 * MODE, 8, false, h[MODE], NULL);
	field_number(l, "uid", offset + 6 + 8 * UID, 8, false, h[UID], NULL);
	field_number(l, "gid", offset + 6 + 8 * GID, 8, false, h[GID], NULL);
	field_number(l, "links", offset + 6 + 8 * NLINK, 8, false, h[NLINK], NULL);
	field_number(l, "inode", offset + 6 + 8 * INO, 8, false, h[INO], NULL);
	field_number(l, "mtime", offset + 6 + 8 * MTIME, 8, false, h[MTIME], NULL);
	field_number(l, "length", offset + 6 + 8 * FILESIZE, 8, false, h[FILESIZE], NULL);
	if (S_ISLNK(h[MODE])) {
		target = string_of(m->body, h[FILESIZE]);
		field_text(l, "target", body, h[FILESIZE], target, NULL);
		l->note = aprintf("%s %u/%u -> %s", mode, h[UID], h[GID], target);
	} else if (S_ISCHR(h[MODE]) || S_ISBLK(h[MODE])) {
		target = aprintf("%u:%u", h[RMAJOR], h[RMINOR]);
		field_text(l, "device", offset + 6 + 8 * RMAJOR, 16, target, NULL);
		l->note = aprintf("%s %u/%u device %s", mode, h[UID], h[GID], target);
	} else if (S_ISREG(h[MODE])) {
		field_number(l, "content", body, h[FILESIZE], false, h[FILESIZE], "bytes");
		l->note = aprintf("%s %u/%u %u bytes", mode, h[UID], h[GID], h[FILESIZE]);
		program_read(l, m->body, body, h[FILESIZE]);
	} else {
		l->note = aprintf("%s %u/%u", mode, h[UID], h[GID]);
	}
}

/*
 * Read one archive, which begins at start of the size bytes at data. *end
 * becomes the offset behind its trailer, or where it broke. Its members become
 * parts of archive, if that is not NULL, in a space where data is at base.
 * Returns NULL, or what is wrong.
 */
const char *cpio_read(struct layer *archive, const unsigned char *data, uint64_t size,
		      uint64_t start, uint64_t base, uint64_t *end)
{
	unsigned int count = 0;
	struct member m;
	const char *why;

	for (*end = start; ; *end += m.size) {
		if (*end == size)
			return "it ends without TRAILER!!!";
		why = read_member(data + *end, size - *end, &m);
		if (why)
			return why;
		if (m.header[NAMESIZE] == 11 && !memcmp(m.name, "TRAILER!!!", 11))
			break;
		count++;
		if (archive)
			add_member(archive, base + *end, &m);
	}
	if (archive) {
		layer_part(archive, "trailer", "TRAILER!!!", base + *end, m.size);
		field_text(archive, "format", base + start, 6, m.crc ? "crc" : "newc", NULL);
		field_number(archive, "members", base + start, 0, false, count, NULL);
	}
	*end += m.size;
	return NULL;
}
