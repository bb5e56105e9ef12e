#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Initcalls of a kernel whose log has a clock that stands still: timeline takes the
kernel's own durations where they disagree, says so, and keeps the order."""
import sys

sys.dont_write_bytecode = True      # the source tree is never written to
import tap                                      # noqa: E402
from tools.timeline import log                  # noqa: E402


class Trace:
    def __init__(self):
        self.marks, self.logged, self.spans = {"init": 2_000_000_000}, set(), []


def spans(*calls):
    """Return {name: (start us, length us, is it uncertain)} of (start us, end us, name, told us)."""
    said = "".join(f"[    {a // 10**6}.{a % 10**6:06}] calling  {n}+0x0/0x10 @ 1\n"
                   f"[    {b // 10**6}.{b % 10**6:06}] initcall {n}+0x0/0x10 returned 0 after {told} usecs\n"
                   for a, b, n, told in calls)
    trace = Trace()
    log.read((said + "[    2.000000] Run /init as init process\n").encode(), trace)
    return {s.name: (s.start // 1000, (s.end - s.start) // 1000, s.args.get("uncertain", False))
            for s in trace.spans}


def check(name, wanted, *calls):
    got = spans(*calls)
    tap.result(name, got == wanted, got, wanted)


check("the log, where both agree", {"a": (1000, 530, False), "b": (1600, 70, False)},
      (1000, 1530, "a", 500), (1600, 1670, "b", 12))
check("the log, where the kernel counted ticks", {"a": (1000, 2500, False), "b": (4000, 900, False)},
      (1000, 3500, "a", 4000), (4000, 4900, "b", 0))
check("the log, where the kernel changed its clock", {"a": (1000, 8343, False), "b": (9500, 327, False)},
      (1000, 9343, "a", 11966), (9500, 9827, "b", 313))
check("the kernel, where the clock stood still; what follows comes after it",
      {"a": (1000, 1990, True), "b": (2990, 300, True), "c": (5000, 10, False)},
      (1000, 1000, "a", 1990), (1000, 1000, "b", 300), (5000, 5010, "c", 2))
check("the kernel, where the clock jumped: it began later than its line says",
      {"hpet": (143100, 209300, True), "next": (352400, 5, False)},
      (100000, 352400, "hpet", 209300), (352400, 352405, "next", 3))
check("the kernel, where the clock still lagged behind at the beginning",
      {"a": (1000, 1990, True), "b": (5009, 2001, True)},
      (1000, 1000, "a", 1990), (1000, 7010, "b", 2001))
sys.exit(tap.done())
