// SPDX-License-Identifier: GPL-2.0-only
/* The command line of gen-list; gen-list.h says what is where. */
#include "gen-list.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_MIB 1024	/* of all files together */
#define MIB (1024. * 1024)
#define MAX_TIME 0xffffffffUL	/* eight hexadecimal digits in a cpio header */

enum { OPT_OVERLAY = 256, OPT_PROGRAM, OPT_INIT, OPT_NO_INIT, OPT_KEEP_OWNER, OPT_ARCH };

struct source {
	int type;	/* OPT_OVERLAY, OPT_PROGRAM, OPT_INIT, or 1: a list */
	char *path;
};

struct options {
	const char *list, *stage, *announce;
	unsigned long epoch;
	bool libraries, no_init, keep_owner;
	char **dirs;
	size_t n_dirs;
	struct source *sources;
	size_t n_sources;
};

static const char usage[] =
"Usage: gen-list -o LIST -s DIR [OPTION]... SOURCE...\n"
"Joins the sources, in order, into one list for the kernel's gen_init_cpio;\n"
"of two entries with one name the later counts.\n"
"\n"
"Sources:\n"
"  FILE              a list, in gen_init_cpio's language\n"
"  --overlay DIR     all that lies below DIR but .git, owned by root\n"
"  --program PATH    a program of this machine, to its own path\n"
"  --init PATH       a program of this machine, to /init\n"
"Outputs, replaced only when their content changed:\n"
"  -o LIST           the list\n"
"  -s DIR            copies of all files, named by their SHA-256; the list\n"
"                    has ../DIR/HASH, seen from where gen_init_cpio runs\n"
"Options:\n"
"  -I DIR            look here too for files that a list names without /\n"
"  -L                add the interpreters and libraries that programs need\n"
"  -t SECONDS        time stamp of the copies, Unix time (default 0)\n"
"  -a ARCH           the kernel's ARCH: say which programs it cannot run\n"
"  --keep-owner      keep the numeric owners in overlays\n"
"  --no-init         an image without an /init that can start is meant so\n"
"  -p TEXT           print TEXT and the size when the list was replaced\n"
"  -v                say what replaces what, and what is added\n";

static void add_source(struct options *o, int type, char *path)
{
	o->sources = xgrow(o->sources, o->n_sources, sizeof(*o->sources));
	o->sources[o->n_sources++] = (struct source){ type, path };
}

static unsigned long seconds(const char *text)
{
	unsigned long value = 0;

	errno = 0;
	if (*text && !text[strspn(text, "0123456789")])
		value = strtoul(text, NULL, 10);
	else
		errno = EINVAL;
	if (errno || value > MAX_TIME)
		die("-t %s: the time stamp (SOURCE_DATE_EPOCH) is a number of seconds, 0 to %lu",
		    text, MAX_TIME);
	return value;
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "overlay", required_argument, NULL, OPT_OVERLAY },
		{ "program", required_argument, NULL, OPT_PROGRAM },
		{ "init", required_argument, NULL, OPT_INIT },
		{ "no-init", no_argument, NULL, OPT_NO_INIT },
		{ "keep-owner", no_argument, NULL, OPT_KEEP_OWNER },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "-o:s:t:a:p:I:Lvh", longs, NULL)) != -1) {
		switch (c) {
		case 1:
		case OPT_OVERLAY:
		case OPT_PROGRAM:
		case OPT_INIT:
			add_source(o, c, optarg);
			break;
		case 'o': o->list = optarg; break;
		case 's': o->stage = optarg; break;
		case 'p': o->announce = optarg; break;
		case 't': o->epoch = seconds(optarg); break;
		case 'L': o->libraries = true; break;
		case 'v': verbose = true; break;
		case OPT_NO_INIT: o->no_init = true; break;
		case OPT_KEEP_OWNER: o->keep_owner = true; break;
		case 'a':
			if (!set_arch(optarg))
				die("-a %s: unknown architecture", optarg);
			break;
		case 'I':
			o->dirs = xgrow(o->dirs, o->n_dirs, sizeof(*o->dirs));
			o->dirs[o->n_dirs++] = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try \"gen-list --help\".\n", stderr);
			exit(2);
		}
	}
	while (optind < argc)
		add_source(o, 1, argv[optind++]);
	if (!o->list || !o->stage) {
		fputs("gen-list: -o and -s are needed. Try \"gen-list --help\".\n", stderr);
		exit(2);
	}
	if (o->stage[strcspn(o->stage, " \t\n\v\f\r")] || strstr(o->stage, "${"))
		die("-s %s: white space and ${ cannot be expressed in the kernel's list", o->stage);
}

/*
 * Sum up the sizes of all files, each once, and count them. An x86 kernel with the
 * archive in it cannot be linked beyond 1 GiB (KERNEL_IMAGE_SIZE).
 */
static double total_size(struct item **all, size_t n, size_t *files)
{
	double total = 0;
	size_t i;

	for (*files = i = 0; i < n; i++) {
		if (all[i]->kind != FILE_ENTRY || all[i]->content->counted)
			continue;
		all[i]->content->counted = true;
		total += all[i]->content->size;
		++*files;
	}
	if (total > SIZE_MAX_MIB * MIB)
		die("the files in the image have %.0f MiB, and the kernel takes at most %d: put what is large on a disk",
		    total / MIB, SIZE_MAX_MIB);
	return total;
}

static void read_source(const struct options *o, const struct source *s)
{
	struct place at = { .file = s->type == OPT_INIT ? "INIT_BINARY_PATH" : "USR_PROGRAMS" };

	switch (s->type) {
	case OPT_OVERLAY:
		read_overlay(s->path, o->keep_owner);
		break;
	case OPT_PROGRAM:
		read_program(&at, s->path, s->path);
		break;
	case OPT_INIT:
		read_program(&at, s->path, "/init");
		break;
	default:
		read_list(s->path, o->dirs, o->n_dirs);
	}
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct item **all;
	bool changed, repaired = false;
	size_t n, files, i;
	double total;

	parse(&o, argc, argv);
	for (i = 0; i < o.n_sources; i++)
		read_source(&o, &o.sources[i]);
	entries_add_parents();
	check_programs(o.libraries);
	entries_add_parents();
	if (!o.no_init)
		check_init();
	if (error_count())
		return 1;

	all = entries_sorted(&n);
	total = total_size(all, n, &files);
	stage_setup(o.stage, o.epoch);
	for (i = 0; i < n; i++)
		if (all[i]->kind == FILE_ENTRY)
			repaired |= stage_file(all[i]);
	changed = write_list(o.list, o.stage, o.epoch, all, n, repaired);
	if (error_count())
		return 1;
	stage_clean(all, n);
	free(all);
	if (changed && attribute_lost())
		warning(NULL, "%s is not in the image, nor is any attribute of a file, capability or access list: "
			"set it when the machine has started", attribute_lost());
	if (!changed || !o.announce)
		return 0;
	printf("%s (%zu file%s, %.1f %s)\n", o.announce, files, files == 1 ? "" : "s",
	       total / (total < MIB ? 1024 : MIB), total < MIB ? "KiB" : "MiB");
	if (overlay_omitted())
		print("%s is left out, as is every .git of an overlay: a list (USR_LISTS) can name it",
		      overlay_omitted());
	return 0;
}
