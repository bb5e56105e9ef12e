#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Start one of the Python programs: boot/run-qemu and the others below are links
to this file. It stands here because Python looks for packages beside the file
that a link leads to, and so finds boot and tools from wherever it is called."""
import importlib
import os
import sys

PROGRAMS = {
    "run-qemu": "boot.run",
    "timeline": "tools.timeline.main",
    "handover": "tools.handover.main",
    "report": "tools.report.main",
    "size-report": "tools.size_report",
}

# A descriptor that is closed would be the next file or socket that is opened
for fd, name in enumerate(("stdin", "stdout", "stderr")):
    try:
        os.fstat(fd)
    except OSError:
        os.open(os.devnull, os.O_RDWR)
        setattr(sys, name, open(fd, "w" if fd else "r", closefd=False))

sys.dont_write_bytecode = True      # the source tree is never written to
program = importlib.import_module(PROGRAMS[os.path.basename(sys.argv[0])])
sys.exit(program.main(sys.argv[1:]))
