# SPDX-License-Identifier: GPL-2.0-only
"""Boot once and say where the time goes: see Documentation/timeline.md.

The boot is recorded with the instruction clock and then replayed with breakpoints.
The table goes to standard output, the spans to BUILD/timeline.json. Exit status 0;
125 and one line, if there is no timeline."""
import os
import sys

from boot import Refused, options, output
from boot.image import KernelImage
from boot.replay import NO_TIMER_TESTS, Replay, end_of, made_from, recorded, sources
from boot.symbols import from_map
from tools.timeline import log, places, printout, tree
from tools.timeline.trace import Trace

ENDS = {"settled": "nothing more to start", "poweroff": "power-off", "status": "power-off",
        "reboot": "reboot", "halt": "halt", "panic": "panic", "timeout": "time-out"}


def parse(argv):
    """Return the options: run-qemu's and our own."""
    ap = options.parser("timeline", "Boot once and say where the time goes.")
    ap.add_argument("--base", metavar="OLD.json", help="say what became slower since then")
    ap.add_argument("--output", metavar="FILE", help="default: BUILD/timeline.json")
    ap.add_argument("--timer-tests", action="store_true", help="let the kernel try out its "
                    f"timers: without the words {NO_TIMER_TESTS}, which are added else")
    o = options.parse(ap, argv)
    options.count_instructions(o)
    o.clock = ("record", "")
    o.output = o.output or o.build and f"{o.build}/timeline.json"
    if not o.output:
        raise Refused("there is no build directory: run `make` first, or give --output FILE")
    # The registers and stacks of other kernels are not known to Trace
    own_map = f"{o.build}/linux/System.map" if o.own_kernel and o.platform.symbols else os.devnull
    o.symbols = from_map(own_map)
    words = [] if o.timer_tests else [NO_TIMER_TESTS]
    words += [] if o.symbols else [log.WORDS]
    o.append = " ".join([*words, o.append]).strip()
    return o


def inputs(o):
    """Return what a timeline is made from: another one with the same is the same."""
    return {**made_from(o), "program": sources(__file__, options.__file__)}


def measure(o, _show=None):
    """Return the JSON object of the boot that O asks for; raise Refused if there is none."""
    return trace(o)[2]


def trace(o):
    """Record the boot that O asks for and replay it; return (marks, stages, the JSON
    object)."""
    image = KernelImage(o.kernel, "run `make` first" if o.own_kernel else "give another one")
    ours = o.own_kernel and not o.initrd or o.initrd == f"{o.build}/initramfs.cpio"
    entry, steps = places.init_program(o) if ours else (None, {})
    key = inputs(o)
    with recorded(o) as recording:
        result = recording.result
        with Replay(recording) as replay:
            seen = Trace(replay, o.symbols, *places.boot_protocol(image, o.platform, o.symbols),
                         entry, steps, result["outcome"] == "settled")
            seen.run()
        if seen.lost_sight() and not seen.goes_on:
            seen.marks["off"] = end_of(recording, seen.count)
        if not o.symbols:
            log.read(recording.console, seen)
    end, ended = seen.end(), ENDS[result["outcome"]]
    stages, _ = tree.build(seen, end, ended)
    facts = {"kernel": result["kernel"], "initrd": result["initrd"], "machine": result["machine"],
             "command_line": result["command_line"], "made_from": key,
             "end_ns": end, "ended": ended, "marks_ns": seen.marks, "unit": printout.UNIT}
    return seen.marks, stages, printout.trace_events(stages, facts)


def run(argv):
    o = parse(argv)
    old = printout.read(o.base) if o.base else None
    marks, stages, events = trace(o)
    end = events["otherData"]["end_ns"]
    output.write_json(o.output, events)
    out = [*printout.table(stages, end), "", printout.UNIT, "", *printout.costs(stages, end), ""]
    out += [*printout.compare(*old, stages, end), ""] if old else []
    out.append(printout.sentence(marks, stages, end))
    print(output.visible("\n".join(out)))


def main(argv):
    try:
        with output.fatal_signals():
            run(argv)
    except Refused as e:
        sys.stderr.write(f"timeline: {output.visible(e.args[0])}\n")
        return e.args[1]
    return 0
