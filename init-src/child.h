/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CHILD_H
#define CHILD_H

#include "table.h"

/* Start @s in a child. Returns its pid, or -errno. */
int child_start(const struct service *s);

/*
 * Execute @s in this process, for good. Returns only on failure: -errno, and in
 * @what the setting at fault, if it was one.
 */
int child_exec(const struct service *s, const char **what);

/* What a child sends when it could not execute its command. */
struct failure {
	int pid, err;		/* -errno */
	const char *what;	/* the setting at fault, or NULL */
};

/* Take one of these. Returns 0 if there is none. */
int child_failure(struct failure *failure);

/* Send @sig to all processes of @s: those in its cgroup, else its process group. */
void child_signal(const struct service *s, int sig);

/* Ask @s to end: with SIGTERM, or SIGHUP if that is what it heeds. */
void child_ask_to_end(const struct service *s);

#endif
