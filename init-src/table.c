// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of services. It and the text that it points into are static: no lack of
 * memory can lose an entry, and pages that are never touched cost nothing.
 */
#include "cgroup.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "table.h"

#define SERVICES_MAX	2048

#define GRACE		5000	/* ms between SIGTERM and SIGKILL */
#define DELAY_FIRST	250	/* ms before a restart, doubled each time... */
#define DELAY_LAST	60000	/* ...up to this */

struct service services[SERVICES_MAX + 1];	/* the last one is for table_entry() alone */
struct service *services_end = services;

/*
 * Two halves: when the files are read again, one takes the new text while entries still
 * point into the other.
 */
static char text[2][TEXT_MAX];
static size_t text_used;
static int half;

void table_complain(const char *file, int line, const char *why, const char *what,
		    const char *then)
{
	const char *quote = what ? "'" : "";

	pr_err("%s:%d: %s%s%s%s%s: %s", file, line, why, what ? " " : "", quote,
	       what ? what : "", quote, then);
}

char *table_text(const char *path, int *err)
{
	char *buf = text[half] + text_used;
	size_t left = TEXT_MAX - text_used;
	long len = left < 4 ? -EFBIG : read_file(path, buf, left);

	/* A file that fills the buffer may have been cut, and part of a file must not be used. */
	if (len >= 0 && (size_t)len + 2 >= left)
		len = -EFBIG;
	if (len >= 0 && strlen(buf) != (size_t)len)
		len = -EILSEQ;		/* what follows a NUL byte would be lost */
	*err = len < 0 ? len : 0;
	if (len < 0)
		return NULL;
	text_used += len + 1;
	return buf;
}

const char *table_keep(const char *from, size_t len)
{
	char *kept = text[half] + text_used;

	if (TEXT_MAX - text_used < len + 4) {
		pr_err("the services' files are too long together: more than %d bytes", TEXT_MAX);
		return "";
	}
	memcpy(kept, from, len);
	kept[len] = kept[len + 1] = '\0';
	text_used += len + 1;
	return kept;
}

int action_find(const char *name)
{
	int n = words_index("sysinit wait once respawn askfirst ctrlaltdel shutdown restart", name);

	return n < 0 ? n : n + SYSINIT;
}

struct service *service_find(const char *name)
{
	struct service *s;

	for_each_service(s)
		if (!s->gone && !strcmp(s->name, name))
			return s;
	return NULL;
}

/* Return the name of the program in @command: the first word without its directory. */
static const char *command_name(const char *command)
{
	const char *end = command, *start = command;

	for (; *end && *end != ' ' && *end != '\t'; end++)
		if (*end == '/')
			start = end + 1;
	return table_keep(start, end - start);
}

/*
 * Is @command a shell and nothing else, so that it should be a login shell? A name that
 * only ends in "sh" may be that of a script.
 */
static int is_shell(const char *command)
{
	return words_index("sh ash bash dash hush ksh mksh zsh csh tcsh fish",
			   base_name(command + (*command == '-'))) >= 0;
}

void table_add_own(enum action action, char *command, int control)
{
	struct service *s = table_entry(action, command);

	s->own = 1;
	s->control |= control;
	s->login &= action != WORKLOAD;
	table_add(s);
}

struct service *table_entry(enum action action, char *command)
{
	struct service *s = services_end;
	int shell = is_shell(command);

	memset(s, 0, sizeof(*s));
	s->action = action;
	s->login = command[0] == '-' || (shell && action != SYSINIT && action != WAIT);
	s->command = command + (command[0] == '-');
	/*
	 * A SYSINIT or WAIT script has none: at its end the kernel would send SIGHUP to what
	 * it has started in the background (drivers/tty/tty_jobctrl.c, disassociate_ctty()).
	 */
	s->control = s->login || shell || action == ASKFIRST;
	s->name = command_name(s->command);
	s->grace = GRACE;
	s->delay_first = DELAY_FIRST;
	s->delay_last = DELAY_LAST;
	return s;
}

/* Return @hash with the bytes of @text and its end mixed in (64-bit FNV-1a). */
static __u64 mix(__u64 hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	while (*text++);
	return hash;
}

/*
 * An entry that was there before keeps its process, its delay and its place. It is known
 * by a number, because the text of one that was removed may be overwritten while its
 * process still runs.
 */
void table_add(struct service *s)
{
	struct service *old;

	s->id = mix(mix(mix(s->action, s->name), s->command), s->tty ? s->tty : "/");
	for (old = services; old < s; old++) {
		if (old->id != s->id)
			continue;
		if (old->gone) {
			memcpy(old, s, __builtin_offsetof(struct service, gone));
			old->gone = 0;
			return;
		}
		if (HAS_CGROUPS)	/* the same line twice: each needs a group of its own */
			s->id++;
	}
	if (services_end == services + SERVICES_MAX)
		pr_err("more than %d services: %s is left out", SERVICES_MAX, s->command);
	else
		services_end++;
}

void table_renew(void)
{
	struct service *s;

	half = !half;
	text_used = 0;
	for_each_service(s) {
		s->gone = !s->own;
		if (s->own)
			s->name = command_name(s->command);
	}
}

/* Does @s need a service that is in a circle, as far as is known? */
static int in_circle(const struct service *s)
{
	const struct service *other;

	for_each_service(other)
		if (s->needs && other->circle && words_index(s->needs, other->name) >= 0)
			return 1;
	return 0;
}

/*
 * Report the services that need each other in a circle, and those that need one of them:
 * what is left when those that can be started are taken away, again and again.
 */
static void tell_circles(void)
{
	struct service *s;
	int changed;

	for_each_service(s)
		s->circle = s->needs != NULL;
	do {
		changed = 0;
		for_each_service(s) {
			if (s->circle && !in_circle(s)) {
				s->circle = 0;
				changed = 1;
			}
		}
	} while (changed);
	for_each_service(s)
		if (s->circle && !s->pid && !s->ended)
			pr_err("%s is not started: needs=%s leads into a circle", s->name, s->needs);
}

void table_prune(void)
{
	struct service *s, *kept = services;

	for_each_service(s) {
		if (s->gone && !s->pid)
			continue;
		*kept = *s;
		if (kept->gone) {
			kept->name = "a service that was removed";
			kept->needs = NULL;
		}
		kept++;
	}
	services_end = kept;
	tell_circles();
}
