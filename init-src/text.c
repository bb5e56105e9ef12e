/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys.h"
#include "text.h"

static char *hexadecimal(char buf[24], unsigned long n)
{
	char *p = buf + 23;

	*p = '\0';
	do
		*--p = "0123456789abcdef"[n & 15];
	while (n >>= 4);
	return p;
}

char *print_args(char *buf, size_t size, const char *format, va_list args)
{
	char *to = buf, *last = buf + size - 1, number[24];
	const char *from;
	int is_long;

	for (; *format && to < last; format++) {
		if (*format != '%') {
			*to++ = *format;
			continue;
		}
		is_long = *++format == 'l';
		format += is_long;
		if (*format == 's')
			from = va_arg(args, const char *);
		else if (*format == 'x')
			from = hexadecimal(number, va_arg(args, unsigned long));
		else if (*format == 'd')
			from = decimal(number, is_long ? va_arg(args, long) : va_arg(args, int));
		else
			from = "%";
		while (*from && to < last)
			*to++ = *from++;
	}
	*to = '\0';
	return buf;
}

char *print_to(char *buf, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_args(buf, size, format, args);
	va_end(args);
	return buf;
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
		{ ESRCH,	"there is none of that name" },
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
		{ EFBIG,	"too long" },
		{ ELIBACC,	"the loader or interpreter that it asks for is not there" },
	};
	static char other[32];
	size_t i;

	err = err < 0 ? -err : err;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].err == err)
			return known[i].text;
	return print_to(other, sizeof(other), "error %d", err);
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
