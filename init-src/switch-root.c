/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the initramfs to the real root file system, in two steps:
 *
 *  - "switch-root --mount" finds what root= means and mounts it on /sysroot.
 *    PID 1 runs it as a child, so that waiting for a disk stops nothing else,
 *    and every failure leaves the initramfs as it was.
 *  - "switch-root", executed by PID 1 in its own place, hands the machine over:
 *    moves the kernel's file systems there, empties the initramfs, and executes
 *    the init of the new root. It returns no more.
 *
 * The words are the kernel's own: Documentation/admin-guide/
 * kernel-parameters.txt, root= and what begins with root; ro, rw, init=.
 */
#include <linux/magic.h>
#include "switch-root.h"

#define SYSROOT		"/sysroot"
#define OVERLAY		"/run/overlay"	/* /run goes to the new root as a whole */
#define WAIT_SECONDS	10	/* drivers look for disks while we run already */
#define LOOK_AGAIN	50	/* ms */
#define NOTICE		5000	/* ms until people hear what is waited for */
#define DEPTH_MAX	32	/* directories in directories in the initramfs */

const char *program_name = "switch-root";

/* init/main.c, kernel_init(), in its order */
static char *inits[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };

/* --- mount ------------------------------------------------------------------ */

static char file_systems[8192];		/* /proc/filesystems */

/* Does the kernel know the type, and needs no block device for it? */
static int is_nodev(const char *type)
{
	const char *line = file_systems, *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		if (starts_with(line, "nodev\t") && starts_with(line + 6, type) &&
		    line + 6 + strlen(type) == end)
			return 1;
	return 0;
}

/* As the kernel does: without write access, read-only (do_mount_root()). */
static int mount_as(const char *device, const char *target, const char *type, int rw)
{
	const char *options = cmdline_value("rootflags");
	int err = k_mount(device, target, type, rw ? 0 : MS_RDONLY, options);

	if ((err == -EACCES || err == -EROFS) && rw)
		err = k_mount(device, target, type, MS_RDONLY, options);
	return err;
}

/* Each of @types, which are separated by commas, until one fits. */
static int mount_types(const char *device, const char *target, const char *types, int rw)
{
	int err = -ENODEV;
	char type[32];
	size_t len;

	while (*types) {
		for (len = 0; types[len] && types[len] != ','; len++)
			;
		if (len < sizeof(type)) {
			memcpy(type, types, len);
			type[len] = '\0';
			err = mount_as(device, target, type, rw);
		}
		if (err == 0)
			return 0;
		types += len + (types[len] == ',');
	}
	return err;
}

/* A superblock that we do not know: whatever the kernel has, one after another. */
static int mount_any(const char *device, const char *target, int rw)
{
	char *line = file_systems, *end;
	int err = -EINVAL;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (*line != '\t')
			continue;
		err = mount_as(device, target, line + 1, rw);
		if (err == 0)
			return 0;
	}
	return err;
}

/* Wait for what @spec means. Returns 0, or says what is wrong. */
static int wait_for(const char *spec, char *path, size_t size, const char **type)
{
	long seconds = cmdline_has("rootwait") && !cmdline_value("rootwait") ? -1 :
		       cmdline_number("rootwait", WAIT_SECONDS);
	long long start = now_ms(), waited;
	char names[512];
	int err, told = 0;

	for (;;) {
		err = device_find(spec, path, size, type);
		if (err == -EINVAL)
			pr_err("root=%s: not a device; give /dev/NAME, MAJOR:MINOR, UUID=, LABEL=, "
			       "PARTUUID= or PARTLABEL=", spec);
		if (err != -ENOENT)
			return err;
		waited = now_ms() - start;
		if (seconds >= 0 && waited >= seconds * 1000) {
			pr_err("root=%s is not there after %ld s; the block devices are:%s",
			       spec, seconds, device_names(names, sizeof(names)));
			return err;
		}
		if (waited >= NOTICE && !told) {
			pr_notice("waiting for root=%s; the block devices so far:%s", spec,
				  device_names(names, sizeof(names)));
			told = 1;
		}
		sleep_ms(LOOK_AGAIN);
	}
}

static int mount_real(const char *spec, const char *target, int rw)
{
	const char *types = cmdline_value("rootfstype"), *type = NULL;
	char path[128];
	int err;

	if (types && is_nodev(types)) {		/* 9p, virtiofs: the spec is their tag */
		err = mount_as(spec, target, types, rw);
		print_to(path, sizeof(path), "%s", spec);
	} else {
		if (wait_for(spec, path, sizeof(path), &type) < 0)
			return -ENOENT;
		type = types ? types : type;
		err = type ? mount_types(path, target, type, rw) : mount_any(path, target, rw);
	}
	if (err < 0)
		pr_err("cannot mount root=%s: %s%s%s: %s", spec, path, type ? " as " : "",
		       type ? type : "", err == -ENODEV ? "this kernel lacks that file system" :
		       err == -EINVAL ? "no file system that this kernel knows, or a bad rootflags=" :
		       error_text(err));
	return err;
}

