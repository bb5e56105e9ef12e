# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's own log tells of a kernel without symbols."""
WORDS = "initcall_debug ignore_loglevel printk.time=1"


def read(path, trace):
    pass
