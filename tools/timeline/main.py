# SPDX-License-Identifier: GPL-2.0-only
"""Boot once and say where the time goes: see Documentation/timeline.md.

usage: timeline [--base OLD.json] [--output FILE] [--timer-tests] [options of run-qemu]

The boot is recorded with the instruction clock (run-qemu --record) and then
replayed with breakpoints. The table goes to standard output, the spans to
BUILD/timeline.json. Exit status 0; 125, in one line, if there is none."""
import argparse
import os
import re
import sys
import tempfile

from boot import output
from boot.gdbstub import StubError
from boot.machine import SRCTREE, Refused
from tools.timeline import image, log, report, tree
from boot.replay import NO_TIMER_TESTS, Replay, record
from tools.timeline.trace import Trace

SETTLE, TIMEOUT = 2, 300            # seconds of real time
ENDS = {"settled": "nothing more to start", "poweroff": "power-off", "status": "power-off",
        "reboot": "reboot", "halt": "halt", "panic": "panic", "timeout": "time-out"}


def parse(argv):
    """Our own options; the rest is run-qemu's."""
    ap = argparse.ArgumentParser(description="Boot once and say where the time goes.",
                                 allow_abbrev=False, epilog="Other options are run-qemu's.")
    ap.add_argument("--base", metavar="OLD.json", help="say what became slower since then")
    ap.add_argument("--output", metavar="FILE", help="default: BUILD/timeline.json")
    ap.add_argument("--timer-tests", action="store_true", help="let the kernel try out its "
                    f"timers: without the words {NO_TIMER_TESTS}, which are added else")
    ap.add_argument("--build", metavar="DIR", default=f"{SRCTREE}/build")
    ap.add_argument("--arch", default=re.sub("i.86", "i386", os.uname().machine))
    ap.add_argument("--kernel", metavar="FILE")
    ap.add_argument("--initrd", metavar="FILE")
    ap.add_argument("--append", metavar="WORDS", default="")
    ap.add_argument("--timeout", metavar="SECONDS", default=str(TIMEOUT))
    o, o.more = ap.parse_known_args(argv)
    o.output = o.output or f"{o.build}/timeline.json"
    return o


def boot(o):
    """Record and replay. (Trace, outcome, what run.json says)."""
    own = not o.kernel
    kernel = o.kernel or f"{o.build}/bzImage"
    known = own and o.arch == "x86_64"  # whose registers and stacks trace.py knows
    symbols = image.Symbols(f"{o.build}/linux/System.map" if known else None)
    words = [] if o.timer_tests else [NO_TIMER_TESTS]
    words += ([] if symbols.address else [log.WORDS]) + [o.append]
    args = ["--build", o.build, "--arch", o.arch, "--append", " ".join(words).strip(), *o.more]
    args += ["--kernel", o.kernel] if o.kernel else []
    args += ["--initrd", o.initrd] if o.initrd else []
    ours = own and not o.initrd or o.initrd == f"{o.build}/initramfs.cpio"
    entry, is_init = image.init_program(o.build) if ours else (None, False)
    steps = image.step_addresses(o.build) if is_init else {}
    with tempfile.TemporaryDirectory(prefix="timeline.") as tmp:
        told = record([*args, "--settle", str(SETTLE), "--timeout", o.timeout], o.build,
                      f"{tmp}/recording")
        try:
            with Replay(args, f"{tmp}/recording") as replay:
                trace = Trace(replay, symbols, *image.boot_protocol(kernel, symbols), entry, steps)
                trace.run()
        finally:
            report.write(f"{o.build}/run.json", told)
    if not symbols.address:
        log.read(f"{o.build}/console.log", trace)
    return trace, told


def main(argv):
    o = parse(argv)
    try:
        old = report.read(o.base) if o.base else None
        trace, told = boot(o)
        end = trace.end()
        ended = ENDS[told["outcome"]]
        stages, _ = tree.build(trace, end, ended)
        facts = {"kernel": told["kernel"], "initrd": told["initrd"], "machine": told["machine"],
                 "command_line": told["command_line"], "end_ns": end, "ended": ended,
                 "marks_ns": trace.marks, "unit": report.UNIT}
        report.write(o.output, report.trace_events(stages, facts))
        out = [*report.table(stages, end), "", report.UNIT, "", *report.costs(stages, end), ""]
        out += [*report.compare(*old, stages, end), ""] if old else []
        out.append(report.sentence(trace.marks, stages, end))
        print(output.visible("\n".join(out)))
    except (Refused, output.Failed, StubError) as e:
        sys.stderr.write(f"timeline: {output.visible(e.args[0])}\n")
        return e.args[1] if isinstance(e, Refused) else 125
    return 0
