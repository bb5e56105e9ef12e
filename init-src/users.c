// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads /etc/passwd and /etc/group (passwd(5), group(5)) line by line, so that their
 * size does not matter. Only children of PID 1 call these functions.
 */
#include "env.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "users.h"

#define FIELDS		7	/* of passwd(5); group(5) has four */
#define LINE_LONG	4096	/* a longer line is cut: a user is not found, a group loses members */

/*
 * Read the next line of @fd into @line, and cut it at its colons into @field. The fields
 * that it lacks are empty. Returns 0 at the end of the file, and then all are.
 */
static int next_line(int fd, char *line, char **field)
{
	size_t len = 0;
	long n;
	int i;
	char c;

	while ((n = k_read(fd, &c, 1)) == 1 && c != '\n')
		if (len + 1 < LINE_LONG)
			line[len++] = c;
	line[len] = '\0';
	for (i = 0; i < FIELDS; i++) {
		field[i] = line;
		while (*line && *line != ':')
			line++;
		if (*line)
			*line++ = '\0';
	}
	return n == 1 || len;
}

/*
 * Find the line of @file whose name, field 0, or number, field 2, is @key. Returns
 * whether there is one; @line and its fields in @field then have it, else nothing.
 */
static int find_line(const char *file, const char *key, char *line, char **field)
{
	int fd = k_open(file, O_RDONLY), more, found;

	do {
		more = next_line(fd, line, field);
		found = !strcmp(field[0], key) || !strcmp(field[2], key);
	} while (more && !found);
	k_close(fd);
	return found;
}

int user_find(struct user *user, const char *key)
{
	static const char field_of[] = { 5, 6, 0, 0 };
	static char text[sizeof(field_of)][LINE_LONG], root[] = "/";
	const char *name = "HOME=\0SHELL=\0USER=\0LOGNAME=";
	char line[LINE_LONG], *field[FIELDS], *value;
	int found = find_line("/etc/passwd", key, line, field), err = 0;
	size_t i;

	user->uid = words_number(found ? field[2] : key);	/* a number needs no file */
	user->gid = words_number(found ? field[3] : key);
	if (user->uid < 0 || user->gid < 0)
		return found ? -EINVAL : -ESRCH;
	print_to(user->name, sizeof(user->name), "%s", field[0]);
	if (!*field[5])
		field[5] = root;
	for (i = 0; i < sizeof(field_of); i++) {
		value = field[(int)field_of[i]];
		if (*value)
			err |= env_set(print_to(text[i], LINE_LONG, "%s%s", name, value));
		name += strlen(name) + 1;
	}
	return err;
}

long group_find(const char *key)
{
	char line[LINE_LONG], *field[FIELDS];
	int found = find_line("/etc/group", key, line, field);
	long id = words_number(found ? field[2] : key);

	return found || id >= 0 ? id : -ESRCH;
}

int groups_of(const char *name, __u32 *groups, int max)
{
	char line[LINE_LONG], *field[FIELDS], *member, *comma;
	int fd = k_open("/etc/group", O_RDONLY), count = 0;

	while (next_line(fd, line, field) && count < max) {
		for (member = field[3]; member; member = comma) {
			comma = strchr(member, ',');
			if (comma)
				*comma++ = '\0';
			if (!strcmp(member, name) && words_number(field[2]) >= 0) {
				groups[count++] = words_number(field[2]);
				break;
			}
		}
	}
	k_close(fd);
	return count;
}
