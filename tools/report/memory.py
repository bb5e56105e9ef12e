# SPDX-License-Identifier: GPL-2.0-only
"""Physical memory when the kernel proper begins: what the firmware told of it
(e820), and what lies where."""
from . import strips
from . import text
from .model import Figure, Missing, Table, get
from .strips import Segment, Strip

SOURCE = "make handover"
GIB4, MIB = 1 << 32, 1 << 20


def e820_colour(name):
    return "c4" if "usable" in name else "c7" if "ACPI" in name else "c0"


def hold_colour(name):
    for words, cls in ((("text", "decompressor"), "c1"), (("compressed",), "c3"),
                       (("initrd", "initramfs"), "c6"), (("page table",), "c7"),
                       (("boot_params", "command line", "setup"), "c5")):
        if any(w in name for w in words):
            return cls
    return "c2"


def segment(r, cls):
    size = r["end"] - r["start"]
    tip = f'{r["name"]}: {r["start"]:#x} to {r["end"]:#x}, {text.count(size)} bytes'
    return Segment(r["start"], r["end"], r["name"], cls, text.size(size), tip)


def rows_of(ranges, more):
    return [[r["name"], f'{r["start"]:#x}', f'{r["end"]:#x}', text.count(r["end"] - r["start"]),
             str(r.get(more, ""))] for r in ranges]


def apart(ranges):
    """Of ranges that overlap, the smaller is drawn over the larger: largest first."""
    return sorted(ranges, key=lambda r: (r["start"] - r["end"], r["start"]))


def chain(e820, holds):
    low = [r for r in e820 if r["start"] < GIB4]
    top = max(min(r["end"], GIB4) for r in low)
    above = len(e820) - len(low)
    note = f"0 to {top:#x}" + (f"; {text.plural(above, 'range')} above 4 GiB in the table"
                               if above else "")
    out = [Strip("what the firmware says (e820)", note, 0, top,
                 [segment({**r, "end": min(r["end"], top)}, e820_colour(r["name"])) for r in low])]
    if holds:
        reach = max(h["end"] for h in holds if h["end"] <= top)
        ram = next((r for r in low if r["start"] <= reach - 1 < r["end"]), None)
        if ram and ram["end"] < top * 0.9:
            out.append(Strip("RAM up to there", f'0 to {ram["end"]:#x}', 0, ram["end"],
                             [segment({**r, "end": min(r["end"], ram["end"])},
                                      e820_colour(r["name"]))
                              for r in low if r["start"] < ram["end"]]
                             + [segment(h, hold_colour(h["name"])) for h in apart(holds)
                                if h["end"] <= ram["end"]]))
        groups = cluster([h for h in holds if h["end"] <= top])
        kernel = max(groups, key=lambda g: sum(h["name"].startswith("kernel") for h in g))
        stop = max(h["end"] for h in kernel)
        if stop < out[-1].end * 0.9:
            out.append(detail("up to the end of the kernel", 0, stop, holds))
        if groups[0] is not kernel:
            out.append(detail("before the kernel", groups[0][0]["start"],
                              max(h["end"] for h in groups[0]), groups[0]))
    return out


def detail(title, start, stop, holds):
    return Strip(title, f"{start:#x} to {stop:#x}, {text.count(stop - start)} bytes", start, stop,
                 [segment(h, hold_colour(h["name"])) for h in apart(holds) if h["end"] <= stop])


def cluster(holds, gap=4 * MIB):
    """Ranges near each other, in order of address."""
    groups = []
    for h in sorted(holds, key=lambda h: h["start"]):
        if groups and h["start"] - max(x["end"] for x in groups[-1]) < gap:
            groups[-1].append(h)
        else:
            groups.append([h])
    return groups


def figure(handover):
    memory = get(handover, "memory")
    e820, holds = memory.get("e820") or [], memory.get("holds") or []
    if not e820:
        raise Missing("no e820 map was read")
    drawn = chain(e820, holds)
    tables = [Table("Memory as the firmware tells of it (e820)",
                    [("what", ""), ("start", "m"), ("end", "m"), ("bytes", "n"), ("type", "n")],
                    rows_of(e820, "type"))]
    if holds:
        tables.append(Table("What lies where", [("what", ""), ("start", "m"), ("end", "m"),
                            ("bytes", "n"), ("at the stop", "")], rows_of(holds, "stop")))
    return Figure("memory", "Physical memory at the handover",
                  "Above, all that the firmware tells of; below, enlarged, what lies in RAM "
                  "around the time when the decompressor hands over to the kernel: the table says "
                  "at which stop each range was seen.", SOURCE,
                  lambda p: strips.draw(p, drawn), tables)
