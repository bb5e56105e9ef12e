/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzing of tools/anatomy: an input is a file, and all that the tool can say of
 * it is said. For libFuzzer (clang -fsanitize=fuzzer), or with
 * tests/lib/fuzz-main.c (-DMAIN).
 *
 * tests/tools/fuzz-anatomy.t compiles both, with all of tools/ but its main program.
 * Besides what the sanitizers see, it is a failure if parts do not make up
 * exactly what they are parts of.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "anatomy.h"
#include "../lib/fuzz.h"

#define LIMIT	(4U << 20)	/* of what is unpacked, to be fast */

static jmp_buf broken;

/* The program would end here. */
void die(const char *format, ...)
{
	longjmp(broken, 1);
}

static void adds_up(const struct layer *l)
{
	const struct layer *p;
	uint64_t at = l->offset;

	for (p = l->parts; p; p = p->next) {
		if (p->offset != at || p->data != l->data + (at - l->offset))
			abort();
		at += p->size;
		adds_up(p);
	}
	if (l->parts && at != l->offset + l->size)
		abort();
	if (l->inside)
		adds_up(l->inside);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static FILE *null;
	struct layer *file;
	const char *why;

	/* What is printed matters to the sanitizers only. */
	if (!null)
		null = freopen("/dev/null", "w", stdout);
	file = size ? layers_read(data, size, LIMIT, &why) : NULL;
	if (file && !setjmp(broken)) {
		adds_up(file);
		print_table(file, "-");
		print_json(file, "-");
		print_at(file, size / 2);
		extract(file, size & 1 ? "initramfs" : size & 2 ? "section:.linux" : "file:/sbin/../init", NULL);
	}
	layers_free();
	return 0;
}

#ifdef MAIN
const int fuzz_adds_up;

/* A few changes: a byte, a number that overflows, a part left out or doubled, a short file. */
size_t fuzz_mutate(unsigned char *data, size_t size, size_t room)
{
	static const unsigned char liked[][4] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff }, { 0xff, 0xff, 0xff, 0x7f }, { 0, 0, 0, 0x80 }, { 1 }, { 0, 2 },
	};
	unsigned int changes = 1 + fuzz_draw(5);
	size_t at, n;

	while (changes-- && size > 8) {
		/* Headers are at the beginning, more often than not. */
		at = fuzz_draw(fuzz_draw(2) && size > 700 ? 700 : size - 4);
		n = fuzz_draw(size - at < 64 ? size - at : 64);
		switch (fuzz_draw(6)) {
		case 0:
			data[at] = fuzz_draw(256);
			break;
		case 1:
			memcpy(data + at, liked[fuzz_draw(6)], 4);
			break;
		case 2:
			data[at] += fuzz_draw(2) ? 1 : -1;
			break;
		case 3:
			memmove(data + at, data + at + n, size - at - n);
			size -= n;
			break;
		case 4:
			if (size + n > room)
				break;
			memmove(data + at + n, data + at, size - at);
			size += n;
			break;
		case 5:
			if (!fuzz_draw(8))
				size = 1 + fuzz_draw(size);
			break;
		}
	}
	return size;
}
#endif
