/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BUTTON_H
#define BUTTON_H

/* Open the power buttons, or open them again. SIGIO then says that one has news. */
void buttons_open(void);

/* Was one pressed since the last call? */
int button_pressed(void);

#endif