/* init.overlay: nothing is written to the real root, but to memory above it. */
static int mount_overlay(const char *spec)
{
	int err;

	k_mkdir(OVERLAY, 0755);
	k_mkdir(OVERLAY "/lower", 0755);
	k_mkdir(OVERLAY "/rw", 0755);
	if (mount_real(spec, OVERLAY "/lower", 0) < 0)
		return -1;
	err = k_mount("tmpfs", OVERLAY "/rw", "tmpfs", 0, "mode=0755");
	k_mkdir(OVERLAY "/rw/upper", 0755);
	k_mkdir(OVERLAY "/rw/work", 0755);
	if (err == 0)
		err = k_mount("overlay", SYSROOT, "overlay", 0, "lowerdir=" OVERLAY "/lower,upperdir="
			      OVERLAY "/rw/upper,workdir=" OVERLAY "/rw/work");
	if (err == 0)
		return 0;
	pr_err("init.overlay: %s", err == -ENODEV ?
	       "this kernel lacks CONFIG_OVERLAY_FS or CONFIG_TMPFS" : error_text(err));
	k_umount(OVERLAY "/rw");
	k_umount(OVERLAY "/lower");
	return -1;
}

static int is_program(const char *path)
{
	struct statx st;

	return k_statx(path, &st) == 0 && (st.stx_mode & K_FILE_TYPE) == K_REGULAR &&
	       st.stx_mode & 0111;
}

/* Seen from within, where its links lead where they will. */
static int has_init(void)
{
	const char *given = cmdline_value("init");
	size_t i;

	if (given)
		return is_program(given);
	for (i = 0; i < COUNT(inits); i++)
		if (is_program(inits[i]))
			return 1;
	return 0;
}

static int mount_root(void)
{
	const char *spec = cmdline_value("root"), *given = cmdline_value("init");
	long delay = cmdline_number("rootdelay", 0);
	int pid, err, status = 0;
	long len;

	if (!spec || !*spec) {
		pr_err("no root= on the kernel command line");
		return 1;
	}
	if (delay > 0)
		sleep_ms(delay * 1000);
	len = read_file("/proc/filesystems", file_systems, sizeof(file_systems) - 1);
	if (len > 0)
		memcpy(file_systems + len, "\n", 2);
	k_mkdir(SYSROOT, 0755);
	err = cmdline_has("init.overlay") ? mount_overlay(spec) :
	      mount_real(spec, SYSROOT, cmdline_prefers("rw", "ro"));
	if (err)
		return 1;
	pid = k_fork();
	if (pid == 0)
		k_exit(k_chdir(SYSROOT) < 0 || K1(chroot, ".") < 0 || !has_init());
	if (pid > 0 && k_wait4(pid, &status, 0) == pid && status == 0)
		return 0;
	pr_err("root=%s has no %s that can be executed: staying in the initramfs", spec,
	       given ? given : "/sbin/init, /etc/init, /bin/init or /bin/sh");
	k_umount(SYSROOT);
	k_umount(OVERLAY "/rw");
	k_umount(OVERLAY "/lower");
	return 1;
}

/* --- switch ------------------------------------------------------------------- */

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

/* Something is mounted there: it is not part of the initramfs. */
static int is_mount(int fd)
{
	struct statx st = { 0 };

	K5(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* All that is in the directory @fd: only then is its memory free. */
static void empty(int fd, int depth)
{
	char entries[1024] __attribute__((aligned(8)));
	struct k_dirent *entry;
	int gone, sub;
	long len, at;

	do {	/* from the start, while that made a difference */
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

	/* On any other file system, what follows would delete what people keep. */
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
	k_reboot(LINUX_REBOOT_CMD_CAD_ON);	/* as the kernel begins */
	signals_unblock();
	for (i = given ? 0 : 1; i <= COUNT(inits); i++) {
		argv[0] = i ? inits[i - 1] : given;
		err = k_execve(argv[0], argv, envp);
		if (err != -ENOENT)
			pr_err("cannot run %s: %s", argv[0], error_text(err));
	}
	return 1;	/* and the kernel panics, as it should */
}

int main(int argc, char **argv, char **envp)
{
	static char *no_words[] = { NULL };
	int mount = argc == 2 && !strcmp(argv[1], "--mount");

	cmdline_read(mount ? no_words : argv);
	return mount ? mount_root() : switch_root(argv, envp);
}
