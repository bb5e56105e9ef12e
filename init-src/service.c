// SPDX-License-Identifier: GPL-2.0-only
/*
 * Supervises the services: starts what is due, reaps what has ended, and starts it
 * again if it should run.
 */
#include "cgroup.h"
#include "child.h"
#include "control.h"
#include "console.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "load.h"
#include "notify.h"
#include "root.h"
#include "service.h"
#include "workload.h"

#define STABLE		2000	/* ms: a service that ran so long has not failed to start */
#define REAP_MAX	4096	/* children reaped in one go, before signals are looked at */

static char console_command[] = CONFIG_INIT_CONSOLE_COMMAND;

static int through;		/* all of SYSINIT and WAIT have run */
static int frozen;		/* nothing is started any more */

void services_prepare(int emergency)
{
	static char shell[] = "/bin/sh";
	const struct service *before;
	int workload;

	if (emergency && cmdline_has("init.emergency"))
		table_add_own(EMERGENCY, shell, 1);
	before = services_end;
	services_load();
	workload = workload_prepare();
	if (!workload && services_end == before && *console_command)
		table_add_own(RESPAWN, console_command, 1);
	if (!workload)
		root_prepare();
}

/*
 * Are the services that @s needs available? One that is restarted whenever it ends is
 * available while it runs; any other, when it has ended with status 0. One that says when
 * it is ready is available from then on.
 */
static int needs_met(struct service *s)
{
	const struct service *other;
	char names[NEEDS_MAX + 1], *name[WORDS_MAX];
	const char *why;
	int i;

	if (!s->needs)
		return 1;
	print_to(names, sizeof(names), "%s", s->needs);
	if (words_split(names, name, WORDS_MAX) < 0)
		return 1;
	for (i = 0; name[i]; i++) {
		other = service_find(name[i]);
		if (other && (other->ended ? !other->status && !notify_failed(other) :
			      other->pid && other->action > WAIT && notify_available(other)))
			continue;
		why = !other ? ", which does not exist" :
		      other->ended ? ", which failed" :
		      s->action <= WAIT ? ", which comes later" : NULL;
		if (why && !s->told)
			pr_err("%s is not started: it needs %s%s", s->name, name[i], why);
		s->told |= why != NULL;
		return 0;
	}
	return 1;
}

/* Delay the next start of @s, each time longer. Returns the delay in ms. */
static long wait_longer(struct service *s, long long now)
{
	s->delay = !s->delay ? s->delay_first : s->delay * 2;
	if (s->delay > s->delay_last)
		s->delay = s->delay_last;
	s->due = now + s->delay;
	return s->delay;
}

/*
 * Start @s if it is due. Returns 0 if it was started, the ms until it is due, or -1 if
 * it need not be started.
 */
static long start_one(struct service *s, long long now)
{
	int pid;

	if (s->pid || s->ended || s->gone || control_down(s))
		return -1;
	if (s->due > now)
		return s->due - now;
	if (!needs_met(s))
		return -1;
	if (s->control && s->action != WORKLOAD)
		console_calm();
	pid = notify_prepare(s);
	if (!pid)
		pid = child_start(s);
	s->started = now;
	notify_started(s, pid);
	if (pid > 0) {
		s->pid = pid;
		control_started(s);
		return 0;
	}
	/* Out of processes or memory: the service must not be lost, so try again later. */
	pr_err("cannot start %s now: %s; trying again", s->name, error_text(pid));
	return wait_longer(s, now);
}

