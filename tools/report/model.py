# SPDX-License-Identifier: GPL-2.0-only
"""What a section of the page consists of, whoever made its numbers."""
from dataclasses import dataclass, field
from html import escape


class Missing(Exception):
    """args[0]: why there is no such picture, in a line for people."""


@dataclass
class Table:
    """heads: (text, class of its cells): n number, m monospace, "" text. A row is
    a list of cells; a cell is text, or (text, class)."""
    caption: str
    heads: list
    rows: list
    search: str = ""        # label of a search field; "": the table is short
    name: str = ""

    def html(self):
        kinds = [kind for _, kind in self.heads]
        out = [f"<caption>{escape(self.caption)}</caption><thead><tr>"]
        out += [f'<th scope="col"{cls(kind)}>{escape(head)}</th>' for head, kind in self.heads]
        out.append("</tr></thead><tbody>")
        for row in self.rows:
            out.append("<tr>")
            for n, (cell, kind) in enumerate(zip(row, kinds)):
                words, kind = cell if isinstance(cell, tuple) else (cell, kind)
                tag = 'th scope="row"' if n == 0 else "td"
                out.append(f"<{tag}{cls(kind)}>{escape(str(words), quote=False)}</{tag[:2]}>")
            out.append("</tr>\n")
        out.append("</tbody>")
        name = f' id="{self.name}"' if self.name else ""
        name += ' class="wide"' if len(self.heads) > 8 else ""
        more = f' data-search="{escape(self.search)}"' if self.search else ""
        label = escape(self.caption)
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">' \
               f'<table{name}{more}>{"".join(out)}</table></div>'


def cls(words):
    return f' class="{words}"' if words else ""


@dataclass
class Figure:
    """A picture and its twin. draw: a function that paints on a Picture."""
    name: str
    title: str
    caption: str            # what to see, in a sentence
    source: str             # which command's numbers
    draw: object
    tables: list = field(default_factory=list)
    after: str = ""         # HTML between picture and table


def get(told, name):
    """A member of what a tool wrote, or Missing with its reason."""
    if "missing" in told:
        raise Missing(told["missing"])
    value = told.get(name)
    if value is None:
        raise Missing(f"there is no “{name}” in what was measured")
    if isinstance(value, dict) and "missing" in value:
        raise Missing(value["missing"])
    return value
