/* SPDX-License-Identifier: GPL-2.0-only */
/* What a fuzzer has, and what tests/lib/fuzz-main.c offers it. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
/* Change @data, which may grow to @room bytes. Returns its new size. */
size_t fuzz_mutate(unsigned char *data, size_t size, size_t room);
/* Is one change in eight the seed of further ones? Good for text; a binary format is lost so. */
extern const int fuzz_adds_up;
/* A number below @below, the same ones in each run. */
unsigned long fuzz_draw(unsigned long below);

#endif
