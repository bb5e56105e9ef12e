/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include "lib/sys.h"
#include "table.h"

/* The signals that ask for a shutdown. */
extern const k_sigset shutdown_signals;

/* Is @sig, which may be 0, one of them? */
int shutdown_asked(int sig);

/* Send @sig to all processes of @s: those in its cgroup, else its process group. */
void service_signal(const struct service *s, int sig);

/* Ask @s to end: with SIGTERM, or SIGHUP if that is what it heeds. */
void service_ask_to_end(const struct service *s);

/* End everything as @sig asks. */
void shutdown_machine(int sig) __attribute__((noreturn));

#endif
