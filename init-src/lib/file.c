// SPDX-License-Identifier: GPL-2.0-only
#include "file.h"
#include "sys.h"

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

int write_file(const char *path, const char *text)
{
	int fd = k_open(path, O_WRONLY);
	long n;

	if (fd < 0)
		return fd;
	n = k_write(fd, text, strlen(text));
	k_close(fd);
	return n < 0 ? n : 0;
}
