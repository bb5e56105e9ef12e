// SPDX-License-Identifier: GPL-2.0-only
/*
 * initctl asks PID 1 about its services, and to start, stop and restart them: the other end
 * of control.c. What a service is called is data: control characters are not sent to a
 * terminal, and in JSON they are escaped.
 */
#include "control.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"

#define ANSWER_WAIT	10	/* s that PID 1 has for an answer; it is busy during a shutdown */
#define POLL		50	/* ms between two looks at a service that is to stop */
#define FIELDS		7	/* of CONTROL_SERVICE, and NULL */

#define K_SOL_SOCKET	1
#define K_SO_RCVTIMEO	20

/* What is printed: collected, because a write() for each word is slow on a console. */
static char out[8192];
static size_t out_len;
static int out_err;

static void flush(void)
{
	size_t at = 0;
	long n;

	while (at < out_len && (n = k_write(1, out + at, out_len - at)) > 0)
		at += n;
	out_err |= at < out_len;
	out_len = 0;
}

static void put(const char *text)
{
	while (*text) {
		if (out_len == sizeof(out))
			flush();
		out[out_len++] = *text++;
	}
}

static void put_byte(const char *before, unsigned char c)
{
	char text[16];

	print_to(text, sizeof(text), "%s%s%lx", before, c < 16 ? "0" : "", (unsigned long)c);
	put(text);
}

/*
 * Return the length of the character of UTF-8 at @text; 0 if it is none, or a control
 * character. What is longer than it must be is none, and surrogates are none (RFC 3629).
 */
