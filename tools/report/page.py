# SPDX-License-Identifier: GPL-2.0-only
"""The page: one HTML file with all in it, that nothing need be fetched for."""
import base64
import hashlib
import json
import os
import re
from html import escape

from . import boot
from . import ladder
from . import layers
from . import memory
from . import processes
from . import text
from . import treemap
from .model import Missing
from spans.replay import NO_TIMER_TESTS
from .svg import WIDTHS, Picture

HERE = os.path.dirname(os.path.abspath(__file__))
# id, heading, who draws its figures
SECTIONS = (
    ("file", "The file", lambda t: [layers.figure(t["anatomy"])]
     + ([layers.figure(t["initrd"], "initrd")] if "initrd" in t else [])),
    ("time", "The boot", lambda t: list(boot.figures(t["timeline"]))),
    ("ladder", "The handover", lambda t: [ladder.figure(t["handover"])]),
    ("map", "Memory", lambda t: [memory.figure(t["handover"])]),
    ("tree", "Processes", lambda t: [processes.figure(t["handover"])]),
    ("subsystems", "Size by subsystem", lambda t: [treemap.figure(t["size"])]))

# The pictures of each, for who asks for one that is not there
NAMES = {"file": ("layers", "initrd"), "time": ("timeline", "pid1"), "ladder": ("handover",),
         "map": ("memory",), "tree": ("processes",), "subsystems": ("size",)}


def read(name):
    with open(f"{HERE}/{name}", encoding="utf-8") as f:
        return f.read()


def picture_css():
    """Of a picture that is a file of its own: light, as slides and paper are."""
    return f"svg {{\n{read('light.css')}}}\n{read('picture.css')}"


def page_css():
    return f":root {{\n{read('light.css')}}}\n@media screen and (prefers-color-scheme: dark) " \
           f"{{ :root {{\n{read('dark.css')}}} }}\n{read('picture.css')}{read('page.css')}"


def found(told):
    """(id, heading, figures, why there are none) of each section."""
    for name, heading, draw in SECTIONS:
        try:
            yield name, heading, draw(told), None
        except Missing as e:
            yield name, heading, [], e.args[0]


def drawn(figure, width):
    p = Picture(width)
    figure.draw(p)
    return p


def svg_file(told, name):
    """One picture, for a slide. Missing, if it is not there or there is no such name."""
    names = []
    for name_, heading, figures, why in found(told):
        for f in figures:
            names.append(f.name)
            if f.name == name:
                return drawn(f, WIDTHS["l"]).svg(name, f.title, f.caption, picture_css())
        if why and name in NAMES[name_]:
            raise Missing(f"there is no picture {name}: {why}")
    raise Missing(f"there is no picture {name}, there are: {', '.join(names)}")


def figure_html(f):
    pictures = []
    for key, width in WIDTHS.items():
        svg = drawn(f, width).svg(f"{f.name}-{key}", f.title, f.caption)
        pictures.append(svg.replace('class="picture"', f'class="picture w-{key}"', 1))
    tables = "".join(f'<details class="twin"><summary>Table: {escape(t.caption)}</summary>'
                     f"{t.html()}</details>" for t in f.tables)
    return f'<figure id="{f.name}"><figcaption><b>{escape(f.title)}.</b> {escape(f.caption)} ' \
           f'<span class="source">From <code>{f.source}</code>.</span></figcaption>' \
           f'{"".join(pictures)}</figure>' \
           f"{tables}{f.after}"


def section_html(name, heading, figures, why):
    inner = "".join(figure_html(f) for f in figures) if why is None else \
            f'<p class="why">Not here: {escape(why)}.</p>'
    return f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{heading}</h2>' \
           f"{inner}</section>"


def data(name, value):
    """Return what a tool wrote as a block of data, which no browser takes for markup or
    for a script: a JSON file has "<" in texts only, where it may be written as its number."""
    content = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="data-{name}">{content}</script>'


