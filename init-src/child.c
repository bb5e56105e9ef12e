// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts a child of PID 1, which is what happens between fork() and execve(), and signals it.
 */
#include "cgroup.h"
#include "child.h"
#include "console.h"
#include "env.h"
#include "lib/file.h"
#include "lib/print.h"
#include "lib/signals.h"
#include "lib/words.h"
#include "notify.h"
#include "settings.h"

/*
 * Execute @path. Returns -errno. The kernel returns ENOENT also for a program whose
 * interpreter is missing (fs/binfmt_elf.c, fs/binfmt_script.c): -ELIBACC here.
 */
static int execute_path(const char *path, char **argv)
{
	int err = k_execve(path, argv, env_all());
	struct statx st;

	return err == -ENOENT && k_statx(path, &st) == 0 ? -ELIBACC : err;
}

/*
 * Look for @name along PATH and execute it. Returns -errno: of the first file that is
 * there, else -ENOENT.
 */
static int execute(const char *name, char **argv)
{
	const char *from = env_value("PATH=");
	int err, first = -ENOENT;
	char path[256];
	size_t len;

	if (strchr(name, '/'))
		return execute_path(name, argv);
	for (; *from; from += len + (from[len] == ':')) {
		for (len = 0; from[len] && from[len] != ':'; len++)
			;
		if (len + strlen(name) + 2 > sizeof(path))
			continue;
		memcpy(path, from, len);
		print_to(path + len, sizeof(path) - len, "/%s", name);
		err = execute_path(path, argv);
		if (first == -ENOENT && err != -ENOTDIR)
			first = err;
	}
	return first;
}

/*
 * Does @command need a shell? As for BusyBox's init, it does if it has a character
 * that is special to one. A "=" counts in the first word only: A=b command does,
 * command --option=value does not.
 */
static int wants_shell(const char *command)
{
	int first = 1;

	for (; *command; command++) {
		if (strchr("~`!$^&*()|\\{}[];<>?", *command) || (*command == '=' && first))
			return 1;
		first &= *command != ' ' && *command != '\t';
	}
	return 0;
}

static void ask_first(void)
{
	static const char text[] = "\nPlease press Enter to activate this console. ";
	char c = 0;

	k_write(1, text, sizeof(text) - 1);
	while (c != '\n')
		if (k_read(0, &c, 1) <= 0)
			k_exit(0);
}

/*
 * Execute the command of @s. Returns -errno. It works on copies, because PID 1 itself
 * may call it for another service after a failure.
 */
static int command_exec(const struct service *s)
{
	static char words[TEXT_MAX], shell[] = "sh", option[] = "-c", login_name[64];
	char *argv[WORDS_MAX];
	const char *name;
	int count;

	if (s->action != WORKLOAD && wants_shell(s->command)) {
		argv[0] = shell;
		argv[1] = option;
		argv[2] = s->command;
		argv[3] = NULL;
		name = "/bin/sh";
	} else {
		print_to(words, sizeof(words), "%s", s->command);
		count = words_split(words, argv, WORDS_MAX);
		if (count <= 0)
			return count ? count : -EINVAL;
		name = argv[0];
	}
	if (s->login)
		argv[0] = print_to(login_name, sizeof(login_name), "-%s", base_name(argv[0]));
	return execute(name, argv);
}

int child_exec(const struct service *s, const char **what)
{
	int err;

	/* What follows may wait for a terminal, a FIFO or a key, and must end with SIGTERM. */
	signals_unblock();
	k_setsid();
	console_take(s->tty ? s->tty : s->control ? console_tty() : NULL, s->control);
	/* What is typed is for those that have the terminal. */
	if (!s->control && (s->action == ONCE || s->action == RESPAWN))
		k_dup2(k_open("/dev/null", O_RDONLY), 0);
	err = cgroup_enter(s, what);
	if (!err && s->settings)
		err = settings_apply(s->settings, what);
	if (err < 0)
		return err;
	if (s->action == ASKFIRST)
		ask_first();
	err = notify_child(s, what);
	return err < 0 ? err : command_exec(s);
}

/*
 * The pipe in which all children report a failure. The record is there before wait()
 * returns the child, and it is written in one piece (pipe(7), PIPE_BUF).
 */
static int failures[2] = { -1, -1 };

int child_failure(struct failure *failure)
{
	return k_read(failures[0], failure, sizeof(*failure)) == sizeof(*failure);
}

int child_start(const struct service *s)
{
	struct failure failure = { 0 };
	int pid;

	if (failures[0] < 0)
		k_pipe2(failures, O_CLOEXEC | O_NONBLOCK);
	pid = k_fork();
	if (pid)
		return pid;
	failures[1] = notify_avoid(s, failures[1]);
	failure.err = child_exec(s, &failure.what);
	failure.pid = k_getpid();
	k_write(failures[1], &failure, sizeof(failure));
	k_exit(127);
}

/* Neither a cgroup nor a process group exists just after the fork(): it goes to the process. */
void child_signal(const struct service *s, int sig)
{
	/* The child may not be in its cgroup yet. SIGKILL does no harm if it comes twice. */
	if ((cgroup_signal(s, sig) && sig != SIGKILL) || (HAS_CGROUPS && !s->pid))
		return;
	if (k_kill(-s->pid, sig) < 0)
		k_kill(s->pid, sig);
}

/*
 * Does the process of @s ignore SIGTERM? An interactive shell does, but it ends when it
 * loses its terminal, which SIGHUP means. To a program that handles SIGTERM, SIGHUP would
 * be the end. In /proc/PID/status, bit n - 1 of SigIgn is signal n, in hexadecimal.
 */
static int ignores_term(const struct service *s)
{
	static char text[4096];
	char path[32], *line = text;

	read_file(print_to(path, sizeof(path), "/proc/%d/status", s->pid), text, sizeof(text));
	while (line && !starts_with(line, "SigIgn:\t")) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return line && strlen(line) > 20 && strchr("4567cdef", line[8 + 12]);
}

void child_ask_to_end(const struct service *s)
{
	child_signal(s, SIGTERM);
	if (s->control && ignores_term(s))
		child_signal(s, SIGHUP);
	child_signal(s, SIGCONT);	/* a stopped process handles no SIGTERM */
}
