# SPDX-License-Identifier: GPL-2.0-only
"""Draw a file to scale, layer by layer, from what anatomy --json says of it."""
from html import escape

from tools.report import strips, svg
from tools.report.model import Figure, Table, get
from tools.report.strips import Piece, Strip

COLOURS = {"c1": "code vmlinux", "c3": "payload stream compressed unpacked",
           "c4": "initramfs archive member", "c6": "relocations list",
           "c7": "config ikconfig cmdline version setup_version signature", "c0": "padding"}
COLOUR_OF = {kind: c for c, kinds in COLOURS.items() for kind in kinds.split()}
SEEN_THROUGH = {"code", "vmlinux", "archive", "kernel"}     # drawn as what they consist of
FULL = 0.85             # a piece of so much of a strip needs no strip of its own
LISTED = 300            # parts of one layer that the tree shows; the table has all


def colour(layer):
    """Return the class of a layer; one that is both written and executed is data."""
    kind, name, note = layer["kind"], layer["name"], layer.get("note", "")
    if kind == "segment":
        return "c2" if note.endswith(("rw-", "rwx")) else "c1" if note.endswith("x") else "c7"
    if kind in ("section", "filler"):
        if "rodata" in name:
            return "c7"
        if "writable" in note:
            return "c2"
        if "code" in note or "code" in name:
            return "c6" if ".init" in name else "c1"
        return "c3" if name == "decompressor" else "c2" if kind == "filler" else "c7"
    return COLOUR_OF.get(kind, "c5")


def end(layer):
    return layer["offset"] + layer["size"]


def below(layer):
    return layer.get("parts", []) + ([layer["inside"]] if "inside" in layer else [])


def walk(layer, depth=0, space=""):
    """Yield (layer, depth, mark of the space that its offset counts in) of all layers."""
    yield layer, depth, space
    for part in layer.get("parts", []) + layer.get("views", []):
        yield from walk(part, depth + 1, space)
    if "inside" in layer:
        yield from walk(layer["inside"], depth + 1, "+")


def way(layer, wanted):
    """Return the layers from this one down to the first that is wanted, or None."""
    if wanted(layer):
        return [layer]
    return next(([layer] + found for x in below(layer) if (found := way(x, wanted))), None)


def is_init(layer):
    return layer["kind"] == "member" and layer["name"].lstrip("./") == "init" and "views" in layer


def pieces(layer):
    """Yield what a strip shows of a layer."""
    if is_init(layer):
        yield from ({**v, "name": f'LOAD {v["note"][-3:]}'} for v in layer["views"]
                    if v["name"].startswith("LOAD") and v["size"])
        return
    for part in layer.get("parts", [layer]):
        whole = part["size"] == layer["size"] and "parts" in layer
        if (part["kind"] in SEEN_THROUGH or whole) and part.get("parts"):
            yield from pieces(part)
        else:
            yield part


def strip(layer, title, note, zoom=None):
    return Strip(title, note, layer["offset"], end(layer), [
        Piece(x["offset"], end(x), x["name"], colour(x), svg.size(x["size"]),
              f'{x["name"]}: {x["size"]:,} bytes at {x["offset"]:#x}'
              + (f', {x["note"]}' if "note" in x else "")) for x in pieces(layer)], zoom)


def chain(root, name):
    """Return the strips from the file down to /init, or to the archive, or to vmlinux."""
    out = [strip(root, name, f'{root["size"]:,} bytes, to scale')]
    path = next(filter(None, (way(root, wanted) for wanted in (
        is_init, lambda x: x["kind"] == "initramfs", lambda x: x["kind"] == "vmlinux"))), [root])
    shown = root
    for n, layer in enumerate(path[1:], 1):
        above, note = path[n - 1], f'{layer["size"]:,} bytes'
        title, seen = layer["name"], layer
        if above.get("inside") is layer:
            # In the strip above, its packed bytes are seen: as the stream, or what has that.
            seen = path[n - 2] if above["kind"] == "stream" and n > 1 else above
            title, note = f'{seen["name"]}, unpacked', f'{note} from {above["size"]:,}'
        elif is_init(layer):
            title = "/init, an ELF program"
        elif layer["kind"] not in ("section", "initramfs") or not layer.get("parts") or \
                layer["size"] == shown["size"]:
            continue
        elif layer["kind"] == "section":
            if path[n + 1]["size"] > FULL * layer["size"]:
                continue
            title = f"section {title}"
        out.append(strip(layer, title, note, (seen["offset"], end(seen))))
        shown = layer
    return out


