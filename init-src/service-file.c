// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads /etc/bzinit.d/NAME.conf, which describes one service and can say more than a
 * line of inittab. It has lines of key=value; "#" begins a comment. The keys that
 * concern only the process itself are in settings.c.
 */
#include <asm/errno.h>
#include <string.h>
#include "cgroup.h"
#include "lib/log.h"
#include "lib/words.h"
#include "notify.h"
#include "service-file.h"
#include "settings.h"
#include "table.h"

static const char left_out[] = "the service is left out";

/* Read a number of seconds into @ms. Returns 0, or -EINVAL. */
static int seconds(const char *value, int *ms)
{
	long n = words_number(value);

	if (n < 0 || n > 86400)
		return -EINVAL;
	*ms = n * 1000;
	return 0;
}

/* Read backoff=FIRST:LAST, in seconds. Returns 0, or -EINVAL. */
static int backoff(struct service *s, char *value)
{
	char *colon = strchr(value, ':');
	int first, last;

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	if (seconds(value, &first) || seconds(colon + 1, &last) || last < first)
		return -EINVAL;
	*colon = ':';
	s->delay_first = first + !first;	/* 0 would stay 0 when it is doubled */
	s->delay_last = last + !last;
	return 0;
}

/* Set what @key of @s says. Returns 0, -ENOENT for another key, -EINVAL for a bad value. */
static int set(struct service *s, const char *key, char *value)
{
	int action;

	switch (words_index("command action tty needs grace backoff", key)) {
	case 0:
		s->command = value;
		return *value ? 0 : -EINVAL;
	case 1:
		action = action_find(value);
		if (action < 0)
			return -EINVAL;
		s->action = action;
		return 0;
	case 2:
		s->tty = starts_with(value, "/dev/") ? value + 5 : value;
		s->control = 1;
		return !*s->tty || strchr(s->tty, '/') ? -EINVAL : 0;
	case 3:
		s->needs = value;
		return strlen(value) > NEEDS_MAX ? -EINVAL : 0;
	case 4:
		return seconds(value, &s->grace);
	case 5:
		return backoff(s, value);
	}
	return notify_set(s, key, value);
}

/* Make "key=value" of the two parts again, where it was. Returns @key. */
static char *rejoin(char *key, const char *value)
{
	size_t len = strlen(key);

	key[len] = '=';
	memmove(key + len + 1, value, strlen(value) + 1);
	return key;
}

/*
 * Read one line. A key that set() does not know is kept for the process. Returns 0, or
 * -1 after a message.
 */
static int service_file_line(struct service *s, char *line, const char *file, int number)
{
	char *key = words_trim(line), *value;
	const char *kept, *why;
	int err;

	if (!*key || *key == '#')
		return 0;
	value = strchr(key, '=');
	if (value) {
		*value++ = '\0';
		key = words_trim(key);
		value = words_trim(value);
		err = set(s, key, value);
		if (err == 0)
			return 0;
		if (err == -ENOENT)
			err = setting_check(key, value);
		rejoin(key, value);
		why = err == -ENOENT ? "unknown key" : "bad value in";
		if (err == 0) {
			kept = table_keep(key, strlen(key));
			if (!s->settings)
				s->settings = kept;
			if (*kept)
				return 0;
			why = "no room for";
		}
	} else {
		why = "not key=value:";
	}
	table_complain(file, number, why, key, left_out);
	return -1;
}

/*
 * A line that is wrong may be one that restricts the service. So the service is left
 * out: it must not start with more rights than the file means to give it.
 */
void service_file_parse(char *text, const char *file)
{
	const char *base = base_name(file), *why;
	struct service *s = table_entry(RESPAWN, text);
	int number = 1, bad;
	char *end;

	s->command = NULL;
	s->control = s->login = 0;
	cgroup_named(s);
	s->name = table_keep(base, strlen(base) - strlen(".conf"));
	bad = !*s->name;
	for (; text; text = end, number++) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		bad |= service_file_line(s, text, file, number);
	}
	table_keep("", 0);		/* ends the settings */
	why = s->command ? notify_misused(s) : "no command=";
	if (why)
		pr_err("%s: %s: %s", file, why, left_out);
	else if (!bad)
		table_add(s);
}
