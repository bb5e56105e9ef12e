// SPDX-License-Identifier: GPL-2.0-only
/*
 * The groups are below /sys/fs/cgroup/services: NAME.service for NAME.conf, and
 * NAME-NUMBER for an entry of inittab, of which several may have one name. The child
 * makes its own group, before it becomes another user. So whatever this costs or waits
 * for, PID 1 does not; and what fails is reported as any other setting is.
 *
 * A group whose children have controllers must have no processes itself ("no internal
 * processes", Documentation/admin-guide/cgroup-v2.rst), except the root of all groups.
 * In a container /sys/fs/cgroup is not that root. There PID 1 moves to a group of its own.
 */
#include <linux/magic.h>
#include "cgroup.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

#define CGROUP		"/sys/fs/cgroup"
#define SERVICES	CGROUP "/services"
#define PID_1		CGROUP "/init"
#define PATH_SIZE	512	/* a name has at most 255 bytes; groups in groups may have more */
#define ROUNDS_MAX	64	/* SIGKILL to processes that may fork meanwhile */
#define BUSY_WAIT	5	/* ms until other children have left the group of PID 1... */
#define BUSY_ROUNDS	40	/* ...how often */

/* The files of a group that a service file may set; before the dot is the controller. */
static const char limits[] =
	"cpu.max cpu.weight memory.high memory.low memory.max memory.min memory.swap.max pids.max";

/* Put the path of @file in the group of @s into @path, or of the group for "". */
static char *path_of(char path[PATH_SIZE], const struct service *s, const char *file)
{
	char name[128];

	if (s->from_file)
		return print_to(path, PATH_SIZE, SERVICES "/%s.service%s", s->name, file);
	print_to(name, sizeof(name), "%s", s->name);
	return print_to(path, PATH_SIZE, SERVICES "/%s-%lx%s", name, (unsigned long)s->id, file);
}

/* Is @text "max", or a number with K, M, G or T after it or not? */
static int is_amount(const char *text)
{
	const char *unit = text;

	if (!strcmp(text, "max"))
		return 1;
	while (*unit >= '0' && *unit <= '9')
		unit++;
	return unit != text && (!*unit || (strchr("KMGT", *unit) && !unit[1]));
}

int cgroup_check(const char *key, const char *value)
{
	char text[64], *word[3];
	int n;

	if (words_index(limits, key) < 0)
		return -ENOENT;
	if (strlen(value) >= sizeof(text))
		return -EINVAL;
	n = words_split(print_to(text, sizeof(text), "%s", value), word, COUNT(word));
	if (n < 1 || !is_amount(word[0]))
		return -EINVAL;
	/* cpu.max=QUOTA PERIOD, in microseconds */
	return n == 1 || (!strcmp(key, "cpu.max") && is_amount(word[1])) ? 0 : -EINVAL;
}

/* Copy the key of @line, a setting, into @key. Returns whether it is a limit. */
static int limit_key(const char *line, char *key, size_t size)
{
	char *equals = strchr(print_to(key, size, "%s", line), '=');

	if (!equals)
		return 0;
	*equals = '\0';
	return words_index(limits, key) >= 0;
}

