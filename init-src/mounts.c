// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file systems that the kernel itself offers, and all mounts at the end.
 */
#include <string.h>
#include "cgroup.h"
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "mounts.h"

#define MOUNTS_MAX	(1 << 20)	/* bytes of /proc/self/mounts; pages never touched cost nothing */
#define ROUNDS_MAX	32

/* The kernel's own file systems, in the order in which they need each other. */
static const struct api_mount {
	const char *type, *target;
	const char *options;
	const char *kernel_option;	/* NULL: its absence is not worth a line */
	unsigned int flags;
	int required;		/* a failure to mount it is a fault of the machine */
} api_mounts[] = {
	{ "proc", "/proc", NULL, "PROC_FS", MS_NOSUID | MS_NODEV | MS_NOEXEC, 1 },
	{ "sysfs", "/sys", NULL, "SYSFS", MS_NOSUID | MS_NODEV | MS_NOEXEC, 1 },
	{ "devtmpfs", "/dev", "mode=0755", "DEVTMPFS", MS_NOSUID | MS_NOEXEC, 1 },
	/* Group 5 is tty: in Debian, in Fedora, and in our usr/etc/group. */
	{ "devpts", "/dev/pts", "ptmxmode=0666,mode=0620,gid=5", "UNIX98_PTYS",
	  MS_NOSUID | MS_NOEXEC, 0 },
	{ "tmpfs", "/dev/shm", "mode=1777", "TMPFS", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 },
	{ "tmpfs", "/run", "mode=0755", "TMPFS", MS_NOSUID | MS_NODEV, 1 },
	{ "tmpfs", "/tmp", "mode=1777", "TMPFS", MS_NOSUID | MS_NODEV, 0 },
	{ "cgroup2", "/sys/fs/cgroup", NULL, HAS_CGROUPS ? "CGROUPS" : NULL,
	  MS_NOSUID | MS_NODEV | MS_NOEXEC, 0 },
};

static const struct {
	const char *target, *path;
} links[] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

static __u64 api_ids[COUNT(api_mounts)];	/* numbers of the mounts at the start */
static char missing[256];

/* Return what statx(2) says of @path, until the next call; only zeros if it fails. */
static const struct statx *status_of(const char *path)
{
	static struct statx st;

	memset(&st, 0, sizeof(st));
	k_statx(path, &st);
	return &st;
}

static int mount_one(const struct api_mount *m)
{
	int err;

	/* A kernel that has this file system makes the directory (/sys/fs/cgroup). */
	if (!status_of(m->target)->stx_mode)
		return -ENODEV;
	err = k_mount(m->type, m->target, m->type, m->flags, m->options);
	/* devpts refuses gid=5 in a user namespace without a group 5. */
	if (err == -EINVAL && !strcmp(m->type, "devpts"))
		err = k_mount(m->type, m->target, m->type, m->flags, "ptmxmode=0666,mode=0620");
	return err;
}

int mounts_make(void)
{
	const struct api_mount *m;
	int err, failed = 0;
	size_t i;

	for (m = api_mounts; m < api_mounts + COUNT(api_mounts); m++) {
		k_mkdir(m->target, 0755);
		/*
		 * The result of a second mount does not show that there is one: the kernel
		 * refuses a second devtmpfs, but a second proc silently covers the first.
		 */
		if (status_of(m->target)->stx_attributes & STATX_ATTR_MOUNT_ROOT)
			continue;
		err = mount_one(m);
		if (err == -ENODEV && m->kernel_option) { /* a kernel that was built so */
			print_to(missing + strlen(missing), sizeof(missing) - strlen(missing),
				 " %s (CONFIG_%s)", m->target, m->kernel_option);
		} else if (err < 0 && err != -ENODEV) {
			pr_err("cannot mount %s on %s: %s; going on without", m->type, m->target,
			       error_text(err));
			failed += m->required;
		}
	}
	for (i = 0; i < COUNT(api_mounts); i++)
		api_ids[i] = status_of(api_mounts[i].target)->stx_mnt_id;
	for (i = 0; i < COUNT(links); i++)
		k_symlink(links[i].target, links[i].path);
	return failed;
}

void mounts_share(void)
{
	const char *target = cmdline_value("init.share");
	int err;

	if (!target)
		return;
	k_mkdir(target, 0755);
	err = k_mount("share", target, "9p", MS_NOSUID | MS_NODEV, "trans=virtio,version=9p2000.L");
	if (err < 0)
		pr_err("cannot mount the host's directory on %s: %s", target, error_text(err));
}

const char *mounts_missing(void)
{
	return missing;
}

/*
 * Is @target a mount of the table above, and not a disk that covers it now? Before Linux
 * 5.8 all numbers are 0, and such a disk stays.
 */
static int is_api_mount(const char *target)
{
	size_t i;

	for (i = 0; i < COUNT(api_mounts); i++)
		if (!strcmp(api_mounts[i].target, target))
			return status_of(target)->stx_mnt_id == api_ids[i];
	return 0;
}

/*
 * Decode \040 and the like in place: fs/proc_namespace.c writes blanks and
 * backslashes as octal numbers.
 */
static void decode_octal(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to = (text[1] & 7) << 6 | (text[2] & 7) << 3 | (text[3] & 7);
			text += 3;
		}
	}
	*to = '\0';
}

/* Return the mount point in a line of /proc/self/mounts, its second word; or NULL. */
static char *target_of(char *line)
{
	char *target = strchr(line, ' '), *end;

	end = target ? strchr(target + 1, ' ') : NULL;
	if (!end)
		return NULL;
	*end = '\0';
	decode_octal(target + 1);
	return target + 1;
}

/*
 * Unmount all mounts once, the latest first. With @last, make read-only what is busy.
 * The mounts of the table above stay: they hold no data that must be kept, and the
 * rest of the shutdown needs them. Returns how many were unmounted.
 */
static int undo_round(int last)
{
	static char mounts[MOUNTS_MAX];
	long len = read_file("/proc/self/mounts", mounts, sizeof(mounts));
	char *target, *line;
	int count = 0, err;

	while (len > 0) {
		while (len > 0 && mounts[len - 1] != '\n')
			len--;
		line = mounts + len;
		if (len > 0)
			mounts[--len] = '\0';
		target = target_of(line);
		if (!target || is_api_mount(target))
			continue;
		if (strcmp(target, "/") != 0) {
			err = k_umount(target);
			if (err == 0)
				count++;
			if (err == 0 || !last)
				continue;
			pr_err("%s stays mounted: %s", target, error_text(err));
		}
		err = last ? k_mount(NULL, target, NULL, MS_REMOUNT | MS_RDONLY, NULL) : 0;
		if (err < 0)
			pr_err("%s cannot be made read-only: %s", target, error_text(err));
	}
	return count;
}

void mounts_undo(void)
{
	int rounds = 0;

	while (undo_round(0) && ++rounds < ROUNDS_MAX)
		;
	undo_round(1);
}
