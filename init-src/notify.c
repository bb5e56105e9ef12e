// SPDX-License-Identifier: GPL-2.0-only
/*
 * A service with notify=fd:N, the way of s6 and dinit, has the write end of a pipe and
 * writes a newline when it is ready.
 *
 * No service can block PID 1: it reads without waiting, a part at a time, and SIGIO says
 * when there is something to read.
 */
#include "lib/clock.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "notify.h"

#define FD_FIRST	3
#define FD_LAST		255
#define TIMEOUT_MAX	86400	/* s */
#define CLOSED_WAIT	500	/* ms in which a process ends that has closed its descriptor so */

static const char key_notify[] = "notify=";

static int write_end;		/* of the pipe of the service that is being started, or 0 */

int notify_set(struct service *s, const char *key, const char *value)
{
	long n;

	if (!strcmp(key, "start-timeout")) {
		n = words_number(value);
		if (n < 1 || n > TIMEOUT_MAX)
			return -EINVAL;
		s->start_timeout = n * 1000;
		return 0;
	}
	if (strcmp(key, "notify") != 0)
		return -ENOENT;
	n = starts_with(value, "fd:") ? words_number(value + 3) : 0;
	if (n < FD_FIRST || n > FD_LAST)
		return -EINVAL;
	s->notify = n;
	return 0;
}

const char *notify_misused(const struct service *s)
{
	if (s->notify && s->action != ONCE && s->action != RESPAWN)
		return "notify= is for action=once and respawn";
	if (s->start_timeout && !s->notify && (s->action < SYSINIT || s->action > ONCE))
		return "start-timeout= needs notify=, or action=sysinit, wait or once";
	return NULL;
}

/* Let @fd not wait, and send SIGIO. Returns 0, or -errno. */
static int prepare(int fd)
{
	int err = k_fcntl(fd, F_SETOWN, k_getpid());

	return err < 0 ? err : k_fcntl(fd, F_SETFL, O_NONBLOCK | FASYNC);
}

int notify_prepare(struct service *s)
{
	int fds[2], err;

	s->heard = s->late = s->deaf = 0;
	s->readiness = s->notify ? STARTING : NOT_ASKED;
	if (!s->notify)
		return 0;
	err = k_pipe2(fds, O_CLOEXEC);
	if (err < 0)
		return err;
	s->notify_fd = fds[0];
	write_end = fds[1];
	return prepare(fds[0]);
}

int notify_avoid(const struct service *s, int fd)
{
	return s->notify == fd ? k_fcntl(fd, F_DUPFD_CLOEXEC, FD_LAST + 1) : fd;
}

int notify_child(const struct service *s, const char **what)
{
	int err = 0;

	if (s->notify)
		err = k_dup2(write_end, s->notify);
	if (err < 0)
		*what = key_notify;
	return err;
}

static void close_pipe(struct service *s)
{
	if (s->notify_fd > 0)
		k_close(s->notify_fd);
	s->notify_fd = 0;
}

void notify_started(struct service *s, int pid)
{
	if (write_end)
		k_close(write_end);
	write_end = 0;
	if (pid < 0)
		close_pipe(s);
	s->late_at = pid > 0 && s->start_timeout ? s->started + s->start_timeout : 0;
}

void notify_ended(struct service *s)
{
	close_pipe(s);
	s->late_at = 0;
}

static void ready(struct service *s)
{
	notify_ended(s);
	s->readiness = READY;
}

/* Take what @s has written into its pipe. */
static void read_pipe(struct service *s)
{
	char text[512];
	long i, len;

	while ((len = k_read(s->notify_fd, text, sizeof(text))) > 0 && s->heard < NOTIFY_MAX) {
		for (i = 0; i < len; i++) {
			if (text[i] == '\n') {
				ready(s);
				return;
			}
		}
		s->heard += len;
	}
	if (len == -EAGAIN)
		return;
	/* Nothing more can come, or nothing that can be understood. */
	close_pipe(s);
	s->deaf = 1;
	s->late_at = now_ms() + CLOSED_WAIT;
}

void notify_attend(void)
{
	struct service *s;

	for_each_service(s)
		if (s->notify_fd > 0 && !s->late)
			read_pipe(s);
}
