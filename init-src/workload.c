// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workload: the one command that init.run= names. When it ends, the machine powers
 * off, and the host gets its exit status.
 */
#include "channel.h"
#include "lib/cmdline.h"
#include "lib/log.h"
#include "lib/print.h"
#include "lib/sys.h"
#include "lib/words.h"
#include "table.h"
#include "workload.h"

static int done;

void workload_ended(int status)
{
	done = 1;
	channel_send_status(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}

int workload_done(void)
{
	return done;
}

int workload_prepare(void)
{
	static char text[4096];
	char words[sizeof(text)], *argv[WORDS_MAX];
	const char *given = cmdline_value("init.run");
	int err;

	if (!given)
		return 0;
	print_to(text, sizeof(text), "%s", given);
	err = words_decode(text);
	print_to(words, sizeof(words), "%s", text);
	if (err == 0)
		err = words_split(words, argv, WORDS_MAX);
	if (err > 0) {
		table_add_own(WORKLOAD, text, 1);
		return 1;
	}
	pr_err("cannot run init.run=%s: %s", given,
	       err == 0 ? "it is empty" :
	       err == -E2BIG ? "too many words" :
	       "an open quote, or a \\ that is not \\\\ or \\xHH");
	workload_ended(STATUS(127));
	return 1;
}
