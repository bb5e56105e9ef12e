# SPDX-License-Identifier: GPL-2.0-only
"""A picture, drawn element by element, as SVG.

Its looks are classes of picture.css, so that it can be light or dark. It is
drawn once for each of WIDTHS: a text is as large on a phone as on a desk."""
from html import escape

from . import text

WIDTHS = {"s": 328, "m": 712, "l": 1120}        # pixels: phone, tablet and paper, desk
LINE = 17


def number(n):
    return f"{n:.2f}".rstrip("0").rstrip(".")


class Picture:
    """Elements in the order in which they are painted."""

    def __init__(self, width):
        self.width, self.height, self.items = width, 0, []

    def add(self, element):
        self.items.append(element)

    def _grow(self, y):
        self.height = max(self.height, y)

    def rect(self, x, y, w, h, cls, tip=None, more=""):
        """A box; too thin for an outline, it is filled with the outline's colour."""
        thin = " thin" if min(w, h) < 3 else ""
        a = f'<rect class="{cls}{thin}" x="{number(x)}" y="{number(y)}" width="{number(w)}"' \
            f' height="{number(h)}"{more}'
        self.add(f"{a}><title>{escape(tip)}</title></rect>" if tip else f"{a}/>")
        self._grow(y + h)

    def line(self, x1, y1, x2, y2, cls):
        self.add(f'<path class="{cls}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>')
        self._grow(max(y1, y2))

    def path(self, points, cls):
        d = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.add(f'<path class="{cls}" d="M{d}"/>')
        self._grow(max(y for _, y in points))

    def text(self, x, y, words, style="t", anchor="", cls=""):
        """One line; y is its base line. anchor: middle, end."""
        a = f' text-anchor="{anchor}"' if anchor else ""
        self.add(f'<text class="{f"{style} {cls}".strip()}" x="{number(x)}" y="{number(y)}"{a}>'
                 f"{escape(words, quote=False)}</text>")
        self._grow(y + 4)

    def lines(self, x, y, words, room, style="t", cls=""):
        """A text in as many lines as it needs; returns the base line after it."""
        for line in text.wrap(words, room, style):
            self.text(x, y, line, style, cls=cls)
            y += LINE
        return y

    def svg(self, name, title, desc, css=None):
        """The element. css: that of a file of its own, else it is part of a page."""
        w = self.width
        body = "".join(self.items)
        # What is drawn at the very edge keeps its outline.
        if css is None:
            box = f"-1 -1 {w + 2} {number(self.height + 3)}"
            head = f'<svg class="picture" role="img" aria-labelledby="{name}-t {name}-d"' \
                   f' viewBox="{box}" width="{w + 2}" height="{number(self.height + 3)}">'
            return f'{head}<title id="{name}-t">{escape(title)}</title>' \
                   f'<desc id="{name}-d">{escape(desc)}</desc>{body}</svg>'
        m = 24
        top = m + LINE + 12
        bottom = text.wrap(desc, w, "s")
        tall = self.height + top + LINE * len(bottom) + m
        p = Picture(w)
        p.text(0, -20, title, "l")
        for n, line in enumerate(bottom):
            p.text(0, self.height + 22 + n * LINE, line, "s", cls="dim")
        head = f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img"' \
               f' aria-labelledby="t d" viewBox="{-m} {-top} {w + 2 * m} {number(tall + m)}"' \
               f' width="{w + 2 * m}" height="{number(tall + m)}">'
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<title id="t">{escape(title)}' \
               f'</title><desc id="d">{escape(desc)}</desc><style>{css}</style>' \
               f'<rect class="paper" x="{-m}" y="{-top}" width="{w + 2 * m}"' \
               f' height="{number(tall + m)}"/>{body}{"".join(p.items)}</svg>\n'
