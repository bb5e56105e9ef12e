/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The status channel, from this machine to the program that runs it.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

/* Send one record, without its newline, and wait until it is on its way. */
void channel_send(const char *record);

/* Send the exit status of the workload. */
void channel_send_status(int status);

/* At the very end: pass the status on by isa-debug-exit if that is the way. */
void channel_exit(void);

#endif
