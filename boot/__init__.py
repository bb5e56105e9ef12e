# SPDX-License-Identifier: GPL-2.0-only
"""Run machines with QEMU: boot one, watch it from outside, record a boot and stop
its replay at will. This package is the only place that knows QEMU."""
import os

SRCTREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Refused(Exception):
    """Something cannot be done. args are a line for people, with the remedy, and
    the exit status of the program."""

    def __init__(self, line, status=125):
        super().__init__(line, status)
