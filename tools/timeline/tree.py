# SPDX-License-Identifier: GPL-2.0-only
"""The tree of spans: a row of stages from reset to the end, with their children.

Each stage ends where the next one begins. A span that lies in another is its child.
The work of another task in the meantime (a worker unpacks the initramfs) has `beside`
in its arguments."""
from tools.timeline.places import LEVELS
from tools.timeline.trace import Span

STAGES = (  # mark at its beginning, name
    ("reset", "firmware"), ("setup", "real-mode setup"), ("code32", "32-bit entry"),
    ("code64", "decompression"), ("vmlinux", "startup_64"), ("start_kernel", "start_kernel"),
    ("kernel_init", "kernel_init"), ("initcalls", "initcalls"), ("initcalls end", "to user space"),
    ("exec", "exec of /init"), ("init", "PID 1"), ("services", "services"))


def build(trace, end, last_words):
    """Return (stages, beside): Spans in order, with children in args["children"]. END is
    when the boot ended, LAST_WORDS how, if it had no prompt."""
    marks = dict(trace.marks, reset=0)
    for name in ("setup", "code32", "code64"):
        if name in marks and marks[name] > marks.get("vmlinux", marks[name]):
            del marks[name]
    calls = [s for s in trace.spans if s.cat == "initcall" and s.args["level"] != "module"]
    early = [s for s in calls if s.args["level"] == "early"]
    calls = calls[len(early):]
    if calls:
        marks["initcalls"] = calls[0].start
        if not calls[0].exact:
            trace.logged.add("initcalls")
        if calls[-1].end is not None:
            marks.setdefault("initcalls end", max(s.end or 0 for s in calls))
    turns = [at for at, name in trace.steps if name == "services_reap"]
    if turns:
        marks["services"] = turns[0]
    known = [(marks[key], name, key) for key, name in STAGES if key in marks and marks[key] <= end]
    known.sort(key=lambda x: x[0])
    stages = [Span(name, "stage", start, after[0], key not in trace.logged)
              for (start, name, key), after in zip(known, known[1:] + [(end,)])]
    if "start_kernel" not in marks:
        for stage in stages:
            stage.name = stage.name.replace("startup_64", "early kernel")
    if "code64" not in marks:       # a 32-bit kernel is unpacked from there on
        for stage in stages:
            stage.name = stage.name.replace("32-bit entry", "decompression")
    stages[-1].args["until"] = "prompt" if "prompt" in marks else last_words
    spans = [s for s in trace.spans if s.cat not in ("stage", "init") and s.start < end]
    spans += levels(early) + levels(calls) + steps(trace, marks, end)
    for span in spans:
        if span.end is None or span.end > end:
            span.args["open"] = True    # a service that goes on, a panic inside
        span.end = min(end, span.end or end)
    return nest(stages, spans, trace)


def levels(calls):
    """Return a span for each level, from its first initcall to that of the next level."""
    out = []
    for ident, name in LEVELS:
        own = [s for s in calls if s.args["level"] == ident]
        if own:
            out.append(Span(f"{name} initcalls", "level", own[0].start, own[-1].end, own[0].exact,
                            {"calls": len(own), "stack": own[0].args.get("stack")}))
    for span, after in zip(out, out[1:]):
        span.end = after.start
    return out


def steps(trace, marks, end):
    """Return a span for each step of PID 1's main() before its loop."""
    line = sorted(s for s in trace.steps if s[0] < end)
    out = []
    for (start, name), after in zip(line, line[1:] + [(end, "")]):
        if start < marks.get("services", end):
            out.append(Span(name, "step", start, after[0]))
    return out


def nest(stages, spans, trace):
    """Make each span a child of the smallest one that holds it."""
    beside = []
    for stage in stages:
        stage.args["children"] = []
    main = {s.args.get("stack") for s in spans if s.cat == "initcall"}
    begun = trace.marks.get("kernel_init", float("inf"))
    early = {s.args.get("stack") for s in spans if s.start < begun}
    spans.sort(key=lambda s: (s.start, -s.end, s.cat != "level"))
    open_spans = []
    for span in spans:
        span.args["children"] = []
        user = span.cat in ("service", "exec", "step")
        if not user and span.args.get("stack") not in main | early:
            beside.append(span)
            span.args["beside"] = True
        while open_spans and open_spans[-1].end < span.end:
            open_spans.pop()
        while open_spans and span.start >= open_spans[-1].end:
            open_spans.pop()
        holder = open_spans[-1] if open_spans and not user and not span.args.get("beside") else \
            next((s for s in reversed(stages) if s.start <= span.start), stages[0])
        holder.args["children"].append(span)
        if not user and not span.args.get("beside"):
            open_spans.append(span)
    for stage in stages:
        stage.args["children"].sort(key=lambda s: s.start)
    share([*stages, *(s for s in spans if not s.args.get("beside"))], beside, trace.switches)
    return stages, beside


def share(spans, beside, switches):
    """Attribute each moment once: what a task BESIDE the boot ran is lost to the SPANS in
    which it ran. A moment of which no switch says that it ran is none of its time."""
    slices = []
    for span in beside:
        own = [(max(start, span.start), min(end, span.end))
               for (start, stack), (end, _) in zip(switches, switches[1:] + [(span.end, None)])
               if stack == span.args.get("stack") and start < span.end and end > span.start]
        span.lost = span.end - span.start - sum(end - start for start, end in own)
        slices += own
    for span in spans:
        span.lost = sum(max(0, min(end, span.end) - max(start, span.start))
                        for start, end in slices)


def walk(spans, depth=0):
    """Yield (depth, span) of all spans, in the order of a table."""
    for span in spans:
        yield depth, span
        yield from walk(span.args.get("children", ()), depth + 1)


def own_time(span):
    """Return the ns of a span that are not in a child of the same task, nor in a span of
    another task that ran meanwhile."""
    inside = [c for c in span.args.get("children", ()) if not c.args.get("beside")]
    return max(0, span.end - span.start - span.lost
               - sum(c.end - c.start - c.lost for c in inside))
