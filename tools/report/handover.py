# SPDX-License-Identifier: GPL-2.0-only
"""Draw where control changes hands, and the processes, as handover read them."""
from collections import Counter
from html import escape

from tools.report import svg
from tools.report.model import Figure, Missing, Table, get
from tools.report.svg import LINE, WIDTH

BITS = {"CR0.PE": "PE", "CR0.PG": "PG", "CR4.PAE": "PAE", "EFER.LMA": "LMA", "CS.L": "CS.L",
        "CS.D": "CS.D"}
CHIP, STEP = 46, 26
HIGH, INDENT = 30, 22           # of a line of the process tree


def level(stop):
    """Return how far from the 8086 it is: 0 real, 1 protected, 2 long mode, 3 user mode."""
    return 3 if stop["cpl"] == 3 else 2 if stop["bits"]["EFER.LMA"] else stop["bits"]["CR0.PE"]


def colour(stop):
    """Return the class of the code that runs from this stop on."""
    if stop["cpl"] == 3:
        return "c4"
    return {"reset": "c0", "setup": "c5", "entry32": "c3", "entry64": "c3"}.get(stop["stop"], "c1")


def modes(stops):
    """Return the modes in their order, each where it differs from the one before."""
    out = []
    for s in stops:
        mode = "user mode" if s["cpl"] == 3 else s["mode"].split(",")[0]
        if out[-1:] != [mode]:
            out.append(mode)
    return out


def rung(p, y, n, stop, before):
    """Draw a stop, and return where the next one begins."""
    x, bits_at = level(stop) * STEP, WIDTH - len(BITS) * CHIP - 5
    room = bits_at - x - 42 - 16
    where = stop["place"] + (f' = {stop["symbol"]}' if stop["symbol"] else "")
    registers = f'ip {stop["ip"]:#x}  sp {stop["sp"]:#x}  cr3 {stop["cr3"]:#x}'
    lines = [(line, style) for words, style in (
        (stop["title"], "b"), (where, "s"), (f'{stop["mode"]}, CPL {stop["cpl"]}', "s"),
        (registers, "m")) for line in svg.wrap(words, room, style)]
    tall = LINE * len(lines) + 18
    p.rect(x, y, WIDTH - x, tall, f"{colour(stop)} soft", more=' rx="6"')
    p.rect(x, y, 30, tall, f"{colour(stop)} firm", more=' rx="6"')
    p.text(x + 15, y + 22, str(n), "b onink", "middle")
    for row, (line, style) in enumerate(lines):
        p.text(x + 42, y + 21 + row * LINE, line, style)
    for k, (key, name) in enumerate(BITS.items()):
        on, left = stop["bits"][key], bits_at + k * CHIP
        new = " new" if before and before["bits"][key] != on else ""
        p.rect(left, y + 11, CHIP - 5, 20, ("on" if on else "off") + new, f"{key} is {on}",
               ' rx="4"')
        p.text(left + (CHIP - 5) / 2, y + 25, name, "s onink" if on else "s dim", "middle")
    p.text(WIDTH - 12, y + 50, f'{svg.ms(stop["ns"])} after reset', "s", "end")
    if before:
        p.text(WIDTH - 12, y + 50 + LINE, f'+{svg.span(stop["ns"] - before["ns"])}', "sb", "end")
    return y + tall + 8


def draw(p, stops):
    y = 0
    for n, (stop, before) in enumerate(zip(stops, [None, *stops]), 1):
        y = rung(p, y, n, stop, before)


def registers(stops):
    """Return a table with a row for each register and a column for each stop."""
    names = list(dict.fromkeys(r for s in stops for r in s["registers"]))
    rows = [[name] + [f"{v:#x}" if (v := s["registers"].get(name, s.get(name))) is not None else "–"
                      for s in stops] for name in names + ["cr0", "cr3", "cr4", "efer"]]
    for part in ("cs", "gdt", "idt"):
        rows += [[f"{part} {key}"] + [f"{s[part][key]:#x}" for s in stops]
                 for key in dict.fromkeys(k for s in stops for k in s[part])]
    return Table("The registers at each stop",
                 [("register", "")] + [(s["stop"], "m") for s in stops], rows)


def steps(stops):
    """Return what is different at each stop, and the instructions that come next."""
    out = []
    for n, s in enumerate(stops, 1):
        changed = "".join(f"<li>{escape(c)}</li>" for c in s["changed"] or ["nothing"])
        code = "\n".join(f'{i["ip"]:x}: {i["bytes"]:20} {i["text"] or ""}'.rstrip()
                         for i in s["next"])
        file = s["file"] and f'{s["file"]["name"]}, byte {s["file"]["offset"]:#x}'
        more = {"file": file, "memory": s["memory"], "source": s["source"],
                **{k: " ".join(s.get(k) or []) for k in ("argv", "envp")}}
        facts = "".join(f"<dt>{k}</dt><dd>{escape(v)}</dd>" for k, v in more.items() if v)
        out.append(f'<details class="stop"><summary><b>{n}. {escape(s["title"])}</b></summary>'
                   f'<p>Different from the stop before:</p><ul>{changed}</ul>'
                   f'<p>The next instructions:</p><pre tabindex="0">{escape(code)}</pre>'
                   f'{f"<dl>{facts}</dl>" if facts else ""}</details>')
    return "".join(out)


