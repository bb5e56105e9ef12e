// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes from the initramfs to the real root file system, in two steps:
 *
 *  - "switch-root --mount" finds the device that root= names and mounts it on
 *    /sysroot. PID 1 runs it as a child, so that waiting for a disk blocks nothing
 *    else, and every failure leaves the initramfs as it was.
 *  - "switch-root", executed by PID 1 in its own place, moves the kernel's file
 *    systems there, empties the initramfs, and executes the init of the new root.
 *
 * The words are the kernel's own (Documentation/admin-guide/kernel-parameters.txt):
 * root= and those that begin with root; ro, rw, init=.
 */
#include <linux/magic.h>
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/signals.h"
#include "lib/sys.h"
#include "switch-root.h"

#define DEPTH_MAX	32	/* levels of directories in the initramfs */

const char *program_name = "switch-root";

char *const inits[INITS] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };

/* Move the kernel's file systems to the new root; detach what it has no place for. */
static void move_mounts(void)
{
	static const char *const mounts[] = { "/dev", "/proc", "/sys", "/run" };
	char target[32];
	struct statx st;
	size_t i;

	for (i = 0; i < COUNT(mounts); i++) {
		if (k_statx(mounts[i], &st) < 0 || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
			continue;
		k_mkdir(print_to(target, sizeof(target), SYSROOT "%s", mounts[i]), 0755);
		if (k_mount(mounts[i], target, NULL, MS_MOVE, NULL) < 0)
			K2(umount2, mounts[i], K_MNT_DETACH);
	}
	K2(umount2, "/tmp", K_MNT_DETACH);
}

/* Is @fd a mount point, so that it is not part of the initramfs? */
static int is_mount(int fd)
{
	struct statx st = { 0 };

	K5(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Remove all that is in the directory @fd, which frees its memory. */
static void empty(int fd, int depth)
{
	char entries[1024] __attribute__((aligned(8)));
	struct k_dirent *entry;
	int gone, sub;
	long len, at;

	do {	/* again from the start, while that removes something */
		gone = 0;
		K3(lseek, fd, 0, 0);
		while ((len = k_getdents64(fd, entries, sizeof(entries))) > 0) {
			for (at = 0; at < len; at += entry->reclen) {
				entry = (struct k_dirent *)(entries + at);
				if (!strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
					continue;
				if (K3(unlinkat, fd, entry->name, 0) == 0) {
					gone = 1;
					continue;
				}
				sub = K4(openat, fd, entry->name, O_RDONLY | O_DIRECTORY |
					 O_NOFOLLOW | O_CLOEXEC, 0);
				if (sub < 0)
					continue;
				if (depth < DEPTH_MAX && !is_mount(sub))
					empty(sub, depth + 1);
				k_close(sub);
				gone |= K3(unlinkat, fd, entry->name, AT_REMOVEDIR) == 0;
			}
		}
	} while (gone);
}

static int switch_root(char **argv, char **envp)
{
	unsigned long magic = k_fs_magic("/");
	char *given = (char *)cmdline_value("init");
	int old, console, err;
	struct statx st;
	size_t i;

	/* On any other file system, this would delete the files of a user. */
	if (k_getpid() != 1 || (magic != RAMFS_MAGIC && magic != TMPFS_MAGIC) ||
	    k_statx(SYSROOT, &st) < 0 || !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT)) {
		pr_err("only for process 1, in an initramfs, with a file system on " SYSROOT
		       ": nothing was changed. See Documentation/services.md");
		return 1;
	}
	move_mounts();
	old = k_open("/", O_RDONLY | O_DIRECTORY);
	err = k_chdir(SYSROOT);
	if (err == 0)
		err = k_mount(".", "/", NULL, MS_MOVE, NULL);
	if (err == 0)
		err = K1(chroot, ".");
	if (err < 0) {
		pr_err("cannot switch to " SYSROOT ": %s", error_text(err));
		return 1;
	}
	k_chdir("/");
	empty(old, 0);
	k_close(old);
	console = K4(openat, AT_FDCWD, "/dev/console", O_RDWR | O_NOCTTY, 0);
	for (i = 0; console >= 0 && i < 3; i++)
		k_dup2(console, i);
	if (console > 2)
		k_close(console);
	k_reboot(LINUX_REBOOT_CMD_CAD_ON);	/* the default of the kernel */
	signals_unblock();
	for (i = given ? 0 : 1; i <= INITS; i++) {
		argv[0] = i ? inits[i - 1] : given;
		err = k_execve(argv[0], argv, envp);
		if (err != -ENOENT)
			pr_err("cannot run %s: %s", argv[0], error_text(err));
	}
	return 1;	/* which makes the kernel panic */
}

int main(int argc, char **argv, char **envp)
{
	static char *no_words[] = { NULL };
	int mount = argc == 2 && !strcmp(argv[1], "--mount");

	cmdline_read(mount ? no_words : argv);
	return mount ? mount_root() : switch_root(argv, envp);
}
