/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys.h"
#include "text.h"

#define LINE_MAX	4608	/* holds a whole kernel command line */

char *join_words(char *buf, size_t size, const char *const words[])
{
	size_t len = 0;
	const char *from;

	for (; *words; words++)
		for (from = *words; *from && len + 1 < size; from++)
			buf[len++] = *from;
	buf[len] = '\0';
	return buf;
}

void say_words(const char *const words[])
{
	static char line[LINE_MAX];
	size_t len;

	join(line, sizeof(line) - 1, program_name, ": ");
	len = strlen(line);
	join_words(line + len, sizeof(line) - 1 - len, words);
	len = strlen(line);
	line[len++] = '\n';
	k_write(2, line, len);
}

char *decimal(char buf[24], long n)
{
	unsigned long rest = n < 0 ? -(unsigned long)n : (unsigned long)n;
	char *p = buf + 23;

	*p = '\0';
	do
		*--p = '0' + rest % 10;
	while (rest /= 10);
	if (n < 0)
		*--p = '-';
	return p;
}

const char *error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} known[] = {
		{ EPERM,	"not permitted" },
		{ ENOENT,	"no such file or directory" },
		{ EIO,		"input/output error" },
		{ ENXIO,	"no such device" },
		{ ENODEV,	"not supported by this kernel" },
		{ ENOEXEC,	"not a program that this kernel can run" },
		{ EAGAIN,	"out of processes, or not ready" },
		{ ENOMEM,	"out of memory" },
		{ EACCES,	"permission denied" },
		{ EBUSY,	"busy" },
		{ ENOTDIR,	"a part of the path is not a directory" },
		{ EISDIR,	"is a directory" },
		{ EINVAL,	"invalid argument" },
		{ ELOOP,	"too many symbolic links" },
		{ EROFS,	"read-only file system" },
		{ ENOSYS,	"no such system call in this kernel" },
		{ E2BIG,	"too many words" },
	};
	static char other[32];
	size_t i;

	err = err < 0 ? -err : err;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].err == err)
			return known[i].text;
	return join(other, sizeof(other), "error ", DEC(err));
}

const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (path[0] == '/' && path[1])
			base = path + 1;
	return base;
}

int starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return 0;
	return 1;
}

long read_file(const char *path, char *buf, size_t size)
{
	int fd = k_open(path, O_RDONLY);
	long len = 0, n;

	buf[0] = '\0';
	if (fd < 0)
		return fd;
	while ((n = k_read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	k_close(fd);
	if (n < 0)
		return n;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}