def calls(told):
    """Yield tables of the first system call and of how often the kernel was entered."""
    c, s = told.get("call"), told.get("second")
    if c:
        yield Table(f'The first system call of PID 1: number {c["number"]}, '
                    f'{c["handler"] or "handler unknown"}, {c["kernel_instructions"]:,} '
                    "instructions in the kernel",
                    [("where", ""), ("CPL", "n"), ("ip", "m"), ("sp", "m"), ("CR3", "m"),
                     ("symbol", "m")],
                    [[x["what"], x["cpl"], f'{x["ip"]:#x}', f'{x["sp"]:#x}', f'{x["cr3"]:#x}',
                      x["symbol"] or ""] for x in c["stages"]])
    if s:
        yield Table(f'Into the kernel {s["into_kernel"]:,} times in {svg.ms(s["ns"])} from the '
                    "first user-mode instruction on", [("by", ""), ("times", "n")],
                    [[k, f"{v:,}"] for k, v in s["kinds"].items()])


def figure(told):
    stops = get(told, "stops")
    left = [f'Left out: the stop {x["stop"]}: {x["why"]}.' for x in told.get("left_out") or []]
    if told.get("ended"):
        left.append("The boot ended before /init: "
                    + ": ".join(filter(None, told["ended"].values())) + ".")
    table = Table("The stops of the handover", [
        ("stop", ""), ("ns", "n"), ("place", "m"), ("mode", ""), ("CPL", "n"),
        *((k, "n") for k in BITS), ("ip", "m"), ("sp", "m"), ("symbol", "m"), ("changed", "")],
                  [[s["title"], f'{s["ns"]:,}', s["place"], s["mode"], s["cpl"],
                    *(s["bits"][k] for k in BITS), f'{s["ip"]:#x}', f'{s["sp"]:#x}',
                    s["symbol"] or "", "; ".join(s["changed"])] for s in stops])
    return Figure("handover", "From reset to PID 1",
                  "Each rung is a stop, a place where control changes hands; its colour says whose "
                  "code runs next. Real mode is at the left margin; protected mode, long mode and "
                  "user mode are each further to the right. A filled bit is 1, a heavy outline "
                  "marks a bit that has changed.", "make handover", lambda p: draw(p, stops),
                  [table, registers(stops), *calls(told)],
                  "".join(f'<p class="why">{escape(x)}</p>' for x in left)
                  + "<h3>Stop by stop</h3>" + steps(stops))


def kind(t):
    return "idle task" if t["pid"] == 0 else "kernel thread" if t["kernel"] else "program"


def task_width(t):
    return svg.width(f'{t["pid"]}  {t["comm"]}', "s") + 18


def task(p, x, y, t):
    p.rect(x, y, task_width(t), 23, "c1" if t["kernel"] else "c4",
           f'pid {t["pid"]}, parent {t["ppid"]}: {t["comm"]}, {kind(t)}', ' rx="4"')
    p.text(x + 9, y + 16, f'{t["pid"]}  {t["comm"]}', "s")


def branch(p, x, y, t, children):
    """Draw a task and all below it; return where the next line begins.

    Children without children stand in lines, before those that have a branch."""
    task(p, x, y, t)
    below = children.get(t["pid"], [])
    stem, top, y = x + 10, y + 23, y + HIGH
    at, leaves = x + INDENT, [c for c in below if c["pid"] not in children]
    for n, c in enumerate(leaves):
        if n and at + task_width(c) > WIDTH:
            at, y = x + INDENT, y + HIGH
        task(p, at, y, c)
        at += task_width(c) + 8
        if n == 0:
            p.path("stem", (stem, top), (stem, y + 11), (x + INDENT, y + 11))
    y += HIGH if leaves else 0
    for c in below:
        if c["pid"] in children:
            p.path("stem", (stem, top), (stem, y + 11), (x + INDENT, y + 11))
            y = branch(p, x + INDENT, y, c, children)
    return y


def count(tasks):
    kinds = Counter(map(kind, tasks))
    return ", ".join(svg.plural(kinds[k], k) for k in ("program", "kernel thread", "idle task")
                     if kinds[k])


def processes(told):
    tasks = get(told, "processes")
    if not tasks:
        raise Missing("no task was found")
    children, pids = {}, {t["pid"] for t in tasks}
    roots = [t for t in tasks if t["pid"] == 0 or t["ppid"] not in pids]
    for t in tasks:
        if t not in roots:
            children.setdefault(t["ppid"], []).append(t)

    def draw_all(p):
        y = 0
        for t in roots:
            y = branch(p, 0, y, t, children)
    rows = [[t["pid"], t["ppid"], t["comm"], kind(t)] for t in tasks]
    return Figure("processes", "The processes at the prompt",
                  f"{count(tasks)}, each below its parent. All come from pid 0, which was the "
                  "boot itself.", "make handover", draw_all, [
                      Table("All processes", [("pid", "n"), ("parent", "n"), ("name", ""),
                            ("kind", "")], rows, "Search the processes")])
