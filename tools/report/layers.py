# SPDX-License-Identifier: GPL-2.0-only
"""The file, to scale: what tools/anatomy says of it, layer by layer."""
from html import escape

from . import strips
from . import text
from .model import Figure, Table, get
from .strips import Segment, Strip

SOURCE = "make anatomy"
KINDS = {"setup": "c1", "setup_header": "c5", "header": "c5", "pe_header": "c5",
         "kernel_info": "c5",
         "payload": "c3", "stream": "c3", "compressed": "c3", "initramfs": "c4", "archive": "c4",
         "member": "c4", "relocations": "c6", "list": "c6", "signature": "c6", "code": "c1",
         "config": "c7", "ikconfig": "c7", "cmdline": "c7", "version": "c7", "setup_version": "c7",
         "padding": "c0", "unpacked": "c3", "vmlinux": "c1", "trailer": "c5", "size": "c5"}
SEEN_THROUGH = {"code", "vmlinux", "archive", "kernel"}     # drawn as what they consist of
FULL = 0.85             # a piece of so much of a strip needs no strip of its own
LISTED = 300            # parts of one layer in the tree; the table has all
LEGEND = "code blue, data orange, compressed purple, archive green, headers teal, padding grey"


def colour(layer):
    if layer["kind"] in ("section", "filler"):
        note = layer.get("note", "")
        code = "code" in note or "code" in layer["name"] or layer["name"] == "decompressor"
        return "c1" if code else "c2" if "writable" in note or layer["kind"] == "filler" else "c7"
    return KINDS.get(layer["kind"], "c5")


def end(layer):
    return layer["offset"] + layer["size"]


def pieces(layer):
    """What a strip shows of a layer."""
    for part in layer.get("parts", [layer]):
        whole = part["size"] == layer["size"] and "parts" in layer
        if (part["kind"] in SEEN_THROUGH or whole) and part.get("parts"):
            yield from pieces(part)
        else:
            yield part


def way(layer, wanted):
    """The layers from this one down to the first that is wanted, or None."""
    if wanted(layer):
        return [layer]
    for below in layer.get("parts", []) + ([layer["inside"]] if "inside" in layer else []):
        found = way(below, wanted)
        if found:
            return [layer] + found
    return None


def is_init(layer):
    return layer["kind"] == "member" and layer["name"].lstrip("./") == "init" and "views" in layer


def deepest(root):
    """The way to what is worth seeing: /init, or the archive, or the vmlinux."""
    for wanted in (is_init, lambda x: x["kind"] == "initramfs", lambda x: x["kind"] == "vmlinux"):
        found = way(root, wanted)
        if found:
            return found
    return [root]


def strip(layer, width_of, title, note, zoom=None):
    segments = [Segment(p["offset"], end(p), p["name"], colour(p), text.size(p["size"]),
                        f'{p["name"]}: {text.count(p["size"])} bytes at {p["offset"]:#x}'
                        + (f', {p["note"]}' if "note" in p else "")) for p in width_of]
    return Strip(title, note, layer["offset"], end(layer), segments, zoom)


def program(member):
    """The strip of /init: its LOAD segments, and what is between them."""
    loads = sorted((v for v in member["views"] if v["name"].startswith("LOAD") and v["size"]),
                   key=lambda v: v["offset"])
    length = next(f["value"] for f in member["fields"] if f["name"] == "length")
    # The file's end is the archive member's, but for what fills it up to four bytes.
    start, stop = end(member) - length - -length % 4, end(member)
    out, at = [Segment(member["offset"], start, "name and mode", "c5",
                       text.size(start - member["offset"]))], start
    for v in loads:
        if v["offset"] > at:
            out.append(Segment(at, v["offset"], "not loaded", "c0", text.size(v["offset"] - at)))
        rights = next((f["value"] for f in v["fields"] if f["name"] == "rights"), "")
        out.append(Segment(v["offset"], end(v), f"LOAD {rights}", "c1" if "x" in rights else
                           "c2" if "w" in rights else "c7", text.size(v["size"]), v["note"]))
        at = max(at, end(v))
    if at < stop:
        out.append(Segment(at, stop, "not loaded", "c0", text.size(stop - at)))
    return Strip(f'/{member["name"].lstrip("./")}, an ELF program',
                 f"{text.count(length)} bytes, as the kernel loads it",
                 member["offset"], end(member), out)


