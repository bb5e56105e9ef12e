// SPDX-License-Identifier: GPL-2.0-only
/*
 * check-objects - remove what a crash of the machine left damaged in the kernel's
 * build directory
 *
 *   check-objects DIR
 *	Look at every file that the kernel's make has saved a command for, and
 *	remove those that are empty or cut short, with their saved command, so that
 *	the kernel's make makes them again. One line on standard error says how
 *	many. Exit status: 0, or 1 if DIR cannot be read or a file not be removed.
 *
 * The kernel's make takes an object for made if it is there and new. An empty one
 * stops the build for ever with the linker's words, and so does half a saved command
 * with make's; an empty file that becomes a part of the image is taken as it is.
 *
 * Formats: scripts/Kbuild.include and scripts/basic/fixdep.c of the kernel for saved
 * commands, elf(5), ar(5).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long removed;
static char first[4096];

/* One file, mapped. An empty or unreadable one has a size of 0. */
struct bytes {
	const char *data;
	size_t size;
};

static struct bytes map_file(const char *path)
{
	struct bytes b = { 0 };
	struct stat st;
	void *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return b;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size) {
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED)
			b = (struct bytes){ data, (size_t)st.st_size };
	}
	close(fd);
	return b;
}

static void unmap_file(struct bytes b)
{
	if (b.size)
		munmap((void *)b.data, b.size);
}

static bool begins(struct bytes b, const char *text, size_t length)
{
	return b.size >= length && !memcmp(b.data, text, length);
}

/* Remove path and count it; a file that is gone already is fine. */
static void remove_file(const char *path)
{
	if (unlink(path)) {
		if (errno == ENOENT)
			return;
		fprintf(stderr, "bzinit: cannot remove the damaged %s: %s\n", path, strerror(errno));
		exit(1);
	}
	if (!removed++)
		snprintf(first, sizeof(first), "%s", path);
}

/*
 * Is a saved command whole? It begins with an assignment to cmd_ or savedcmd_; where
 * fixdep wrote it, the rule "$(deps_TARGET):" ends the list of what the compiler read.
 */
static bool whole_command(struct bytes b)
{
	if (!b.size || b.data[b.size - 1] != '\n' || memchr(b.data, 0, b.size))
		return false;
	if (!begins(b, "cmd_", 4) && !begins(b, "savedcmd_", 9))
		return false;
	return !memmem(b.data, b.size, "\ndeps_", 6) || memmem(b.data, b.size, "\n$(deps_", 8);
}

/* Does the table of section headers, which is at the end of an object, lie in the file? */
static bool whole_elf(struct bytes b)
{
	unsigned long long end;

	if (b.size < sizeof(Elf64_Ehdr))
		return false;
	if (b.data[EI_CLASS] == ELFCLASS64) {
		const Elf64_Ehdr *h = (const Elf64_Ehdr *)b.data;

		end = h->e_shoff + (unsigned long long)h->e_shnum * h->e_shentsize;
	} else {
		const Elf32_Ehdr *h = (const Elf32_Ehdr *)b.data;

		end = h->e_shoff + (unsigned long long)h->e_shnum * h->e_shentsize;
	}
	return end <= b.size;
}

/* Objects are ELF, or, with clang's LTO, LLVM bitcode; archives are plain or thin. */
static bool whole_target(const char *path, struct bytes b)
{
	const char *dot = strrchr(path, '.');

	if (begins(b, ELFMAG, SELFMAG))
		return whole_elf(b);
	if (!b.size)
		return false;
	if (dot && !strcmp(dot, ".o"))
		return begins(b, "BC\xc0\xde", 4) || begins(b, "\xde\xc0\x17\x0b", 4);
	if (dot && !strcmp(dot, ".a"))
		return begins(b, "!<arch>\n", 8) || begins(b, "!<thin>\n", 8);
	return true;
}

/* Files that are rightly empty: stamps, and lists of what there is none of. */
static bool may_be_empty(const char *name)
{
	return *name == '.' || strstr(name, "modules") || strstr(name, "symvers") || strstr(name, ".mod") ||
	       strstr(name, ".usyms");
}

/* Check one saved command and its target. */
static void check_saved(const char *path, int base, size_t length)
{
	char target[4096];
	struct bytes saved = map_file(path), made;
	struct stat st;
	bool good = whole_command(saved);

	unmap_file(saved);
	snprintf(target, sizeof(target), "%.*s%.*s", base, path, (int)(length - 5), path + base + 1);
	if (stat(target, &st) || !S_ISREG(st.st_mode)) {
		if (!good)
			remove_file(path);
		return;
	}
	made = map_file(target);
	if (!whole_target(target, made) && (made.size || !may_be_empty(target + base))) {
		remove_file(target);
		good = false;
	}
	unmap_file(made);
	if (!good)
		remove_file(path);
}

/*
 * What the kernel's make writes without a saved command: what it makes of .config, and
 * headers. Each ends with a newline.
 */
static bool is_configuration(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t length = strlen(name);

	return strstr(path, "/include/config/auto.conf") ||
	       strstr(path, "/include/config/kernel.release") ||
	       (strstr(path, "/generated/") && length > 2 && !strcmp(name + length - 2, ".h"));
}

/* Count the lines that begin with text. */
static unsigned long count_lines(struct bytes b, const char *text)
{
	const char *p = b.data, *end = b.data + b.size;
	unsigned long count = 0;

	while (p && p < end) {
		count += (size_t)(end - p) >= strlen(text) && !memcmp(p, text, strlen(text));
		p = memchr(p, '\n', (size_t)(end - p));
		p += !!p;
	}
	return count;
}

/*
 * Check that auto.conf and autoconf.h have as many settings as .config, from which the
 * kernel's make makes them when that is newer: either may be cut between two lines.
 */
static void check_settings(const char *dir)
{
	static const struct {
		const char *name, *begins;
	} file[] = {
		{ ".config", "CONFIG_" },
		{ "include/config/auto.conf", "CONFIG_" },
		{ "include/generated/autoconf.h", "#define CONFIG_" },
	};
	unsigned long count[3] = { 0 };
	char path[3][4096];
	struct stat st[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		struct bytes b;

		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, file[i].name);
		if (stat(path[i], &st[i]))
			continue;
		b = map_file(path[i]);
		count[i] = count_lines(b, file[i].begins);
		unmap_file(b);
	}
	/* Without one of them the other is of no use. */
	if ((st[2].st_ino && st[1].st_mtime < st[0].st_mtime) || (count[0] == count[1] && count[0] == count[2]))
		return;
	remove_file(path[1]);
	remove_file(path[2]);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + at->base;
	size_t length = strlen(name);

	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	if (length > 5 && *name == '.' && !strcmp(name + length - 4, ".cmd")) {
		check_saved(path, at->base, length);
	} else if (is_configuration(path)) {
		struct bytes b = map_file(path);
		bool whole = b.size && b.data[b.size - 1] == '\n' && !memchr(b.data, 0, b.size);

		unmap_file(b);
		if (!whole)
			remove_file(path);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: check-objects DIR\n", stderr);
		return 1;
	}
	if (nftw(argv[1], visit, 64, FTW_PHYS) && errno != ENOENT) {
		fprintf(stderr, "bzinit: cannot read %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	check_settings(argv[1]);
	if (removed)
		fprintf(stderr, "bzinit: removed %lu damaged %s of an earlier build, which %s made again: %s%s\n",
			removed, removed == 1 ? "file" : "files", removed == 1 ? "is" : "are", first,
			removed == 1 ? "" : ", …");
	return 0;
}
