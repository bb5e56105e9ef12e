// SPDX-License-Identifier: GPL-2.0-only
/*
 * An /init for tests/tools/handover.t: starts processes of every kind, tells on the
 * console what /proc has of all, one line "TASK pid ppid flags comm" for each, and
 * waits for the terminal.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* A child named NAME; the parent gets its pid, the child 0. */
static pid_t start(const char *name)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_NAME, name);
	return pid;
}

static void tell(const char *pid)
{
	char path[300], line[1024], state;
	int number, parent, group, session, tty, foreground;
	unsigned int flags;
	char *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	if (fgets(line, sizeof(line), f) && (end = strrchr(line, ')')) &&
	    sscanf(line, "%d", &number) == 1 &&
	    sscanf(end + 1, " %c %d %d %d %d %d %u", &state, &parent, &group, &session, &tty,
		   &foreground, &flags) == 7) {
		*end = '\0';
		printf("TASK %d %d %u %s\n", number, parent, flags, strchr(line, '(') + 1);
	}
	fclose(f);
}

int main(void)
{
	pthread_t thread;
	struct dirent *d;
	DIR *proc;

	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	pthread_create(&thread, NULL, wait_for_ever, NULL);
	if (start("a) (b") == 0) {
		if (start("grandchild") == 0)
			wait_for_ever(NULL);
		wait_for_ever(NULL);
	}
	if (start("goes") == 0) {	/* what it leaves behind becomes PID 1's */
		if (start("orphan") == 0)
			wait_for_ever(NULL);
		exit(0);		/* and nobody waits for it */
	}
	usleep(100000);
	proc = opendir("/proc");
	while (proc && (d = readdir(proc)))
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9')
			tell(d->d_name);
	puts("TASK end");
	fflush(stdout);
	for (;;)
		getchar();
}
