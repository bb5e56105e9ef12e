/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PID 1. The kernel starts it as /init, and everything else descends from it.
 *
 *  - It must never end: the kernel panics if it does (kernel/exit.c,
 *    "Attempted to kill init!"). So it allocates nothing, and what can fail
 *    is retried or done in a child.
 *  - Signals that it does not handle do not reach it (signal(7), "the init
 *    process"). It blocks them all at once and takes them one at a time, so
 *    that none is lost and none interrupts anything.
 *  - Whoever loses its parent becomes its child: it reaps them all.
 *  - It ends the machine, in order, when it is asked to.
 *
 * Each file beside this one is one duty; init.h lists what they offer.
 */
#include "init.h"

const char *program_name = "init";

static int not_pid_1(void)
{
	say("this is the program that the kernel starts as process 1, and I am process ",
	    DEC(k_getpid()), ": nothing to do here. ",
	    "To end the machine, use poweroff, reboot or halt");
	return 1;
}

static void hostname_set(void)
{
	int err = k_sethostname(CONFIG_INIT_HOSTNAME, strlen(CONFIG_INIT_HOSTNAME));

	if (err < 0)
		say("cannot set the host name " CONFIG_INIT_HOSTNAME ": ", error_text(err));
}

/* Without this the kernel would answer Ctrl-Alt-Del itself, by a hard reset. */
static void ctrl_alt_del_as_signal(void)
{
	k_reboot(LINUX_REBOOT_CMD_CAD_OFF);
}

/* One line of those of @words that the kernel did not put there by itself. */
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
		join(line + len, sizeof(line) - len, " ", *words);
		len += strlen(line + len);
	}
	if (len)
		say(what, line);
}

/*
 * What the kernel handed over. The defaults are in init/main.c: argv_init and
 * envp_init; words it does not know are added (unknown_bootoption()).
 */
static void handover_show(char **argv, char **envp)
{
	static const char *const default_env[] = { "HOME=/", "TERM=linux", NULL };
	static const char *const nothing[] = { NULL };
	struct __kernel_timespec ts = { 0 };
	struct new_utsname uts = { 0 };
	char *fraction;

	if (cmdline_has("quiet"))
		return;
	k_uname(&uts);
	k_clock_gettime(K_CLOCK_BOOTTIME, &ts);
	fraction = DEC(1000 + (long)ts.tv_nsec / 1000000) + 1;
	say("Linux ", uts.release, " on ", uts.machine, ", up for ", DEC((long)ts.tv_sec),
	    ".", fraction, " s; I am process ", DEC(k_getpid()));
	say("command line: ", cmdline_text());
	if (*mounts_missing())
		say("this kernel has no", mounts_missing());
	show_words("arguments for init:", argv + 1, nothing);
	show_words("environment for init:", envp, default_env);
}

int main(int argc, char **argv, char **envp)
{
	int sig;

	signals_block();
	if (k_getpid() != 1)
		return not_pid_1();

	console_open();
	mounts_make();
	cmdline_read(argv);
	hostname_set();
	ctrl_alt_del_as_signal();
	handover_show(argv, envp);
	services_prepare(envp);

	do {
		sig = signal_wait(shutdown_signals | SIGNAL(SIGCHLD), services_start());
		services_reap();
		if (services_done())
			sig = SIGUSR2;
	} while (!shutdown_asked(sig));

	shutdown_machine(sig);
}
