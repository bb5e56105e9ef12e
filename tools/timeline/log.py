# SPDX-License-Identifier: GPL-2.0-only
"""Spans of a kernel without symbols, from its own log: initcalls, from the lines of
initcall_debug (init/main.c), and lines that kernels print at known places.

The time of a line is local_clock()'s, in microseconds. It starts at a point of early
boot that is not in the log, so it is aligned with an exact time, see zero(). In some
kernels (rt) it stands still for a while and then jumps: a time is then too early. The
kernel says by itself how long an initcall took, by another clock, which says more
where the two disagree; see place()."""
import re

from tools.timeline.trace import Span

WORDS = "initcall_debug ignore_loglevel printk.time=1"
LINE = re.compile(r"(?:<\d+>)?\[ *(\d+)\.(\d{6})\] (.*)")
UNPACKING = re.compile(r"Unpacking initramfs|Trying to unpack rootfs image as initramfs")
UNPACKED = re.compile(r"Freeing initrd memory")
FREEING = re.compile(r"Freeing unused kernel image")
RUN_INIT = re.compile(r"Run (/\S+) as init process")
CALLING = re.compile(r"calling  (\S+?)(?:\+0x\S+)?(?: \[(\S+)\])? @ (\d+)")
RETURNED = re.compile(r"initcall (\S+?)(?:\+0x\S+)?(?: \[\S+\])? returned -?\d+ after (\d+) usecs")
TICK_NS = 10_000_000    # of HZ=100, the longest: early on, the kernel counts ticks only
AGREE_NS = 100_000      # a line of the log is printed within the one length, not the other
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
    called, free, unpacking, kernel = {}, {}, None, trace.marks.get("vmlinux", 0)
    for ns, text in said:
        at = ns + offset
        if at < kernel:
            continue                # from before the clock ran ahead: its place is unknown
        m = CALLING.match(text)
        if m:
            # A task calls one after the other: none begins before the last one's end
            start = max(at, free.get(m[3], at))
            span = Span(m[1], "initcall", start, None, False,
                        {"level": "module" if m[2] else "log", "file": m[2] or "",
                         "stack": "log"})
            called[m[1]] = m[3], at, span
            trace.spans.append(span)
        m = RETURNED.match(text)
        if m and m[1] in called:
            task, begun, span = called.pop(m[1])
            place(span, at, int(m[2]) * 1000, span.start > begun)
            free[task] = span.end
        for words, mark in ((FREEING, "initcalls end"), (RUN_INIT, "exec")):
            if words.match(text):
                trace.marks.setdefault(mark, at)
                trace.logged.add(mark)
        if UNPACKING.match(text):
            unpacking = Span("unpacking the initramfs", "function", at, None, False)
            trace.spans.append(unpacking)
        if UNPACKED.match(text) and unpacking:
            unpacking.end, unpacking = at, None


def place(span, stamp, told, late):
    """Set the end of an initcall's SPAN. STAMP is when the log says that it returned, TOLD
    how many ns it took as the kernel says, LATE whether the log has it begin before the
    one before it ended. Where they disagree, TOLD counts."""
    span.end = max(stamp, span.start)
    length = span.end - span.start
    # The kernel may have counted ticks (whole milliseconds), or gone over from them to a
    # better clock: it is right for sure only where the log's clock stood still
    still = told % 1_000_000 and (late or length <= AGREE_NS)
    if abs(length - told) <= (AGREE_NS if still else TICK_NS):
        return
    span.start = max(span.start, span.end - told)       # its line was printed too early
    span.end = span.start + told
    span.args["uncertain"] = True