def fields_of(anatomy):
    out = {}
    if "missing" not in anatomy:
        for layer, _, _ in layers.walk(anatomy["layers"]):
            for f in layer.get("fields", []):
                out.setdefault((layer["kind"], f["name"]), f)
    return out


def facts(told):
    """What people want to know first: (number, sentence)."""
    anatomy, timeline, handover = told["anatomy"], told["timeline"], told["handover"]
    if "missing" not in anatomy:
        found_ = fields_of(anatomy)
        packed = found_.get(("stream", "compressor"))
        inside = found_.get(("stream", "unpacked"))
        ratio = f', {packed["value"]} inside, {inside["value"]:,} bytes unpacked' if inside else ""
        yield f'{anatomy["size"]:,} bytes', f'{anatomy["format"]}{ratio}.'
    if "missing" not in timeline:
        other = timeline["otherData"]
        init = other["marks_ns"].get("init")
        if init:
            yield text.ms(init), "from reset to the first instruction of PID 1, at one " \
                                 "instruction per nanosecond."
        else:
            yield text.ms(other["end_ns"]), "from reset to the end of the boot: " \
                f'{other["ended"]}. PID 1 was not started, or not seen.'
        everything, _ = boot.spans(timeline)
        top = boot.costly(everything)[0]
        yield text.share(top.own, other["end_ns"]), \
            f"of the boot is its biggest cost, {top.name}: {text.ms(top.own)} itself."
    if "missing" not in handover and handover.get("stops"):
        modes = ladder.changes(handover["stops"])
        yield text.plural(len(modes) - 1, "mode change"), \
            f'in {text.plural(len(handover["stops"]), "stop")}: {" → ".join(modes)}.'
    tasks = handover.get("processes")
    if isinstance(tasks, list) and tasks:
        user = sum(not t["kernel"] for t in tasks)
        yield f"{len(tasks):,} processes", f'at the prompt: {text.plural(user, "program")}, ' \
            f'{text.plural(len(tasks) - user, "thread")} of the kernel.'


def html(told, words):
    """The whole page. words: title and how it was made, for people."""
    style, script = page_css(), read("page.js")
    sections = list(found(told))
    version = fields_of(told["anatomy"]).get(("vmlinux", "version"), {}).get("value") or \
        told["handover"].get("version") or ""
    fill = {"style-hash": digest(style), "script-hash": digest(script), "style": style,
            "script": script, "title": escape(f"{words['name']}: what is in it"),
            "eyebrow": "One boot, measured", "heading": escape(words["name"]),
            "version": escape(version), "how": words["how"],
            "facts": "\n".join(f"<div><dt>{escape(n)}</dt><dd>{escape(s)}</dd></div>"
                               for n, s in facts(told)),
            "links": "\n".join(f'<li><a href="#{s[0]}">{s[1]}</a></li>' for s in sections),
            "sections": "\n".join(section_html(*s) for s in sections),
            "data": "\n".join(data(*x) for x in [*told.items(), (
                "colours", {**boot.CLASSES, **boot.STAGES})])}
    return re.sub("@([a-z-]+)@", lambda m: fill[m[1]], read("page.html"))


def digest(content):
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def about(told):
    """What the page is called, and how its numbers came about, as HTML."""
    anatomy, other = told["anatomy"], told["timeline"].get("otherData", {})
    name = (anatomy.get("file") or other.get("kernel") or told["handover"].get("kernel", ""))
    how = ["Every number is read from the file or measured on one boot of it in QEMU."]
    for what, line in (("timeline", other.get("command_line")),
                       ("handover", told["handover"].get("command_line"))):
        if line:
            how.append(f"Kernel command line of the boot for the {what}: "
                       f"<code>{escape(line)}</code>.")
    if NO_TIMER_TESTS in other.get("command_line", ""):
        how.append(f"The words <code>{NO_TIMER_TESTS}</code> keep the kernel from "
                   "trying out a virtual timer; without them this boot takes longer.")
    return {"name": name.rsplit("/", 1)[-1], "how": " ".join(how)}
