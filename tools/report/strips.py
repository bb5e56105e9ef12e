# SPDX-License-Identifier: GPL-2.0-only
"""Strips: a range (of a file, of memory, of time) as one bar, to scale.

What is too small to see in a strip is not drawn larger than it is; the next
strip is a piece of this one, enlarged, and lines show which."""
from dataclasses import dataclass, field

from . import text
from .svg import LINE

TALL, ZOOM, PAD = 46, 26, 10
THIN = 0.7              # pixels
CLOSE = 2               # pixels: of pieces nearer than this to each other one gets a label
LEADERS = 6             # lines of labels above a strip, at most


@dataclass
class Segment:
    """A piece of a strip: where, its name, a class of colour, and its number for a label."""
    start: int
    end: int
    name: str
    cls: str
    value: str = ""
    tip: str = ""


@dataclass
class Strip:
    """start, end: what the whole width stands for. zoom: which piece of the strip
    above this is, in that one's numbers, if that is not the same as start and end."""
    title: str
    note: str
    start: int
    end: int
    segments: list = field(default_factory=list)
    zoom: tuple = None


class Labels:
    """Texts above a strip, each with a line down to its piece; no line crosses a
    text, no text another. Rows count upwards from the strip."""

    def __init__(self, width):
        self.width, self.placed = width, []

    def fits(self, x, left, right, row):
        for x2, left2, right2, row2, *_ in self.placed:
            if row == row2 and left < right2 + 14 and left2 < right + 14:
                return False
            if row > row2 and left2 - 5 < x < right2 + 5:
                return False            # our line would cross that text
            if row2 > row and left - 5 < x2 < right + 5:
                return False            # its line would cross ours
        return True

    def add(self, x, words):
        """Place a text for what is at x; False: there is no room for it."""
        room = text.width(words, "s")
        if room > self.width or any(abs(x - p[0]) < CLOSE for p in self.placed):
            return False
        for row in range(LEADERS):
            middle = min(max(0, x - room / 2), self.width - room)
            for left, anchor in ((x + 5, ""), (x - 5 - room, "end"), (middle, "")):
                if left >= 0 and left + room <= self.width and self.fits(x, left, left + room, row):
                    self.placed.append((x, left, left + room, row, words, anchor))
                    return True
        return False

    def rows(self):
        return max((p[3] for p in self.placed), default=-1) + 1


def together(segments, scale):
    """Neighbours of one colour that are too thin to be told apart become one piece."""
    out, n = [], 0
    for s in segments:
        thin = (s.end - s.start) * scale < THIN
        if thin and n and out[-1].end == s.start and out[-1].cls == s.cls:
            n += 1
            out[-1] = Segment(out[-1].start, s.end, f"{n} small pieces", s.cls)
        else:
            out.append(s)
            n = int(thin)
    return out


def visible(boxes):
    """(segment, x, width) of the widest piece of each box that no later one is painted over."""
    out = []
    for n, (s, x, w) in enumerate(boxes):
        best, at = (0, x), x
        over = [b for b in boxes[n + 1:] if b[1] < x + w and b[1] + b[2] > x]
        for _, x2, w2 in sorted(over, key=lambda b: b[1]) + [(None, x + w, 0)]:
            best = max(best, (x2 - at, at))
            at = max(at, x2 + w2)
        out.append((s, best[1], max(best[0], 0)))
    return out


def label(width, boxes):
    """Labels for the boxes that have no room inside. Which fit depends on who comes
    first: the largest, or from one of the sides."""
    small = [b for b in boxes if text.width(b[0].name, "sb") + 2 * PAD > b[2]
             and b[0].value and (b[2] >= 1 or b[0].cls != "c0")]
    best, most = Labels(width), 0
    for order in (sorted(small, key=lambda b: -b[2]), small, small[::-1]):
        labels, gain = Labels(width), 0
        for s, x, w in order:
            if labels.add(x + w / 2, f"{s.name}  {s.value}") or labels.add(x + w / 2, s.name):
                gain += w + 1
        if gain > most:
            best, most = labels, gain
    return best


def draw(picture, strips, y=0):
    """One below the other, each linked to its place in the one before. Returns the end."""
    above = None
    for strip in strips:
        scale = picture.width / (strip.end - strip.start)
        boxes = [(s, (s.start - strip.start) * scale, (s.end - s.start) * scale)
                 for s in together(strip.segments, scale)]
        open_ = visible(boxes)
        labels = label(picture.width, open_)
        if above:
            y += ZOOM
        head = [(strip.title, "b", "")] + ([(strip.note, "s", "dim")] if strip.note else [])
        # Wide enough: both in one line
        inline = len(head) == 2 and text.width(strip.title, "b") + text.width(strip.note, "s") \
            + 40 < picture.width
        lines = [text.wrap(w, picture.width - 2 * PAD, style) for w, style, _ in head]
        tall = LINE * (1 if inline else sum(map(len, lines))) + 12
        bar = y + tall + labels.rows() * LINE + 8
        if above:
            x0, x1 = ((z - above[1].start) * above[2]
                      for z in strip.zoom or (strip.start, strip.end))
            picture.path([(x0, above[0]), (x1, above[0]), (picture.width, y),
                          (picture.width, bar + TALL), (0, bar + TALL), (0, y)], "zoom")
            picture.path([(x0, above[0]), (0, y), (0, bar)], "link")
            picture.path([(x1, above[0]), (picture.width, y), (picture.width, bar)], "link")
        at = y + LINE
        for (_, style, cls), rows in zip(head, lines):
            for row in rows:
                if inline and style == "s":
                    picture.text(picture.width - PAD, at, row, style, "end", cls)
                    continue
                picture.text(PAD if above else 0, at, row, style, cls=cls)
                at += 0 if inline else LINE
        picture.rect(0, bar, picture.width, TALL, "ground")
        for x, left, right, row, words, anchor in labels.placed:
            base = bar - 10 - row * LINE
            picture.line(x, base + 4 if left < x < right else base - 9, x, bar, "leader")
            picture.text(right if anchor else left, base, words, "s", anchor)
        for s, x, w in boxes:
            picture.rect(x, bar, w, TALL, s.cls, s.tip or f"{s.name} {s.value}")
        for s, x, w in open_:
            inside(picture, s, x, w, bar)
        y = bar + TALL
        above = (y, strip, scale)
    return y


def inside(picture, s, x, w, bar):
    """Name and number in the box, as far as there is room."""
    if text.width(s.name, "sb") + 2 * PAD > w:
        return
    middle = x + w / 2
    two = s.value and text.width(s.value, "s") + 2 * PAD <= w
    picture.text(middle, bar + (20 if two else 28), s.name, "sb", "middle")
    if two:
        picture.text(middle, bar + 37, s.value, "s", "middle")
