/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/fcntl.h>
#include <nolibc.h>
