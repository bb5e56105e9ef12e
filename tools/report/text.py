# SPDX-License-Identifier: GPL-2.0-only
"""Numbers and words as the page shows them, and how wide a text will be.

A picture is drawn before any browser sees it. So the widths are those of DejaVu
Sans, the widest of the fonts that systems come with: what fits in it fits."""

# Of the characters from space to tilde, in thousandths of the font's size
WIDTHS = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838)
# Classes of text in picture.css: font size, and how much wider than plain (0: monospace)
STYLES = {"t": (13, 1.0), "b": (13, 1.13), "s": (12, 1.0), "sb": (12, 1.13), "m": (12, 0),
          "l": (15, 1.13)}
MONO = 0.602


def width(text, style="t"):
    """Of a line, in pixels, at most."""
    size, factor = STYLES[style]
    if not factor:
        return len(text) * size * MONO
    return size * factor * sum(WIDTHS[ord(c) - 32] if " " <= c <= "~" else 1000
                               for c in text) / 1000


def cut(text, room, style="t"):
    """The text, or as much of it as there is room for, and an ellipsis."""
    if width(text, style) <= room:
        return text
    while text and width(text + "…", style) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text, room, style="t"):
    """Lines of words; a word that is too long for one is broken."""
    lines = [""]
    for word in text.split():
        while True:
            longer = f"{lines[-1]} {word}".strip()
            if width(longer, style) <= room:
                lines[-1] = longer
                break
            if lines[-1]:
                lines.append("")
                continue
            n = max(1, next((i for i in range(len(word), 0, -1)
                             if width(word[:i], style) <= room), 1))
            lines[-1], word = word[:n], word[n:]
            lines.append("")
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def count(n):
    return f"{n:,}"


def size(n):
    """Bytes for a label: rounded, in units of 1,024 as the kernel has them."""
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if n >= unit:
            return f"{n / unit:.3g} {name}" if n < 1000 * unit else f"{n / unit:.0f} {name}"
    return f"{n} B"


def span(ns):
    """A length of time for a label."""
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
