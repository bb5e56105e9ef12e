# SPDX-License-Identifier: GPL-2.0-only
"""Are the numbers of a report.html those of the JSON files that it was made of,
and are its pictures to scale? This reads both by itself, and shares no code with report."""
import json
import os
import re
from html.parser import HTMLParser

FIGURE_SPACE = "\u2007"


class Page(HTMLParser):
    """tables: {caption: rows of texts}; facts: those at the top; boxes: of each
    picture, (x, y, width, height, tip) of each rect that has a tip; data: {id: value}
    of the blocks of JSON."""

    def __init__(self, path):
        super().__init__()
        self.tables, self.facts, self.boxes, self.data = {}, [], {}, {}
        self.text, self.svg, self.rect, self.block = "", None, None, None
        with open(path, encoding="utf-8") as f:
            self.feed(f.read())

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "table":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag == "svg" and "picture" in a.get("class", ""):
            self.svg = self.boxes.setdefault(a["aria-labelledby"].split()[0], [])
        elif tag == "rect":
            self.rect = [float(a.get(k, 0)) for k in ("x", "y", "width", "height")]
        elif tag == "script" and a.get("type") == "application/json":
            self.block = a["id"]
        if tag in ("td", "th", "caption", "dt", "title", "script"):
            self.text = ""

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == "caption":
            self.caption = self.text
        elif tag in ("td", "th"):
            self.rows[-1].append(self.text.strip(" \n" + FIGURE_SPACE))
        elif tag == "table":
            self.tables[self.caption] = self.rows[1:]
        elif tag == "dt":
            self.facts.append(self.text)
        elif tag == "title" and self.svg is not None and self.rect:
            self.svg.append((*self.rect, self.text))
            self.rect = None
        elif tag == "svg":
            self.svg = None
        elif tag == "script" and self.block:
            self.data[self.block] = json.loads(self.text)
            self.block = None


def load(directory, name):
    path = f"{directory}/{name}"
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", errors="replace") as f:
        return json.load(f)


def n(number):
    return format(number, ",d")


def layers(layer, plus=""):
    yield [layer["name"].strip(), layer["kind"], plus + hex(layer["offset"]), n(layer["size"]),
           layer.get("note", "").strip()]
    for below in layer.get("parts", []):
        yield from layers(below, plus)
    for view in layer.get("views", []):
        yield from layers(view, plus)
    if "inside" in layer:
        yield from layers(layer["inside"], "+")


def nodes(node):
    yield node["name"], node["bytes"]
    for child in node.get("children", []):
        if child["bytes"] > 0:
            yield from nodes(child)


def expected(directory):
    """{words in a caption: (columns that are compared, rows)}"""
    anatomy, timeline = load(directory, "anatomy.json"), load(directory, "timeline.json")
    handover, size = load(directory, "handover.json"), load(directory, "size-report.json")
    if "layers" in anatomy:
        yield "All layers of", 5, list(layers(anatomy["layers"]))
    if "traceEvents" in timeline:
        spans = [e for e in timeline["traceEvents"] if e["ph"] == "X"]
        yield "All spans", 5, [[e["name"], e["cat"], n(e["args"]["start_ns"]), n(e["args"]["ns"]),
                                n(e["args"]["own_ns"])] for e in spans]
        yield "Every place", 2, [[k, n(v)] for k, v in timeline["otherData"]["marks_ns"].items()]
    if "stops" in handover:
        stops = handover["stops"]
        yield "The stops of", 13, [[s["title"], n(s["ns"]), s["place"], s["mode"], str(s["cpl"]),
                                    *(str(s["bits"][b]) for b in ("CR0.PE", "CR0.PG", "CR4.PAE",
                                                                  "EFER.LMA", "CS.L", "CS.D")),
                                    hex(s["ip"]), hex(s["sp"])] for s in stops]
        names = {r for s in stops for r in s["registers"]}
        yield "The registers", len(stops) + 1, \
            [[r] + [hex(s["registers"][r]) if r in s["registers"] else "–" for s in stops]
             for r in names] + [[r] + [hex(s[r]) for s in stops]
                                for r in ("cr0", "cr3", "cr4", "efer")]
        memory = handover.get("memory", {})
        for caption, key in (("Memory in", "e820"), ("What lies", "holds")):
            if key in memory:
                yield caption, 4, [[r["name"], hex(r["start"]), hex(r["end"]),
                                    n(r["end"] - r["start"])] for r in memory[key]]
        tasks = handover.get("processes", [])
        if isinstance(tasks, list) and tasks:
            yield "All processes", 3, [[str(t["pid"]), str(t["ppid"]), t["comm"]] for t in tasks]
    if "tree" in size:
        yield "The kernel by", 2, [[name, n(bytes_)] for name, bytes_ in nodes(size["tree"])]


def numbers(path, directory):
    """What differs."""
    page, out, compared = Page(path), [], 0
    for words, columns, rows in expected(directory):
        caption = next((c for c in page.tables if c.startswith(words)), None)
        if caption is None:
            out.append(f"there is no table “{words}”")
            continue
        wanted = sorted(" | ".join(r) for r in rows)
        shown = sorted(" | ".join(r[:columns]) for r in page.tables[caption])
        if words == "The registers":        # segments are there, too
            shown = [s for s in shown if s.split(" ")[0] not in ("cs", "gdt", "idt")]
        out += [f"{words}: “{x}” is not in the page" for x in wanted if x not in set(shown)]
        out += [f"{words}: “{x}” is not in the JSON" for x in shown if x not in set(wanted)]
        if len(wanted) != len(shown):
            out.append(f"{words}: {len(shown)} rows for {len(wanted)}")
        compared += len(wanted)
    anatomy, timeline = load(directory, "anatomy.json"), load(directory, "timeline.json")
    marks = timeline.get("otherData", {}).get("marks_ns", {})
    for fact in ([f'{anatomy["size"]:,} bytes'] if "size" in anatomy else []) + \
            ([f'{marks["init"] / 1e6:,.3f} ms'] if "init" in marks else []):
        if fact not in page.facts:
            out.append(f"“{fact}” is not at the top")
    for part, file in (("anatomy", "anatomy"), ("timeline", "timeline"), ("handover", "handover"),
                       ("size", "size-report")):
        told = load(directory, f"{file}.json")
        if told and page.data.get(f"data-{part}") != told:
            out.append(f"the data of the page are not those of {file}.json")
    return out if compared else ["nothing was compared"]


def scale(path):
    """What is drawn wider or narrower than its number, in the pictures made of strips
    and in the treemap."""
    page, out, measured = Page(path), [], 0
    for name, boxes in page.boxes.items():
        rows = {}
        for x, y, w, h, tip in boxes:
            number = re.search(r": ([\d,]+) (ns|bytes)|, ([\d,]+) bytes$", tip)
            if number:
                amount = int((number[1] or number[3]).replace(",", ""))
                tree = name.startswith("size-")
                # Of a treemap, only the boxes that are not in a box say their share
                if not tree or tip.endswith("%"):
                    row = rows.setdefault(0 if tree else y, [])
                    row.append((w * h if tree else w, amount, tip))
        for row in rows.values():
            drawn, amount, _ = max(row, key=lambda r: r[1])
            for d, a, tip in row:
                measured += 1
                if amount and abs(d - a * drawn / amount) > 0.02 + 0.001 * drawn:
                    out.append(f"{name}: {tip} is {d:g} instead of {a * drawn / amount:g}")
    return out if measured > 10 else ["hardly anything was measured"]
