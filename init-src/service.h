/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SERVICE_H
#define SERVICE_H

#include "table.h"

/*
 * Fill the table from the command line, the files and the options. @emergency:
 * something that is required has failed.
 */
void services_prepare(int emergency);

/* Start what is due. Returns the ms until the next one is due, or -1. */
long services_start(void);

/*
 * Reap the children that have ended. Returns 1 if there may be more of them, 0,
 * or -ECHILD if no child is left.
 */
int services_reap(void);

/* Start all entries of @action now. Returns how many there are. */
int services_run(enum action action);

/* From now on, start nothing again. */
void services_freeze(void);

/* Does a service with @action run, or any for ACTIONS? */
int services_running(enum action action);

#endif
