// SPDX-License-Identifier: GPL-2.0-only
/*
 * poweroff, reboot, halt and kexec ask PID 1 to shut the machine down. They are one
 * program with four names. The signals are those of BusyBox's init; for kexec, which
 * that does not have, the one of systemd.
 */
#include "kexec.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

#define SIGRTMIN_6	40	/* SIGRTMIN of a libc is 34 */

static const struct action {
	const char *name, *does;
	int sig;
	unsigned int cmd;
} actions[] = {
	{ "poweroff", "power it off", SIGUSR2, LINUX_REBOOT_CMD_POWER_OFF },
	{ "reboot", "restart it", SIGTERM, LINUX_REBOOT_CMD_RESTART },
	{ "halt", "stop it without power-off", SIGUSR1, LINUX_REBOOT_CMD_HALT },
#ifdef CONFIG_INIT_KEXEC
	{ "kexec", "start another kernel", SIGRTMIN_6, LINUX_REBOOT_CMD_KEXEC },
#endif
};

static const struct action *find_action(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static int is_option(const char *word, const char *letter, const char *name)
{
	return !strcmp(word, letter) || !strcmp(word, name);
}

static int help(const struct action *action)
{
	static char text[2048];
	int kexec = action->cmd == LINUX_REBOOT_CMD_KEXEC;

	print_to(text, sizeof(text),
		 "usage: %s [-f]%s\n\n"
		 "End all processes, unmount the disks of this machine and %s.\n\n"
		 "  -f, --force      do not ask PID 1: sync and do it now, processes and\n"
		 "                   mounts as they are\n"
		 "  -h, --help       show this text\n%s",
		 action->name, kexec ? kexec_words : "", action->does,
		 kexec ? kexec_options : "");
	return k_write(1, text, strlen(text)) < 0;
}

/* Returns 0, 1 on failure, 2 for a wrong use. */
int main(int argc, char **argv)
{
	const struct action *action;
	int i, err, force = 0;
	char **rest = argv;

	program_name = argc ? base_name(argv[0]) : "poweroff";
	action = find_action(program_name);
	if (!action) {
		pr_notice("unknown name: this program is called poweroff, reboot or halt");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		if (is_option(argv[i], "-h", "--help"))
			return help(action);
		if (is_option(argv[i], "-f", "--force"))
			force = 1;
		else
			*rest++ = argv[i];
	}
	*rest = NULL;
	if (action->cmd == LINUX_REBOOT_CMD_KEXEC) {
		err = kexec_prepare(argv);
		if (err <= 0)
			return -err;
	} else if (rest != argv) {
		pr_notice("unknown option '%s', see %s --help", argv[0], program_name);
		return 2;
	}
	if (force) {
		k_sync();
		err = k_reboot(action->cmd);
	} else {
		err = k_kill(1, action->sig);
	}
	if (err < 0) {
		pr_notice("%s", err == -EPERM ? "only root may do this" : error_text(err));
		return 1;
	}
	return 0;
}
