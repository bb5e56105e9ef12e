/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHUTDOWN_H
#define SHUTDOWN_H

#include "lib/sys.h"

/* The signals that ask for a shutdown. */
extern const k_sigset shutdown_signals;

/* Is @sig, which may be 0, one of them? */
int shutdown_asked(int sig);

/* End everything as @sig asks. */
void shutdown_machine(int sig) __attribute__((noreturn));

#endif
