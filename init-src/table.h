/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of services.
 */
#ifndef TABLE_H
#define TABLE_H

#include <string.h>
#include <linux/types.h>

/* When a service runs: the words of /etc/inittab, and in this order. */
enum action {
	EMERGENCY,		/* something required failed: before all others */
	SYSINIT, WAIT,		/* one after the other, each to its end */
	ONCE, RESPAWN, ASKFIRST,		/* then these, all at once... */
	CTRLALTDEL, SHUTDOWN, RESTART,		/* when it is asked for */
	WORKLOAD,		/* ...and this one, which no file can name */
	ACTIONS
};

#define TEXT_MAX	(192 * 1024)	/* bytes of all files together, and of a command */
#define NEEDS_MAX	255
#define STATUS(n)	((n) << 8)	/* of exit(n), as wait4() has it */

struct service {
	/* What the files say: table_add() renews it up to @gone. */
	const char *name;	/* for messages, and for needs= */
	char *command;		/* as written */
	const char *tty;	/* NULL: the console */
	const char *needs;	/* up to NEEDS_MAX bytes: names, with blanks between them */
	const char *settings;	/* see settings.h; NULL from inittab */
	__u64 id;		/* the same for the same entry whenever the files are read */
	int grace;		/* ms between SIGTERM and SIGKILL */
	int delay_first, delay_last;	/* ms before a restart, see service.c */
	unsigned char action;	/* enum action */
	unsigned char control;	/* gets the terminal as its controlling one */
	unsigned char login;	/* a shell that should read its profile */
	unsigned char own;	/* from no file, so that no file can lack it */
#ifdef CONFIG_INIT_CGROUP
	unsigned char from_file;	/* from a file of its own, NAME.conf */
#endif
#ifdef CONFIG_INIT_NOTIFY
	int notify;		/* how it says that it is ready: see notify.c; 0: it does not */
	int start_timeout;	/* ms, 0: none */
#endif

	unsigned char gone;	/* not in the files any more: not to be restarted */
	unsigned char ended;	/* ran to its end: SYSINIT, WAIT, ONCE, WORKLOAD */
	unsigned char stopping;	/* how far the shutdown is with it, see shutdown.c */
	unsigned char circle;	/* it needs itself, or a service that does */
	unsigned char told;	/* why it is not started was reported */
	unsigned char left;	/* its process has ended, but others may be in its cgroup */
	int status;		/* of the end, as wait4() has it */
	int err;		/* why it could not even be executed, -errno... */
	const char *what;	/* ...and the setting at fault, or NULL */
	int err_told;		/* the @err that was reported last; 0 since it was executed */
	int pid;		/* 0 while it does not run */
	int delay;
	long long started, due;	/* ms, see now_ms(); due: the next start, or SIGKILL */
#ifdef CONFIG_INIT_CONTROL
	unsigned char down;	/* was stopped by initctl: not to be started */
	unsigned char again;	/* ...but when it has stopped */
	int starts;
	long long ended_at;	/* 0: never yet */
	long long kill_at;	/* while it is being stopped, else 0 */
#endif
#ifdef CONFIG_INIT_NOTIFY
	unsigned char readiness;	/* STARTING or READY if it was started with notify= */
	unsigned char deaf;	/* its pipe is of no use any more */
	unsigned char late;	/* was asked to end because it was late */
	int notify_fd;		/* while it has yet to say so: what is read */
	int heard;		/* bytes that came without a newline */
	long long late_at;	/* when it is late, or is killed; 0: never */
#endif
};

extern struct service services[];
extern struct service *services_end;	/* after the last one */

#define for_each_service(s)	for ((s) = services; (s) < services_end; (s)++)

/* Return a new entry with the defaults of @action, which does not count yet. */
struct service *table_entry(enum action action, char *command);

/*
 * Count the new entry @s, or find out that it was in the table before. Leaves it out,
 * with a message, if the table is full.
 */
void table_add(struct service *s);

/*
 * Add an entry that is in no file. @command must stay where it is; @control as
 * in struct service.
 */
void table_add_own(enum action action, char *command, int control);

/* Before the files are read, again: mark as gone what comes from files. */
void table_renew(void);

/* After that: remove the entries that are gone and do not run. */
void table_prune(void);

/*
 * Read a file into the table's own memory. Returns the string; NULL and in @err
 * -errno if that is not possible.
 */
char *table_text(const char *path, int *err);

/*
 * Copy @len bytes of @from there. Returns the string, "" if there is no room. The
 * strings of calls in a row lie in a row.
 */
const char *table_keep(const char *from, size_t len);

/* Print "FILE:LINE: WHY 'WHAT': THEN" as an error. @what may be NULL. */
void table_complain(const char *file, int line, const char *why, const char *what,
		    const char *then);

/* Return the action called @name, or -1. */
int action_find(const char *name);

/* Return the service called @name, or NULL. */
struct service *service_find(const char *name);

#endif
