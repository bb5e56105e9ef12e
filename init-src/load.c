// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the files that say what the services are.
 */
#include "inittab.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "load.h"
#include "service-file.h"
#include "table.h"

#define DROP_INS	"/etc/bzinit.d"

/*
 * Find the next file of @dir after @last in the order of the names, whatever the
 * order of the directory is: the smallest name that is greater than @last and ends
 * in ".conf". Returns whether there is one, and puts it into @name.
 */
static int next_drop_in(const char *dir, const char *last, char *name, size_t size)
{
	static char entries[4096] __attribute__((aligned(8)));
	int fd = k_open(dir, O_RDONLY | O_DIRECTORY);
	struct k_dirent *e;
	long len, at;
	const size_t suffix = strlen(".conf");
	size_t n;

	name[0] = '\0';
	while (fd >= 0 && (len = k_getdents64(fd, entries, sizeof(entries))) > 0) {
		for (at = 0; at < len; at += e->reclen) {
			e = (struct k_dirent *)(entries + at);
			n = strlen(e->name);
			if (n > suffix && n < size && !strcmp(e->name + n - suffix, ".conf") &&
			    strcmp(e->name, last) > 0 && (!name[0] || strcmp(e->name, name) < 0))
				print_to(name, size, "%s", e->name);
		}
	}
	if (fd >= 0)
		k_close(fd);
	return name[0];
}

/* Read the file @path and parse it. It may be missing if it is @optional. */
static void read_one(const char *path, void (*parse)(char *, const char *), int optional)
{
	int err;
	char *body = table_text(path, &err);

	if (body)
		parse(body, path);
	else if (!optional || err != -ENOENT)
		pr_err("cannot read %s: %s", path, error_text(err));
}

void services_load(void)
{
	const char *given = cmdline_value("init.inittab");
	char name[256], last[256] = "", path[sizeof(DROP_INS) + 256];	/* NAME_MAX is 255 */

	table_renew();
	read_one(given ? given : "/etc/inittab", inittab_parse, !given);
	while (next_drop_in(DROP_INS, last, name, sizeof(name))) {
		read_one(print_to(path, sizeof(path), DROP_INS "/%s", name), service_file_parse, 0);
		print_to(last, sizeof(last), "%s", name);
	}
	table_prune();
}
