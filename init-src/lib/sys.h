/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls without a libc: every k_name() returns what the kernel returned, which
 * is -errno when it failed (-ENOENT, ...).
 *
 * nolibc lacks about half of the calls that a PID 1 needs, and another half in each
 * kernel version. So this file uses the kernel's own headers (make headers) and one
 * function, k_call(). Of the libc, only start-up code, memcpy(), strlen() and the like
 * are used, so that the same source builds with nolibc, musl and glibc. Do not include
 * a libc header that defines struct termios, sigset_t or struct timespec next to this
 * file: they differ from the kernel's.
 */
#ifndef LIB_SYS_H
#define LIB_SYS_H

#include <string.h>
#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/reboot.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/types.h>
#include <linux/utsname.h>
#include <linux/wait.h>

/*
 * On 32 bits, use the calls with 64-bit time: a kernel may be built without the old
 * ones (COMPAT_32BIT_TIME).
 */
#ifndef __NR_clock_gettime64
#define __NR_clock_gettime64 __NR_clock_gettime
#define __NR_clock_settime64 __NR_clock_settime
#define __NR_clock_nanosleep_time64 __NR_clock_nanosleep
#define __NR_rt_sigtimedwait_time64 __NR_rt_sigtimedwait
#endif

#define K_CLOCK_MONOTONIC	1	/* linux/time.h clashes with a libc's */
#define K_FILE_TYPE		0170000	/* S_IFMT and below, hidden from glibc */
#define K_CHAR_DEVICE		0020000
#define K_BLOCK_DEVICE		0060000
#define K_REGULAR		0100000
#define K_TIOCSER_TEMT		1	/* transmitter is empty */
#define K_MNT_DETACH	2	/* include/linux/fs.h */

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* The kernel's signal set: bit n-1 is signal n. That of a libc is larger. */
typedef __u64 k_sigset;
#define SIGNAL(n)	((k_sigset)1 << ((n) - 1))

/* An entry of getdents64(2); no exported header has it. */
struct k_dirent {
	__u64 ino;
	__s64 off;
	__u16 reclen;
	__u8 type;
	char name[];
};

/* Call the kernel. Returns its answer: -4095..-1 is -errno. */
long k_call(long nr, long a, long b, long c, long d, long e);
long k_call3(long nr, long a, long b, long c);	/* makes callers smaller */

#define K0(nr)			k_call3(__NR_##nr, 0, 0, 0)
#define K1(nr, a)		k_call3(__NR_##nr, (long)(a), 0, 0)
#define K2(nr, a, b)		k_call3(__NR_##nr, (long)(a), (long)(b), 0)
#define K3(nr, a, b, c)		k_call3(__NR_##nr, (long)(a), (long)(b), (long)(c))
#define K4(nr, a, b, c, d)	k_call(__NR_##nr, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define K5(nr, a, b, c, d, e)	k_call(__NR_##nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

/* Those that are called from many places are functions, which saves 500 bytes. */
int k_open(const char *path, int flags);	/* adds O_CLOEXEC; cannot create a file */
int k_close(int fd);
long k_read(int fd, void *buf, size_t size);
long k_write(int fd, const void *buf, size_t size);
int k_ioctl(int fd, unsigned long request, void *arg);
int k_fcntl(int fd, int cmd, long arg);
/* Make @to the same open file as @from. @to stays open over execve(). */
int k_dup2(int from, int to);
int k_statx(const char *path, struct statx *st);
int k_mkdir(const char *path, int mode);
int k_mount(const char *source, const char *target, const char *type, unsigned long flags,
	    const char *options);
int k_umount(const char *target);
int k_chdir(const char *path);
int k_getpid(void);
/* fork(), made of clone() with SIGCHLD. */
int k_fork(void);
void k_exit(int status) __attribute__((noreturn));
int k_kill(int pid, int sig);
int k_clock_gettime(int clock, struct __kernel_timespec *ts);
/* @cmd is LINUX_REBOOT_CMD_... */
int k_reboot(unsigned int cmd);

static inline int k_pipe2(int fds[2], int flags)
{
	return K2(pipe2, fds, flags);
}

static inline long k_getdents64(int fd, void *buf, size_t size)
{
	return K3(getdents64, fd, buf, size);
}

static inline int k_mknod(const char *path, int mode, unsigned int dev)
{
	return K4(mknodat, AT_FDCWD, path, mode, dev);
}

static inline int k_symlink(const char *target, const char *path)
{
	return K3(symlinkat, target, AT_FDCWD, path);
}

/* The magic number of the file system of @path, see linux/magic.h. */
static inline unsigned long k_fs_magic(const char *path)
{
	unsigned long answer[32] = { 0 };	/* more than any struct statfs; f_type is the first */

	return K2(statfs, path, answer) < 0 ? 0 : answer[0];
}

static inline int k_umask(int mask)
{
	return K1(umask, mask);
}

static inline void k_sync(void)
{
	K0(sync);
}

static inline int k_sethostname(const char *name, size_t len)
{
	return K2(sethostname, name, len);
}

static inline int k_uname(struct new_utsname *uts)
{
	return K1(uname, uts);
}

static inline int k_execve(const char *path, char *const argv[], char *const envp[])
{
	return K3(execve, path, argv, envp);
}

static inline int k_wait4(int pid, int *status, int options)
{
	return K4(wait4, pid, status, options, 0);
}

static inline int k_setsid(void)
{
	return K0(setsid);
}

/* Make @set the signals that are blocked. */
static inline int k_sigmask(k_sigset set)
{
	return K4(rt_sigprocmask, SIG_SETMASK, &set, 0, sizeof(set));
}

/* Take one pending signal of @set. @timeout NULL waits for ever. */
static inline int k_sigtimedwait(k_sigset set, const struct __kernel_timespec *timeout)
{
	return K4(rt_sigtimedwait_time64, &set, 0, timeout, sizeof(set));
}

static inline int k_nanosleep(const struct __kernel_timespec *ts)
{
	return K4(clock_nanosleep_time64, K_CLOCK_MONOTONIC, 0, ts, 0);
}

#endif
