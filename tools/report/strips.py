# SPDX-License-Identifier: GPL-2.0-only
"""Draw strips: each is a range (of a file, of memory, of time) as one bar, to scale.

A piece that is too small to be seen is not drawn larger than it is. The next strip
is a part of this one, enlarged, and two lines show which part."""
from dataclasses import dataclass

from tools.report import svg
from tools.report.svg import LINE, WIDTH

TALL, ZOOM, PAD = 46, 26, 10
THIN = 0.7              # units: a thinner piece may be drawn together with its neighbours
CLOSE = 2               # units: of pieces nearer to each other than this one gets a label
ROWS = 8                # of labels above a strip, at most


@dataclass
class Piece:
    """A part of a strip: where it is, its name, its class of colour, its label's number."""
    start: int
    end: int
    name: str
    colour: str
    value: str = ""
    tip: str = ""


@dataclass
class Strip:
    """The range that fills the width, and its pieces.

    zoom: where it is in the strip above it, if its own numbers do not tell."""
    title: str
    note: str
    start: int
    end: int
    pieces: list
    zoom: tuple = None


def together(pieces, scale):
    """Join neighbours of one colour that are too thin to be told apart."""
    out, n = [], 0
    for s in pieces:
        thin = (s.end - s.start) * scale < THIN
        if thin and n and out[-1].end == s.start and out[-1].colour == s.colour:
            n += 1
            out[-1] = Piece(out[-1].start, s.end, f"{n} small pieces", s.colour)
        else:
            out.append(s)
            n = int(thin)
    return out


def visible(boxes):
    """Return (piece, x, width) of the widest part of each box that stays uncovered."""
    out = []
    for n, (s, x, w) in enumerate(boxes):
        best, at = (0, x), x
        over = [b for b in boxes[n + 1:] if b[1] < x + w and b[1] + b[2] > x]
        for _, x2, w2 in sorted(over, key=lambda b: b[1]) + [(None, x + w, 0)]:
            best = max(best, (x2 - at, at))
            at = max(at, x2 + w2)
        out.append((s, best[1], max(best[0], 0)))
    return out


def place(boxes):
    """Return how much of the boxes got a label, and (x, left end, right end, row, words,
    anchor) of each label. Rows count upwards; no line crosses a text, no text another."""
    placed, gain = [], 0

    def free(x, left, right, row):
        return 0 <= left and right <= WIDTH and not any(
            row == row2 and left < right2 + 14 and left2 < right + 14
            or row > row2 and left2 - 5 < x < right2 + 5
            or row < row2 and left - 5 < x2 < right + 5
            for x2, left2, right2, row2, *_ in placed)

    def add(x, words):
        room = svg.width(words, "s")
        if any(abs(x - p[0]) < CLOSE for p in placed):
            return False
        beside = [(x + 5, "start"), (x - 5 - room, "end")]
        if x > WIDTH / 2:
            beside.reverse()            # away from the edge, where the next texts go above it
        for row in range(ROWS):
            for left, anchor in beside + [(min(max(0, x - room / 2), WIDTH - room), "start")]:
                if free(x, left, left + room, row):
                    placed.append((x, left, left + room, row, words, anchor))
                    return True
        return False
    for s, x, w in boxes:
        if add(x + w / 2, f"{s.name}  {s.value}") or add(x + w / 2, s.name):
            gain += w + 1
    return gain, placed


def labels(boxes):
    """Place labels for the boxes that have no room inside: by the order that gives most."""
    small = [b for b in boxes if svg.width(b[0].name, "sb") + 2 * PAD > b[2]
             and b[0].value and (b[2] >= 1 or b[0].colour != "c0")]
    return max(place(sorted(small, key=lambda b: -b[2])),
               place(sorted(small, key=lambda b: abs(b[1] + b[2] / 2 - WIDTH / 2))))[1]


def draw(p, strips):
    """Draw the strips one below the other, each linked to its place in the one before."""
    y, above = 0, None
    for strip in strips:
        scale = WIDTH / (strip.end - strip.start)
        boxes = [(s, (s.start - strip.start) * scale, (s.end - s.start) * scale)
                 for s in together(strip.pieces, scale)]
        open_ = visible(boxes)
        placed = labels(open_)
        y += ZOOM if above else 0
        lines = svg.wrap(strip.title, WIDTH - 3 * PAD - svg.width(strip.note, "s"), "b")
        bar = y + LINE * len(lines) + 20 + LINE * max((1 + t[3] for t in placed), default=0)
        if above:
            x0, x1 = ((z - above[0]) * above[1] for z in strip.zoom or (strip.start, strip.end))
            top, bottom = y - ZOOM, bar + TALL
            p.path("zoom", (x0, top), (x1, top), (WIDTH, y), (WIDTH, bottom), (0, bottom), (0, y))
            p.path("link", (x0, top), (0, y), (0, bar))
            p.path("link", (x1, top), (WIDTH, y), (WIDTH, bar))
        for n, line in enumerate(lines, 1):
            p.text(PAD if above else 0, y + n * LINE, line, "b")
        p.text(WIDTH - PAD, y + LINE, strip.note, "s dim", "end")
        p.rect(0, bar, WIDTH, TALL, "ground")
        for x, left, right, row, words, anchor in placed:
            base = bar - 10 - row * LINE
            p.path("leader", (x, base + 4 if left < x < right else base - 9), (x, bar))
            p.text(right if anchor == "end" else left, base, words, "s", anchor)
        for s, x, w in boxes:
            p.rect(x, bar, w, TALL, s.colour, s.tip or f"{s.name} {s.value}")
        for s, x, w in open_:
            if svg.width(s.name, "sb") + 2 * PAD <= w:
                two = s.value and svg.width(s.value, "s") + 2 * PAD <= w
                p.text(x + w / 2, bar + (20 if two else 28), s.name, "sb", "middle")
                if two:
                    p.text(x + w / 2, bar + 37, s.value, "s", "middle")
        y, above = bar + TALL, (strip.start, scale)
