/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * size-report - whose the bytes of a built kernel are
 *
 * Every number is read from the kernel or its objects. Exit status: 0, 1 if
 * they cannot be read or contradict each other (one line says why), 2 a wrong
 * call. See Documentation/size-report.md.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "size.h"

static const char usage_text[] =
"usage: size-report --map MAP --again VMLINUX --source TREE [OPTION]...\n"
"\n"
"Run in the kernel's build directory: says whose the bytes of its vmlinux are.\n"
"scripts/size-report is the way to call it.\n"
"\n"
"  --map MAP         what ld -Map wrote when it linked ...\n"
"  --again VMLINUX   ... this, which must be as vmlinux is\n"
"  --source TREE     the kernel's source\n"
"  --image FILE      the bzImage, for its size\n"
"  --fragments DIR   what conf and make said of each fragment\n"
"  --base OLD.json   print what has another size since then\n"
"  --all             print each object\n"
"  -o FILE           write the report for programs there\n"
"  -q                print nothing\n";

/* One line on standard error, and the end. */
void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	fputs("size-report: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void usage(FILE *to)
{
	fputs(usage_text, to);
	exit(to == stdout ? 0 : 2);
}

/* What the kernel's build says of the payload, x86's only (scripts mkpiggy.c). */
static void read_payload(struct kernel *k, const char *image)
{
	const char *path = "arch/x86/boot/compressed/piggy.S";
	struct stat st;
	struct lines l;
	char *line;

	if (!image)
		return;
	if (stat(image, &st))
		die("%s: %s", image, strerror(errno));
	k->image = st.st_size;
	if (access(path, R_OK))
		return;
	lines_open(&l, path);
	while ((line = lines_next(&l))) {
		if (!strncmp(line, "z_input_len = ", 14))
			k->packed = strtoull(line + 14, NULL, 10);
		else if (!strncmp(line, "z_output_len = ", 15))
			k->unpacked = strtoull(line + 15, NULL, 10);
	}
}

static const char *read_release(void)
{
	struct lines l;
	char *line;

	lines_open(&l, "include/config/kernel.release");
	line = lines_next(&l);
	return line ? line : "";
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "map", required_argument, NULL, 'm' },
		{ "again", required_argument, NULL, 'a' },
		{ "source", required_argument, NULL, 's' },
		{ "image", required_argument, NULL, 'i' },
		{ "fragments", required_argument, NULL, 'f' },
		{ "base", required_argument, NULL, 'b' },
		{ "all", no_argument, NULL, 'A' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *map = NULL, *again = NULL, *source = NULL, *image = NULL, *fragments = NULL;
	const char *output = NULL, *release;
	struct node *base = NULL;
	struct kernel k = { .last_fragment = &k.fragments };
	bool all = false, quiet = false;
	int c;

	while ((c = getopt_long(argc, argv, "o:qh", options, NULL)) != -1) {
		switch (c) {
		case 'm': map = optarg; break;
		case 'a': again = optarg; break;
		case 's': source = optarg; break;
		case 'i': image = optarg; break;
		case 'f': fragments = optarg; break;
		case 'b': base = json_tree(optarg); break;
		case 'A': all = true; break;
		case 'o': output = optarg; break;
		case 'q': quiet = true; break;
		case 'h': usage(stdout); break;
		default: usage(stderr);
		}
	}
	if (optind != argc || !map || !again || !source)
		usage(stderr);
	k.tree = grab(sizeof(*k.tree));
	k.tree->name = "vmlinux";
	release = read_release();
	vmlinux_open(&k, "vmlinux");
	vmlinux_compare(&k, again);
	map_read(&k, map);
	pieces_assign(&k);
	kbuild_options(&k, source, ".config");
	if (fragments)
		fragments_read(&k, fragments);
	tree_finish(k.tree);
	read_payload(&k, image);
	if (output)
		json_report(&k, release, base, output);
	if (!quiet)
		table_print(&k, release, all);
	if (base && !quiet)
		compare_print(base, k.tree, all);
	if (fflush(stdout) || ferror(stdout))
		die("cannot write to standard output: %s", strerror(errno));
	release_all();
	return 0;
}
