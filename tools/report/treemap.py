# SPDX-License-Identifier: GPL-2.0-only
"""Draw the kernel's size by subsystem as areas, from what size-report counted.

The areas are laid out as Bruls, Huizing and van Wijk's "Squarified Treemaps"
(2000) describes: rows of boxes that are as near to squares as may be."""
from tools.report import svg
from tools.report.model import Figure, Table, get
from tools.report.svg import WIDTH

TALL, HEAD = 480, 22
COLOURS = {"text": "c1", "rodata": "c7", "data": "c2", "bss": "c2", "init": "c6"}


def worst(areas, side):
    """Return the longest box of a row along a side: its longer edge by its shorter."""
    total = sum(areas)
    return max(max(side * side * a / total ** 2, total ** 2 / (side * side * a)) for a in areas)


def squarify(items, x, y, w, h):
    """Yield (item, x, y, w, h) of each; items have a size, the largest first."""
    whole = sum(i["bytes"] for i in items)
    left = [(i, i["bytes"] * w * h / whole) for i in items]
    while left:
        side, n = min(w, h), 1
        areas = [a for _, a in left]
        while n < len(left) and worst(areas[:n + 1], side) <= worst(areas[:n], side):
            n += 1
        deep, at = sum(areas[:n]) / side, y if w >= h else x
        for item, area in left[:n]:
            along = area / deep
            yield (item, x, at, deep, along) if w >= h else (item, at, y, along, deep)
            at += along
        x, w, y, h = (x + deep, w - deep, y, h) if w >= h else (x, w, y + deep, h - deep)
        left = left[n:]


def largest(node):
    return sorted((c for c in node.get("children", []) if c["bytes"] > 0),
                  key=lambda c: -c["bytes"])


def walk(node, depth=0):
    yield node, depth
    for child in largest(node):
        yield from walk(child, depth + 1)


def colour(node):
    """Return the class of what most of a directory is; "usr" is the initramfs."""
    if node["name"].split("/")[0] in ("usr", "(initramfs)"):
        return "c4"
    kinds = [k for k in COLOURS if node.get(k)]
    return COLOURS[max(kinds, key=node.get)] if kinds else "c0"


def box(p, node, name, x, y, w, h, tip):
    """Draw a box, with its name and its number as far as there is room."""
    amount = svg.size(node["bytes"])
    p.rect(x, y, w, h, colour(node), f'{node["name"]}: {node["bytes"]:,} bytes{tip}')
    if name and svg.width(name, "s") + 10 <= w and h >= 20:
        p.text(x + 5, y + 15, name, "s")
        if h >= 38 and svg.width(amount, "s") + 10 <= w:
            p.text(x + 5, y + 31, amount, "s dim")


def draw(p, tops, total):
    for top, x, y, w, h in squarify(tops, 0, 0, WIDTH, TALL):
        below = largest(top)
        while len(below) == 1 and below[0].get("children"):
            top, below = below[0], largest(below[0])
        head = next((words for words in (f'{top["name"]}  {svg.size(top["bytes"])}', top["name"])
                     if svg.width(words, "sb") + 10 <= w), None)
        tip = f', {svg.share(top["bytes"], total)}'
        if len(below) < 2 or w < 70 or h < 60 or not head:
            box(p, top, top["name"], x, y, w, h, tip)
            continue
        box(p, top, "", x, y, w, h, tip)
        p.text(x + 6, y + 16, head, "sb")
        # The heading takes some of the box: what is below shares the rest, to its own scale.
        for child, *at in squarify(below, x + 3, y + HEAD, w - 6, h - HEAD - 3):
            box(p, child, child["name"].removeprefix(f'{top["name"]}/'), *at, "")


def figure(size):
    tree = get(size, "tree")
    total = tree["bytes"]
    # Alignment is most of a small kernel in memory, and nothing of its compressed file.
    tops = [t for t in largest(tree) if not t["name"].startswith("(padding")]
    left = "".join(f' Not drawn: {t["name"].strip("()")}, {t["bytes"]:,} bytes, '
                   f'{svg.share(t["bytes"], total)}.' for t in largest(tree) if t not in tops)
    tables = [Table("The kernel by subsystem", [("directory", ""), ("bytes", "n"), ("share", "n")],
                    [(depth, [node["name"], f'{node["bytes"]:,}', svg.share(node["bytes"], total)])
                     for node, depth in walk(tree)], "Search the directories")]
    if size.get("fragments"):
        rows = [[" ".join([f["name"], *f["along"]]), f'{f["bytes"]:,}', f'{f["image"]:,}',
                 f'{f["objects"]:,}', f["file"]]
                for f in sorted(size["fragments"], key=lambda f: -f["bytes"])]
        tables.append(Table("What goes without a fragment of configuration", [
            ("without", ""), ("bytes", "n"), ("bytes of the image", "n"), ("objects", "n"),
            ("file", "m")], rows))
    return Figure("size", "The kernel’s size by subsystem",
                  "An area is as large as what a directory of the kernel’s source put into "
                  f"vmlinux, which takes {total:,} bytes of memory, and has the colour of what "
                  f"most of it is. Boxes in a box are to scale among themselves.{left}",
                  "make size-report", lambda p: draw(p, tops, total), tables)
