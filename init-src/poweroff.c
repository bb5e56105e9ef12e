/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poweroff, reboot, halt: ask PID 1 to end the machine. One program under
 * three names. The signals are those that BusyBox's init understands, too.
 */
#include "sys.h"
#include "text.h"

static const struct action {
	const char *name, *does;
	int sig;
	unsigned int cmd;
} actions[] = {
	{ "poweroff", "power it off", SIGUSR2, LINUX_REBOOT_CMD_POWER_OFF },
	{ "reboot", "restart it", SIGTERM, LINUX_REBOOT_CMD_RESTART },
	{ "halt", "stop it without power-off", SIGUSR1, LINUX_REBOOT_CMD_HALT },
};

const char *program_name;

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
	static char text[512];

	join(text, sizeof(text), "usage: ", action->name, " [-f]\n\n",
	     "End all processes, unmount the disks of this machine and ", action->does, ".\n\n"
	     "  -f, --force  do not ask PID 1: sync and do it now, processes and\n"
	     "               mounts as they are\n"
	     "  -h, --help   show this text\n");
	return k_write(1, text, strlen(text)) < 0;
}

/* Returns 0, 1 when it could not be done, 2 for a wrong use. */
int main(int argc, char **argv)
{
	const struct action *action;
	int i, err, force = 0;

	program_name = argc ? base_name(argv[0]) : "poweroff";
	action = find_action(program_name);
	if (!action) {
		say("I go by the names poweroff, reboot and halt: call me by one of these");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		if (is_option(argv[i], "-h", "--help"))
			return help(action);
		if (!is_option(argv[i], "-f", "--force")) {
			say("unknown option '", argv[i], "', see ", program_name, " --help");
			return 2;
		}
		force = 1;
	}
	if (force) {
		k_sync();
		err = k_reboot(action->cmd);
	} else {
		err = k_kill(1, action->sig);
	}
	if (err < 0) {
		say(err == -EPERM ? "only root may do this" : error_text(err));
		return 1;
	}
	return 0;
}
