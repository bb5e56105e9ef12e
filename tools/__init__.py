# SPDX-License-Identifier: GPL-2.0-only
"""Look into an image or a boot."""
