// SPDX-License-Identifier: GPL-2.0-only
/* Room for what is unpacked, of all streams of a file together. */
#include <stdlib.h>
#include "readers.h"

const char unpack_corrupt[] = "its data is damaged";
const char unpack_short[] = "it is cut short";
const char unpack_memory[] = "out of memory";

uint64_t unpack_limit;		/* bytes that may still be unpacked */
static bool over;

/* Allow this many bytes from now on. */
void unpack_allow(uint64_t limit)
{
	unpack_limit = limit;
	over = false;
}

/* Make room for at least this much more output. Returns false if that is too much. */
bool unpack_room(struct unpacked *out, size_t least)
{
	size_t want = out->room < 65536 ? 65536 : out->room * 2;
	unsigned char *more;

	if (out->room - out->size >= least)
		return true;
	if (want - out->size < least)
		want = out->size + least;
	/* One byte more than is allowed shows whether there is one. */
	if (want > unpack_limit)
		want = unpack_limit + 1;
	if (want - out->size < least) {
		over = true;
		return false;
	}
	more = realloc(out->data, want);
	if (!more)
		return false;
	out->data = more;
	out->room = want;
	return true;
}

/* Tell whether there was more output than the limit allows. */
bool unpack_over(void)
{
	return over;
}

/* Count the output of one stream. Returns whether it was allowed. */
bool unpack_count(const struct unpacked *out)
{
	if (out->size > unpack_limit)
		over = true;
	unpack_limit -= out->size < unpack_limit ? out->size : unpack_limit;
	return !over;
}
