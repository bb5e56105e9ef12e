// SPDX-License-Identifier: GPL-2.0-only
/* System calls that are made from many places, see sys.h. */
#include "sys.h"

int k_open(const char *path, int flags)
{
	return K4(openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

int k_close(int fd)
{
	return K1(close, fd);
}

int k_statx(const char *path, struct statx *st)
{
	return K5(statx, AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS, st);
}

long k_write(int fd, const void *buf, size_t size)
{
	return K3(write, fd, buf, size);
}

int k_ioctl(int fd, unsigned long request, void *arg)
{
	return K3(ioctl, fd, request, arg);
}

int k_mount(const char *source, const char *target, const char *type,
			  unsigned long flags, const char *options)
{
	return K5(mount, source, target, type, flags, options);
}

int k_mkdir(const char *path, int mode)
{
	return K3(mkdirat, AT_FDCWD, path, mode);
}

int k_kill(int pid, int sig)
{
	return K2(kill, pid, sig);
}

void k_exit(int status)
{
	for (;;)
		K1(exit_group, status);
}

int k_getpid(void)
{
	return K0(getpid);
}

int k_dup2(int from, int to)
{
	return from == to ? k_fcntl(to, F_SETFD, 0) : K3(dup3, from, to, 0);
}

int k_umount(const char *target)
{
	return K2(umount2, target, 0);
}

long k_read(int fd, void *buf, size_t size)
{
	return K3(read, fd, buf, size);
}

int k_reboot(unsigned int cmd)
{
	return K4(reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, 0);
}

int k_fork(void)
{
	return K5(clone, SIGCHLD, 0, 0, 0, 0);
}

int k_fcntl(int fd, int cmd, long arg)
{
	return K3(fcntl, fd, cmd, arg);
}

int k_chdir(const char *path)
{
	return K1(chdir, path);
}

int k_clock_gettime(int clock, struct __kernel_timespec *ts)
{
	return K2(clock_gettime64, clock, ts);
}
