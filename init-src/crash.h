/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CRASH_H
#define CRASH_H

/* Handle faults of PID 1 itself: say where, then panic or reboot (init.crash=). */
void crash_prepare(void);

#endif
