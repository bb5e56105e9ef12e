/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WORKLOAD_H
#define WORKLOAD_H

/* Enter the command of init.run= into the table. Returns whether there is one. */
int workload_prepare(void);

/* Report @status, as wait4() has it, of the workload, which has ended. */
void workload_ended(int status);

/* Has the workload ended, so that the machine has nothing left to do? */
int workload_done(void);

#endif
