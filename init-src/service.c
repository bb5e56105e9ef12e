/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that PID 1 is there for: the workload of init.run=, of which the
 * machine is to report the status, or the command on the console, which is
 * started again whenever it ends.
 */
#include "init.h"

#define DELAY_FIRST	250		/* ms, doubled each time it ends early */
#define DELAY_LAST	8000
#define STABLE		2000		/* ms of life that count as a success */

static struct service {
	struct command command;
	const char *name;
	int workload;		/* else the command on the console */
	int pid;		/* 0 while it does not run */
	int error_fd;		/* see command_start() */
	int stopped;		/* it is not to be started any more */
	int done;		/* the workload has ended */
	long delay;
	long long started, due;	/* ms, see now_ms() */
} service;

static void finish(int status)
{
	char record[32];

	service.done = 1;
	report(join(record, sizeof(record), "status ", DEC(status)));
}

/* The command cannot be executed. Say it in words that lead to the remedy. */
static void give_up(int err)
{
	const char *why = error_text(err);
	struct statx st;

	service.stopped = 1;
	if (err == -ENOENT)
		why = k_statx(service.command.path, &st) < 0 ? "it is not in this image" :
			"it is there, but the loader or interpreter that it asks for is not";
	if (service.workload) {
		say("cannot run ", service.name, ": ", why);
		finish(err == -ENOENT ? 127 : 126);
	} else {
		say("cannot start ", service.name, " on the console: ", why);
		say("CONFIG_INIT_CONSOLE_COMMAND names it, and CONFIG_USR_BUSYBOX puts a shell "
		    "into the image. Waiting for signals");
	}
}

static int prepare_words(char *text)
{
	static char *words[WORDS_MAX];
	int count = words_split(text, words, WORDS_MAX);

	service.command.argv = words;
	service.name = count > 0 ? words[0] : "";
	return count;
}

static void prepare_workload(const char *given)
{
	static char text[4096];
	int err;

	join(text, sizeof(text), given);
	service.workload = 1;
	err = words_decode(text);
	if (err == 0)
		err = prepare_words(text);
	if (err > 0)
		return;
	say("cannot run init.run=", given, ": ", err == 0 ? "it is empty" :
	    err == -E2BIG ? "too many words" : "an open quote, or a \\ that is not \\\\ or \\xHH");
	finish(127);
}

static void prepare_console(void)
{
	static char text[] = CONFIG_INIT_CONSOLE_COMMAND;
	int count = prepare_words(text);
	size_t len = strlen(service.name);

	if (count <= 0) {
		say("CONFIG_INIT_CONSOLE_COMMAND is empty or has an open quote. "
		    "Waiting for signals");
		service.stopped = 1;
	}
	/* A shell alone is somebody who logs in: it shall read its profile. */
	service.command.login = count == 1 && len >= 2 && !strcmp(service.name + len - 2, "sh");
}

void services_prepare(char **envp)
{
	const char *run = cmdline_value("init.run");

	service.command.tty = console_tty();
	environment_make(envp, service.command.tty);
	if (run)
		prepare_workload(run);
	else
		prepare_console();
}

static void wait_longer(long long now)
{
	if (!service.delay)
		service.delay = DELAY_FIRST;
	else if (service.delay < DELAY_LAST)
		service.delay *= 2;
	service.due = now + service.delay;
}

long services_start(void)
{
	long long now = now_ms();
	int pid;

	if (service.done)
		return 0;
	if (service.pid || service.stopped)
		return -1;
	if (service.due > now)
		return service.due - now;
	pid = command_find(&service.command);
	if (pid == 0) {
		service.started = now;
		pid = command_start(&service.command, &service.error_fd);
	}
	if (pid > 0) {
		service.pid = pid;
		return -1;
	}
	if (pid == -EAGAIN || pid == -ENOMEM || pid == -EMFILE || pid == -ENFILE) {
		say("cannot start ", service.name, " now: ", error_text(pid), "; trying again");
		wait_longer(now);
		return service.delay;
	}
	give_up(pid);
	return service.done ? 0 : -1;
}

static void restart_later(int status)
{
	long long now = now_ms();

	if (now - service.started >= STABLE)
		service.delay = 0;
	else
		wait_longer(now);
	say(service.name, status & 0x7f ? " was ended by signal " : " ended with status ",
	    DEC(status & 0x7f ? status & 0x7f : status >> 8 & 0xff), "; starting it again");
}

static void service_ended(int status)
{
	int err = 0;

	if (k_read(service.error_fd, &err, sizeof(err)) != sizeof(err))
		err = 0;
	k_close(service.error_fd);
	service.pid = 0;
	if (service.stopped)
		return;
	if (err)
		give_up(err);
	else if (service.workload)
		finish(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
	else
		restart_later(status);
}

/*
 * Fifty children that end together may raise one SIGCHLD: it says "look", not
 * "how many". So take all there are.
 */
int services_reap(void)
{
	int pid, status = 0;

	while ((pid = k_wait4(-1, &status, WNOHANG)) > 0)
		if (pid == service.pid)
			service_ended(status);
	return pid;
}

int services_done(void)
{
	return service.done;
}

/*
 * An interactive shell ignores SIGTERM, but not that its terminal hangs up.
 */
void services_stop(void)
{
	service.stopped = 1;
	if (service.pid && !service.workload)
		k_kill(service.pid, SIGHUP);
}
