// SPDX-License-Identifier: GPL-2.0-only
/*
 * A service says that it is ready in one of two ways. With notify=fd:N, the way of s6 and
 * dinit, it has the write end of a pipe and writes a newline. With notify=socket, that of
 * sd_notify(3), it sends READY=1 to a socket that all such services share; the kernel says
 * which process has sent it.
 *
 * No service can block PID 1: it reads without waiting, a part at a time, and SIGIO says
 * when there is something to read.
 */
#include "control.h"
#include "env.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "notify.h"

#define SOCKET_PATH	"/run/notify.sock"
#define SOCKET		-1	/* in the place of a descriptor */
#define FD_FIRST	3
#define FD_LAST		255
#define TIMEOUT_MAX	86400	/* s */
#define MESSAGES_MAX	64	/* taken in one go, before signals are looked at */
#define CLOSED_WAIT	500	/* ms in which a process ends that has closed its descriptor so */

/* asm-generic/socket.h and linux/socket.h, which clash with a libc's */
#define K_SOCK_DGRAM	2
#define K_SOL_SOCKET	1
#define K_SO_PASSCRED	16
#define K_SCM_CREDENTIALS 2
#define K_MSG_TRUNC	0x20

struct k_iovec {
	void *base;
	size_t len;
};

struct k_msghdr {
	void *name;
	int name_len;
	struct k_iovec *iov;
	size_t iov_len;
	void *control;
	size_t control_len;
	unsigned int flags;
};

/* Room for the sender and nothing else, so that the kernel closes descriptors that are sent. */
struct sender {
	size_t len;
	int level, type;
	__u32 pid, uid, gid;
};

static const char key_notify[] = "notify=";

static int messages = -1;	/* the socket */
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
	n = !strcmp(value, "socket") ? SOCKET : starts_with(value, "fd:") ? words_number(value + 3) : 0;
	if (n != SOCKET && (n < FD_FIRST || n > FD_LAST))
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

void notify_open(void)
{
	struct k_sockaddr_un address = { K_AF_UNIX, SOCKET_PATH };
	const int yes = 1;
	int err, mask;

	messages = K3(socket, K_AF_UNIX, K_SOCK_DGRAM | O_CLOEXEC, 0);
	err = messages;
	if (err >= 0) {
		K3(unlinkat, AT_FDCWD, SOCKET_PATH, 0);		/* of an init before this one */
		err = K5(setsockopt, messages, K_SOL_SOCKET, K_SO_PASSCRED, &yes, sizeof(yes));
	}
	if (err >= 0) {
		mask = K1(umask, 0111);		/* services of all users send to it */
		err = K3(bind, messages, &address, sizeof(address));
		k_umask(mask);
	}
	if (err >= 0)
		err = prepare(messages);
	if (err >= 0)
		return;
	pr_err("notify=socket cannot be used: %s: %s", SOCKET_PATH, error_text(err));
	if (messages >= 0)
		k_close(messages);
	messages = err;
}

int notify_prepare(struct service *s)
{
	int fds[2], err;

	s->heard = s->late = s->deaf = 0;
	s->readiness = s->notify ? STARTING : NOT_ASKED;
	s->notify_fd = s->notify == SOCKET ? SOCKET : 0;
	if (s->notify <= 0)
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

	if (s->notify == SOCKET) {
		err = messages < 0 ? messages : env_set("NOTIFY_SOCKET=" SOCKET_PATH);
	} else if (s->notify) {
		err = k_dup2(write_end, s->notify);
	}
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

/* Has @text a line "READY=1"? */
static int says_ready(char *text)
{
	char *end;

	for (; text; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		if (!strcmp(text, "READY=1"))
			return 1;
	}
	return 0;
}

/* Is @pid the process of @s, or in the session of that? */
static int belongs(int pid, const struct service *s)
{
	return s->pid && pid > 0 && (pid == s->pid || K1(getsid, pid) == s->pid);
}

/* Take one message. Returns whether there may be more. A message that is cut does not count. */
static int read_message(void)
{
	static char text[NOTIFY_MAX + 1];
	struct sender from = { 0 };
	struct k_iovec part = { text, NOTIFY_MAX };
	struct k_msghdr message = {
		.iov = &part, .iov_len = 1, .control = &from, .control_len = sizeof(from),
	};
	long len = K3(recvmsg, messages, &message, 0);
	struct service *s;

	if (len < 0)
		return 0;
	text[len] = '\0';
	if (message.flags & K_MSG_TRUNC || from.level != K_SOL_SOCKET ||
	    from.type != K_SCM_CREDENTIALS || !says_ready(text))
		return 1;
	for_each_service(s)
		if (s->notify_fd == SOCKET && notify_starting(s) && !s->late && belongs(from.pid, s))
			ready(s);
	return 1;
}

void notify_attend(void)
{
	int left = MESSAGES_MAX;
	struct service *s;

	while (messages >= 0 && left && read_message())
		left--;
	if (!left)	/* there may be more, for which no other signal comes */
		k_kill(1, SIGIO);
	for_each_service(s)
		if (s->notify_fd > 0 && !s->late)
			read_pipe(s);
}
