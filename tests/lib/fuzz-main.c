// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer's main() for where clang and libFuzzer are not: seeds, changed at random
 * by the fuzzer's own fuzz_mutate().
 *
 *	FUZZER SECONDS SEED-FILE...
 *
 * The same changes each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "fuzz.h"

#define SEEDS_MAX	64
#define SIZE_MAX_SEED	70000

static unsigned char seeds[SEEDS_MAX][SIZE_MAX_SEED], changed[SIZE_MAX_SEED];
static size_t sizes[SEEDS_MAX];

unsigned long fuzz_draw(unsigned long below)
{
	static unsigned long long state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : 0;
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
	int i, count = 0;
	long runs = 0;
	time_t end;
	size_t n;
	FILE *f;

	for (i = 2; i < argc && count < SEEDS_MAX; i++) {
		f = fopen(argv[i], "r");
		if (!f) {
			fprintf(stderr, "cannot read %s\n", argv[i]);
			return 2;
		}
		sizes[count] = fread(seeds[count], 1, SIZE_MAX_SEED, f);
		fclose(f);
		run(seeds[count], sizes[count]);
		count++;
	}
	if (!count)
		return 2;
	for (end = time(NULL) + atol(argv[1]); time(NULL) < end; runs++) {
		i = fuzz_draw(count);
		memcpy(changed, seeds[i], sizes[i]);
		n = fuzz_mutate(changed, sizes[i], sizeof(changed));
		run(changed, n);
		if (fuzz_adds_up && fuzz_draw(8) == 0 && n > 16) {
			memcpy(seeds[i], changed, n);
			sizes[i] = n;
		}
	}
	fprintf(stderr, "%ld runs\n", runs);
	return 0;
}
