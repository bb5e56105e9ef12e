/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of PID 1 offer each other.
 */
#ifndef INIT_H
#define INIT_H

#include "lib/sys.h"
#include "lib/text.h"

#define WORDS_MAX	64	/* words in a command, the last one NULL */
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* --- cmdline.c: what the kernel was told --------------------------------- */

/* Read /proc/cmdline; @argv are the words that the kernel left for init. */
void cmdline_read(char **argv);
/* All of it as one line, "" when /proc is not there. */
const char *cmdline_text(void);
/* Was the word @name given, with or without a value? */
int cmdline_has(const char *name);
/* Was @name given, and later than @other, its opposite? */
int cmdline_prefers(const char *name, const char *other);
/* The value of the last @name=value, NULL when there is none. */
const char *cmdline_value(const char *name);
/* The same as a number, @otherwise when it is absent or no number. */
long cmdline_number(const char *name, long otherwise);

/* --- words.c: text into words -------------------------------------------- */

/* Decode \xHH and \\ in place. Returns 0, or -EINVAL for any other use of \. */
int words_decode(char *text);
/*
 * Split @text at blanks, in place; '...' and "..." keep blanks. Writes up to
 * @max - 1 words and a NULL. Returns their number, -EINVAL for a quote that is
 * not closed, -E2BIG for too many words.
 */
int words_split(char *text, char **words, int max);
/* A number of 0 or more, decimal or 0x..., with nothing after it; or -EINVAL. */
long words_number(const char *text);
/* Where in @list, words between blanks, is @word? Counts from 0; -1 is nowhere. */
int words_index(const char *list, const char *word);

/* --- console.c ------------------------------------------------------------ */

/* See to it that fds 0-2 are open: on the console, else on /dev/null. */
void console_open(void);
/* Once /sys and /dev are there: a console that was not to be had before. */
void console_settle(void);
/* The device behind the console, as "ttyS0", or "console" when unknown. */
const char *console_tty(void);
/*
 * In a child: @tty as fds 0-2, and with @control as its controlling terminal.
 * NULL leaves the fds as they are.
 */
void console_take(const char *tty, int control);
/* Path of the device @name in @path, made if it is a serial port or VT. */
char *device_path(char *path, size_t size, const char *name);

/* --- mounts.c -------------------------------------------------------------- */

/* Mount the kernel's own file systems. Returns how many required ones failed. */
int mounts_make(void);
/* What this kernel is built without, " /sys (CONFIG_SYSFS) ..." or "". */
const char *mounts_missing(void);
/* Unmount all file systems but the kernel's own; read-only what is busy. */
void mounts_undo(void);

/* --- machine.c, watchdog.c, crash.c ------------------------------ */

/* Host name, loopback, clock, and Ctrl-Alt-Del as a signal. */
void machine_prepare(void);
/* init.watchdog=SECONDS: from now on a PID 1 that hangs ends the machine. */
void watchdog_open(void);
/* Ping it when that is due. Returns the ms until the next time, -1 for none. */
long watchdog_ping(void);
/* The last ping, for at least @ms; less than 0 switches the watchdog off. */
void watchdog_shutdown(long ms);
/* A fault in PID 1 itself: say where, then panic or reboot (init.crash=). */
void crash_prepare(void);

/* --- button.c ---------------------------------------------------------------- */

/* From now on, or again, SIGIO tells of a power button. */
void buttons_open(void);
/* Was one pressed since the last look? */
int button_pressed(void);

/* --- signals.c ------------------------------------------------------------- */

void signals_block(void);
/* Ignore none, for us and for who inherits it. */
void signals_default(void);
/* In a child: as execve() should find them. */
void signals_unblock(void);
/*
 * Wait for a signal of @set, at most @ms milliseconds, -1 for ever. Returns
 * the signal, or 0 when the time is up. Keeps the watchdog quiet meanwhile.
 */
int signal_wait(k_sigset set, long ms);
/* Milliseconds since boot, which never jump. */
long long now_ms(void);
void sleep_ms(long ms);

/* --- table.c: the services, and where they are read from -------------------- */

/* When a service runs: the words of /etc/inittab, and in this order. */
enum action {
	EMERGENCY,		/* something required failed: before all others */
	SYSINIT, WAIT,		/* one after the other, each to its end */
	ONCE, RESPAWN, ASKFIRST, WORKLOAD,	/* then these, all at once */
	CTRLALTDEL, SHUTDOWN, RESTART,		/* when it is asked for */
	ACTIONS
};

struct service {
	const char *name;	/* for people, and for needs= */
	char *command;		/* as written */
	const char *tty;	/* NULL: the console */
	const char *needs;	/* names, between blanks */
	const char *settings;	/* see settings.c, NULL from inittab */
	unsigned char action;	/* enum action */
	unsigned char control;	/* gets the terminal as its controlling one */
	unsigned char login;	/* a shell that should read its profile */
	unsigned char own;	/* from no file, so that no file can lack it */
	unsigned char gone;	/* not in the files any more: not to be restarted */
	unsigned char ended;	/* ran to its end: SYSINIT, WAIT, ONCE, WORKLOAD */
	unsigned char stopping;	/* was sent SIGTERM by the shutdown */
	unsigned char told;	/* its failure to start was reported */
	int status;		/* of the end, as from wait4() */
	int err;		/* why it could not even be executed, -errno... */
	const char *what;	/* ...and the setting at fault, or NULL */
	int pid;		/* 0 while it does not run */
	int grace;		/* ms between SIGTERM and SIGKILL */
	int delay_first, delay_last;	/* ms before a restart, see service.c */
	int delay;
	long long started, due;	/* ms, see now_ms() */
};

