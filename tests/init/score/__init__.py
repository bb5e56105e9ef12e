# SPDX-License-Identifier: GPL-2.0-only
"""The cases of init-score, and the inits that it asks."""
