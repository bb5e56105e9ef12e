# SPDX-License-Identifier: GPL-2.0-only
"""Where control changes hands: what scripts/handover saw at each stop."""
from html import escape

from . import text
from .model import Figure, Table, get
from .svg import LINE

SOURCE = "make handover"
BITS = (("CR0.PE", "PE"), ("CR0.PG", "PG"), ("CR4.PAE", "PAE"), ("EFER.LMA", "LMA"),
        ("CS.L", "CS.L"), ("CS.D", "CS.D"))
CHIP, STEP = 46, 26


def level(stop):
    """How far up from the 8086 it is: 0 real, 1 protected, 2 long mode, 3 user mode."""
    return 3 if stop["cpl"] == 3 else 2 if stop["bits"]["EFER.LMA"] else stop["bits"]["CR0.PE"]


def colour(stop):
    return ("c7", "c2", "c1", "c4")[level(stop)]


def changes(stops):
    """The modes in their order, each where it differs from the one before."""
    out = []
    for s in stops:
        mode = "user mode" if s["cpl"] == 3 else s["mode"].split(",")[0]
        if not out or out[-1] != mode:
            out.append(mode)
    return out


def chips(p, x, y, stop, before):
    """The bits that make the mode: filled is 1; an outline marks what has changed."""
    for n, (key, name) in enumerate(BITS):
        on = stop["bits"][key]
        changed = before is not None and before["bits"][key] != on
        p.rect(x + n * CHIP, y, CHIP - 5, 20, ("on" if on else "off") + (" new" if changed else ""),
               f"{key} is {on}", ' rx="4"')
        p.text(x + n * CHIP + (CHIP - 5) / 2, y + 14, name, "s", "middle", "onink" if on else "dim")


def rung(p, y, n, stop, before):
    """One stop; returns where the next begins."""
    small = p.width < 700
    x = 0 if small else level(stop) * STEP
    bits_at = p.width - len(BITS) * CHIP + 5
    room = p.width - 44 - 10 if small else bits_at - x - 44 - 16
    lines = text.wrap(stop["title"], room, "b")
    where = stop["place"] + (f' = {stop["symbol"]}' if stop["symbol"] else "")
    what = [where, stop["mode"] + f', CPL {stop["cpl"]}']
    what += [f'ip {stop["ip"]:#x}', f'sp {stop["sp"]:#x}'] if small else \
            [f'ip {stop["ip"]:#x}  sp {stop["sp"]:#x}  cr3 {stop["cr3"]:#x}']
    folded = [text.wrap(w, room, "m" if w.startswith("ip ") or w.startswith("sp ") else "s")
              for w in what]
    tall = 12 + LINE * (len(lines) + sum(map(len, folded))) + (50 if small else 0) + 6
    p.rect(x, y, p.width - x, tall, colour(stop) + " soft", None, ' rx="6"')
    p.rect(x, y, 30, tall, colour(stop) + " firm", None, ' rx="6"')
    p.text(x + 15, y + 22, str(n), "b", "middle", "onink")
    at = y + 21
    for line in lines:
        p.text(x + 42, at, line, "b")
        at += LINE
    for words, style in zip(folded, ["s", "s", "m", "m"]):
        for line in words:
            p.text(x + 42, at, line, style)
            at += LINE
    took = "" if before is None else f'+{text.span(stop["ns"] - before["ns"])}'
    if small:
        chips(p, 42, at - 8, stop, before)
        p.text(42, at + 30, f'{text.ms(stop["ns"])} after reset  {took}', "s")
    else:
        chips(p, bits_at - 10, y + 11, stop, before)
        p.text(p.width - 12, y + 50, f'{text.ms(stop["ns"])} after reset', "s", "end")
        if took and tall > 70:
            p.text(p.width - 12, y + 50 + LINE, took, "sb", "end")
    return y + tall + 8


def draw(p, stops):
    y, before = 0, None
    for n, stop in enumerate(stops, 1):
        y = rung(p, y, n, stop, before)
        before = stop


