# SPDX-License-Identifier: GPL-2.0-only
"""One page of all that is measured of an image."""