static int character(const unsigned char *text)
{
	int i, len = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 :
		     text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

	for (i = 1; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if (len == 1)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if ((text[0] == 0xc2 && text[1] < 0xa0) || (text[0] == 0xe0 && text[1] < 0xa0) ||
	    (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf0 && text[1] < 0x90) ||
	    (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return len;
}

/* Print @text, which may hold anything: as a string of JSON, or for a terminal. */
static void put_data(const char *text, int json)
{
	char one[5];
	int len;

	for (; *text; text += len ? len : 1) {
		len = character((const unsigned char *)text);
		if (json && len == 1 && (*text == '"' || *text == '\\'))
			put("\\");
		if (!len && json && *text & 0x80)
			put("\\ufffd");
		else if (!len)
			put_byte(json ? "\\u00" : "\\x", *text);
		else
			put(print_to(one, len + 1, "%s", text));
	}
}

/* Connect to PID 1 and send "@verb @name". Returns the socket, or -errno. */
static int ask(int verb, const char *name)
{
	static const char *const verbs[] = { "status", "start", "stop", "restart", "reload" };
	const struct k_sockaddr_un address = { K_AF_UNIX, CONTROL_PATH };
	const long limit[2] = { ANSWER_WAIT, 0 };	/* struct timeval */
	char text[CONTROL_MAX];
	int err, fd = K3(socket, K_AF_UNIX, K_SOCK_SEQPACKET | O_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	K5(setsockopt, fd, K_SOL_SOCKET, K_SO_RCVTIMEO, limit, sizeof(limit));
	err = K3(connect, fd, &address, sizeof(address));
	print_to(text, sizeof(text), "%s%s%s", verbs[verb], *name ? " " : "", name);
	if (err >= 0)
		err = k_write(fd, text, strlen(text));
	if (err >= 0)
		return fd;
	k_close(fd);
	return err;
}

/* Print that there was no answer, or not the right one. Returns 1, an exit status. */
static int no_answer(int err)
{
	pr_err("PID 1 does not answer on %s: %s", CONTROL_PATH, err == -ENOENT ?
	       "there is no such file: CONFIG_INIT_CONTROL is not set, or another init runs" :
	       err == -EAGAIN ? "it is busy, or the machine is being shut down" :
	       err == 0 ? "the connection ended" : error_text(err));
	return 1;
}

/* Read the next packet as a string. Returns its length, 0 at the end, or -errno. */
static long packet(int fd, char text[CONTROL_MAX + 1])
{
	long len = k_read(fd, text, CONTROL_MAX);

	text[len > 0 ? len : 0] = '\0';
	return len;
}

/*
 * Print one service. @word: state, pid, seconds, restarts, and how it ended last, which
 * is two words or none.
 */
static void show(const char *name, char **word, int json, int first)
{
	int ended = word[4] != NULL && word[5] != NULL;

	if (json) {
		put(first ? "\n  {\"name\": \"" : ",\n  {\"name\": \"");
		put_data(name, 1);
		put("\", \"state\": \"");
		put(word[0]);
		put("\", \"pid\": ");
		put(strcmp(word[1], "0") ? word[1] : "null");
		put(", \"seconds\": ");
		put(word[2]);
		put(", \"restarts\": ");
		put(word[3]);
		put(", \"last_exit\": ");
		if (ended) {
			put("{\"");
			put(word[4]);
			put("\": ");
			put(word[5]);
			put("}");
		} else {
			put("null");
		}
		put("}");
		return;
	}
	put_data(name, 0);
	put(": ");
	put(word[0]);
	if (strcmp(word[1], "0")) {
		put(", pid ");
		put(word[1]);
	}
	put(", ");
	put(word[2]);
	put(" s, started again ");
	put(word[3]);
	put(" times");
	if (ended) {
		put(", last ended with ");
		put(word[4]);
		put(" ");
		put(word[5]);
	}
	put("\n");
}

/*
 * Print the services called @name, or all for "", or with @state only note there the
 * state of the last. Returns 0 if the last is running, 3 if not, 1 without an answer.
 */
static int status(const char *name, int json, int *first, char state[16])
{
	char text[CONTROL_MAX + 1], *word[FIELDS];
	int fd = ask(CONTROL_STATUS, name), rc = 3, count = 0;
	long len;
	size_t n;

	if (fd < 0)
		return no_answer(fd);
	while ((len = packet(fd, text)) > 0 && text[0] != CONTROL_FAILED) {
		n = strlen(text) + 1;
		if (text[0] != CONTROL_SERVICE || n >= (size_t)len ||
		    words_split(text + n, word, FIELDS) < 4)
			break;
		if (state)
			print_to(state, 16, "%s", word[0]);
		else
			show(text + 1, word, json, *first);
		rc = strcmp(word[0], "running") ? 3 : 0;
		*first = 0;
		count++;
	}
	k_close(fd);
	if (len > 0 && text[0] == CONTROL_FAILED) {
		flush();
		pr_err("%s: %s", name, text + 1);
		return 1;
	}
	if (len < 0 || (!count && *name))
		return no_answer(len);
	return rc;
}

/* Ask for @verb, and wait until a service that is to stop has. Returns the exit status. */
static int change(int verb, const char *name)
{
	char text[CONTROL_MAX + 1], state[16] = "stopping";
	int rc = 0, first = 0, fd = ask(verb, name);
	long len;

	if (fd < 0)
		return no_answer(fd);
	len = packet(fd, text);
	k_close(fd);
	if (len < 1)
		return no_answer(len);
	if (text[0] != CONTROL_DONE) {
		pr_err("%s: %s", name, text + 1);
		return 1;
	}
	while ((verb == CONTROL_STOP || verb == CONTROL_RESTART) && rc != 1 &&
	       !strcmp(state, "stopping")) {
		rc = status(name, 0, &first, state);
		if (rc != 1 && !strcmp(state, "stopping"))
			sleep_ms(POLL);
	}
	return rc == 1;
}

static int help(void)
{
	put("usage: initctl status [--json] [NAME...]\n"
	    "       initctl start|stop|restart NAME...\n"
	    "       initctl reload [NAME...]\n\n"
	    "Ask PID 1 about its services, or to do something with them.\n\n"
	    "  status    print the state of those named, or of all\n"
	    "  start     start a service that was stopped or has ended\n"
	    "  stop      end it with all its processes, and wait for that; it is not started\n"
	    "            again until initctl does\n"
	    "  restart   stop it, wait for that, and start it\n"
	    "  reload    send SIGHUP to it; without a name, PID 1 reads its files again\n\n"
	    "Exit status: 0, 1 if it failed, 2 for a wrong use; of status, 3 if one that is\n"
	    "named is not running.\n");
	flush();
	return out_err;
}

int main(int argc, char **argv)
{
	int i, rc, verb = CONTROL_STATUS, json = 0, first = 1, worst = 0, names = 0;
	char **rest = argv;

	program_name = "initctl";
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return help();
		if (!strcmp(argv[i], "--json")) {
			json = 1;
		} else if (*argv[i] == '-') {
			pr_err("unknown option '%s', see initctl --help", argv[i]);
			return 2;
		} else if (strlen(argv[i]) > CONTROL_MAX - 16) {
			pr_err("a name has at most 255 bytes");
			return 2;
		} else {
			rest[names++] = argv[i];
		}
	}
	if (names) {
		verb = words_index(CONTROL_VERBS, rest[0]);
		rest++;
		names--;
	}
	if (verb < 0 || (json && verb != CONTROL_STATUS) ||
	    (!names && verb != CONTROL_STATUS && verb != CONTROL_RELOAD)) {
		pr_err("%s, see initctl --help", verb < 0 ? "the first word is no command" :
		       json ? "--json is for status only" : "the name of a service is missing");
		return 2;
	}
	if (json)
		put("[");
	for (i = 0; i < names || (!i && !names); i++) {
		if (verb == CONTROL_STATUS)
			rc = status(names ? rest[i] : "", json, &first, NULL);
		else
			rc = change(verb, names ? rest[i] : "");
		if (verb == CONTROL_STATUS && !names && rc == 3)
			rc = 0;
		worst = rc == 1 || !worst ? rc : worst;
	}
	if (json)
		put("\n]\n");
	flush();
	return out_err ? 1 : worst;
}
