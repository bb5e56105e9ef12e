/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_SIGNALS_H
#define LIB_SIGNALS_H

#include "sys.h"

/* Block all signals but those of a fault. */
void signals_block(void);

/* Give all signals their default action, for this process and its children. */
void signals_default(void);

/* In a child: unblock all signals, as a program expects them. */
void signals_unblock(void);

/*
 * Wait for a signal of @set, at most @ms milliseconds; -1 waits for ever.
 * Returns the signal, or 0 when the time is up. Pings the watchdog meanwhile.
 */
int signal_wait(k_sigset set, long ms);

#endif
