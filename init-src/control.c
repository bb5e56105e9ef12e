// SPDX-License-Identifier: GPL-2.0-only
/*
 * No client can block PID 1: the sockets do not wait, and each sends SIGIO when there is
 * something to do. A request is one packet, so that none arrives in part. A client that
 * asks nothing keeps its place until others want it. What may be long is written by a
 * child, which has a copy of the table as it is at that moment.
 */
#include "cgroup.h"
#include "child.h"
#include "control.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/signals.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "load.h"
#include "notify.h"

#define CLIENTS_MAX	8
#define ACCEPT_MAX	64	/* connections taken in one go, before signals are looked at */
#define BACKLOG		8
#define SEND_WAIT	5	/* s that a child waits for a client to read */
#define KILL_AGAIN	2000	/* ms until SIGKILL is sent again */

/* asm-generic/socket.h and linux/net.h, which clash with a libc's */
#define K_SOL_SOCKET	1
#define K_SO_PEERCRED	17
#define K_SO_SNDTIMEO	21	/* _OLD: a struct of longs */

static int listener = -1;
static int clients[CLIENTS_MAX];	/* the oldest first */
static int clients_count;

int control_parse(char *text, long len, const char **name)
{
	char *blank;

	if (len < 1 || len >= CONTROL_MAX)
		return -EINVAL;
	text[len] = '\0';
	if (strlen(text) != (size_t)len)
		return -EINVAL;
	blank = strchr(text, ' ');
	if (blank)
		*blank++ = '\0';
	*name = blank ? blank : "";
	len = words_index(CONTROL_VERBS, text);
	return len < 0 ? -EINVAL : len;
}

/* Let @fd not wait, and send SIGIO. Returns 0, or -errno. */
static int prepare(int fd)
{
	int err = k_fcntl(fd, F_SETOWN, k_getpid());

	return err < 0 ? err : k_fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | FASYNC);
}

void control_open(void)
{
	struct k_sockaddr_un address = { K_AF_UNIX, CONTROL_PATH };
	int err, mask;

	listener = K3(socket, K_AF_UNIX, K_SOCK_SEQPACKET | O_CLOEXEC, 0);
	err = listener;
	if (err >= 0) {
		K3(unlinkat, AT_FDCWD, CONTROL_PATH, 0);	/* of an init before this one */
		/* bind() makes the file with the umask, so that no other user can ever open it. */
		mask = k_umask(0177);
		err = K3(bind, listener, &address, sizeof(address));
		k_umask(mask);
	}
	if (err >= 0)
		err = prepare(listener);
	if (err >= 0)
		err = K2(listen, listener, BACKLOG);
	if (err < 0)
		pr_err("initctl cannot be used: %s: %s", CONTROL_PATH, error_text(err));
}

static int alive(struct service *s)
{
	return s->pid || cgroup_left(s);
}

static void start(struct service *s)
{
	s->down = s->ended = s->told = s->again = 0;
	s->err_told = 0;
	s->due = s->delay = 0;
}

static void stop(struct service *s)
{
	s->down = 1;
	if (!alive(s) || s->kill_at)
		return;
	s->kill_at = now_ms() + s->grace;
	child_ask_to_end(s);
}

long control_wait(long ms)
{
	long long now = now_ms();
	struct service *s;

	for_each_service(s) {
		if (!s->kill_at)
			continue;
		if (!alive(s)) {
			s->kill_at = 0;
			if (!s->again)
				continue;
			start(s);
			return 0;
		}
		if (now >= s->kill_at) {
			pr_err("%s ignores SIGTERM: killing it", s->name);
			child_signal(s, SIGKILL);
			s->kill_at = now + KILL_AGAIN;
		}
		if (ms < 0 || s->kill_at - now < ms)
			ms = s->kill_at - now;
	}
	return ms;
}

static const char *state_of(struct service *s)
{
	return s->kill_at ? "stopping" :
	       s->pid ? notify_starting(s) ? "starting" : "running" :
	       s->down ? "stopped" : !s->ended ? "waiting" :
	       s->status || notify_failed(s) ? "failed" : "ended";
}

