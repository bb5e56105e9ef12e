/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef USERS_H
#define USERS_H

#include <linux/types.h>

struct user {
	char name[64];		/* "" for a number that is not in /etc/passwd */
	long uid, gid;
};

/* Find the user whose name or number is @key. Returns 0, -ESRCH or -EINVAL. */
int user_find(struct user *user, const char *key);

/* Return the number of the group @key, or -ESRCH. */
long group_find(const char *key);

/* Find the groups that have @name as a member. Returns how many. */
int groups_of(const char *name, __u32 *groups, int max);

#endif
