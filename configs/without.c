/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * without - the kernel's conf --allnoconfig for several sets of fragments
 *
 * usage: without --allnoconfig Kconfig, with WITHOUT="JOINED..." in the environment
 *
 * Writes JOINED.config for each file JOINED (made by check-fragments --join).
 * This is the kernel's own conf, linked with --wrap=conf_parse: most of its time
 * goes into asking the compiler what it can do, and so it reads Kconfig once and
 * goes on from there in one child per set. Runs in a directory where conf may
 * leave temporary files. Exit status: 0, or 1 if a child failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void __real_conf_parse(const char *name);
void __wrap_conf_parse(const char *name);

/* In place of conf's own: returns in each child, to its main(), and not in the parent. */
void __wrap_conf_parse(const char *name)
{
	char *joined = getenv("WITHOUT"), output[4096];
	int status, failed = 0;

	__real_conf_parse(name);
	fflush(NULL);
	for (joined = strtok(joined, " "); joined; joined = strtok(NULL, " ")) {
		switch (fork()) {
		case 0:
			snprintf(output, sizeof(output), "%s.config", joined);
			setenv("KCONFIG_ALLCONFIG", joined, 1);
			setenv("KCONFIG_CONFIG", output, 1);
			return;
		case -1:
			perror("without: fork");
			failed = 1;
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	exit(!!failed);
}