def registers(stops):
    """A table: a row for each register, a column for each stop."""
    names = list(dict.fromkeys(r for s in stops for r in s["registers"]))
    names += ["cr0", "cr3", "cr4", "efer"]
    heads = [("register", "")] + [(s["stop"], "m") for s in stops]
    rows = [[name] + [f'{v:#x}' if (v := s["registers"].get(name, s.get(name))) is not None else "–"
                      for s in stops] for name in names]
    for part in ("cs", "gdt", "idt"):
        for key in dict.fromkeys(k for s in stops for k in s[part]):
            rows.append([f"{part} {key}"] + [f"{s[part][key]:#x}" for s in stops])
    return Table("The registers at each stop", heads, rows)


def steps(stops):
    """What is different at each stop, and the instructions that come next."""
    out = []
    for n, s in enumerate(stops, 1):
        changed = "".join(f"<li>{escape(c)}</li>" for c in s["changed"]) or "<li>nothing</li>"
        code = "\n".join(f'{i["ip"]:x}: {i["bytes"]:20} {i["text"] or ""}'.rstrip()
                         for i in s["next"])
        file = s["file"]
        more = [("file", f'{file["name"]}, byte {file["offset"]:#x}')] if file else []
        more += [("memory", s["memory"])] if s["memory"] else []
        more += [("source", s["source"])] if s["source"] else []
        more += [(k, " ".join(s[k])) for k in ("argv", "envp") if s.get(k)]
        facts = "".join(f"<dt>{k}</dt><dd>{escape(str(v))}</dd>" for k, v in more)
        out.append(f'<details class="stop"><summary><b>{n}. {escape(s["title"])}</b></summary>'
                   f'<p>Different from the stop before:</p><ul>{changed}</ul>'
                   f'<p>What is executed next:</p><pre tabindex="0">{escape(code)}</pre>'
                   f'{f"<dl>{facts}</dl>" if facts else ""}</details>')
    return "".join(out)


def call(handover):
    """The first system call and how often user and kernel mode took turns, if measured."""
    c, s = handover.get("call"), handover.get("second")
    if c:
        yield Table(f'The first system call of PID 1: number {c["number"]}, {c["handler"]}, '
                    f'{c["kernel_instructions"]:,} instructions in the kernel',
                    [("where", ""), ("CPL", "n"), ("ip", "m"), ("sp", "m"), ("CR3", "m"),
                     ("symbol", "m")],
                    [[x["what"], x["cpl"], f'{x["ip"]:#x}', f'{x["sp"]:#x}', f'{x["cr3"]:#x}',
                      x["symbol"] or ""] for x in c["stages"]])
    if s:
        yield Table(f'Into the kernel {s["into_kernel"]:,} times in {text.ms(s["ns"])} from the '
                    'first user-mode instruction on', [("by", ""), ("times", "n")],
                    [[k, text.count(v)] for k, v in s["kinds"].items()])


def figure(handover):
    stops = get(handover, "stops")
    left = "".join(f'<p class="why">Left out: the stop {escape(x["stop"])}: {escape(x["why"])}.</p>'
                   for x in handover.get("left_out") or [])
    if handover.get("ended"):
        ended = ": ".join(filter(None, handover["ended"].values()))
        left += f'<p class="why">The boot ended before /init: {escape(ended)}.</p>'
    rows = [[s["title"], text.count(s["ns"]), s["place"], s["mode"], s["cpl"],
             *(s["bits"][k] for k, _ in BITS), f'{s["ip"]:#x}', f'{s["sp"]:#x}', s["symbol"] or "",
             "; ".join(s["changed"])] for s in stops]
    table = Table("The stops of the handover", [("stop", ""), ("ns", "n"), ("place", "m"),
                  ("mode", ""), ("CPL", "n"), *((k, "n") for k, _ in BITS), ("ip", "m"),
                  ("sp", "m"), ("symbol", "m"), ("changed", "")], rows)
    return Figure("handover", "From reset to PID 1",
                  "Each rung is a place where control changes hands; further to the right is "
                  "further from the 8086. A filled bit is 1, a heavy outline marks one that "
                  "has changed; colours: real mode, protected mode, long mode, user mode.", SOURCE,
                  lambda p: draw(p, stops), [table, registers(stops), *call(handover)],
                  left + "<h3>Stop by stop</h3>" + steps(stops))
