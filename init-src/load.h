/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOAD_H
#define LOAD_H

/* Read /etc/inittab and /etc/bzinit.d into the table, or read them again. */
void services_load(void);

#endif
