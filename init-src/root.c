// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real root file system. With an initramfs the kernel leaves root= to PID 1
 * (init/main.c, kernel_init_freeable()). A service finds and mounts it, because this
 * may wait, fail or be interrupted. The service is a program of its own, switch-root,
 * because most images stay in the initramfs. When it has succeeded, PID 1 executes
 * the same program in its own place, and that executes the init of the real root.
 */
#include <linux/magic.h>
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/watchdog.h"
#include "root.h"
#include "table.h"

#define PROGRAM "/sbin/switch-root"

static char mount_command[] = PROGRAM " --mount";

void root_prepare(void)
{
	const char *root = cmdline_value("root");
	unsigned long magic = k_fs_magic("/");
	struct statx st;

	if (!root || !*root || (magic != RAMFS_MAGIC && magic != TMPFS_MAGIC))
		return;
	if (k_statx(PROGRAM, &st) < 0) {
		pr_err("root=%s is not mounted: CONFIG_INIT_SWITCH_ROOT is not set", root);
		return;
	}
	table_add_own(WAIT, mount_command, 0);
}

void root_switch(char **argv, char **envp)
{
	static char program[] = PROGRAM;
	static int done;
	struct service *s;

	for_each_service(s)
		if (s->command == mount_command)
			break;
	if (done || s == services_end || !s->ended || s->status)
		return;
	done = 1;
	watchdog_shutdown(-1);	/* the next init does not know that it is armed */
	argv[0] = program;
	pr_err("cannot run " PROGRAM ": %s", error_text(k_execve(program, argv, envp)));
}
