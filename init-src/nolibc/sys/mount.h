/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/mount.h>
#include <nolibc.h>
