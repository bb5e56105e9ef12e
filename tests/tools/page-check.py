#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Look at a report.html as its readers do.

usage: page-check PAGE JSON-DIRECTORY [CHECK...]

Prints a line for each check: its name, a tab, and what is wrong, or nothing.
numbers, scale and size need no browser; the rest is done in a headless Chromium,
at WIDTHS (environment), default 360, 800 and 1600 pixels."""
import os
import sys

sys.dont_write_bytecode = True
import pagenumbers                      # noqa: E402
from webdriver import ENTER, TAB, Browser   # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTHS = [int(w) for w in os.environ.get("WIDTHS", "360 800 1600").split()]
SCHEMES = ("light", "dark")
LIMIT = 2_000_000                       # bytes


def look(b, tell):
    """Layout, contrast and names at each width, with the layers shut and open."""
    with open(f"{HERE}/page-look.js", encoding="utf-8") as f:
        script = f.read()
    for width in WIDTHS:
        for scheme in SCHEMES:
            b.view(width, scheme)
            for opened in (False, True):
                b.run("document.querySelectorAll('.tree details, .stop').forEach(d => d.open = "
                      "arguments[0])", opened)
                told = b.run(script)
                for check in ("layout", "drawn", "contrast", "names"):
                    tell(check, [f"{width} {scheme}: {w}" for w in told["wrong"].get(check, [])])
                if told["seen"]["text"] < 50 or not told["seen"]["pictures"]:
                    tell("layout", [f"{width} {scheme}: hardly anything is seen: {told['seen']}"])
            b.run("document.querySelectorAll('.tree details, .stop').forEach(d => d.open = false)")


FOCUS = """const e = document.activeElement, s = getComputedStyle(e);
return [e === document.body ? '' : e.outerHTML.slice(0, 70),
        s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]"""
STOPS = """return [...document.querySelectorAll(
    'a[href], summary, button, input, #frame, [tabindex="0"]')]
