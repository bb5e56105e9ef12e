# SPDX-License-Identifier: GPL-2.0-only
"""Draw where the time of a boot goes, from the trace that timeline measured."""
from tools.report import strips, svg
from tools.report.model import Figure, Missing, Table, get
from tools.report.strips import Piece, Strip

# The class of a span by its category, and of a stage by its name; the explorer gets it, too
COLOURS = {"function": "c1", "level": "c6", "initcall": "c6", "step": "c4", "exec": "c4",
           "service": "c4", "firmware": "c0", "real-mode setup": "c5", "32-bit entry": "c3",
           "decompression": "c3", "initcalls": "c6", "exec of /init": "c4", "PID 1": "c4",
           "services": "c4"}
KERNEL = ("startup_64", "early kernel", "start_kernel")     # the first stage of the kernel proper
MOST = 0.85             # a strip that is so much of the one above would show the same
LEAST = 0.05            # a strip of which less is known shows nothing


class Span:
    """An event of the trace, with the events within it."""

    def __init__(self, event):
        a = self.args = event["args"]
        self.name, self.kind = event["name"], event["cat"]
        self.start, self.ns, self.own, self.depth = (a[k] for k in ("start_ns", "ns", "own_ns",
                                                                    "depth"))
        self.end = self.start + self.ns
        self.children = []

    def piece(self):
        colour = COLOURS.get(self.name if self.kind == "stage" else self.kind, "c1")
        return Piece(self.start, self.end, self.name, colour, svg.span(self.ns),
                     f"{self.name}: {self.ns:,} ns from {self.start:,} ns")


def spans(timeline):
    """Return all spans in the trace's order, and the stages; each has its children."""
    everything = [Span(e) for e in get(timeline, "traceEvents") if e["ph"] == "X"]
    if not everything:
        raise Missing("there is no span in the timeline")
    stages, path = [], []
    for s in everything:
        del path[s.depth:]
        (path[-1].children if path else stages).append(s)
        path.append(s)
    return everything, stages


def in_line(span):
    """Return the children that follow one another; the explorer has the others, too."""
    out, at = [], span.start
    for s in sorted(span.children, key=lambda s: s.start):
        if s.start >= at and s.end <= span.end and not s.args.get("beside"):
            out.append(s)
            at = s.end
    return out


def strip(title, pieces, start, end, note=""):
    return Strip(title, svg.ms(end - start) + note, start, end, [s.piece() for s in pieces])


def longest(candidates):
    return max((s for s in candidates if s.children), key=lambda s: s.ns, default=None)


def chain(stages):
    """Return strips: the boot, the kernel proper, and what took longest, step by step."""
    last = stages[-1].end
    out = [strip("the whole boot", stages, 0, last, " from reset, to scale")]
    proper = next((n for n, s in enumerate(stages) if s.name in KERNEL), 0)
    start = stages[proper].start
    if proper and last - start < MOST * last:
        out.append(strip("from the kernel's first instruction on", stages[proper:], start, last))
    big = longest(stages[proper:])
    while big and sum(s.ns for s in in_line(big)) >= LEAST * big.ns:
        title = f"{big.name}: what it consists of" if big.kind == "stage" else big.name
        out.append(strip(title, in_line(big), big.start, big.end))
        big = longest(in_line(big))
    return out


def costly(everything):
    """Return the spans by what they took themselves, without what is within them."""
    return sorted((s for s in everything if s.kind != "level" and not s.args.get("beside")),
                  key=lambda s: -s.own)


def ended(timeline):
    """Return what the boot ended with: the last stage knows it better than the machine."""
    _, stages = spans(timeline)
    return stages[-1].args.get("until") or timeline["otherData"]["ended"]


def row(s, total):
    a = s.args
    more = [a.get("file"), a.get("path"), *(k for k in ("beside", "failed", "open") if a.get(k)),
            a.get("until")]
    return (s.depth, [s.name, s.kind, f"{s.start:,}", f"{s.ns:,}", f"{s.own:,}",
                      svg.share(s.ns, total), a["precision"], " ".join(filter(None, more))])


def figures(timeline):
    everything, stages = spans(timeline)
    other = get(timeline, "otherData")
    total, drawn = other["end_ns"], chain(stages)
    yield Figure(
        "timeline", "The boot, to scale", f"{svg.ms(total)} from reset to “{ended(timeline)}”; "
        f"each strip is a part of the one above it, enlarged. {other['unit']}", "make timeline",
        lambda p: strips.draw(p, drawn), [
            Table("What took longest itself", [("span", ""), ("itself ns", "n"), ("share", "n")],
                  [[s.name, f"{s.own:,}", svg.share(s.own, total)]
                   for s in costly(everything)[:10]]),
            Table("All spans of the boot, in virtual nanoseconds",
                  [("span", ""), ("kind", ""), ("start ns", "n"), ("length ns", "n"),
                   ("itself ns", "n"), ("share", "n"), ("precision", ""), ("more", "")],
                  [row(s, total) for s in everything], "Search the spans", "timeline-table"),
            Table("Every place that was met exactly, in nanoseconds since reset",
                  [("place", ""), ("ns", "n")],
                  [[k, f"{v:,}"] for k, v in sorted(other["marks_ns"].items(),
                                                    key=lambda kv: kv[1])])],
        '<div id="explorer" hidden></div>')
    own = next((s for s in stages if s.name == "PID 1" and s.children), None)
    if own:
        steps = strip("PID 1: the steps of main()", in_line(own), own.start, own.end)
        yield Figure(
            "pid1", "PID 1’s own start, to scale", "The functions that main() of init calls, from "
            "the first user-mode instruction to its loop; a blank is time between them.",
            "make timeline", lambda p: strips.draw(p, [steps]),
            [Table("The steps of PID 1", [("step", ""), ("start ns", "n"), ("length ns", "n"),
                                          ("share", "n")],
                   [[s.name, f"{s.start:,}", f"{s.ns:,}", svg.share(s.ns, own.ns)]
                    for s in own.children])])
