# SPDX-License-Identifier: GPL-2.0-only
"""A timeline as text (the table, the comparison) and in the Chrome trace-event format:
"Trace Event Format", complete events "X" and metadata "M", times in microseconds."""
import json

from boot import Refused
from tools.timeline.tree import own_time, walk

COSTLIEST = 10
SHOWN = 0.002           # share of the boot from which a span has a line of its own
NOISE_NS = 20_000       # a change elsewhere moves an interrupt into a span or out of it
FORMAT = 1
UNIT = ("Time counts executed guest instructions, 1 ns each, and sleep: the same on every machine. "
        "Real ones take less.")


def ms(ns):
    return f"{ns / 1e6:,.3f}"


def table(stages, end):
    """Yield the lines of the table. Small spans are summed up, and none is left out."""
    yield f"{'start ms':>12} {'length ms':>12} {'share':>7}  span"
    yield from rows(stages, end, 0)


def rows(spans, end, depth):
    small = []
    for span in spans:
        length = span.end - span.start
        if depth and length < SHOWN * end and span.cat not in ("step", "service", "level"):
            small.append(length)
            continue
        note = "".join((" …" if span.args.get("open") else "",
                        "  (beside the rest)" if span.args.get("beside") else "",
                        "  (failed)" if span.args.get("failed") else "",
                        "  (log, uncertain)" if span.args.get("uncertain") else
                        "" if span.exact else "  (log)"))
        until = f" → {span.args['until']}" if "until" in span.args else ""
        yield (f"{ms(span.start):>12} {ms(length):>12} {100 * length / end:6.1f}%  "
               f"{'  ' * depth}{span.name}{until}{note}")
        yield from rows(span.args.get("children", ()), end, depth + 1)
    if small:
        yield (f"{'':>12} {ms(sum(small)):>12} {100 * sum(small) / end:6.1f}%  "
               f"{'  ' * depth}{len(small)} smaller")


def costliest(stages):
    """Return the spans that took most by themselves, without their children."""
    flat = [(own_time(s), d, s) for d, s in walk(stages) if s.cat != "level"]
    return sorted(flat, key=lambda x: -x[0])[:COSTLIEST]


def costs(stages, end):
    """Yield the lines of the ten costliest spans."""
    yield f"{'itself ms':>12} {'share':>7}  costliest"
    for own, _, span in costliest(stages):
        yield f"{ms(own):>12} {100 * own / end:6.1f}%  {span.name}"


def sentence(marks, stages, end):
    """Return the sentence that sums up a boot."""
    if "init" in marks:
        text = f"PID 1's first instruction comes {ms(marks['init'])} ms after reset"
    elif "started" in marks:
        text = f"PID 1 is started {ms(marks['started'])} ms after reset"
    elif not stages[-1].exact and stages[-1].args["until"] != "panic" and "exec" in marks:
        text = f"The kernel says that it runs PID 1 {ms(marks['exec'])} ms after reset"
    else:
        text = "PID 1 was never started"
    top = [(own, s.name) for own, _, s in costliest(stages)]
    three = ", ".join(name for _, name in top[:3])
    share = 100 * sum(own for own, _ in top) / end
    return (f"{text}, {stages[-1].args['until']} at {ms(end)} ms; the ten above are "
            f"{share:.0f} % of it, {three} first.")


def trace_events(stages, facts):
    """Return the JSON object."""
    events = [{"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "ts": 0, "cat": "__metadata",
               "args": {"name": f"boot of {facts['kernel']}"}}]
    tracks = {}
    for depth, s in walk(stages):
        track = "boot" if s.cat != "service" and not s.args.get("beside") else s.name
        tid = tracks.setdefault(track, len(tracks) + 1)
        more = {k: v for k, v in s.args.items() if k not in ("children", "stack") and v != ""}
        events.append({"ph": "X", "name": s.name, "cat": s.cat, "pid": 1, "tid": tid,
                       # so that ts + dur, which are fractions, is the ts of the next
                       "ts": s.start / 1000, "dur": s.end / 1000 - s.start / 1000,
                       "args": dict(more, depth=depth, start_ns=s.start, ns=s.end - s.start,
                                    own_ns=own_time(s),
                                    precision="exact" if s.exact else "log")})
    for track, tid in tracks.items():
        events.append({"ph": "M", "name": "thread_name", "pid": 1, "tid": tid, "ts": 0,
                       "cat": "__metadata", "args": {"name": track}})
    return {"traceEvents": events, "displayTimeUnit": "ms",
            "otherData": dict(facts, format=FORMAT)}


def read(path):
    """Return the spans of an earlier timeline, {(name, nth of that name): own ns}, and the
    total ns. Raise Refused if PATH is none."""
    try:
        with open(path, encoding="utf-8") as f:
            told = json.load(f)
        if told["otherData"]["format"] != FORMAT:
            raise KeyError
        return keyed([(e["name"], e["args"]["own_ns"]) for e in told["traceEvents"]
                      if e["ph"] == "X" and e["cat"] != "level"]), told["otherData"]["end_ns"]
    except OSError as e:
        raise Refused(f"BASE {path}: {e.strerror}: give the timeline.json of an earlier run") \
            from None
    except (ValueError, KeyError, TypeError):
        raise Refused(f"BASE {path}: not a timeline.json of this version: make it again") from None


def keyed(pairs):
    out = {}
    for name, ns in pairs:
        nth = sum(1 for key in out if key[0] == name)
        out[name, nth] = ns
    return out


def compare(old, old_end, stages, end):
    """Yield the lines that say what became slower and faster than in OLD, most first."""
    new = keyed([(s.name, own_time(s)) for _, s in walk(stages) if s.cat != "level"])
    changes, small = [], []
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        delta = (after or 0) - (before or 0)
        small.append(delta)
        if abs(delta) >= NOISE_NS:
            small.pop()
            word = "new" if before is None else "gone" if after is None else \
                f"{ms(before)} → {ms(after)}"
            changes.append((delta, key[0], word))
    yield (f"Against BASE: {ms(old_end)} → {ms(end)} ms ({end - old_end:+,} ns, "
           f"{100 * (end - old_end) / old_end:+.2f} %); below {ms(NOISE_NS)} ms a span's is noise")
    for title, chosen in (("slower", sorted((c for c in changes if c[0] > 0), reverse=True)),
                          ("faster", sorted(c for c in changes if c[0] < 0))):
        for delta, name, word in chosen:
            yield f"{title:>8} {delta / 1e6:+12,.3f} ms  {name}  ({word})"
    yield (f"{'':>8} {sum(small) / 1e6:+12,.3f} ms  in all the "
           f"{'others' if changes else 'spans, each within the noise'}")
