/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MACHINE_H
#define MACHINE_H

/* Set the host name, the loopback device, the clock, and what Ctrl-Alt-Del does. */
void machine_prepare(void);

#endif
