// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel command line, read by the kernel's own rules (lib/cmdline.c,
 * next_arg()): blanks separate words, "double quotes" keep them, and quotes
 * around a word or around a value are removed. The last of several words wins,
 * because a built-in command line stands before the boot loader's.
 */
#include <asm/errno.h>
#include <string.h>
#include "cmdline.h"
#include "file.h"
#include "log.h"
#include "words.h"

#define CMDLINE_MAX	4096	/* COMMAND_LINE_SIZE is 2048 on x86 */

static char line[CMDLINE_MAX];
static char words[CMDLINE_MAX + 1];	/* each ends with NUL, and the list with one more */
static char **init_argv;

static int is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copy the word at @from, unquoted, to @to. Returns what follows the word. */
static const char *copy_word(const char *from, char *to)
{
	char *value = NULL, *start = to;
	int quoted = 0, opened = 0;

	for (; *from && (quoted || !is_space(*from)); from++) {
		if (*from == '"') {
			quoted = !quoted;
			if (to == start || to == value) {
				opened = 1;
				continue;
			}
			if (opened && !quoted && (!from[1] || is_space(from[1])))
				continue;
		}
		*to++ = *from;
		if (*from == '=' && !value)
			value = to;
	}
	*to = '\0';
	return from;
}

void cmdline_read(char **argv)
{
	const char *from = line;
	char *to = words;

	init_argv = argv;
	read_file("/proc/cmdline", line, sizeof(line));
	for (;;) {
		while (is_space(*from))
			from++;
		if (!*from)
			break;
		from = copy_word(from, to);
		to += strlen(to) + 1;
	}
	*to = '\0';
}

const char *cmdline_text(void)
{
	return line;
}

/* Return what follows @name in @word, "" or "=value"; NULL if it is another word. */
static const char *after_name(const char *word, const char *name)
{
	if (!starts_with(word, name))
		return NULL;
	word += strlen(name);
	return *word && *word != '=' ? NULL : word;
}

/*
 * Return what follows @name in the last word of that name, NULL if there is none. The
 * words after "--" are also the arguments of init, which has them even if there is no
 * /proc.
 */
static const char *last_word(const char *name)
{
	const char *found = NULL, *word, *rest;
	char **arg;

	for (arg = init_argv; *arg; arg++)
		if ((rest = after_name(*arg, name)))
			found = rest;
	for (word = words; *word; word += strlen(word) + 1)
		if ((rest = after_name(word, name)))
			found = rest;
	return found;
}

int cmdline_has(const char *name)
{
	return last_word(name) != NULL;
}

int cmdline_prefers(const char *name, const char *other)
{
	const char *this = last_word(name), *that = last_word(other);

	return this && (!that || this > that);
}

const char *cmdline_value(const char *name)
{
	const char *rest = last_word(name);

	return rest && *rest ? rest + 1 : NULL;
}

long cmdline_number(const char *name, long otherwise)
{
	const char *value = cmdline_value(name);
	long n = value ? words_number(value) : -EINVAL;

	if (value && n < 0)
		pr_err("%s=%s: not a number; taking %ld", name, value, otherwise);
	return n < 0 ? otherwise : n;
}