def chain(root, name):
    """The strips from the file to /init."""
    out = [strip(root, pieces(root), name, f'{text.count(root["size"])} bytes, to scale')]
    path, above = deepest(root), root
    for n, layer in enumerate(path[1:], 1):
        inside = path[n - 1].get("inside") is layer
        # Where in the strip above this one is: an unpacked layer's packed bytes, seen there
        seen = path[n - 1] if inside else layer
        if inside and path[n - 1]["kind"] == "stream" and n > 1:
            seen = path[n - 2]
        zoom = (seen["offset"], end(seen))
        bytes_ = f'{text.count(layer["size"])} bytes'
        if inside:
            ratio = f' from {text.count(path[n - 1]["size"])}'
            whose = path[n - 2]["name"] if path[n - 1]["kind"] == "stream" else path[n - 1]["name"]
            out.append(strip(layer, pieces(layer), f"{whose}, unpacked", bytes_ + ratio, zoom))
        elif is_init(layer):
            out.append(program(layer))
        elif layer["kind"] in ("section", "initramfs") and layer.get("parts"):
            inner = path[n + 1] if n + 1 < len(path) else layer
            if (layer["kind"] == "section" and inner["size"] > FULL * layer["size"]
                    or layer["size"] == above["size"]):
                continue
            title = layer["name"] if layer["kind"] != "section" else f'section {layer["name"]}'
            out.append(strip(layer, pieces(layer), title, bytes_, zoom))
        else:
            continue
        out[-1].zoom = zoom
        above = layer
    return out if above is not root or len(out) == 1 else out[:1]


def walk(layer, depth=0, space=""):
    """(layer, depth, mark of its space) of all, in the order of the file."""
    yield layer, depth, space
    for part in layer.get("parts", []):
        yield from walk(part, depth + 1, space)
    for view in layer.get("views", []):
        yield view, depth + 1, space
    if "inside" in layer:
        yield from walk(layer["inside"], depth + 1, "+")


def bar(layer, whole):
    """Where it is in what it is a part of. A hairline marks what is thinner than a pixel."""
    x = 1000 * (layer["offset"] - whole["offset"]) / whole["size"]
    w = 1000 * layer["size"] / whole["size"]
    hair = f'<path class="hair" d="M{x:.1f} 0V8"/>' if w < 1 else ""
    return '<svg class="bar" aria-hidden="true" viewBox="0 0 1000 8" preserveAspectRatio="none">' \
           f'<rect class="track" width="1000" height="8"/><rect class="{colour(layer)} thin" ' \
           f'x="{x:.2f}" width="{w:.3f}" height="8"/>{hair}</svg>'


def tree(layer, whole, space="", depth=0):
    """The layers as elements that open."""
    below = layer.get("parts", [])
    inner = layer.get("inside")
    note = f' <span class="note">{escape(layer["note"])}</span>' if "note" in layer else ""
    share = text.share(layer["size"], whole["size"]) if whole is not layer else "all"
    line = f'<span class="what"><b>{escape(layer["name"])}</b>{note}</span>' \
           f'<span class="n size">{text.count(layer["size"])} B</span>' \
           f'<span class="n at">at {space}{layer["offset"]:#x}</span>' \
           f'<span class="n">{share}</span>{bar(layer, whole)}'
    if not below and not inner:
        return f'<div class="row leaf">{line}</div>'
    out = [tree(p, layer, space, depth + 1) for p in below[:LISTED]]
    if len(below) > LISTED:
        out.append(f'<p class="note">and {len(below) - LISTED:,} more, which are in the table.</p>')
    out += [tree(inner, inner, "+", depth + 1)] if inner else []
    opened = " open" if depth == 0 else ""
    return f'<details class="layer"{opened}><summary class="row">{line}</summary>' \
           f'<div class="below">{"".join(out)}</div></details>'


def fields(root):
    """Of headers and what was recognized; those of an archive's members stand in their notes."""
    for layer, _, _ in walk(root):
        if layer["kind"] not in ("member", "segment"):
            for f in layer.get("fields", []):
                value = f["value"]
                if isinstance(value, int) and f["size"]:
                    value = f"{value:,} ({value:#x})" if value > 9 else value
                yield [layer["name"], f["name"], value, f.get("meaning", "")]


def figure(anatomy, name="layers"):
    root = get(anatomy, "layers")
    file = anatomy["file"].rsplit("/", 1)[-1]
    drawn = chain(root, file)
    names = " → ".join(s.title for s in drawn)
    rows = [[("\u2007\u2007" * depth + layer["name"], "deep"), layer["kind"],
             f'{space}{layer["offset"]:#x}', text.count(layer["size"]), layer.get("note", "")]
            for layer, depth, space in walk(root)]
    tables = [Table(f"All layers of {file}", [("layer", ""), ("kind", ""), ("offset", "m"),
              ("bytes", "n"), ("note", "")], rows, "Search the layers", f"{name}-table"),
              Table(f"Fields read from the headers of {file}", [("layer", ""), ("field", ""),
                    ("value", ""), ("meaning", "")], list(fields(root)), "Search the fields")]
    after = f'<h3>Open the layers of {escape(file)}</h3><p>Each bar shows where a layer is in ' \
            f'the one that it is a part of; a hairline marks one that is thinner ' \
            f'than a pixel. An offset with a plus sign counts in what is unpacked.</p>' \
            f'<div class="tree" id="{name}-tree">{tree(root, root)}</div>'
    return Figure(name, f"{file}, to scale",
                  f"From the file inwards ({names}), each strip is a piece of the one above, "
                  f"enlarged: {LEGEND}.", SOURCE,
                  lambda p: strips.draw(p, drawn), tables, after)
