# SPDX-License-Identifier: GPL-2.0-only
"""Draw a picture as SVG, element by element, and write numbers as its labels do.

A picture is drawn once, WIDTH units wide, and the browser scales it. Its looks are
classes of picture.css, so that it can be light or dark."""
from html import escape

WIDTH = 880
LINE = 17
SIZES = {"l": 15, "t": 13, "b": 13}     # of a font by its class in picture.css; others: 12
NARROW, WIDE = " !'()*,-./:;I[]fijlrt|", "MWmw%@&"


def width(words, style="t"):
    """Return how wide a line is at most.

    No font is at hand when a picture is drawn. So the characters are as wide as, at
    most, in DejaVu Sans, the widest of the fonts that systems come with."""
    size = SIZES.get(style, 12)
    if style == "m":
        return 0.602 * size * len(words)
    return size * (1 if style in "ts" else 1.13) * sum(
        0.41 if c in NARROW else 1 if c in WIDE or not " " <= c <= "~" else
        0.64 if c.islower() or c.isdigit() or c == "_" else 0.84 for c in words)


def wrap(words, room, style="t"):
    """Return the words as lines that are no wider than room; a longer word is broken."""
    lines = [""]
    for word in words.split():
        while width(f"{lines[-1]} {word}".strip(), style) > room:
            if lines[-1]:
                lines.append("")
                continue
            n = next((n for n in range(len(word), 1, -1) if width(word[:n], style) <= room), 1)
            lines[-1], word = word[:n], word[n:]
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [line for line in lines if line] or [""]


def size(n):
    """Write a number of bytes for a label, in the kernel's units of 1,024."""
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit:
            return f"{n / unit:.3g} {name}" if n < 1000 * unit else f"{n / unit:.0f} {name}"
    return f"{n} B"


def span(ns):
    """Write a length of time for a label."""
    if ns >= 1_000_000:
        return f"{ns / 1e6:,.1f} ms" if ns < 1e8 else f"{ns / 1e6:,.0f} ms"
    return f"{ns / 1e3:.1f} us" if ns >= 1000 else f"{ns} ns"


def ms(ns):
    return f"{ns / 1e6:,.3f} ms"


def share(part, whole):
    if not whole or 0 < part < whole / 2000:
        return "< 0.1 %" if part else "-"
    return f"{100 * part / whole:.1f} %"


def plural(n, what):
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def number(n):
    return f"{n:.2f}".rstrip("0").rstrip(".")


class Picture:
    """Collect elements, in the order in which they are painted."""

    def __init__(self):
        self.height, self.items = 0, []

    def add(self, bottom, element):
        self.height = max(self.height, bottom)
        self.items.append(element)

    def rect(self, x, y, w, h, cls, tip="", more=""):
        """Add a box. One too thin for an outline is filled with the outline's colour."""
        thin = " thin" if min(w, h) < 3 else ""
        tip = f"><title>{escape(tip)}</title></rect>" if tip else "/>"
        self.add(y + h, f'<rect class="{cls}{thin}" x="{number(x)}" y="{number(y)}"'
                 f' width="{number(w)}" height="{number(h)}"{more}{tip}')

    def path(self, cls, *points):
        d = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(max(y for _, y in points), f'<path class="{cls}" d="M{d}"/>')

    def text(self, x, y, words, style="t", anchor="start"):
        """Add a line of text. y is its base line; style may name more classes."""
        a = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.add(y + 4, f'<text class="{style}" x="{number(x)}" y="{number(y)}"{a}>'
                 f"{escape(words, quote=False)}</text>")

    def element(self, name, title, desc):
        """Return the picture as a part of the page."""
        # What is drawn at the very edge keeps its outline.
        return self._svg(name, title, desc, f"-1 -1 {WIDTH + 2} {number(self.height + 3)}")

    def slide(self, title, desc, css):
        """Return the picture as a file of its own, with its title and its caption."""
        self.height += 9
        for line in wrap(desc, WIDTH, "s"):
            self.text(0, self.height + LINE, line, "s dim")
        self.text(0, -20, title, "l")
        x, top, w, h = -24, -53, WIDTH + 48, self.height + 77
        at = f'x="{x}" y="{top}" width="{w}" height="{number(h)}"'
        self.items[:0] = [f"<style>{css}</style>", f'<rect class="paper" {at}/>']
        head = f' xmlns="http://www.w3.org/2000/svg" width="{w}" height="{number(h)}"'
        return '<?xml version="1.0" encoding="UTF-8"?>\n' \
            + self._svg("slide", title, desc, f"{x} {top} {w} {number(h)}", head) + "\n"

    def _svg(self, name, title, desc, box, head=""):
        return f'<svg{head} class="picture" role="img" aria-labelledby="{name}-t {name}-d"' \
               f' viewBox="{box}"><title id="{name}-t">{escape(title)}</title>' \
               f'<desc id="{name}-d">{escape(desc)}</desc>{"".join(self.items)}</svg>'
