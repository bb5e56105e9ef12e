/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of PID 1 offer each other.
 */
#ifndef INIT_H
#define INIT_H

#include "sys.h"
#include "text.h"

#define WORDS_MAX	64	/* words in a command, the last one NULL */

/* --- cmdline.c: what the kernel was told --------------------------------- */

/* Read /proc/cmdline; @argv are the words that the kernel left for init. */
void cmdline_read(char **argv);
/* All of it as one line, "" when /proc is not there. */
const char *cmdline_text(void);
/* Was the word @name given, with or without a value? */
int cmdline_has(const char *name);
/* The value of the last @name=value, NULL when there is none. */
const char *cmdline_value(const char *name);

/* --- words.c: text into words -------------------------------------------- */

/* Decode \xHH and \\ in place. Returns 0, or -EINVAL for any other use of \. */
int words_decode(char *text);
/*
 * Split @text at blanks, in place; '...' and "..." keep blanks. Writes up to
 * @max - 1 words and a NULL. Returns their number, -EINVAL for a quote that is
 * not closed, -E2BIG for too many words.
 */
int words_split(char *text, char **words, int max);

/* --- console.c ------------------------------------------------------------ */

/* See to it that fds 0-2 are open: on the console, else on /dev/null. */
void console_open(void);
/* The device behind the console, as "ttyS0", or "console" when unknown. */
const char *console_tty(void);
/* In a child: own session, @tty as its controlling terminal and fds 0-2. */
void console_take(const char *tty);
/* Path of the device @name in @path, made if it is a serial port or VT. */
char *device_path(char *path, size_t size, const char *name);

/* --- mounts.c -------------------------------------------------------------- */

void mounts_make(void);
/* What this kernel is built without, " /sys (CONFIG_SYSFS) ..." or "". */
const char *mounts_missing(void);
/* Unmount all file systems but the kernel's own; read-only what is busy. */
void mounts_undo(void);

/* --- signals.c ------------------------------------------------------------- */

void signals_block(void);
/* In a child: as execve() should find them. */
void signals_unblock(void);
/*
 * Wait for a signal of @set, at most @ms milliseconds, -1 for ever. Returns
 * the signal, or 0 when the time is up.
 */
int signal_wait(k_sigset set, long ms);
/* Milliseconds since boot, which never jump. */
long long now_ms(void);
void sleep_ms(long ms);

/* --- service.c: the process that PID 1 is there for ------------------------ */

/* Set up the workload of init.run=, or the command for the console. */
void services_prepare(char **envp);
/* Start what is due. Returns the ms until the next one is due, or -1. */
long services_start(void);
/* Reap every child that has ended. Returns -ECHILD when no child is left. */
int services_reap(void);
/* The workload has ended, and with it the machine's task. */
int services_done(void);
/* Start nothing any more, and hang up the terminals of what runs. */
void services_stop(void);

/* --- child.c --------------------------------------------------------------- */

struct command {
	char **argv;
	const char *path;	/* what is executed, found by command_find() */
	const char *tty;	/* as from console_tty() */
	int login;		/* a shell that should read its profile */
};

/* The environment of every child: the kernel's words, PATH, HOME, TERM. */
void environment_make(char **envp, const char *tty);
/* Look argv[0] up in the standard PATH. Returns 0 or -errno. */
int command_find(struct command *cmd);
/*
 * Start @cmd. Returns the child's pid or -errno. If the child cannot execute
 * the command, its errno can be read from @error_fd after it has ended.
 */
int command_start(const struct command *cmd, int *error_fd);

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

#endif
