/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readiness: a service with notify= says itself when it can be used, and others that need
 * it wait for that. And start-timeout=, the time that it may take to say so, or that a
 * process which runs to its end may take. Without CONFIG_INIT_NOTIFY both keys are unknown,
 * so that a service whose file has one is not started.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <asm/errno.h>
#include "table.h"

#ifdef CONFIG_INIT_NOTIFY

#define NOTIFY_MAX	4096	/* bytes of a message; and of what comes before a newline */

enum { NOT_ASKED, STARTING, READY };	/* the member readiness of struct service */

/* Open the socket of the services with notify=socket. */
void notify_open(void);

/* Set what @key of @s says. Returns 0, -ENOENT for another key, -EINVAL for a bad value. */
int notify_set(struct service *s, const char *key, const char *value);

/* Return what is wrong with these keys beside the others of @s, or NULL. */
const char *notify_misused(const struct service *s);

/* Open the pipe of @s, before its process is made. Returns 0, or -errno. */
int notify_prepare(struct service *s);

/* In the child that is to be @s: return @fd, or another number for it if @s will have that. */
int notify_avoid(const struct service *s, int fd);

/* In this child: give it its pipe or socket. Returns 0, or -errno and in @what the key. */
int notify_child(const struct service *s, const char **what);

/* After notify_prepare(): @s was started as @pid, or @pid is -errno. */
void notify_started(struct service *s, int pid);

/* Take what services have said. Never blocks. */
void notify_attend(void);

/* The process of @s has ended. */
void notify_ended(struct service *s);

/* End what is late, see late.c. Returns the ms until it has to be called again, at most @ms. */
long notify_wait(long ms);

/* Has @s, which runs, yet to say that it is ready? */
static inline int notify_starting(const struct service *s)
{
	return s->readiness == STARTING;
}

/* May those that need @s, which runs, be started? */
static inline int notify_available(const struct service *s)
{
	return s->action == ONCE ? s->readiness == READY : s->readiness != STARTING;
}

/* Was @s ended because it was late? */
static inline int notify_late(const struct service *s)
{
	return s->late;
}

/* Has @s, which has ended, never been ready, or was it late? */
static inline int notify_failed(const struct service *s)
{
	return s->late || s->readiness == STARTING;
}

#else

static inline void notify_open(void)
{
}

static inline int notify_set(struct service *s, const char *key, const char *value)
{
	return -ENOENT;
}

static inline const char *notify_misused(const struct service *s)
{
	return NULL;
}

static inline int notify_prepare(struct service *s)
{
	return 0;
}

static inline int notify_avoid(const struct service *s, int fd)
{
	return fd;
}

static inline int notify_child(const struct service *s, const char **what)
{
	return 0;
}

static inline void notify_started(struct service *s, int pid)
{
}

static inline void notify_attend(void)
{
}

static inline void notify_ended(struct service *s)
{
}

static inline long notify_wait(long ms)
{
	return ms;
}

static inline int notify_starting(const struct service *s)
{
	return 0;
}

static inline int notify_available(const struct service *s)
{
	return s->action != ONCE;
}

static inline int notify_late(const struct service *s)
{
	return 0;
}

static inline int notify_failed(const struct service *s)
{
	return 0;
}

#endif
#endif
