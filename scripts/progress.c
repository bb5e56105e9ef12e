// SPDX-License-Identifier: GPL-2.0-only
/*
 * progress - run make and show how far it is
 *
 *	progress TOTAL COMMAND [ARG...]
 *
 * Reads what COMMAND prints; each line of the form "  CC      file" is one step
 * of TOTAL. On a terminal they become one line with a bar, a count and the last
 * step; any other line (a warning) is printed above it. If standard output is
 * not a terminal the command simply runs. When it succeeds the bar ends at
 * 100 %, however good TOTAL was.
 *
 * Exit status: that of COMMAND, 128 + signal if a signal ended it, 127 if it
 * cannot be run, 125 if this program failed.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAR_WIDTH 24

static int columns(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 20)
		return 80;
	return ws.ws_col;
}

/* kbuild's quiet output: two blanks, a word in capitals, blanks, a name. */
static int is_step(const char *line)
{
	size_t word;

	if (strncmp(line, "  ", 2))
		return 0;
	word = strcspn(line + 2, " ");
	if (!word || !line[2 + word])
		return 0;
	for (const char *p = line + 2; *p != ' '; p++)
		if (islower((unsigned char)*p))
			return 0;
	return 1;
}

static void draw(long done, long total, const char *step)
{
	char bar[BAR_WIDTH + 1];
	long filled = BAR_WIDTH * done / total;
	int room = columns() - 1;

	memset(bar, ' ', BAR_WIDTH);
	memset(bar, '#', (size_t)filled);
	bar[BAR_WIDTH] = '\0';
	room -= printf("\r  KERNEL  [%s] %3ld%% %ld/%ld", bar, 100 * done / total, done, total);
	if (room > 2)
		printf(" %.*s", room - 1, step);
	fputs("\033[K", stdout);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int fds[2], status, drawn = 0;
	long total, done = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *in;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: progress TOTAL COMMAND [ARG...]\n", stderr);
		return 125;
	}
	total = strtol(argv[1], NULL, 10);
	if (!isatty(STDOUT_FILENO) || total < 1) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "progress: cannot run %s: %s\n", argv[2], strerror(errno));
		return 127;
	}
	if (pipe(fds) < 0 || (pid = fork()) < 0) {
		fprintf(stderr, "progress: cannot start %s: %s\n", argv[2], strerror(errno));
		return 125;
	}
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[2], argv + 2);
		fprintf(stderr, "progress: cannot run %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	close(fds[1]);

	/* Ctrl-C goes to the whole group: stay until make has cleaned up. */
	signal(SIGINT, SIG_IGN);

	in = fdopen(fds[0], "r");
	while (in && getline(&line, &size, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!is_step(line)) {
			if (drawn)
				fputs("\r\033[K", stdout);
			puts(line);
			continue;
		}
		/* An estimate that was too low must not show 100 % early. */
		if (++done >= total)
			total = done + 1;
		draw(done, total, line + 2);
		drawn = 1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (drawn && WIFEXITED(status) && !WEXITSTATUS(status))
		draw(done, done, "");
	if (drawn)
		putchar('\n');
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
