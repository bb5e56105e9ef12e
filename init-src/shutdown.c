// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end: services, processes, disks, report, reboot(2). Signals stay blocked
 * and are not looked at any more, so a second request changes nothing; whoever
 * does not want to wait has poweroff -f, which does not ask us.
 */
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

#define GRACE_OTHERS		5000	/* ms between SIGTERM and SIGKILL for what is no service */
#define KILL_WAIT	2000	/* ms until processes that do not die are left */
#define DEADLINE	60	/* s for all of it, init.deadline= */

/* Of the real-time signals, a libc keeps the first two for itself. */
#define RTMIN		34

/*
 * BusyBox init's signals; SIGPWR, which a UPS or a host sends; and systemd's,
 * which container managers and its own tools send.
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

/* The sooner of @ms from now and the deadline less what killing takes. */
static long long within(long ms)
{
	long long end = now_ms() + ms, last = deadline - KILL_WAIT;

	return end < last ? end : last;
}

/* Reap until @service is gone, NULL for all children. Returns whether it is. */
static int gone(const struct service *service, long long end)
{
	long long now;
	int ret;

	for (;;) {
		do
			ret = services_reap();
		while (ret > 0);
		/* No child means no process: an orphan becomes our child. */
		if (service ? !service->pid : ret == -ECHILD)
			return 1;
		now = now_ms();
		if (now >= end)
			return 0;
		signal_wait(SIGNAL(SIGCHLD), end - now);
	}
}

/* What the table keeps for this moment; nobody else has been told yet. */
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

/* Does somebody who still runs need @s? */
static int is_needed(const struct service *s)
{
	const struct service *o;

	for (o = services; o < services + services_count; o++)
		if (o->pid && !o->stopping && o->needs && words_index(o->needs, s->name) >= 0)
			return 1;
	return 0;
}

/* The last one that nobody needs; in a circle, the last one. NULL when all were told. */
static struct service *next_to_stop(void)
{
	struct service *s, *last = NULL;

	for (s = services + services_count - 1; s >= services; s--) {
		if (!s->pid || s->stopping)
			continue;
		if (!is_needed(s))
			return s;
		if (!last)
			last = s;
	}
	return last;
}

/*
 * A service leads its own session, and so its process group; but not yet between
 * its fork() and its setsid(), when nobody is in the group.
 */
static void signal_service(const struct service *s, int sig)
{
	if (k_kill(-s->pid, sig) < 0)
		k_kill(s->pid, sig);
}

/* One after the other, so that nobody loses what it needs. */
static void services_end(void)
{
	struct service *s;

	while ((s = next_to_stop())) {
		s->stopping = 1;
		signal_service(s, SIGTERM);
		/* An interactive shell ignores SIGTERM, but not a lost terminal. */
		if (s->control)
			signal_service(s, SIGHUP);
		signal_service(s, SIGCONT);	/* a stopped one takes no SIGTERM */
		if (gone(s, within(s->grace)))
			continue;
		pr_err("%s ignores SIGTERM: killing it", s->name);
		signal_service(s, SIGKILL);
		gone(s, within(KILL_WAIT));
	}
}

/* kill(-1) reaches everybody but us: kernel/signal.c, kill_something_info(). */
static void processes_end(void)
{
	k_kill(-1, SIGTERM);
	k_kill(-1, SIGCONT);
	if (gone(NULL, within(GRACE_OTHERS)))
		return;
	pr_err("some processes ignore SIGTERM: killing them");
	/* One pass gets all: fork() fails for who has a signal waiting. */
	k_kill(-1, SIGKILL);
	if (!gone(NULL, now_ms() + KILL_WAIT))
		pr_err("some processes cannot be killed: leaving them");
}

/* Returns only when the machine did not do it. */
static void reboot_now(unsigned int cmd)
{
	int err = k_reboot(cmd);

	pr_err("reboot(2): %s", error_text(err));
}

/*
 * In a child, because reboot(2) ends the caller when the machine stays up
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

/* A disk that does not answer holds sync() and umount() for ever, and us. */
static void watch_deadline(unsigned int cmd)
{
	long long left;

	if (k_fork() != 0)
		return;
	while ((left = deadline - now_ms()) > 0)
		sleep_ms(left);
	pr_err("the disks have not answered in time: going on without them");
	reboot_now(cmd);
	k_exit(1);
}

/* Without ACPI a PC cannot switch itself off, and the kernel only stops it. */
static int cannot_power_off(void)
{
	struct statx st;

	return k_statx("/sys/firmware", &st) == 0 && k_statx("/sys/firmware/acpi", &st) < 0;
}

/* The action "restart": the process that it names takes our place. */
static void become_another(void)
{
	const struct service *s;
	const char *what = NULL;
	int err;

	for (s = services; s < services + services_count; s++) {
		if (s->action != RESTART || s->gone)
			continue;
		err = child_exec(s, &what);
		signals_block();
		pr_err("cannot run %s: %s", s->command, error_text(err));
	}
}

void shutdown_machine(int sig)
{
	const struct request *r = request_for(sig);
	long seconds = cmdline_number("init.deadline", DEADLINE);

	deadline = now_ms() + seconds * 1000;
	watchdog_shutdown(seconds * 1000);
	pr_notice("%s", r->doing);
	services_freeze();
	run_last_words();
	services_end();
	processes_end();
	if (!r->cmd) {
		become_another();
		r = requests;	/* there is no other: restart the machine instead */
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

	if (r->cmd == LINUX_REBOOT_CMD_KEXEC)	/* none was loaded, and nobody may be here to see */
		reboot_in_child(LINUX_REBOOT_CMD_RESTART);
	if (r->cmd != LINUX_REBOOT_CMD_HALT) {
		pr_err("the machine is still on; halting it");
		watchdog_shutdown(-1);
		reboot_in_child(LINUX_REBOOT_CMD_HALT);
	}
	for (;;)
		signal_wait(0, -1);
}
