# SPDX-License-Identifier: GPL-2.0-only
"""Where control changes hands in a boot."""
