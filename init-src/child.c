/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From fork() to execve(): what a child of PID 1 is given.
 */
#include "init.h"

#define ENVIRONMENT_MAX	64	/* the kernel itself takes 32 words */

static char *environment[ENVIRONMENT_MAX];

static char *environment_find(const char *name)
{
	char **word;

	for (word = environment; *word; word++)
		if (starts_with(*word, name))
			return *word + strlen(name);
	return NULL;
}

static void environment_add(char *word)
{
	size_t i;

	for (i = 0; environment[i]; i++)
		;
	if (i + 1 < ENVIRONMENT_MAX)
		environment[i] = word;
}

/*
 * The kernel always hands over HOME=/ and TERM=linux, whatever the terminal
 * is; words of the command line replace them, and then they are meant.
 */
void environment_make(char **envp, const char *tty)
{
	int has_keyboard = starts_with(tty, "tty") && tty[3] >= '0' && tty[3] <= '9';
	struct statx st;

	for (; *envp; envp++)
		if (strcmp(*envp, "HOME=/") != 0 && strcmp(*envp, "TERM=linux") != 0)
			environment_add(*envp);
	if (!environment_find("HOME="))
		environment_add(k_statx("/root", &st) == 0 ? "HOME=/root" : "HOME=/");
	if (!environment_find("TERM="))
		environment_add(has_keyboard ? "TERM=linux" : "TERM=vt102");
	if (!environment_find("PATH="))
		environment_add("PATH=/bin:/sbin:/usr/bin:/usr/sbin");
}

int command_find(struct command *cmd)
{
	static const char *const directories[] = { "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/" };
	static char path[256];
	struct statx st;
	size_t i;

	cmd->path = cmd->argv[0];
	if (strchr(cmd->path, '/'))
		return k_statx(cmd->path, &st);
	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		join(path, sizeof(path), directories[i], cmd->argv[0]);
		if (k_statx(path, &st) == 0) {
			cmd->path = path;
			return 0;
		}
	}
	return -ENOENT;
}

static __attribute__((noreturn)) void child_main(const struct command *cmd, int error_fd)
{
	static char login_name[64];
	int err;

	console_take(cmd->tty);
	k_chdir("/");
	k_umask(022);
	if (cmd->login)
		cmd->argv[0] = join(login_name, sizeof(login_name), "-", base_name(cmd->path));
	signals_unblock();
	err = k_execve(cmd->path, cmd->argv, environment);
	k_write(error_fd, &err, sizeof(err));
	k_exit(127);
}

int command_start(const struct command *cmd, int *error_fd)
{
	int fds[2], pid, err;

	/* Closed by execve(), so it stays empty when that succeeds. */
	err = k_pipe2(fds, O_CLOEXEC | O_NONBLOCK);
	if (err < 0)
		return err;
	pid = k_fork();
	if (pid == 0)
		child_main(cmd, fds[1]);
	k_close(fds[1]);
	if (pid < 0)
		k_close(fds[0]);
	else
		*error_fd = fds[0];
	return pid;
}
