/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

/* Return the milliseconds since boot. They never jump. */
long long now_ms(void);

void sleep_ms(long ms);

#endif
