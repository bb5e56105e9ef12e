/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end: processes, disks, report, reboot(2). Signals stay blocked and are
 * not looked at any more, so a second request changes nothing.
 */
#include "init.h"

#define GRACE		5000	/* ms between SIGTERM and SIGKILL */
#define KILL_WAIT	2000	/* ms until processes that do not die are left */

/* BusyBox init's signals, and SIGPWR, which a UPS or a host sends. */
static const struct request {
	int sig;
	unsigned int cmd;
	const char *doing, *record;
} requests[] = {
	{ SIGTERM, LINUX_REBOOT_CMD_RESTART,	"restarting the machine", "reboot" },
	{ SIGINT,  LINUX_REBOOT_CMD_RESTART,	"restarting the machine", "reboot" },
	{ SIGUSR1, LINUX_REBOOT_CMD_HALT,	"halting the machine", "halt" },
	{ SIGUSR2, LINUX_REBOOT_CMD_POWER_OFF,	"powering off", "poweroff" },
	{ SIGPWR,  LINUX_REBOOT_CMD_POWER_OFF,	"powering off", "poweroff" },
};

const k_sigset shutdown_signals = SIGNAL(SIGTERM) | SIGNAL(SIGINT) | SIGNAL(SIGUSR1) |
				  SIGNAL(SIGUSR2) | SIGNAL(SIGPWR);

int shutdown_asked(int sig)
{
	return sig && SIGNAL(sig) & shutdown_signals;
}

static const struct request *request_for(int sig)
{
	const struct request *r = requests;

	while (r->sig != sig)
		r++;
	return r;
}

/*
 * Wait until no child is left, at most @ms. No child means no process: an
 * orphan becomes our child. Returns whether all are gone.
 */
static int all_gone(long ms)
{
	long long end = now_ms() + ms, now;

	while (services_reap() != -ECHILD) {
		now = now_ms();
		if (now >= end)
			return 0;
		signal_wait(SIGNAL(SIGCHLD), end - now);
	}
	return 1;
}

/* kill(-1) reaches everybody but us: kernel/signal.c, kill_something_info(). */
static void processes_end(void)
{
	services_stop();
	k_kill(-1, SIGTERM);
	k_kill(-1, SIGCONT);	/* a stopped one takes no SIGTERM */
	if (all_gone(GRACE))
		return;
	say("some processes ignore SIGTERM: killing them");
	k_kill(-1, SIGKILL);
	if (!all_gone(KILL_WAIT))
		say("some processes cannot be killed: leaving them");
}

/*
 * In a child, because reboot(2) ends the caller when the machine stays up
 * (kernel/reboot.c, do_exit()), and that must not be PID 1. Comes back only
 * if the machine did.
 */
static void reboot_in_child(unsigned int cmd)
{
	int pid = k_fork(), err, status;

	if (pid > 0) {
		k_wait4(pid, &status, 0);
		return;
	}
	err = k_reboot(cmd);
	say("reboot(2): ", error_text(err));
	if (pid == 0)
		k_exit(1);
}

/* Without ACPI a PC cannot switch itself off, and the kernel only stops it. */
static int cannot_power_off(void)
{
	struct statx st;

	return k_statx("/sys/firmware", &st) == 0 && k_statx("/sys/firmware/acpi", &st) < 0;
}

void shutdown_machine(int sig)
{
	const struct request *r = request_for(sig);

	say(r->doing);
	processes_end();
	k_sync();
	mounts_undo();
	if (r->cmd == LINUX_REBOOT_CMD_POWER_OFF && cannot_power_off())
		say("this kernel has found no ACPI, so the machine may only halt and stay on");
	report(r->record);
	reboot_in_child(r->cmd);

	if (r->cmd != LINUX_REBOOT_CMD_HALT) {
		say("the machine is still on; halting it");
		reboot_in_child(LINUX_REBOOT_CMD_HALT);
	}
	for (;;)
		signal_wait(0, -1);
}
