// SPDX-License-Identifier: GPL-2.0-only
#include <asm/errno.h>
#include "print.h"
#include "words.h"

static char *hexadecimal(char buf[24], unsigned long n)
{
	char *p = buf + 23;

	*p = '\0';
	do
		*--p = "0123456789abcdef"[n & 15];
	while (n >>= 4);
	return p;
}

static char *decimal(char buf[24], long n)
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

/* The digits of a number that the preprocessor knows, as a string. */
#define DIGITS(n)	DIGITS_OF(n)
#define DIGITS_OF(n)	#n

const char *error_text(int err)
{
	/* "NUMBER text", one after the other; a table of pointers would be larger. */
	static const char known[] =
		DIGITS(EPERM)	" not permitted\0"
		DIGITS(ENOENT)	" no such file or directory\0"
		DIGITS(ESRCH)	" there is none of that name\0"
		DIGITS(EIO)	" input/output error\0"
		DIGITS(ENXIO)	" no such device\0"
		DIGITS(E2BIG)	" too many words\0"
		DIGITS(ENOEXEC)	" not a program that this kernel can run\0"
		DIGITS(EAGAIN)	" out of processes, or not ready\0"
		DIGITS(ENOMEM)	" out of memory\0"
		DIGITS(EACCES)	" permission denied\0"
		DIGITS(EBUSY)	" busy\0"
		DIGITS(ENODEV)	" not supported by this kernel\0"
		DIGITS(ENOTDIR)	" a part of the path is not a directory\0"
		DIGITS(EISDIR)	" is a directory\0"
		DIGITS(EINVAL)	" invalid argument\0"
		DIGITS(EFBIG)	" too long\0"
		DIGITS(EROFS)	" read-only file system\0"
		DIGITS(ENOSYS)	" no such system call in this kernel\0"
		DIGITS(EILSEQ)	" it has a NUL byte\0"
		DIGITS(ELOOP)	" too many symbolic links\0"
		DIGITS(ELIBACC)	" the loader or interpreter that it asks for is not there\0";
	static char other[32];
	const char *text;

	print_to(other, sizeof(other), "%d ", err < 0 ? -err : err);
	for (text = known; *text; text += strlen(text) + 1)
		if (starts_with(text, other))
			return text + strlen(other);
	return print_to(other, sizeof(other), "error %d", err < 0 ? -err : err);
}
