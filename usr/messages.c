// SPDX-License-Identifier: GPL-2.0-only
/* Errors, warnings and notes; and memory, without which the program ends. */
#include "gen-list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many errors, and how many warnings, are printed. */
#define SHOWN 20

bool verbose;
static unsigned int errors, warnings;

/*
 * Print a message in one line, whatever is in it: a name with a newline or an
 * escape sequence must not be able to write a line of its own.
 */
static void say(FILE *to, const struct place *at, const char *kind,
		const char *fmt, va_list ap)
{
	char *where = at ? place_text(at) : xstrdup("gen-list");
	char *msg, *line;
	const unsigned char *p;

	if (vasprintf(&msg, fmt, ap) < 0)
		abort();
	line = xprintf("%s: %s%s", where, kind, msg);
	for (p = (const unsigned char *)line; *p; p++) {
		if (*p < ' ' || *p == 0x7f)
			fprintf(to, "\\x%02x", *p);
		else
			putc(*p, to);
	}
	putc('\n', to);
	free(line);
	free(msg);
	free(where);
}

/* error - print one line, "file:line: what is wrong", and count it. */
void error(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	if (++errors > SHOWN) {
		if (errors == SHOWN + 1)
			fputs("gen-list: there are more errors; these come first\n", stderr);
		return;
	}
	va_start(ap, fmt);
	say(stderr, at, "", fmt, ap);
	va_end(ap);
}

/* warning - print one line about something that may be wrong; the list is made nevertheless. */
void warning(const struct place *at, const char *fmt, ...)
{
	va_list ap;

	if (++warnings > SHOWN) {
		if (warnings == SHOWN + 1)
			fputs("gen-list: there are more warnings\n", stderr);
		return;
	}
	va_start(ap, fmt);
	say(stderr, at, "warning: ", fmt, ap);
	va_end(ap);
}

/* note - print one line on standard output if -v was given. */
void note(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	say(stdout, NULL, "", fmt, ap);
	va_end(ap);
}

/* die - print one line and end the program: a full disk, a wrong option. */
void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(stderr, NULL, "", fmt, ap);
	va_end(ap);
	exit(1);
}

/* error_count - return how many errors there were. */
unsigned int error_count(void)
{
	return errors;
}

/* xalloc - return zeroed memory. */
void *xalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p) {
		fputs("gen-list: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

/*
 * xgrow - make room for one more in an array of n elements of the given size. The
 * array doubles at powers of two, so that its capacity need not be kept. Returns
 * the array.
 */
void *xgrow(void *array, size_t n, size_t size)
{
	if (n && (n & (n - 1)))
		return array;
	array = realloc(array, (n ? 2 * n : 1) * size);
	if (!array) {
		fputs("gen-list: out of memory\n", stderr);
		exit(1);
	}
	return array;
}

/* xstrdup - return a copy of a string. */
char *xstrdup(const char *s)
{
	size_t len = strlen(s) + 1;

	return memcpy(xalloc(len), s, len);
}

/* xprintf - format a string, which the caller frees. */
char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		fputs("gen-list: out of memory\n", stderr);
		exit(1);
	}
	return s;
}

/* place_text - return "file:line", or "file" for line 0; the caller frees it. */
char *place_text(const struct place *at)
{
	if (at->line)
		return xprintf("%s:%u", at->file, at->line);
	return xstrdup(at->file);
}
