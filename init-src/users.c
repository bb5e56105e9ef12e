// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads /etc/passwd and /etc/group (passwd(5), group(5)) line by line, so that their
 * size does not matter. Only children of PID 1 call these functions.
 */
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "users.h"

#define LINE_LONG	4096	/* a longer line is cut: a user is not found, a group loses members */

/* Read the next line of @fd into @line, without "\n". Returns 0 at the end of the file. */
static int next_line(int fd, char *line, size_t size)
{
	size_t len = 0;
	long n;
	char c;

	while ((n = k_read(fd, &c, 1)) == 1 && c != '\n')
		if (len + 1 < size)
			line[len++] = c;
	line[len] = '\0';
	return n == 1 || len;
}

/* Cut @line at its colons into at most @max fields. Returns how many there are. */
static int split_fields(char *line, char **field, int max)
{
	int count = 0;

	while (line && count < max) {
		field[count++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	return count;
}

/*
 * Find the line of @file whose name, field 0, or number, field 2, is @key. Returns
 * whether there is one; @line and its four fields in @field then have it.
 */
static int find_line(const char *file, const char *key, char *line, char **field)
{
	int fd = k_open(file, O_RDONLY), found = 0;

	if (fd < 0)
		return 0;
	while (!found && next_line(fd, line, LINE_LONG))
		found = split_fields(line, field, 4) == 4 &&
			(!strcmp(field[0], key) || !strcmp(field[2], key));
	k_close(fd);
	return found;
}

int user_find(struct user *user, const char *key)
{
	char line[LINE_LONG], *field[4];
	long id = words_number(key);

	user->name[0] = '\0';
	if (find_line("/etc/passwd", key, line, field)) {
		print_to(user->name, sizeof(user->name), "%s", field[0]);
		user->uid = words_number(field[2]);
		user->gid = words_number(field[3]);
		return user->uid < 0 || user->gid < 0 ? -EINVAL : 0;
	}
	if (id < 0)
		return -ESRCH;
	user->uid = user->gid = id;	/* a number needs no file */
	return 0;
}

long group_find(const char *key)
{
	char line[LINE_LONG], *field[4];

	return find_line("/etc/group", key, line, field) ? words_number(field[2]) :
	       words_number(key) < 0 ? -ESRCH : words_number(key);
}

int groups_of(const char *name, __u32 *groups, int max)
{
	char line[LINE_LONG], *field[4], *member, *comma;
	int fd = k_open("/etc/group", O_RDONLY), count = 0;

	while (fd >= 0 && next_line(fd, line, sizeof(line)) && count < max) {
		if (split_fields(line, field, 4) < 4)
			continue;
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
	if (fd >= 0)
		k_close(fd);
	return count;
}
