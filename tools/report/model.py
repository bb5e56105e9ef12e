# SPDX-License-Identifier: GPL-2.0-only
"""What a section of the page consists of: figures, and the tables of their numbers."""
from dataclasses import dataclass, field
from html import escape


class Missing(Exception):
    """There is no such picture. args[0] says why, in a line for people."""


# What the colours of picture.css mean, on the whole page
COLOURS = {"c1": ("blue", "kernel code"), "c2": ("orange", "data"),
           "c7": ("yellow", "read-only data, tables"),
           "c3": ("purple", "compressed, and what unpacks it"), "c5": ("teal", "headers and setup"),
           "c6": ("pink", "initcalls, and what is there for the start only"),
           "c4": ("green", "user space and its initramfs"),
           "c0": ("grey", "firmware, padding, free")}


@dataclass
class Table:
    """A table of text.

    heads: (text, class of its cells): n a number, m monospace, "" text.
    rows: lists of cells, or (depth, cells) where the first cell is indented.
    search: the label of a search field, for a long table."""
    caption: str
    heads: list
    rows: list
    search: str = ""
    name: str = ""

    def html(self):
        def cell(tag, words, cls, scope=""):
            cls = f' class="{cls}"' if cls else ""
            return f"<{tag}{scope}{cls}>{words}</{tag}>"

        heads = "".join(cell("th", escape(head), kind, ' scope="col"') for head, kind in self.heads)
        body = []
        for row in self.rows:
            deep = isinstance(row, tuple)
            depth, row = row if deep else (0, row)
            words = [escape(str(x), quote=False) for x in row]
            first = cell("th", "\u2007\u2007" * depth + words[0],
                         "deep" if deep else self.heads[0][1], ' scope="row"')
            body.append(f"<tr>{first}" + "".join(
                cell("td", x, kind) for x, (_, kind) in zip(words[1:], self.heads[1:])) + "</tr>\n")
        label, wide = escape(self.caption), ' class="wide"' if len(self.heads) > 8 else ""
        name = f' id="{self.name}"' if self.name else ""
        search = f' data-search="{escape(self.search)}"' if self.search else ""
        return f'<details class="twin"><summary>Table: {label}</summary>' \
               f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">' \
               f"<table{name}{wide}{search}><caption>{label}</caption><thead><tr>{heads}</tr>" \
               f'</thead><tbody>{"".join(body)}</tbody></table></div></details>'


@dataclass
class Figure:
    """A picture and the tables of its numbers. draw: a function that paints on a Picture."""
    name: str
    title: str
    caption: str            # what the reader sees, in a sentence
    source: str             # the command that gave the numbers
    draw: object
    tables: list = field(default_factory=list)
    after: str = ""         # HTML after the tables


def get(part, name):
    """Return a member of what a tool wrote, or raise Missing with the reason."""
    value = part if "missing" in part else part.get(name)
    if value is None:
        raise Missing(f"there is no “{name}” in what was measured")
    if isinstance(value, dict) and "missing" in value:
        raise Missing(value["missing"])
    return value