/* Remove the group @path, with the groups that the service has made in it. */
static void remove_group(char *path, int depth)
{
	char entries[1024] __attribute__((aligned(8)));
	size_t len = strlen(path);
	struct k_dirent *e;
	long size, at;
	int fd;

	if (K3(unlinkat, AT_FDCWD, path, AT_REMOVEDIR) == 0 || !depth)
		return;
	fd = k_open(path, O_RDONLY | O_DIRECTORY);
	while (fd >= 0 && (size = k_getdents64(fd, entries, sizeof(entries))) > 0) {
		for (at = 0; at < size; at += e->reclen) {
			e = (struct k_dirent *)(entries + at);
			if (!strcmp(e->name, ".") || !strcmp(e->name, "..") ||
			    len + 1 + strlen(e->name) >= PATH_SIZE)
				continue;
			print_to(path + len, PATH_SIZE - len, "/%s", e->name);
			remove_group(path, depth - 1);
			path[len] = '\0';
		}
	}
	if (fd >= 0)
		k_close(fd);
	K3(unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* Make the group of @s, empty and new if that is possible, and move into it. */
static int enter(const struct service *s)
{
	char path[PATH_SIZE];
	int err;

	if (k_fs_magic(CGROUP) != CGROUP2_SUPER_MAGIC)
		return -ENODEV;
	k_mkdir(SERVICES, 0755);
	remove_group(path_of(path, s, ""), 4);
	err = k_mkdir(path, 0755);
	if (err < 0 && err != -EEXIST)
		return err;
	return write_file(path_of(path, s, "/cgroup.procs"), "0");
}

/* Let the groups in @group have the controller of @key. Returns 0, or -errno. */
static int enable(const char *group, const char *key)
{
	char path[PATH_SIZE], word[32];
	int err, left;

	*strchr(print_to(word, sizeof(word), "+%s", key), '.') = '\0';
	print_to(path, sizeof(path), "%s/cgroup.subtree_control", group);
	for (left = BUSY_ROUNDS; (err = write_file(path, word)) == -EBUSY && left; left--) {
		k_mkdir(PID_1, 0755);
		write_file(PID_1 "/cgroup.procs", "1");
		sleep_ms(BUSY_WAIT);
	}
	return err == -ENOENT || err == -EINVAL ? -ENODEV : err;
}

int cgroup_enter(const struct service *s, const char **what)
{
	char path[PATH_SIZE], key[32], file[40];
	const char *line, *limit = NULL;
	int err;

	for (line = s->settings; line && *line && !limit; line += strlen(line) + 1)
		if (limit_key(line, key, sizeof(key)))
			limit = line;
	if (s->action == RESTART && !limit)
		return 0;	/* that is PID 1 */
	err = enter(s);
	if (!limit) {
		if (err < 0 && err != -ENODEV)
			pr_err("%s has no control group: %s", s->name, error_text(err));
		return 0;
	}
	*what = limit;
	for (line = s->settings; !err && *line; line += strlen(line) + 1) {
		if (!limit_key(line, key, sizeof(key)))
			continue;
		*what = line;
		err = enable(CGROUP, key);
		if (!err)
			err = enable(SERVICES, key);
		print_to(file, sizeof(file), "/%s", key);
		if (!err)
			err = write_file(path_of(path, s, file), line + strlen(key) + 1);
	}
	if (!err)
		*what = NULL;
	return err;
}

/* Send @sig to each process in the file @path. Returns their number. */
static int signal_each(const char *path, int sig)
{
	int fd = k_open(path, O_RDONLY), pid = 0, count = 0;
	char text[1024];
	long i, len;

	if (fd < 0)
		return 0;
	while ((len = k_read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < len; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = pid * 10 + text[i] - '0';
				continue;
			}
			/* The kernel writes 0 for a process of another PID namespace. */
			if (pid > 1 && k_kill(pid, sig) == 0)
				count++;
			pid = 0;
		}
	}
	k_close(fd);
	return count;
}

int cgroup_signal(const struct service *s, int sig)
{
	char path[PATH_SIZE];
	int count, rounds = ROUNDS_MAX;

	/* Since Linux 5.14; it also reaches the groups in this one. */
	if (sig == SIGKILL && write_file(path_of(path, s, "/cgroup.kill"), "1") == 0)
		return 1;
	path_of(path, s, "/cgroup.procs");
	do
		count = signal_each(path, sig);
	while (sig == SIGKILL && count && --rounds);
	return count;
}

void cgroup_ended(struct service *s)
{
	s->left = 1;
	cgroup_left(s);
}

int cgroup_left(struct service *s)
{
	char path[PATH_SIZE], text[64];

	if (!s->left)
		return 0;
	read_file(path_of(path, s, "/cgroup.events"), text, sizeof(text));
	s->left = starts_with(text, "populated 1");
	if (!s->left)
		K3(unlinkat, AT_FDCWD, path_of(path, s, ""), AT_REMOVEDIR);
	return s->left;
}
