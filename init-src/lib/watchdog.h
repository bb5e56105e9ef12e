/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_WATCHDOG_H
#define LIB_WATCHDOG_H

/* Arm the watchdog if init.watchdog=SECONDS asks for it. */
void watchdog_open(void);

/* Ping it when that is due. Returns the ms until the next ping, -1 for none. */
long watchdog_ping(void);

/* Ping it for the last time, for at least @ms. Less than 0 switches it off. */
void watchdog_shutdown(long ms);

#endif
