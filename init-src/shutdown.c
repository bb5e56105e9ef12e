// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shutdown: ends services and processes, unmounts disks, sends the record to the
 * host, and calls reboot(2). Signals stay blocked and are not looked at any more, so
 * that a second request changes nothing; "poweroff -f" does not ask PID 1.
 */
#include "cgroup.h"
#include "channel.h"
#include "child.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/signals.h"
#include "lib/watchdog.h"
#include "lib/words.h"
#include "mounts.h"
#include "service.h"
#include "shutdown.h"

#define GRACE_OTHERS	5000	/* ms between SIGTERM and SIGKILL for what is no service */
#define KILL_WAIT	2000	/* ms to wait for processes after SIGKILL */
#define DEADLINE	60	/* s for all but the graces of services, see shutdown_machine() */
#define NO_DEADLINE	1000000	/* s, which is 11 days */
#define DISKS_WAIT	5000	/* ms that the disks have at least, even after the deadline */

/* How far the stop of a service is, its member stopping. */
enum { RUNS, ASKED, KILLED, LEFT };

/* SIGRTMIN of a libc, which keeps the first two real-time signals for itself. */
#define RTMIN		34

/*
 * The signals are those of BusyBox's init; SIGPWR, which a UPS or a host sends; and
 * those of systemd, which container managers and its own tools send.
 */
static const struct request {
	unsigned int cmd;
	char signals[4];	/* a string */
	const char *doing, *record;
} requests[] = {
	{ LINUX_REBOOT_CMD_RESTART, { SIGTERM, SIGINT, RTMIN + 5 }, "restarting the machine", "reboot" },
	{ LINUX_REBOOT_CMD_HALT, { SIGUSR1, RTMIN + 3 }, "halting the machine", "halt" },
	{ LINUX_REBOOT_CMD_POWER_OFF, { SIGUSR2, SIGPWR, RTMIN + 4 }, "powering off", "poweroff" },
	{ LINUX_REBOOT_CMD_KEXEC, { RTMIN + 6 }, "starting the loaded kernel", NULL },
	{ 0, { SIGQUIT }, "starting another init", NULL },
};

const k_sigset shutdown_signals =
	SIGNAL(SIGTERM) | SIGNAL(SIGINT) | SIGNAL(SIGUSR1) | SIGNAL(SIGUSR2) | SIGNAL(SIGPWR) |
	SIGNAL(SIGQUIT) | SIGNAL(RTMIN + 3) | SIGNAL(RTMIN + 4) | SIGNAL(RTMIN + 5) |
	SIGNAL(RTMIN + 6);

static long long deadline;	/* see now_ms() */

int shutdown_asked(int sig)
{
	return sig && SIGNAL(sig) & shutdown_signals;
}

static const struct request *request_for(int sig)
{
	const struct request *r = requests;

	while (!strchr(r->signals, sig))
		r++;
	return r;
}

/* Return when a wait of @ms ends: the deadline, less KILL_WAIT, may come first. */
static long long within(long ms)
{
	long long end = now_ms() + ms, last = deadline - KILL_WAIT;

	return end < last ? end : last;
}

/* Does @s run, or what it has left behind in its cgroup? */
static int runs(struct service *s)
{
	return s->pid || cgroup_left(s);
}

/* Reap children until none is left, but at most until @end. Returns whether none is. */
static int all_gone(long long end)
{
	long long now;
	int ret;

	for (;;) {
		do
			ret = services_reap();
		while (ret > 0);
		/* No child means no process, because orphans become children of PID 1. */
		if (ret == -ECHILD)
			return 1;
		now = now_ms();
		if (now >= end)
			return 0;
		signal_wait(SIGNAL(SIGCHLD), end - now);
	}
}

/* Run the entries of the action SHUTDOWN, before any process is asked to end. */
static void run_last_words(void)
{
	long long end;

	services_run(SHUTDOWN);
	end = within(DEADLINE * 1000 / 2);
	while (services_running(SHUTDOWN) && now_ms() < end) {
		signal_wait(SIGNAL(SIGCHLD), end - now_ms());
		services_reap();
	}
}

/* Does a service that still runs need @s? */
static int is_needed(const struct service *s)
{
	struct service *o;

	for_each_service(o)
		if (runs(o) && o->stopping != LEFT && o->needs && words_index(o->needs, s->name) >= 0)
			return 1;
	return 0;
}

/* Ask @s to end, which it has to do within its grace. */
static void stop_ask(struct service *s)
{
	s->stopping = ASKED;
	s->due = within(s->grace);
	child_ask_to_end(s);
}

/* Take the next step to stop @s if it is due. Returns whether its end is awaited. */
static int stop_step(struct service *s, long long now)
{
	if (!runs(s) || s->stopping == LEFT)
		return 0;
	if (!s->stopping) {
		if (is_needed(s))
			return 0;
		stop_ask(s);
	} else if (now >= s->due && s->stopping == KILLED) {
		s->stopping = LEFT;
		return 0;
	} else if (now >= s->due) {
		pr_err("%s ignores SIGTERM: killing it", s->name);
		child_signal(s, SIGKILL);
		s->stopping = KILLED;
		s->due = now + KILL_WAIT;
	}
	return 1;
}

