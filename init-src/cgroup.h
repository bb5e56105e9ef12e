/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A control group (cgroup v2) for each service: the kernel knows by it which processes
 * belong to the service, whatever they fork, and limits what they take. Without
 * CONFIG_INIT_CGROUP, or in a kernel without CONFIG_CGROUPS, a service is its process
 * and the process group of that.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include <asm/errno.h>
#include "table.h"

#ifdef CONFIG_INIT_CGROUP
#define HAS_CGROUPS 1

/* @s has a file of its own: no other service has its name. */
static inline void cgroup_named(struct service *s)
{
	s->from_file = 1;
}

/* Check a key that is a limit. Returns 0, -ENOENT for another key, -EINVAL for a bad value. */
int cgroup_check(const char *key, const char *value);

/*
 * Move this process, the child that is to be @s, into the group of @s and set the limits
 * of its file. Returns 0, or -errno and in @what the one that cannot be applied.
 */
int cgroup_enter(const struct service *s, const char **what);

/* Send @sig to all processes of @s. Returns how many there are, as far as is known. */
int cgroup_signal(const struct service *s, int sig);

/* The process of @s has ended: find out whether it has left others. */
void cgroup_ended(struct service *s);

/* Has @s, whose own process has ended, left others that still run? */
int cgroup_left(struct service *s);

#else
#define HAS_CGROUPS 0

static inline void cgroup_named(struct service *s)
{
}

static inline int cgroup_check(const char *key, const char *value)
{
	return -ENOENT;
}

static inline int cgroup_enter(const struct service *s, const char **what)
{
	return 0;
}

static inline int cgroup_signal(const struct service *s, int sig)
{
	return 0;
}

static inline void cgroup_ended(struct service *s)
{
}

static inline int cgroup_left(struct service *s)
{
	return 0;
}

#endif
#endif
