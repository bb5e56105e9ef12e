// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an init under tests/init/init-score runs: "probe VERB ARGUMENT...", see verbs[]
 * at the end.
 *
 * It judges nothing. What it does is seen from outside: by its exit status, by
 * what it appends to files of the host, in /proc, by strace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* In one piece, so that lines of several processes do not mix. */
static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	char line[256];

	if (fd < 0 || write(fd, line, snprintf(line, sizeof(line), "%s\n", text)) < 0)
		die(path);
	close(fd);
}

static void all_signals(void (*handler)(int))
{
	int sig;

	for (sig = 1; sig <= 64; sig++)
		signal(sig, handler);
}

static int verb_exit(char **arg)
{
	return atoi(arg[0]);
}

static int verb_die(char **arg)
{
	raise(atoi(arg[0]));
	return 99;
}

/* mark FILE TEXT STATUS */
static int mark(char **arg)
{
	append(arg[0], arg[1]);
	return atoi(arg[2]);
}

/* hold FILE: there until somebody ends it. */
static int hold(char **arg)
{
	append(arg[0], "up");
	while (pause() < 0)
		;
	return 0;
}

/* stoic UP FILE STATUS: ignores all signals until FILE is there. */
static int stoic(char **arg)
{
	all_signals(SIG_IGN);
	append(arg[0], "up");
	while (access(arg[1], F_OK) < 0)
		sleep_ms(2);
	return atoi(arg[2]);
}

/* when FILE COMMAND...: SIGTERM and SIGHUP do not hinder it. */
static int when(char **arg)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (access(arg[0], F_OK) < 0)
		sleep_ms(2);
	execv(arg[1], arg + 1);
	die(arg[1]);
	return 1;
}

/* send SIGNAL...: to process 1. */
static int send_signals(char **arg)
{
	for (; *arg; arg++)
		kill(1, atoi(*arg));
	return 0;
}

/* orphans COUNT FILE: each ends at once. FILE is written when all were made. */
static int orphans(char **arg)
{
	int i, count = atoi(arg[0]);

	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0)
				_exit(7);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	append(arg[1], "made");
	while (pause() < 0)
		;
	return 0;
}

/* together STATUS OTHER: we and an orphan end at the same moment. */
static int together(char **arg)
{
	volatile int *ready = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (pid == 0) {
		if (fork() == 0) {
			while (getppid() != 1)
				sched_yield();
			*ready = 1;
			_exit(atoi(arg[1]));
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	while (!*ready)
		sched_yield();
	_exit(atoi(arg[0]));
}

static volatile sig_atomic_t terms;

static void on_term(int sig)
{
	terms += sig == SIGTERM;
}

static void wait_for_term(void)
{
	struct sigaction action = { .sa_handler = on_term };
	sigset_t none;

	sigaction(SIGTERM, &action, NULL);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&none);	/* whatever our parent has left to us */
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* term UP FILE TEXT MS [stop]: ends MS after SIGTERM, and says so in FILE. */
static int term(char **arg)
{
	wait_for_term();
	append(arg[0], "up");
	if (arg[4])
		raise(SIGSTOP);
	while (!terms)
		sleep_ms(2);
	sleep_ms(atoi(arg[3]));
	append(arg[1], arg[2]);
	return 0;
}

/* terms UP FILE MS: a line for each SIGTERM, ends MS after the first. */
static int count_terms(char **arg)
{
	long long end = 0;
	int seen = 0;

	wait_for_term();
	append(arg[0], "up");
	while (!end || now_us() < end) {
		for (; seen < terms; seen++)
			append(arg[1], "term");
		if (seen && !end)
			end = now_us() + atoi(arg[2]) * 1000LL;
		sleep_ms(2);
	}
	return 0;
}

/* family UP FILE MS [own]: ends by SIGTERM; its grandchild is a "term". */
static int family(char **arg)
{
	char *grandchild[] = { arg[0], arg[1], "grandchild", arg[2], NULL };

	if (fork() == 0) {
		if (fork() == 0) {
			if (arg[3])
				setsid();
			_exit(term(grandchild));
		}
		_exit(0);
	}
	wait(NULL);
	while (pause() < 0)
		;
	return 0;
}

static int run_verb(char **words);

/* beside VERB...: that is a child; we are there until SIGTERM. */
static int beside(char **arg)
{
	if (fork() == 0)
		_exit(run_verb(arg));
	while (pause() < 0)
		;
	return 0;
}

/*
 * forks UP FILE WIDTH SECONDS: WIDTH processes that ignore SIGTERM, each of which
 * soon is its own child. There are never more than twice WIDTH, and none after
 * SECONDS. The latest moment of their life, in us, is in FILE.
 */
static int forks(char **arg)
{
	int fd = open(arg[1], O_RDWR | O_CREAT, 0644), width = atoi(arg[2]);
	long long end = now_us() + atoi(arg[3]) * 1000000LL;
	volatile long long *alive;

	if (fd < 0 || ftruncate(fd, sizeof(*alive)) < 0 || width > 50)
		die(arg[1]);
	alive = mmap(NULL, sizeof(*alive), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (alive == MAP_FAILED)
		die(arg[1]);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (--width > 0 && fork() != 0)
		;
	append(arg[0], "up");
	while (now_us() < end) {
		*alive = now_us();
		if (fork() > 0)
			_exit(0);
		usleep(500);
	}
	return 0;
}

/* in DIRECTORY VERB...: with that as the working directory. */
static int in_directory(char **arg)
{
	if (chdir(arg[0]) < 0)
		die(arg[0]);
	return run_verb(arg + 1);
}

static const struct {
	const char *name;
	int (*run)(char **arg);
	int least;		/* arguments that it needs */
} verbs[] = {
	{ "exit", verb_exit, 1 }, { "die", verb_die, 1 }, { "mark", mark, 3 },
	{ "hold", hold, 1 }, { "stoic", stoic, 3 }, { "when", when, 2 },
	{ "send", send_signals, 1 }, { "orphans", orphans, 2 }, { "together", together, 2 },
	{ "term", term, 4 }, { "terms", count_terms, 3 }, { "family", family, 3 },
	{ "forks", forks, 4 }, { "beside", beside, 1 },
	{ "in", in_directory, 2 },
};

/* What the verb of @words returns; 2 without one. */
static int run_verb(char **words)
{
	int count = 0;
	size_t i;

	while (words[count])
		count++;
	for (i = 0; count && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, words[0]) && count > verbs[i].least)
			return verbs[i].run(words + 1);
	fprintf(stderr, "probe: a verb of verbs[] and its arguments are needed\n");
	return 2;
}

int main(int argc, char **argv)
{
	return argc ? run_verb(argv + 1) : 2;
}
