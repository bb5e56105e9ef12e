// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1. The kernel starts it as /init, and everything else descends from it.
 *
 *  - It must never end: the kernel panics if it does (kernel/exit.c,
 *    "Attempted to kill init!"). So it allocates no memory, and what can fail
 *    is retried or done in a child.
 *  - Signals that it does not handle do not reach it (signal(7), "the init
 *    process"). It blocks them all at once and takes them one at a time, so
 *    that none is lost and none interrupts anything.
 *  - A process whose parent ends becomes its child: it reaps them all.
 *  - It shuts the machine down in order when it is asked to.
 *
 * Each file beside this one does one of its duties, and its header lists the
 * functions. lib/ is shared with the programs in the other directories. STEP()
 * calls a function and marks the place for make timeline, see step.h.
 */
#include "button.h"
#include "console.h"
#include "control.h"
#include "crash.h"
#include "env.h"
#include "lib/clock.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/signals.h"
#include "lib/watchdog.h"
#include "load.h"
#include "machine.h"
#include "mounts.h"
#include "notify.h"
#include "root.h"
#include "service.h"
#include "shutdown.h"
#include "step.h"
#include "workload.h"

#define FILES_MAX	4096	/* INR_OPEN_MAX of linux/fs.h: what a process may have open */

const char *program_name = "init";

static int not_pid_1(void)
{
	pr_notice("only the kernel starts this program, as process 1, and this is process %d; "
		  "see poweroff(8)",
		  k_getpid());
	return 1;
}

/*
 * Let go of what an earlier init has left to this one: its files would stay open and its
 * working directory in use until the machine stops. PID 1 opens all files with O_CLOEXEC,
 * so that its children get no others.
 */
static void inherited_drop(void)
{
	int fd;

	k_chdir("/");
	k_umask(022);
	if (K3(close_range, 3, ~0U, 0) == 0)
		return;
	for (fd = 3; fd < FILES_MAX; fd++)	/* Linux before 5.9 */
		k_close(fd);
}

/* Print in one line those of @words that the kernel did not add by itself, as @own. */
static void show_words(const char *what, char **words, const char *const own[])
{
	static char line[4096];
	size_t len = 0;
	int i;

	for (; *words; words++) {
		for (i = 0; own[i] && strcmp(*words, own[i]); i++)
			;
		if (own[i])
			continue;
		print_to(line + len, sizeof(line) - len, " %s", *words);
		len += strlen(line + len);
	}
	if (len)
		pr_notice("%s%s", what, line);
}

/*
 * Print what the kernel has passed: the command line, @argv and @envp. The defaults
 * are argv_init and envp_init in init/main.c; unknown_bootoption() there adds the
 * words of the command line that the kernel does not know.
 */
static void handover_show(char **argv, char **envp)
{
	static const char *const default_env[] = { "HOME=/", "TERM=linux", NULL };
	static const char *const nothing[] = { NULL };
	struct new_utsname uts = { 0 };

	if (cmdline_has("quiet"))
		return;
	k_uname(&uts);
	pr_notice("Linux %s on %s, up for %ld ms; this is process %d", uts.release, uts.machine,
		  (long)now_ms(), k_getpid());
	pr_notice("command line: %s", cmdline_text());
	if (*mounts_missing())
		pr_notice("this kernel has no%s", mounts_missing());
	show_words("arguments for init:", argv + 1, nothing);
	show_words("environment for init:", envp, default_env);
}

/*
 * Do what the signal @sig asks for if it is not a shutdown. Returns 0, or the signal
 * that asks for a shutdown.
 */
static int attend(int sig)
{
	switch (sig) {
	case SIGIO:
		control_attend();
		notify_attend();
		return button_pressed() ? SIGPWR : 0;
	case SIGHUP:
		buttons_open();		/* a new one may have appeared */
		pr_notice("reading /etc/inittab and /etc/bzinit.d again");
		services_load();
		return 0;
	case SIGINT:		/* Ctrl-Alt-Del */
		return services_run(CTRLALTDEL) ? 0 : SIGINT;
	}
	return sig;
}

int main(int argc, char **argv, char **envp)
{
	const k_sigset wanted = shutdown_signals |
				SIGNAL(SIGCHLD) | SIGNAL(SIGHUP) | SIGNAL(SIGIO);
	int sig, failed, more;

	STEP(signals_block);
	STEP(signals_default);
	if (k_getpid() != 1)
		return not_pid_1();

	STEP(inherited_drop);
	STEP(console_open);
	failed = STEP(mounts_make);
	STEP(console_settle);
	STEP(cmdline_read, argv);
	STEP(console_size);
	STEP(crash_prepare);
	STEP(watchdog_open);
	STEP(buttons_open);
	STEP(machine_prepare);
	control_open();
	notify_open();
	STEP(mounts_share);
	STEP(handover_show, argv, envp);
	STEP(env_make, envp, console_tty());
	STEP(services_prepare, failed);

	do {
		more = STEP(services_reap) > 0;
		root_switch(argv, envp);
		sig = signal_wait(wanted, more ? 0 : notify_wait(control_wait(services_start())));
		sig = workload_done() ? SIGUSR2 : attend(sig);
	} while (!shutdown_asked(sig));

	STEP(shutdown_machine, sig);
}
