// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a new namespace to the init under test, in two steps, between which strace
 * may stand: "enter enter ROOT FD PTY COMMAND..." makes the mounts and executes
 * COMMAND; "enter start ROOT FD OPTION... -- INIT ARGUMENT..." becomes INIT.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/capability.h>

static void die(const char *what)
{
	fprintf(stderr, "enter: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void bind_in(const char *root, const char *from, const char *to)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, to);
	if (mount(from, path, NULL, MS_BIND, NULL) < 0)
		die(path);
}

/* enter ROOT FD PTY COMMAND...: mounts; our pid on the host goes to FD. */
static int enter(char **arg)
{
	char path[512], pid[32];
	ssize_t len = readlink("/proc/self", pid, sizeof(pid));
	const char *root = arg[0];

	if (len < 0 || write(atoi(arg[1]), pid, len) < 0)
		die("/proc/self");
	snprintf(path, sizeof(path), "%s/dev", root);
	bind_in(root, path, "/dev");	/* mounted, so that init mounts no other */
	snprintf(path, sizeof(path), "%s/dev/null", root);
	if (access(path, F_OK) == 0)
		bind_in(root, "/dev/null", "/dev/null");
	if (*arg[2]) {
		bind_in(root, arg[2], "/dev/console");
		bind_in(root, arg[2], "/dev/ttyTEST");
	}
	snprintf(path, sizeof(path), "%s/sys", root);
	if (mount("none", path, "tmpfs", 0, NULL) < 0)
		die(path);
	snprintf(path, sizeof(path), "%s/proc", root);
	if (mount("proc", path, "proc", 0, NULL) < 0)
		die(path);
	snprintf(path, sizeof(path), "%s/etc/cmdline", root);
	bind_in(root, path, "/proc/cmdline");
	bind_in(root, "/dev/null", "/proc/sys/kernel/printk");	/* it is the host's */
	execvp(arg[3], arg + 3);
	die(arg[3]);
	return 1;
}

static void start_option(const char *option)
{
	int fd, sig;

	if (!strcmp(option, "block") || !strncmp(option, "pending=", 8)) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		if (*option == 'p')
			kill(getpid(), atoi(option + 8));
	} else if (!strcmp(option, "ignore")) {
		for (sig = 1; sig <= 64; sig++)
			signal(sig, SIG_IGN);
	} else if (!strcmp(option, "ignore-chld")) {
		signal(SIGCHLD, SIG_IGN);
	} else if (!strcmp(option, "close")) {
		for (fd = 0; fd <= 2; fd++)
			close(fd);
	} else if (!strcmp(option, "fd")) {
		dup2(0, 9);
	} else if (!strcmp(option, "elsewhere")) {
		umask(077);
		if (chdir("/out") < 0)
			die("/out");
	} else if (!strcmp(option, "console") || !strcmp(option, "terminal")) {
		fd = open("/dev/console", O_RDWR | O_NOCTTY);
		/* A container's runtime makes it the controlling one. */
		if (fd < 0 || (*option == 't' && (setsid() < 0 || ioctl(fd, TIOCSCTTY, 1) < 0)))
			die("/dev/console");
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		close(fd);
	} else {
		errno = EINVAL;
		die(option);
	}
}

/*
 * start ROOT FD [OPTION...] -- INIT ARGUMENT...: FD is closed. Whoever has opened
 * the FIFO /etc/started for reading gets a hang-up when execve() closes it.
 */
static int start(char **arg)
{
	static const int keep_off[] = { CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO };
	static char *environment[] = { "HOME=/", "TERM=linux", NULL };
	const char *root = *arg++;
	size_t i;

	close(atoi(*arg++));
	/* For root without a user namespace: this machine's own are not for it. */
	for (i = 0; i < sizeof(keep_off) / sizeof(keep_off[0]); i++)
		prctl(PR_CAPBSET_DROP, keep_off[i]);
	if (chdir(root) < 0 || chroot(".") < 0)
		die(root);
	if (fcntl(open("/etc/started", O_WRONLY), F_DUPFD_CLOEXEC, 100) < 0 || close(3) < 0)
		die("/etc/started");
	for (; strcmp(*arg, "--") != 0; arg++)
		start_option(*arg);
	arg++;
	execve(*arg, arg, environment);
	die(*arg);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc > 5 && !strcmp(argv[1], "enter"))
		return enter(argv + 2);
	if (argc > 5 && !strcmp(argv[1], "start"))
		return start(argv + 2);
	fprintf(stderr, "enter: neither enter nor start, or too few arguments\n");
	return 2;
}
