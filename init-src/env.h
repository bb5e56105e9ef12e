/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment of every child.
 */
#ifndef ENV_H
#define ENV_H

/* Make it from the kernel's words @envp, PATH, HOME, and TERM, which fits @tty. */
void env_make(char **envp, const char *tty);

/* Set NAME=VALUE. @word must stay where it is. Returns 0, or -E2BIG if there is no room. */
int env_set(const char *word);

/* Return the value of the variable @name, which ends with "=", or NULL. */
const char *env_value(const char *name);

/* Return all of it, for execve(). */
char *const *env_all(void);

#endif
