// SPDX-License-Identifier: GPL-2.0-only
/*
 * "switch-root --mount": mounts the file system that root= names on /sysroot. The
 * words are the kernel's own, see switch-root.c.
 */
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "switch-root.h"

#define OVERLAY		"/run/overlay"	/* /run is moved to the new root */
#define WAIT_SECONDS	10	/* drivers may still be looking for disks */
#define LOOK_AGAIN	50	/* ms */
#define NOTICE		5000	/* ms until a message says what it waits for */

static char file_systems[8192];		/* /proc/filesystems */

/* Is @type a file system of this kernel that needs no block device? */
static int is_nodev(const char *type)
{
	const char *line = file_systems, *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		if (starts_with(line, "nodev\t") && starts_with(line + 6, type) &&
		    line + 6 + strlen(type) == end)
			return 1;
	return 0;
}

/* Mount @device, read-only if it cannot be written to, as do_mount_root() does. */
static int mount_as(const char *device, const char *target, const char *type, int rw)
{
	const char *options = cmdline_value("rootflags");
	int err = k_mount(device, target, type, rw ? 0 : MS_RDONLY, options);

	if ((err == -EACCES || err == -EROFS) && rw)
		err = k_mount(device, target, type, MS_RDONLY, options);
	return err;
}

/* Try each of @types, which are separated by commas. Returns 0, or the last -errno. */
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

/* Try each type that the kernel has, for a superblock that is unknown here. */
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

/* Wait for the device that @spec names. Returns 0, or -errno after a message. */
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

	if (types && is_nodev(types)) {		/* 9p, virtiofs: @spec is their tag */
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

/* Mount the real root read-only, and above it memory that takes all writes. */
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

/* Is there an init? Called after chroot(), so that absolute links are followed there. */
static int has_init(void)
{
	const char *given = cmdline_value("init");
	int i;

	if (given)
		return is_program(given);
	for (i = 0; i < INITS; i++)
		if (is_program(inits[i]))
			return 1;
	return 0;
}

int mount_root(void)
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