def bar(layer, whole):
    """Show where a layer is in what it is a part of."""
    x = 1000 * (layer["offset"] - whole["offset"]) / whole["size"]
    w = 1000 * layer["size"] / whole["size"]
    hair = f'<path class="hair" d="M{x:.1f} 0V8"/>' if w < 1 else ""
    return '<svg class="bar" aria-hidden="true" viewBox="0 0 1000 8" preserveAspectRatio="none">' \
           f'<rect class="track" width="1000" height="8"/><rect class="{colour(layer)} thin" ' \
           f'x="{x:.2f}" width="{w:.3f}" height="8"/>{hair}</svg>'


def tree(layer, whole, space="", depth=0):
    """Return the layers as elements that open."""
    note = f' <span class="note">{escape(layer["note"])}</span>' if "note" in layer else ""
    share = svg.share(layer["size"], whole["size"]) if whole is not layer else "all"
    line = f'<span class="what"><b>{escape(layer["name"])}</b>{note}</span>' \
           f'<span class="n size">{layer["size"]:,} B</span>' \
           f'<span class="n">at {space}{layer["offset"]:#x}</span>' \
           f'<span class="n">{share}</span>{bar(layer, whole)}'
    if not below(layer):
        return f'<div class="row">{line}</div>'
    parts, inner = layer.get("parts", []), layer.get("inside")
    out = [tree(x, layer, space, depth + 1) for x in parts[:LISTED]]
    if len(parts) > LISTED:
        out.append(f'<p class="note">The table has {len(parts) - LISTED:,} more.</p>')
    out += [tree(inner, inner, "+", depth + 1)] if inner else []
    return f'<details{"" if depth else " open"}><summary class="row">{line}</summary>' \
           f'<div class="below">{"".join(out)}</div></details>'


def fields(root):
    """Yield rows of the headers' fields; those of an archive's members are in their notes."""
    for layer, _, _ in walk(root):
        for f in layer.get("fields", []) if layer["kind"] not in ("member", "segment") else []:
            value = f["value"]
            if isinstance(value, int) and f["size"]:
                value = f"{value:,} ({value:#x})" if value > 9 else value
            yield [layer["name"], f["name"], value, f.get("meaning", "")]


def figure(anatomy, name="layers"):
    root = get(anatomy, "layers")
    file = anatomy["file"].rsplit("/", 1)[-1]
    drawn = chain(root, file)
    rows = [(depth, [layer["name"], layer["kind"], f'{space}{layer["offset"]:#x}',
                     f'{layer["size"]:,}', layer.get("note", "")])
            for layer, depth, space in walk(root)]
    return Figure(name, f"{file}, to scale", "From the file inwards ("
                  f"{' → '.join(s.title for s in drawn)}), each strip is a part of the one above "
                  "it, enlarged.", "make anatomy", lambda p: strips.draw(p, drawn), [
                      Table(f"All layers of {file}", [("layer", ""), ("kind", ""), ("offset", "m"),
                            ("bytes", "n"), ("note", "")], rows, "Search the layers"),
                      Table(f"Fields read from the headers of {file}", [
                          ("layer", ""), ("field", ""), ("value", ""), ("meaning", "")],
                            list(fields(root)), "Search the fields")],
                  f"<h3>Open the layers of {escape(file)}</h3><p>Each bar shows where a layer is "
                  "in the one that it is a part of; a hairline marks a layer that is thinner than "
                  "a pixel. An offset with a plus sign counts in what was unpacked.</p>"
                  f'<div class="tree">{tree(root, root)}</div>')
