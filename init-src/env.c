// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include "env.h"
#include "lib/sys.h"
#include "lib/words.h"

#define ENVIRONMENT_MAX	256	/* the kernel passes at most 32 words */

static const char *environment[ENVIRONMENT_MAX];

/*
 * Find the variable of @word, which is "NAME=" or "NAME=VALUE". Returns its place, or
 * the free one at the end.
 */
static const char **find(const char *word)
{
	const char **slot = environment;
	size_t len = strchr(word, '=') - word + 1;

	while (*slot && memcmp(*slot, word, len) != 0)
		slot++;
	return slot;
}

int env_set(const char *word)
{
	const char **slot = find(word);

	if (slot == environment + ENVIRONMENT_MAX - 1)
		return -E2BIG;
	*slot = word;
	return 0;
}

/*
 * The kernel always passes HOME=/ and TERM=linux, whatever the terminal is. Other
 * values of these come from its command line, and are kept.
 */
void env_make(char **envp, const char *tty)
{
	int has_keyboard = starts_with(tty, "tty") && tty[3] >= '0' && tty[3] <= '9';
	struct statx st;

	env_set(k_statx("/root", &st) == 0 ? "HOME=/root" : "HOME=/");
	env_set(has_keyboard ? "TERM=linux" : "TERM=vt102");
	env_set("PATH=/bin:/sbin:/usr/bin:/usr/sbin");
	for (; *envp; envp++)
		if (strcmp(*envp, "HOME=/") != 0 && strcmp(*envp, "TERM=linux") != 0)
			env_set(*envp);
}

const char *env_value(const char *name)
{
	const char *word = *find(name);

	return word ? word + strlen(name) : NULL;
}

char *const *env_all(void)
{
	return (char *const *)environment;
}
