# SPDX-License-Identifier: GPL-2.0-only
"""Where the time of a boot goes: what scripts/timeline measured."""
from . import strips
from . import text
from .model import Figure, Missing, Table, get
from .strips import Segment, Strip

SOURCE = "make timeline"
MOST = 0.85             # a strip that is so much of the one above it would show the same
LEAST = 0.05            # a strip of which less is known shows nothing
CLASSES = {"function": "c1", "level": "c2", "initcall": "c3", "step": "c4", "exec": "c7",
           "service": "c6"}
STAGES = {"firmware": "c0", "real-mode setup": "c5", "32-bit entry": "c5", "decompression": "c3",
          "initcalls": "c2", "exec of /init": "c7", "PID 1": "c4", "services": "c6"}


class Span:
    """An event of the trace, with what is within it."""

    def __init__(self, event):
        a = self.args = event["args"]
        self.name, self.cat, self.track = event["name"], event["cat"], event["tid"]
        self.start, self.ns, self.own, self.depth = a["start_ns"], a["ns"], a["own_ns"], a["depth"]
        self.end = self.start + self.ns
        self.children = []

    def colour(self):
        return STAGES.get(self.name, "c1") if self.cat == "stage" else CLASSES.get(self.cat, "c5")

    def segment(self):
        return Segment(self.start, self.end, self.name, self.colour(), text.span(self.ns),
                       f"{self.name}: {text.count(self.ns)} ns from {text.count(self.start)} ns")


def spans(timeline):
    """All of them in the table's order, and the stages; children are put where they belong."""
    everything = [Span(e) for e in get(timeline, "traceEvents") if e["ph"] == "X"]
    if not everything:
        raise Missing("there is no span in the timeline")
    stages, path = [], []
    for s in everything:
        del path[s.depth:]
        (path[-1].children if path else stages).append(s)
        path.append(s)
    return everything, stages


def in_line(children, start, stop):
    """Those that follow one another; what is done beside them has the explorer."""
    out, at = [], start
    for s in sorted(children, key=lambda s: s.start):
        if s.start >= at and s.end <= stop and not s.args.get("beside"):
            out.append(s)
            at = s.end
    return out


def chain(stages):
    """The whole boot, the kernel proper, and what in it took longest, down to an initcall."""
    last = stages[-1].end
    whole = Strip("the whole boot", f"{text.ms(last)} from reset, to scale", 0, last,
                  [s.segment() for s in stages])
    out = [whole]
    proper = next((n for n, s in enumerate(stages) if s.name in ("startup_64", "early kernel",
                                                               "start_kernel")), None)
    start = stages[proper].start if proper else 0
    if proper and last - start < MOST * last:
        out.append(Strip("from the kernel's first instruction on",
                         text.ms(last - start), start, last,
                         [s.segment() for s in stages[proper:]]))
    rest = stages[proper or 0:]
    big = max((s for s in rest if s.children), key=lambda s: s.ns, default=None)
    while big:
        inner = in_line(big.children, big.start, big.end)
        if sum(s.ns for s in inner) < LEAST * big.ns:
            break
        out.append(Strip(f"{big.name}: what it consists of" if big.cat == "stage" else big.name,
                         text.ms(big.ns), big.start, big.end, [s.segment() for s in inner]))
        big = max((s for s in inner if s.children), key=lambda s: s.ns, default=None)
    return out


def table(everything, total):
    rows = [[("\u2007\u2007" * s.depth + s.name, "deep"), s.cat, text.count(s.start),
             text.count(s.ns), text.count(s.own), text.share(s.ns, total), s.args["precision"],
             " ".join(filter(None, (s.args.get("file"), s.args.get("path"),
                                    "beside" if s.args.get("beside") else "",
                                    "failed" if s.args.get("failed") else "",
                                    "open" if s.args.get("open") else "",
                                    s.args.get("until"))))] for s in everything]
    return Table("All spans of the boot, in virtual nanoseconds",
                 [("span", ""), ("kind", ""), ("start ns", "n"), ("length ns", "n"),
                  ("itself ns", "n"), ("share", "n"), ("precision", ""), ("more", "")],
                 rows, "Search the spans", "timeline-table")


def costly(everything):
    """What took most itself, without what its children took."""
    return sorted((s for s in everything if s.cat != "level" and not s.args.get("beside")),
                  key=lambda s: -s.own)


def figures(timeline):
    everything, stages = spans(timeline)
    other = get(timeline, "otherData")
    drawn = chain(stages)
    top = costly(everything)[:10]
    marks = Table("Every place that was met exactly, in nanoseconds since reset",
                  [("place", ""), ("ns", "n")],
                  [[k, text.count(v)] for k, v in sorted(other["marks_ns"].items(),
                                                         key=lambda kv: kv[1])])
    costs = Table("What took longest itself", [("span", ""), ("itself ns", "n"), ("share", "n")],
                  [[s.name, text.count(s.own), text.share(s.own, other["end_ns"])] for s in top])
    widget = '<div id="explorer" hidden></div>'
    yield Figure("timeline", "The boot, to scale",
                 f'{text.ms(other["end_ns"])} from reset to “{other["ended"]}”; each strip is a '
                 f"piece of the one above, enlarged. {other['unit']}", SOURCE,
                 lambda p: strips.draw(p, drawn),
                 [costs, table(everything, other["end_ns"]), marks], widget)
    own = [s for s in stages if s.name == "PID 1" and s.children]
    if own:
        steps = in_line(own[0].children, own[0].start, own[0].end)
        strip = Strip("PID 1: the steps of main()", text.ms(own[0].ns), own[0].start, own[0].end,
                      [s.segment() for s in steps])
        rows = [[s.name, text.count(s.start), text.count(s.ns), text.share(s.ns, own[0].ns)]
                for s in own[0].children]
        yield Figure("pid1", "PID 1’s own start, to scale",
                     "What main() in init-src/init.c calls, from the first user-mode instruction "
                     "to its loop; blank is time between them.", SOURCE,
                     lambda p: strips.draw(p, [strip]),
                     [Table("The steps of PID 1", [("step", ""), ("start ns", "n"),
                            ("length ns", "n"), ("share", "n")], rows)])
