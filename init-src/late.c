// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends the services that have taken longer than their start-timeout=.
 */
#include "child.h"
#include "control.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sys.h"
#include "notify.h"

#define KILL_AGAIN	2000	/* ms until SIGKILL is sent again */

/* Take the next step to end @s, which is late. */
static void end_late(struct service *s, long long now)
{
	if (s->late) {
		pr_err("%s ignores SIGTERM: killing it", s->name);
		child_signal(s, SIGKILL);
		s->late_at = now + KILL_AGAIN;
		return;
	}
	if (s->deaf)
		pr_err("%s cannot become ready: it has closed its descriptor, or has written "
		       "%d bytes without a newline: ending it", s->name, NOTIFY_MAX);
	else
		pr_err("%s %s after %d s: ending it", s->name, notify_starting(s) ?
		       "is not ready" : "has not ended", s->start_timeout / 1000);
	s->late = 1;
	s->late_at = now + s->grace;
	child_ask_to_end(s);
}

long notify_wait(long ms)
{
	long long now = now_ms();
	struct service *s;

	for_each_service(s) {
		if (!s->late_at || control_down(s))	/* then initctl ends it */
			continue;
		if (now >= s->late_at)
			end_late(s, now);
		if (ms < 0 || s->late_at - now < ms)
			ms = s->late_at > now ? s->late_at - now : 0;
	}
	return ms;
}
