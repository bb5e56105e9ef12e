# SPDX-License-Identifier: GPL-2.0-only
"""Spans of a kernel without symbols, from its own log: initcalls, from the lines of
initcall_debug (init/main.c), and lines that kernels print at known places.

The time of a line is local_clock()'s, in microseconds. It starts at a point of early
boot that is not in the log, so it is aligned with an exact time, see zero()."""
import re

from tools.timeline.trace import Span

WORDS = "initcall_debug ignore_loglevel printk.time=1"
LINE = re.compile(r"(?:<\d+>)?\[ *(\d+)\.(\d{6})\] (.*)")
UNPACKING = re.compile(r"Unpacking initramfs|Trying to unpack rootfs image as initramfs")
UNPACKED = re.compile(r"Freeing initrd memory")
FREEING = re.compile(r"Freeing unused kernel image")
RUN_INIT = re.compile(r"Run (/\S+) as init process")
LAST_WORD_NS = 400_000  # from the stamp of the last line to the end of the machine


def lines(console):
    """Return [(ns, text)] of the lines with times in a console's bytes."""
    text = console.decode(errors="replace")
    found = [LINE.match(line.strip("\r")) for line in text.split("\n")]
    return [(int(m[1]) * 10**9 + int(m[2]) * 1000, m[3]) for m in found if m]


def zero(said, marks):
    """Return what to add to the times of the log to get those of the machine, or None.
    The line before /init is written within microseconds of its start; the very last
    line, within a millisecond of the end. An early line would not do: while the kernel
    tests its timers, the clock of the log can be ahead by hundreds of milliseconds."""
    run = next((ns for ns, text in said if RUN_INIT.match(text)), None)
    if run is not None and "init" in marks:
        return marks["init"] - run
    if said and "off" in marks:
        return marks["off"] - LAST_WORD_NS - said[-1][0]
    return None


def read(console, trace):
    """Add the spans and marks of a log, the bytes of CONSOLE, to TRACE."""
    said = lines(console)
    offset = zero(said, trace.marks)
    if offset is None:
        return
    called, kernel = {}, trace.marks.get("vmlinux", 0)
    for ns, text in said:
        at = ns + offset
        if at < kernel:
            continue                # from before the clock ran ahead: its place is unknown
        m = re.match(r"calling  (\S+?)(?:\+0x\S+)?(?: \[(\S+)\])? @ (\d+)", text)
        if m:
            called[m[1]] = Span(m[1], "initcall", at, None, False,
                                {"level": "module" if m[2] else "log", "file": m[2] or "",
                                 "stack": "log"})
            trace.spans.append(called[m[1]])
        m = re.match(r"initcall (\S+?)(?:\+0x\S+)?(?: \[\S+\])? returned (-?\d+)", text)
        if m and m[1] in called:
            called.pop(m[1]).end = at
        for words, mark in ((FREEING, "initcalls end"), (RUN_INIT, "exec")):
            if words.match(text):
                trace.marks.setdefault(mark, at)
                trace.logged.add(mark)
        if UNPACKING.match(text):
            called["unpacking"] = Span("unpacking the initramfs", "function", at, None, False)
            trace.spans.append(called["unpacking"])
        if UNPACKED.match(text) and "unpacking" in called:
            called.pop("unpacking").end = at
