/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/stat.h>
#include <nolibc.h>
