/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ROOT_H
#define ROOT_H

/* If root= asks for it, enter into the table what mounts the real root. */
void root_prepare(void);

/* Once it is mounted, let its init replace this one. Else return at once. */
void root_switch(char **argv, char **envp);

#endif