/* Write the record of @s to @fd. Returns as write() does. */
static long tell(int fd, struct service *s)
{
	char packet[CONTROL_MAX], *end, *last = packet + sizeof(packet);
	long long since = s->pid ? s->started : s->ended_at;
	int sig = s->status & 0x7f;

	packet[0] = CONTROL_SERVICE;
	print_to(packet + 1, 300, "%s", s->name);
	end = packet + strlen(packet) + 1;
	print_to(end, last - end, "%s %d %ld %d", state_of(s), s->pid,
		 since ? (long)(now_ms() - since) / 1000 : 0, s->starts ? s->starts - 1 : 0);
	end += strlen(end);
	if (s->ended_at)
		print_to(end, last - end, " %s %d", sig ? "signal" : "status",
			 sig ? sig : s->status >> 8 & 0xff);
	return k_write(fd, packet, end + strlen(end) - packet);
}

/* Write the records of all services, or of those called @name, in a child. */
static void tell_in_child(int fd, const char *name)
{
	const long limit[2] = { SEND_WAIT, 0 };		/* struct timeval */
	struct service *s;

	if (k_fork() != 0)
		return;
	signals_unblock();
	k_fcntl(fd, F_SETFL, O_RDWR);
	K5(setsockopt, fd, K_SOL_SOCKET, K_SO_SNDTIMEO, limit, sizeof(limit));
	for_each_service(s)
		if (!s->gone && (!*name || !strcmp(s->name, name)) && tell(fd, s) < 0)
			break;
	k_exit(0);
}

/* Do what the request asks for. Returns NULL, or why it cannot be done. */
static const char *obey(int verb, const char *name)
{
	struct service *s = *name ? service_find(name) : NULL;

	if (verb == CONTROL_RELOAD && !*name) {
		services_load();
		return NULL;
	}
	if (!s)
		return "there is no such service";
	switch (verb) {
	case CONTROL_START:
	case CONTROL_RESTART:
		if (s->action != ONCE && s->action != RESPAWN && s->action != ASKFIRST)
			return "its action is not once, respawn or askfirst";
		if (verb == CONTROL_RESTART && alive(s))
			stop(s);
		if (s->kill_at)
			s->again = 1;
		else if (!s->pid)
			start(s);
		break;
	case CONTROL_STOP:
		s->again = 0;
		stop(s);
		break;
	case CONTROL_RELOAD:
		if (!s->pid)
			return "it does not run";
		k_kill(s->pid, SIGHUP);
	}
	return NULL;
}

/* Answer the client @fd. Returns whether it is done, in which case @fd is closed. */
static int attend(int fd)
{
	static char text[CONTROL_MAX];
	const char *name, *why;
	int verb;
	long len = k_read(fd, text, sizeof(text));

	if (len == -EAGAIN)
		return 0;
	verb = control_parse(text, len, &name);
	if (verb == CONTROL_STATUS && (!*name || service_find(name))) {
		tell_in_child(fd, name);
	} else if (len > 0) {
		why = verb < 0 ? "this init does not know the request" : obey(verb, name);
		text[0] = why ? CONTROL_FAILED : CONTROL_DONE;
		print_to(text + 1, sizeof(text) - 1, "%s", why ? why : "");
		k_write(fd, text, 1 + strlen(text + 1));
	}
	k_close(fd);
	return 1;
}

/* Is the client @fd root? The mode of the socket keeps others out; this is said of a client. */
static int is_root(int fd)
{
	struct {
		__u32 pid, uid, gid;
	} peer = { 0, -1, -1 };
	__u32 len = sizeof(peer);

	return K5(getsockopt, fd, K_SOL_SOCKET, K_SO_PEERCRED, &peer, &len) == 0 && !peer.uid;
}

static void drop(int n)
{
	clients_count--;
	memmove(clients + n, clients + n + 1, (clients_count - n) * sizeof(clients[0]));
}

void control_attend(void)
{
	int n, fd, left;

	for (left = ACCEPT_MAX; left; left--) {
		fd = K4(accept4, listener, NULL, NULL, O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			break;
		if (!is_root(fd) || prepare(fd) < 0) {
			k_close(fd);
			continue;
		}
		if (clients_count == CLIENTS_MAX) {
			k_close(clients[0]);
			drop(0);
		}
		clients[clients_count++] = fd;
		if (attend(fd))
			drop(clients_count - 1);
	}
	if (!left)	/* there may be more, for which no other signal comes */
		k_kill(1, SIGIO);
	for (n = clients_count - 1; n >= 0; n--)
		if (attend(clients[n]))
			drop(n);
}
