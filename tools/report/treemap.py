# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's size by subsystem, as areas: what make size-report measured.

The areas are laid out as Bruls, Huizing and van Wijk's "Squarified Treemaps"
(2000) describes: rows of boxes that are as near to squares as may be."""
from . import text
from .model import Figure, Table, get

SOURCE = "make size-report"
HEAD = 22


def worst(row, side):
    """The longest box of a row of areas along a side: its longer edge by its shorter."""
    total = sum(row)
    return max(max(side * side * a / total ** 2, total ** 2 / (side * side * a)) for a in row)


def squarify(items, x, y, w, h):
    """(item, x, y, w, h) of each; items have a size, the largest first."""
    whole = sum(i["bytes"] for i in items)
    left = [(i, i["bytes"] * w * h / whole) for i in items] if whole else []
    while left:
        side, row = min(w, h), [left[0]]
        while len(row) < len(left):
            longer = row + [left[len(row)]]
            if worst([a for _, a in longer], side) > worst([a for _, a in row], side):
                break
            row = longer
        deep = sum(a for _, a in row) / side
        at = y if w >= h else x
        for item, area in row:
            along = area / deep
            yield (item, x, at, deep, along) if w >= h else (item, at, y, along, deep)
            at += along
        x, w, y, h = (x + deep, w - deep, y, h) if w >= h else (x, w, y + deep, h - deep)
        left = left[len(row):]


def largest(node):
    return sorted((c for c in node.get("children", []) if c["bytes"] > 0),
                  key=lambda c: -c["bytes"])


def label(p, x, y, w, h, name, size):
    """Name and number in a box, as far as there is room."""
    if text.width(name, "s") + 10 > w or h < 20:
        return
    p.text(x + 5, y + 15, name, "s")
    if h >= 38 and text.width(size, "s") + 10 <= w:
        p.text(x + 5, y + 31, size, "s", cls="dim")


def drawn(tree):
    """(what is drawn, what is not): alignment is most of a small kernel in memory, and
    nothing of its compressed file."""
    tops = largest(tree)
    return [t for t in tops if not t["name"].startswith("(padding")], \
           [t for t in tops if t["name"].startswith("(padding")]


def draw(p, tree, w, h):
    for n, (top, x, y, bw, bh) in enumerate(squarify(drawn(tree)[0], 0, 0, w, h)):
        while len(largest(top)) == 1 and largest(top)[0].get("children"):
            top = largest(top)[0]
        cls = "c0" if top["name"].startswith("(") else f"c{n % 7 + 1}"
        tip = f'{top["name"]}: {text.count(top["bytes"])} bytes, ' \
              f'{text.share(top["bytes"], tree["bytes"])}'
        p.rect(x, y, bw, bh, cls, tip)
        below = largest(top)
        head = f'{top["name"]}  {text.size(top["bytes"])}'
        if text.width(head, "sb") + 10 > bw:
            head = top["name"]
        if len(below) < 2 or bw < 70 or bh < 60 or text.width(head, "sb") + 10 > bw:
            label(p, x, y, bw, bh, top["name"], text.size(top["bytes"]))
            continue
        p.text(x + 6, y + 16, head, "sb")
        # The heading takes some of the box: what is below shares the rest, to its own scale.
        for child, cx, cy, cw, ch in squarify(below, x + 3, y + HEAD, bw - 6, bh - HEAD - 3):
            p.rect(cx, cy, cw, ch, cls, f'{child["name"]}: {text.count(child["bytes"])} bytes')
            short = child["name"].removeprefix(top["name"] + "/") if top["name"] else child["name"]
            label(p, cx, cy, cw, ch, short, text.size(child["bytes"]))


def walk(node, depth=0):
    yield node, depth
    for child in largest(node):
        yield from walk(child, depth + 1)


def shape(width):
    """Of a picture of that width: its height by its width."""
    return 0.5 if width > 1000 else 0.7 if width > 600 else 1.5


def figure(size):
    tree = get(size, "tree")
    rows = [[("\u2007\u2007" * depth + node["name"], "deep"), text.count(node["bytes"]),
             text.share(node["bytes"], tree["bytes"])] for node, depth in walk(tree)]
    tables = [Table("The kernel by subsystem", [("directory", ""), ("bytes", "n"), ("share", "n")],
                    rows, "Search the directories", "size-table")]
    fragments = size.get("fragments") or []
    if fragments and "missing" not in fragments:
        tables.append(Table("What each fragment of configuration brought",
                            [("fragment", ""), ("bytes", "n"), ("objects", "n"), ("file", "m")],
                            [[f["name"], text.count(f["bytes"]), text.count(f.get("objects", 0)),
                              f["file"]] for f in sorted(fragments, key=lambda f: -f["bytes"])]))
    left = "".join(f' Not drawn: {t["name"].strip("()")}, {text.count(t["bytes"])} bytes, '
                   f'{text.share(t["bytes"], tree["bytes"])}.' for t in drawn(tree)[1])
    return Figure("size", "The kernel’s size by subsystem",
                  f'An area is as large as what a directory of the kernel’s source put into '
                  f'vmlinux, which takes {text.count(tree["bytes"])} bytes of memory. Boxes in a '
                  f'box are to scale among themselves.{left}', SOURCE,
                  lambda p: draw(p, tree, p.width, p.width * shape(p.width)), tables)
