// SPDX-License-Identifier: GPL-2.0-only
/* Give up reading from any depth, with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include "readers.h"

#define MESSAGE_MAX	1024

static jmp_buf failed;
static char message[MESSAGE_MAX];

/* Give up: attempt() returns this message. */
void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	longjmp(failed, 1);
}

/*
 * Call a function that may call fail(), once at a time. Returns NULL, or the
 * message, which stays until the next failure.
 */
const char *attempt(void (*read)(void *of), void *of)
{
	if (setjmp(failed))
		return message;
	read(of);
	return NULL;
}
