// SPDX-License-Identifier: GPL-2.0-only
/* The list for gen_init_cpio. */
#include "gen-list.h"
#include "outfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gen_init_cpio reads lines into a buffer of this size, and splits longer ones. */
#define LINE_SIZE (2 * PATH_MAX + 50)

/* Write the line of a file. Its path is seen from the kernel's build directory, a sibling of usr/. */
static void put_file(FILE *to, const char *stage, const struct item *leader)
{
	const struct item *e;

	fprintf(to, "file %s %s%s/%s %04o %u %u", leader->name,
		stage[0] == '/' ? "" : "../", stage, leader->content->hash,
		leader->mode, leader->uid, leader->gid);
	for (e = leader->content->links; e != leader; e = e->next_link)
		fprintf(to, " %s", e->name);
	putc('\n', to);
}

/*
 * Write the line of an entry. Hard links are one line, which stands where the last
 * of their names belongs: then the directories of all of them come before it.
 */
static void put_entry(FILE *to, const char *stage, const struct item *e)
{
	switch (e->kind) {
	case FILE_ENTRY:
		if (!e->next_link)
			put_file(to, stage, e);
		break;
	case SLINK_ENTRY:
		fprintf(to, "slink %s %s %04o %u %u\n", e->name, e->target,
			e->mode, e->uid, e->gid);
		break;
	case NOD_ENTRY:
		fprintf(to, "nod %s %04o %u %u %c %u %u\n", e->name, e->mode,
			e->uid, e->gid, e->dev, e->major, e->minor);
		break;
	default:
		fprintf(to, "%s %s %04o %u %u\n", kind_name[e->kind], e->name,
			e->mode, e->uid, e->gid);
		break;
	}
}

/* Tell whether a file holds these bytes. */
static bool has_bytes(const char *path, const char *data, size_t len)
{
	struct stat st;
	bool equal = false;
	char *old;
	FILE *f;

	/* To open a pipe would wait for what writes to it. */
	if (stat(path, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size != len)
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	old = xalloc(len + 1);
	equal = fread(old, 1, len, f) == len && !memcmp(old, data, len) && getc(f) == EOF;
	free(old);
	fclose(f);
	return equal;
}

/*
 * write_list - write the list
 * @path: its path
 * @stage: the staging directory
 * @epoch: the time stamp of the copies
 * @sorted: the entries, sorted and staged
 * @n: how many there are
 * @anew: write it even if it does not change, for what is made from it
 *
 * Returns whether it was written; a list that does not change keeps its time
 * stamp.
 */
bool write_list(const char *path, const char *stage, unsigned long epoch,
		struct item **sorted, size_t n, bool anew)
{
	char *data = NULL;
	bool changed;
	size_t len = 0, i;
	long start;
	FILE *to;

	for (i = n; i-- > 0; ) {
		if (sorted[i]->kind != FILE_ENTRY)
			continue;
		sorted[i]->next_link = sorted[i]->content->links;
		sorted[i]->content->links = sorted[i];
	}
	to = open_memstream(&data, &len);
	if (!to)
		die("out of memory");
	fprintf(to, "# What is in the initramfs, for the kernel's usr/gen_init_cpio.\n"
		"# Made by usr/gen-list: do not edit, the next make writes it anew.\n"
		"# A file is named by the SHA-256 of its bytes; its time stamp is %lu.\n",
		epoch);
	for (i = 0; i < n; i++) {
		start = ftell(to);
		put_entry(to, stage, sorted[i]);
		if (ftell(to) - start >= LINE_SIZE)
			error(&sorted[i]->place, "%s: too many or too long hard links: their line has %ld bytes, gen_init_cpio takes %d",
			      sorted[i]->name, ftell(to) - start, LINE_SIZE - 1);
	}
	if (fclose(to))
		die("out of memory");
	changed = !error_count() && (anew || !has_bytes(path, data, len));
	if (changed && (outfile_open(path) || outfile_write(data, len) || outfile_close()))
		die("cannot write %s: %s", path, outfile_why());
	free(data);
	return changed;
}