static long sooner(long a, long b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

/*
 * Start the next of the services that run one after the other, each to its end.
 * Returns the ms until it is due, -1 to wait for its end, -2 if all have ended.
 */
static long start_in_turn(long long now)
{
	struct service *s;
	int action;
	long ms;

	for (action = EMERGENCY; action <= WAIT; action++) {
		for_each_service(s) {
			if (s->action != action || s->ended || s->gone)
				continue;
			ms = start_one(s, now);
			if (s->pid || ms > 0)
				return ms > 0 ? ms : -1;
			s->ended = 1;	/* what it needs cannot become available any more */
			s->status = STATUS(1);
		}
	}
	return -2;
}

long services_start(void)
{
	int workload = cmdline_value("init.run") != NULL;
	long long now = now_ms();
	struct service *s;
	int started;
	long next, ms;

	if (workload_done())
		return 0;
	if (frozen)
		return -1;
	if (!through) {
		next = start_in_turn(now);
		if (next != -2)
			return next;
		through = 1;
		return 0;
	}
	do {	/* again, because others may need what was started */
		started = 0;
		next = -1;
		for_each_service(s) {
			if (s->action < ONCE || (s->action > ASKFIRST && s->action != WORKLOAD))
				continue;
			/* The workload has the console, so others cannot use it. */
			if (workload && s->control && !s->tty && s->action != WORKLOAD) {
				if (!s->told)
					pr_notice("%s is left out: the workload has the console", s->name);
				s->told = 1;
				continue;
			}
			ms = start_one(s, now);
			started |= ms == 0;
			next = sooner(next, ms ? ms : -1);
		}
	} while (started);
	return next;
}

int services_run(enum action action)
{
	struct service *s;
	int count = 0;

	for_each_service(s) {
		if (s->action != action || s->gone || s->pid)
			continue;
		s->pid = child_start(s);
		if (s->pid < 0)
			pr_err("cannot start %s: %s", s->name, error_text(s->pid));
		if (s->pid < 0)
			s->pid = 0;
		count++;
	}
	return count;
}

static void cut_at_blank(char *word)
{
	while (*word && *word != ' ' && *word != '\t')
		word++;
	*word = '\0';
}

/* Print why the command of @s could not be executed, with the remedy. */
static void say_why(struct service *s)
{
	char word[256];

	print_to(word, sizeof(word), "%s", s->command);
	cut_at_blank(word);
	if (s->what)
		pr_err("cannot start %s: %s: %s", s->name, s->what, error_text(s->err));
	else
		pr_err("cannot run %s: %s", word, s->err == -ENOENT ? "it is not in this image" :
		       s->err == -EINVAL ? "an open quote" : error_text(s->err));
	if (s->command == console_command)
		pr_err("CONFIG_USR_BUSYBOX puts a shell into the image, and "
		       "CONFIG_INIT_CONSOLE_COMMAND names another command. Waiting");
}

/* Print how @s has ended. */
static void say_end(const struct service *s)
{
	int sig = s->status & 0x7f, number = sig ? sig : s->status >> 8 & 0xff;
	const char *how = sig ? "was ended by signal" : "ended with status";

	if (s->ended)
		pr_notice("%s %s %d", s->name, how, number);
	else
		pr_notice("%s %s %d; starting it again in %d ms", s->name, how, number, s->delay);
}

static struct service *find_pid(int pid)
{
	struct service *s;

	for_each_service(s)
		if (s->pid == pid)
			return s;
	return NULL;
}

/* Note what children have reported in services.err and what. */
static void take_failures(void)
{
	struct failure failure;
	struct service *s;

	while (child_failure(&failure)) {
		s = find_pid(failure.pid);
		if (!s)
			continue;
		if (s->what != failure.what)
			s->err_told = 0;
		s->err = failure.err;
		s->what = failure.what;
	}
}

static void service_ended(struct service *s, int status)
{
	long long now = now_ms();

	take_failures();
	notify_attend();	/* what it has said before its end */
	notify_ended(s);
	s->pid = 0;
	/* What is started anew must find nothing left, except what a login has left behind. */
	if (((s->action == RESPAWN && !s->control) || notify_late(s)) && !frozen)
		cgroup_signal(s, SIGKILL);
	cgroup_ended(s);
	control_ended(s);
	s->status = !s->err ? status : STATUS(s->err == -ENOENT || s->err == -ELIBACC ? 127 : 126);
	/* The same failure is not said again at each try, but after a run it is. */
	if (s->err && s->err != s->err_told && !frozen)
		say_why(s);
	s->err_told = s->err;
	if (s->action == WORKLOAD && !frozen)
		workload_ended(s->status);
	if (s->action != RESPAWN && s->action != ASKFIRST)
		s->ended = 1;
	else if (now - s->started >= STABLE && !notify_failed(s))
		s->delay = 0;
	else
		wait_longer(s, now);
	if (!frozen && !s->err && !s->gone && !control_down(s) && s->action != WORKLOAD && (s->status || !s->ended))
		say_end(s);
	s->err = 0;
}

/* Children that end together may raise one SIGCHLD, so reap all that have ended. */
int services_reap(void)
{
	int pid, status = 0, left = REAP_MAX;
	struct service *s;

	while (left-- && (pid = k_wait4(-1, &status, WNOHANG)) > 0) {
		s = find_pid(pid);
		if (s)
			service_ended(s, status);
	}
	return pid > 0 ? 1 : pid;
}

void services_freeze(void)
{
	frozen = 1;
}

int services_running(enum action action)
{
	const struct service *s;

	for_each_service(s)
		if (s->pid && (action == ACTIONS || s->action == action))
			return 1;
	return 0;
}
