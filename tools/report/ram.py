# SPDX-License-Identifier: GPL-2.0-only
"""Draw physical memory when the kernel proper begins, as handover read it: the map that
the firmware gives (e820), and what lies where."""
from tools.report import strips, svg
from tools.report.model import Figure, Missing, Table, get
from tools.report.strips import Piece, Strip

GIB4, MIB = 1 << 32, 1 << 20
# The class of a range by a word of its name, the first that matches; other ranges are data
COLOURS = {"usable": "c0", "reserved": "c7", "ACPI": "c7", ".init": "c6", "text": "c1",
           "decompressor": "c3", "compressed": "c3", "initrd": "c4", "initramfs": "c4",
           "PID 1": "c4", "rodata": "c7", "page table": "c7", "GDT": "c7", "boot_params": "c5",
           "command line": "c5", "setup": "c5"}


def piece(r, limit):
    """Return a range as far as the limit."""
    colour = next((c for words, c in COLOURS.items() if words in r["name"]), "c2")
    end = min(r["end"], limit)
    return Piece(r["start"], end, r["name"], colour, svg.size(end - r["start"]),
                 f'{r["name"]}: {r["start"]:#x} to {end:#x}, {end - r["start"]:,} bytes')


def strip(title, start, stop, ranges, holds, note=""):
    """Return a strip of the map and of what lies there; a smaller range covers a larger."""
    inside = sorted((h for h in holds if start <= h["start"] and h["end"] <= stop),
                    key=lambda h: (h["start"] - h["end"], h["start"]))
    return Strip(title, f"{start:#x} to {stop:#x}{note}", start, stop,
                 [piece(r, stop) for r in ranges if r["start"] < stop]
                 + [piece(h, stop) for h in inside])


def clusters(holds, gap=4 * MIB):
    """Return groups of ranges that are near each other, in order of address."""
    groups = []
    for h in sorted(holds, key=lambda h: h["start"]):
        if groups and h["start"] - max(x["end"] for x in groups[-1]) < gap:
            groups[-1].append(h)
        else:
            groups.append([h])
    return groups


def chain(e820, holds):
    """Return the strips from the whole map to the surroundings of the kernel."""
    low = [r for r in e820 if r["start"] < GIB4]
    top = max(min(r["end"], GIB4) for r in low)
    more = len(e820) - len(low)
    out = [strip("the firmware's map (e820)", 0, top, low, [],
                 f"; {svg.plural(more, 'range')} above 4 GiB in the table" if more else "")]
    holds = [h for h in holds if h["end"] <= top]
    if not holds:
        return out
    reach = max(h["end"] for h in holds)
    ram = next((r["end"] for r in low if r["start"] < reach <= r["end"]), top)
    if ram < top * 0.9:
        out.append(strip("RAM up to there", 0, ram, low, holds))
    groups = clusters(holds)
    kernel = max(groups, key=lambda g: sum(h["name"].startswith("kernel") for h in g))
    stop = max(h["end"] for h in kernel)
    if stop < out[-1].end * 0.9:
        out.append(strip("up to the end of the kernel", 0, stop, [], holds))
    if groups[0] is not kernel:
        start, stop = groups[0][0]["start"], max(h["end"] for h in groups[0])
        out.append(strip("before the kernel", start, stop, [], groups[0],
                         f", {stop - start:,} bytes"))
    return out


def table(caption, ranges, more, head):
    return Table(caption, [("what", ""), ("start", "m"), ("end", "m"), ("bytes", "n"), head],
                 [[r["name"], f'{r["start"]:#x}', f'{r["end"]:#x}', f'{r["end"] - r["start"]:,}',
                   r.get(more, "")] for r in ranges])


def figure(told):
    memory = get(told, "memory")
    e820, holds = memory.get("e820") or [], memory.get("holds") or []
    if not e820:
        raise Missing("no e820 map was read")
    drawn = chain(e820, holds)
    tables = [table("Memory in the firmware's map (e820)", e820, "type", ("type", "n"))]
    if holds:
        tables.append(table("What lies where", holds, "stop", ("at the stop", "")))
    return Figure("memory", "Physical memory at the handover",
                  "The first strip is the map that the firmware gives. Those below it show, "
                  "enlarged, what lies in RAM around the time when the decompressor hands over to "
                  "the kernel; the table names the stop at which each range was seen.",
                  "make handover", lambda p: strips.draw(p, drawn), tables)
