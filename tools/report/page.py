# SPDX-License-Identifier: GPL-2.0-only
"""Make the page: one HTML file that has everything in it, so that nothing is fetched.

Tables and pictures are made here, so that they stand without JavaScript. The JSON that
they are made of is in the page as it is; page.js draws the explorer from it."""
import base64
import hashlib
import json
import os
import re
from html import escape

from boot.replay import NO_TIMER_TESTS
from tools.report import handover, layers, ram, svg, timeline, treemap
from tools.report.model import COLOURS, Missing

# id, heading, the pictures' names, a function that returns its figures
SECTIONS = (
    ("file", "The file", ("layers", "initrd"), lambda t: [layers.figure(t["anatomy"])]
     + ([layers.figure(t["initrd"], "initrd")] if "initrd" in t else [])),
    ("time", "The boot", ("timeline", "pid1"), lambda t: list(timeline.figures(t["timeline"]))),
    ("ladder", "The handover", ("handover",), lambda t: [handover.figure(t["handover"])]),
    ("map", "Memory", ("memory",), lambda t: [ram.figure(t["handover"])]),
    ("tree", "Processes", ("processes",), lambda t: [handover.processes(t["handover"])]),
    ("subsystems", "Size by subsystem", ("size",), lambda t: [treemap.figure(t["size"])]))


def read(name):
    with open(f"{os.path.dirname(__file__)}/{name}", encoding="utf-8") as f:
        return f.read()


def sections(told):
    """Yield (id, heading, figures' names, figures, why there are none) of each section."""
    for name, heading, names, figures in SECTIONS:
        try:
            yield name, heading, names, figures(told), None
        except Missing as e:
            yield name, heading, names, [], e.args[0]


def picture(figure):
    p = svg.Picture()
    figure.draw(p)
    return p


def slide(told, name):
    """Return one picture as a file of its own, light, as slides and paper are.

    Raise Missing if there is no such name, or with the reason if there is no picture."""
    drawn = []
    for *_, names, figures, why in sections(told):
        for f in figures:
            drawn.append(f.name)
            if f.name == name:
                legend = "; ".join(f"{colour}: {words}" for colour, words in COLOURS.values())
                return picture(f).slide(f.title, f"{f.caption} Colours: {legend}.",
                                        read("picture.css"))
        if why and name in names:
            raise Missing(f"there is no picture {name}: {why}")
    raise Missing(f"there is no picture {name}, there are: {', '.join(drawn)}")


def figure_html(f):
    drawing = picture(f).element(f.name, f.title, f.caption)
    return f'<figure id="{f.name}"><figcaption><b>{escape(f.title)}.</b> {escape(f.caption)} ' \
           f'<span class="source">From <code>{f.source}</code>.</span></figcaption>' \
           f'<div class="pan" role="group" aria-label="Picture: {escape(f.title)}">' \
           f'{drawing}</div></figure>{"".join(t.html() for t in f.tables)}{f.after}'


def section_html(name, heading, _, figures, why):
    inner = "".join(map(figure_html, figures)) if why is None else \
        f'<p class="why">Not here: {escape(why)}.</p>'
    return f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{heading}</h2>' \
           f"{inner}</section>"


def data(name, value):
    """Return what a tool wrote as a block of data, which no browser takes for markup or
    for a script: a JSON file has "<" in texts only, where it may be written as its number."""
    content = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="data-{name}">{content}</script>'


def fields_of(anatomy):
    return {(layer["kind"], f["name"]): f["value"] for layer, _, _ in layers.walk(
        anatomy["layers"]) for f in layer.get("fields", [])} if "layers" in anatomy else {}


def facts(told, fields):
    """Yield what people want to know first: (number, sentence)."""
    anatomy, trace, changes = told["anatomy"], told["timeline"], told["handover"]
    if "missing" not in anatomy:
        inside = fields.get(("stream", "unpacked"))
        packed = f', {fields["stream", "compressor"]} inside, {inside:,} bytes unpacked' \
            if inside else ""
        yield f'{anatomy["size"]:,} bytes', f'{anatomy["format"]}{packed}.'
    if "missing" not in trace:
        other = trace["otherData"]
        init = other["marks_ns"].get("init")
        if init:
            yield svg.ms(init), "from reset to the first instruction of PID 1, at one " \
                "instruction per nanosecond."
        else:
            yield svg.ms(other["end_ns"]), "from reset to the end of the boot: " \
                f"{timeline.ended(trace)}. PID 1 was not started, or not seen."
        top = timeline.costly(timeline.spans(trace)[0])[0]
        yield svg.share(top.own, other["end_ns"]), \
            f"of the boot is its biggest cost, {top.name}: {svg.ms(top.own)} itself."
    if "missing" not in changes and changes.get("stops"):
        modes = handover.modes(changes["stops"])
        yield svg.plural(len(modes) - 1, "mode change"), \
            f'in {svg.plural(len(changes["stops"]), "stop")}: {" → ".join(modes)}.'
    tasks = changes.get("processes")
    if isinstance(tasks, list) and tasks:
        yield svg.plural(len(tasks), "task"), f"at the prompt: {handover.count(tasks)}."


def how(told):
    """Return how the numbers came about, as HTML."""
    out = ["Every number is read from the file or measured on one boot of it in QEMU."]
    lines = {"timeline": told["timeline"].get("otherData", {}).get("command_line") or "",
             "handover": told["handover"].get("command_line") or ""}
    out += [f"Kernel command line of the boot for the {what}: <code>{escape(line)}</code>."
            for what, line in lines.items() if line]
    if NO_TIMER_TESTS in lines["timeline"]:
        out.append(f"The words <code>{NO_TIMER_TESTS}</code> keep the kernel from trying out a "
                   "virtual timer; without them this boot takes longer.")
    return " ".join(out)


def html(told):
    """Return the whole page."""
    style, script = read("picture.css") + read("page.css"), read("page.js")
    fields, parts = fields_of(told["anatomy"]), list(sections(told))
    name = escape(next(filter(None, (told["anatomy"].get("file"), told["timeline"].get(
        "otherData", {}).get("kernel"), told["handover"].get("kernel"))), "").rsplit("/", 1)[-1])
    fill = {"style": style, "style-hash": digest(style), "script": script,
            "script-hash": digest(script), "name": name, "how": how(told),
            "version": escape(fields.get(("vmlinux", "version"))
                              or told["handover"].get("version") or ""),
            "facts": "\n".join(f"<div><dt>{escape(n)}</dt><dd>{escape(s)}</dd></div>"
                               for n, s in facts(told, fields)),
            "links": "\n".join(f'<li><a href="#{s[0]}">{s[1]}</a></li>' for s in parts),
            "colours": "\n".join(f'<li><span class="{c}"></span>{words}</li>'
                                 for c, (_, words) in COLOURS.items()),
            "sections": "\n".join(section_html(*s) for s in parts),
            "data": "\n".join(data(*x) for x in [*told.items(), ("colours", timeline.COLOURS)])}
    return re.sub("@([a-z-]+)@", lambda m: fill[m[1]], read("page.html"))


def digest(content):
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