extern struct service services[];
extern int services_count;

/* Read inittab and drop-ins, or read them again. */
void table_read(void);
/* A new entry with the defaults of @action, not counted in yet, or NULL. */
struct service *table_entry(enum action action, char *command);
/* Count it in, or find out that it was there before. */
void table_add(struct service *s);
/* One that no file has: @command must stay; @control as in struct service. */
void table_add_own(enum action action, char *command, int control);
/* A file into the table's own memory, as a string; NULL when that is not possible. */
char *table_text(const char *path, int *err);
/* @len bytes of @from, as a string there. Calls in a row lie in a row. */
const char *table_keep(const char *from, size_t len);
/* "FILE:LINE: WHY", as an error. */
void table_complain(const char *file, int line, const char *why, const char *what);
/* The action called @name, or -1. */
int action_find(const char *name);
struct service *service_find(const char *name);

/* --- inittab.c, svc.c: the two formats. Both change @text ------------------- */

void inittab_parse(char *text, const char *file);
void svc_parse(char *text, const char *file);

/* --- settings.c: what a service file says about its process ------------------ */

/*
 * Check one @key=@value that concerns the child. Returns 0, -ENOENT for another
 * key, -EINVAL for a bad value.
 */
int setting_check(const char *key, const char *value);
/*
 * In the child: be what @settings say: strings "key=value", one after the
 * other, an empty one ends them. Returns 0, or -errno and the one at fault.
 */
int settings_apply(const char *settings, const char **what);

/* --- users.c ---------------------------------------------------------------- */

struct user {
	char name[64];		/* "" for a number that nobody has */
	long uid, gid;
};

/* The user called or numbered @key. Returns 0, -ESRCH or -EINVAL. */
int user_find(struct user *user, const char *key);
/* The number of the group @key, or -ESRCH. */
long group_find(const char *key);
/* The groups that list @name as a member. Returns how many. */
int groups_of(const char *name, __u32 *groups, int max);

/* --- service.c: the processes that PID 1 is there for ------------------------ */

/* Set up what the command line, the files and the options say. */
void services_prepare(int emergency);
/* Start what is due. Returns the ms until the next one is due, or -1. */
long services_start(void);
/*
 * Reap the children that have ended. Returns 1 when there may be more of them,
 * 0, or -ECHILD when no child is left.
 */
int services_reap(void);
/* Start all entries of @action now. Returns how many there are. */
int services_run(enum action action);
/* Nothing is started again. */
void services_freeze(void);
/* Does the service run? With an @action, or any for ACTIONS. */
int services_running(enum action action);

/* --- workload.c: the command of init.run= -------------------------------------- */

#define STATUS(n)	((n) << 8)	/* as wait4() tells of exit(n) */

/* Enter it into the table. Returns whether there is one. */
int workload_prepare(void);
/* It has ended so, as from wait4(): tell the host. */
void workload_ended(int status);
/* Has it, and with it the machine's task? */
int workload_done(void);

/* --- root.c: root= in an initramfs -------------------------------------------- */

/* Is there a real root to be mounted, once SYSINIT and WAIT have run? */
void root_prepare(void);
/* Once it is mounted: let its init take our place. Else it returns at once. */
void root_switch(char **argv, char **envp);

/* --- child.c --------------------------------------------------------------- */

/* The environment of every child: the kernel's words, PATH, HOME, TERM. */
void environment_make(char **envp, const char *tty);
/* Set NAME=VALUE in it; the text must stay. */
void environment_set(const char *word);
/* Start @s. Returns the child's pid or -errno. */
int child_start(const struct service *s);
/* In this process, for good. Returns -errno, and in @what the setting at fault. */
int child_exec(const struct service *s, const char **what);
/* A child that could not execute its command, and why; told before it ends. */
struct failure {
	int pid, err;		/* -errno */
	const char *what;	/* the setting at fault, or NULL */
};
/* Take one of these. Returns 0 when there is none. */
int child_failure(struct failure *failure);

/* --- shutdown.c ------------------------------------------------------------ */

/* The signals that ask for an end. */
extern const k_sigset shutdown_signals;
/* Is @sig, which may be 0, one of them? */
int shutdown_asked(int sig);
/* End everything as @sig asks. Does not return. */
void shutdown_machine(int sig) __attribute__((noreturn));

/* --- report.c: to the one who runs the machine ----------------------------- */

/* Send one record, without its newline, and wait until it is on its way. */
void report(const char *record);
/* The status of the workload; at the very end, to isa-debug-exit, if it is the way. */
void report_status(int status);
void report_last(void);

#endif
