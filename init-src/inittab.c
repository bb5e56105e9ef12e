// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads /etc/inittab, in the format of BusyBox's init:
 *
 *	id:runlevels:action:process
 *
 * The id is a terminal without "/dev/", empty for the console; runlevels are not
 * used; the process is the rest of the line, colons included. A "-" before it asks
 * for a login shell.
 */
#include <string.h>
#include "inittab.h"
#include "lib/words.h"
#include "table.h"

/* Cut @text at the next colon and return what follows, or NULL. */
static char *field(char *text)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon++ = '\0';
	return colon;
}

static void inittab_line(char *line, const char *file, int number)
{
	char *levels = field(line);
	char *what = levels ? field(levels) : NULL;
	char *process = what ? field(what) : NULL;
	static const char ignored[] = "line ignored";
	struct service *s;
	int action;

	if (!process) {
		table_complain(file, number, "not id:runlevels:action:process", NULL, ignored);
		return;
	}
	while (*process == ' ' || *process == '\t')
		process++;
	action = action_find(what);
	if (action < 0) {
		table_complain(file, number, "unknown action", what, ignored);
		return;
	}
	if (!*process || !strcmp(process, "-")) {
		table_complain(file, number, "no process to run", NULL, ignored);
		return;
	}
	if (strchr(line, '/') && !starts_with(line, "/dev/")) {
		table_complain(file, number, "not the name of a terminal:", line, ignored);
		return;
	}
	s = table_entry(action, process);
	if (*line) {
		s->tty = starts_with(line, "/dev/") ? line + 5 : line;
		s->control = 1;
	}
	table_add(s);
}

void inittab_parse(char *text, const char *file)
{
	char *end;
	int number = 1;

	for (; text; text = end, number++) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		text = words_trim(text);
		if (*text && *text != '#')
			inittab_line(text, file, number);
	}
}
