/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket, by which initctl asks PID 1 about services, and to start and stop them.
 *
 * A connection is one request in one packet (SOCK_SEQPACKET): "VERB" or "VERB NAME". The
 * answer is packets up to the end of the connection, and the first byte says what each is:
 *
 *	0			done
 *	1 TEXT			not done, and why
 *	2 NAME 0 WORDS		a service: state, pid, seconds since it is in that state, times
 *				that it was started again, and how it ended last: "status N",
 *				"signal N" or nothing
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "lib/clock.h"
#include "table.h"

#define CONTROL_PATH	"/run/init.sock"
#define CONTROL_MAX	512		/* bytes of a packet */
#define K_AF_UNIX	1
#define K_SOCK_SEQPACKET 5

enum { CONTROL_DONE, CONTROL_FAILED, CONTROL_SERVICE };
enum { CONTROL_STATUS, CONTROL_START, CONTROL_STOP, CONTROL_RESTART, CONTROL_RELOAD };
#define CONTROL_VERBS	"status start stop restart reload"

struct k_sockaddr_un {
	unsigned short family;
	char path[108];
};

/*
 * Read a request of @len bytes, which is made a string. Returns the verb, and in @name
 * what follows it, "" if nothing does; -EINVAL for anything else.
 */
int control_parse(char *text, long len, const char **name);

#ifdef CONFIG_INIT_CONTROL

void control_open(void);

/* Answer the requests that have arrived. Never blocks. */
void control_attend(void);

/* Kill what does not stop in time. Returns the ms until it has to be called again, at most @ms. */
long control_wait(long ms);

/* Was @s stopped, so that it is not to be started? */
static inline int control_down(const struct service *s)
{
	return s->down;
}

static inline void control_started(struct service *s)
{
	s->starts++;
}

static inline void control_ended(struct service *s)
{
	s->ended_at = now_ms();
}

#else

static inline void control_open(void)
{
}

static inline void control_attend(void)
{
}

static inline long control_wait(long ms)
{
	return ms;
}

static inline int control_down(const struct service *s)
{
	return 0;
}

static inline void control_started(struct service *s)
{
}

static inline void control_ended(struct service *s)
{
}

#endif
#endif