.filter(e => e.checkVisibility({contentVisibilityAuto: true})).map(e => e.outerHTML.slice(0, 70))"""


def keyboard(b, tell):
    """Tab goes to all there is, in order, and one sees where; keys zoom; search finds."""
    b.view(1600)
    wanted, got = b.run(STOPS), []
    b.run("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(len(wanted) + 3):
        b.keys(TAB)
        where, visible = b.run(FOCUS)
        if not where:
            break
        got.append(where)
        if not visible:
            tell("keyboard", [f"the focus cannot be seen: {where}"])
    if got[:len(wanted)] != wanted:
        lost = [w for w in wanted if w not in got]
        tell("keyboard", [f"Tab does not go everywhere in order: {lost[:2] or got[:3]}"])
    if b.run("const s = document.querySelector('summary'); s.focus(); return s.parentNode.open"):
        tell("keyboard", ["the first part is open already"])
    b.keys(ENTER)
    if not b.run("return document.querySelector('summary').parentNode.open"):
        tell("keyboard", ["Enter does not open a table"])
    if b.run("return document.getElementById('frame') !== null"):
        zoom(b, tell)


SHOWN = "return document.querySelector('#frame svg').getAttribute('aria-label')"


def zoom(b, tell):
    whole = b.run("document.getElementById('frame').focus();" + SHOWN)
    b.keys("+++")
    near = b.run(SHOWN)
    b.keys("\ue012")                    # left
    left = b.run(SHOWN)
    b.keys("\ue011")                    # Home
    if len({whole, near, left}) != 3 or b.run(SHOWN) != whole:
        tell("keyboard", [f"keys do not zoom: {whole}, {near}, {left}, {b.run(SHOWN)}"])
    name = b.run("return [...document.querySelectorAll('#timeline-table tbody tr')].filter(r => "
                 "r.cells[1].textContent !== 'stage').at(-1).cells[0].textContent.trim()")
    b.run("document.querySelector('#explorer input').focus()")
    b.keys(name + ENTER)
    told = b.run("return document.querySelector('#explorer .status').textContent")
    if name not in told or b.run(SHOWN) == whole:
        tell("keyboard", [f"search does not find {name}: {told}"])
    b.run("const f = document.querySelector('#timeline-table').closest('details'); f.open = true;"
          "f.querySelector('input').focus()")
    b.keys(name)
    left = b.run("return [...document.querySelectorAll('#timeline-table tbody tr')].filter(r => "
                 "!r.hidden).map(r => r.cells[0].textContent.trim())")
    if not left or any(name not in x for x in left):
        tell("keyboard", [f"the table is not searched: {left[:3]}"])


def printed(b, tell):
    """On paper: all tables are there, nothing is cut, a PDF comes out."""
    b.view(700, media="print")
    lost = b.run("return [...document.querySelectorAll('table')].filter(t => !t.checkVisibility({"
                 "contentVisibilityAuto: true}) || t.getBoundingClientRect().height < 20)"
                 ".map(t => t.caption.textContent)")
    tell("print", [f"not on paper: {x}" for x in lost])
    wide = b.run("return document.documentElement.scrollWidth")
    if wide > 700:
        tell("print", [f"{wide} wide on paper of 700"])
    if b.run("return [...document.querySelectorAll('#explorer, nav')]"
             ".some(e => e.checkVisibility())"):
        tell("print", ["what only works on a screen is on paper"])
    pdf = b.devtools("Page.printToPDF", printBackground=True)["data"]
    if not pdf.startswith("JVBERi") or len(pdf) < 20000:
        tell("print", ["no PDF comes out"])


def quiet(b, tell, page):
    """The console says nothing, and nothing is fetched but the page."""
    tell("console", b.complaints())
    asked = [u for u in b.requests() if not u.startswith("data:")]
    if not asked or any(u != f"file://{os.path.abspath(page)}" for u in asked):
        tell("network", [f"asked for {', '.join(asked) or 'nothing'}"])


def scriptless(b, tell, page):
    """Without JavaScript the pictures and the tables are all there."""
    count = "return ['figure', 'table', '#explorer h3'].map(" \
            "s => document.querySelectorAll(s).length)"
    figures, tables, explorer = b.run(count)
    b.devtools("Emulation.setScriptExecutionDisabled", value=True)
    b.open(page)
    told = b.run(count)
    unseen = b.run("return [...document.querySelectorAll('figure')].filter(f => ![...f."
                   "querySelectorAll('svg')].some(s => s.checkVisibility())).map(f => f.id)")
    tell("scriptless", [f"{x} is not seen" for x in unseen])
    b.devtools("Emulation.setScriptExecutionDisabled", value=False)
    if told[:2] != [figures, tables] or (explorer and told[2]):
        tell("scriptless", [f"{told} without, {[figures, tables, explorer]} with"])


def main(page, directory, *only):
    wrong = {}

    def tell(check, words):
        wrong.setdefault(check, []).extend(words)
    steps = {"numbers": ["numbers"], "scale": ["scale"], "size": ["size"],
             "look": ["layout", "drawn", "contrast", "names"], "keyboard": ["keyboard"],
             "print": ["print"], "quiet": ["console", "network"], "scriptless": ["scriptless"]}
    only = only or list(steps)
    for check in [c for step in only for c in steps[step]]:
        wrong[check] = []
    if "numbers" in only:
        tell("numbers", pagenumbers.numbers(page, directory))
    if "scale" in only:
        tell("scale", pagenumbers.scale(page))
    if "size" in only and os.path.getsize(page) > LIMIT:
        tell("size", [f"{os.path.getsize(page)} bytes"])
    if set(only) - {"numbers", "scale", "size"}:
        with Browser() as b:
            b.view(1600)
            b.open(page)
            for name, check in (("look", look), ("keyboard", keyboard), ("print", printed)):
                if name in only:
                    check(b, tell)
            if "quiet" in only:
                quiet(b, tell, page)
            if "scriptless" in only:
                scriptless(b, tell, page)
    for check, words in wrong.items():
        print(f"{check}\t{'; '.join(list(dict.fromkeys(words))[:6])}")


if __name__ == "__main__":
    main(*sys.argv[1:])
