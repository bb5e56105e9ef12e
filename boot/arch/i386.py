# SPDX-License-Identifier: GPL-2.0-only
"""32-bit x86: the same machine as for 64 bits."""
from dataclasses import replace

from boot.arch import x86_64

ARCH = replace(x86_64.ARCH, symbols=False)