/*
 * Stop the services, all at once but those that a service needs which still runs. Each
 * has its own grace from when it is asked, so that this takes the sum of those along the
 * longest chain of needs at most, unless the deadline comes first.
 */
static void stop_services(void)
{
	struct service *s, *needed;
	long long now, next;

	do {
		while (services_reap() > 0)
			;
		now = now_ms();
		next = 0;
		needed = NULL;
		for (s = services_end - 1; s >= services; s--) {
			if (!stop_step(s, now))
				needed = runs(s) && !s->stopping && !needed ? s : needed;
			else if (!next || s->due < next)
				next = s->due;
		}
		if (next)
			signal_wait(SIGNAL(SIGCHLD), next > now ? next - now : 0);
		else if (needed)
			stop_ask(needed);	/* since they need each other, in a circle */
	} while (next || needed);
}

/*
 * End all other processes: kill(-1) reaches all but PID 1 (kernel/signal.c,
 * kill_something_info()).
 */
static void processes_end(void)
{
	k_kill(-1, SIGTERM);
	k_kill(-1, SIGCONT);
	if (all_gone(within(GRACE_OTHERS)))
		return;
	pr_err("some processes ignore SIGTERM: killing them");
	/* Once is enough: fork() fails in a process for which a signal is pending. */
	k_kill(-1, SIGKILL);
	if (!all_gone(now_ms() + KILL_WAIT))
		pr_err("some processes cannot be killed: leaving them");
}

/* Call reboot(2). Returns only if that failed, and prints why. */
static void reboot_now(unsigned int cmd)
{
	int err = k_reboot(cmd);

	pr_err("reboot(2): %s", error_text(err));
}

/*
 * Call reboot(2) in a child: it ends the caller if the machine stays on
 * (kernel/reboot.c, do_exit()), and that must not be PID 1.
 */
static void reboot_in_child(unsigned int cmd)
{
	int pid = k_fork(), status;

	if (pid > 0) {
		k_wait4(pid, &status, 0);
		return;
	}
	reboot_now(cmd);
	if (pid == 0)
		k_exit(1);
}

/*
 * Start a child that ends the machine at the deadline: a disk that does not answer
 * blocks sync() and umount() in PID 1 for ever.
 */
static void watch_deadline(unsigned int cmd)
{
	long long left, least = now_ms() + DISKS_WAIT;

	if (deadline < least)
		deadline = least;
	left = deadline - now_ms();
	watchdog_shutdown(left < NO_DEADLINE * 500LL ? (long)left : -1);
	if (k_fork() != 0)
		return;
	while ((left = deadline - now_ms()) > 0)
		sleep_ms(left);
	pr_err("the disks have not answered before the deadline: going on without them");
	reboot_now(cmd);
	k_exit(1);
}

/* Has the kernel found no ACPI? Then a PC stops, but does not switch itself off. */
static int cannot_power_off(void)
{
	struct statx st;

	return k_statx("/sys/firmware", &st) == 0 && k_statx("/sys/firmware/acpi", &st) < 0;
}

/* Execute the process of the action RESTART in the place of PID 1. */
static void become_another(void)
{
	const struct service *s;
	const char *what = NULL;
	int err;

	for_each_service(s) {
		if (s->action != RESTART || s->gone)
			continue;
		watchdog_shutdown(-1);	/* the next init does not know that it is armed */
		err = child_exec(s, &what);
		signals_block();
		pr_err("cannot run %s: %s", s->command, error_text(err));
	}
}

void shutdown_machine(int sig)
{
	const struct request *r = request_for(sig);
	long seconds = cmdline_number("init.deadline", DEADLINE);
	long long left;

	deadline = now_ms() + (seconds ? seconds : NO_DEADLINE) * 1000LL;
	pr_notice("%s", r->doing);
	services_freeze();
	run_last_words();
	left = deadline - now_ms();
	if (!cmdline_has("init.deadline"))
		deadline += NO_DEADLINE * 1000LL;
	stop_services();
	if (!cmdline_has("init.deadline"))
		deadline = now_ms() + left;
	processes_end();
	if (!r->cmd) {
		become_another();
		r = requests;	/* there is none: restart the machine instead */
	}
	watch_deadline(r->cmd);
	k_sync();
	mounts_undo();
	if (r->cmd == LINUX_REBOOT_CMD_POWER_OFF && cannot_power_off())
		pr_notice("this kernel has found no ACPI: the machine may halt and stay on");
	if (r->record)
		channel_send(r->record);
	channel_exit();
	if (r->cmd == LINUX_REBOOT_CMD_HALT)
		watchdog_shutdown(-1);
	reboot_in_child(r->cmd);

	if (r->cmd == LINUX_REBOOT_CMD_KEXEC)	/* none was loaded, and the machine may be unattended */
		reboot_in_child(LINUX_REBOOT_CMD_RESTART);
	if (r->cmd != LINUX_REBOOT_CMD_HALT) {
		pr_err("the machine is still on; halting it");
		watchdog_shutdown(-1);
		reboot_in_child(LINUX_REBOOT_CMD_HALT);
	}
	for (;;)
		signal_wait(0, -1);
}
