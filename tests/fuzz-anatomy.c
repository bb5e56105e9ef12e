/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzing of tools/anatomy: an input is a file, and all that the tool can say of
 * it is said. For libFuzzer (clang -fsanitize=fuzzer), or with a main() of its
 * own (-DMAIN), which mutates the seeds at random:
 *
 *	fuzz-anatomy SECONDS SEED-FILE...
 *
 * tests/fuzz-anatomy.t compiles both, with all of tools/ but its main program.
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

#define LIMIT	(4U << 20)	/* of what is unpacked, to be fast */

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static jmp_buf broken;

/* The tool would end here. */
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

	/* What is printed matters to the sanitizers only. */
	if (!null)
		null = freopen("/dev/null", "w", stdout);
	unpack_limit = LIMIT;
	if (size && !setjmp(broken)) {
		file = anatomy_read(data, size);
		adds_up(file);
		print_table(file, "-");
		print_json(file, "-");
		print_at(file, size / 2);
		extract(file, size & 1 ? "initramfs" : "config", NULL);
	}
	release_all();
	return 0;
}

#ifdef MAIN
#define SEEDS_MAX	64
#define SEED_SIZE_MAX	16384

static unsigned long long state = 88172645463325252ULL;

static unsigned long draw(unsigned long below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : 0;
}

/* A few changes: a byte, a number that overflows, a part left out or doubled, a short file. */
static size_t mutate(unsigned char *to, const unsigned char *from, size_t size)
{
	static const unsigned char liked[][4] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff }, { 0xff, 0xff, 0xff, 0x7f }, { 0, 0, 0, 0x80 }, { 1 }, { 0, 2 },
	};
	unsigned int changes = 1 + draw(5);
	size_t at, n;

	memcpy(to, from, size);
	while (changes-- && size > 8) {
		/* Headers are at the beginning, more often than not. */
		at = draw(draw(2) && size > 700 ? 700 : size - 4);
		n = draw(size - at < 64 ? size - at : 64);
		switch (draw(6)) {
		case 0:
			to[at] = draw(256);
			break;
		case 1:
			memcpy(to + at, liked[draw(6)], 4);
			break;
		case 2:
			to[at] += draw(2) ? 1 : -1;
			break;
		case 3:
			memmove(to + at, to + at + n, size - at - n);
			size -= n;
			break;
		case 4:
			memmove(to + at + n, to + at, size - at);
			size += n;
			break;
		case 5:
			if (!draw(8))
				size = 1 + draw(size);
			break;
		}
	}
	return size;
}

/* Exactly as large as the input, so that ASan sees one byte too many. */
static void run(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int argc, char **argv)
{
	static unsigned char seeds[SEEDS_MAX][SEED_SIZE_MAX], changed[SEED_SIZE_MAX + 5 * 64];
	size_t sizes[SEEDS_MAX], n;
	time_t end;
	long runs = 0;
	int i, count = 0;
	FILE *f;

	for (i = 2; i < argc && count < SEEDS_MAX; i++) {
		f = fopen(argv[i], "r");
		if (!f) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 2;
		}
		sizes[count] = fread(seeds[count], 1, SEED_SIZE_MAX, f);
		fclose(f);
		run(seeds[count], sizes[count]);
		count++;
	}
	if (!count)
		return 2;
	for (end = time(NULL) + atol(argv[1]); time(NULL) < end; runs++) {
		i = draw(count);
		n = mutate(changed, seeds[i], sizes[i]);
		run(changed, n);
	}
	fprintf(stderr, "%ld runs\n", runs);
	return 0;
}
#endif
