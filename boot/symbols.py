# SPDX-License-Identifier: GPL-2.0-only
"""Names for addresses, from wherever they can be had: an ELF file, a System.map
or the kernel's own table in memory; and source lines by addr2line."""
import bisect
import os
import re
import shutil
import subprocess

MAP_LINE = re.compile(r"^([0-9a-f]+) (\w) (\S+)$", re.M)
FAR = 1 << 20           # bytes behind a symbol that are no longer its own


class Symbols:
    """(address, name, is it global) of a file or memory; ORIGIN says of which,
    ELF has the lines, PREFIXES are left out of their paths."""

    def __init__(self, entries, origin, elf=None, bias=0, prefixes=()):
        self.entries, self.origin, self.elf, self.bias = entries, origin, elf, bias
        self.prefixes = prefixes
        # Of several at one place the first is shown: a global one, no section's border
        self.sorted = sorted((a + bias, not known, name.startswith("_"), len(name), name)
                             for a, name, known in entries
                             if not re.match(r"__pfx_|__cfi_|\.L|\$", name))
        self.addresses = [e[0] for e in self.sorted]
        self.by_name = {}
        for address, *_, name in self.sorted:
            self.by_name.setdefault(name, address)

    def moved(self, bias):
        """The same symbols, BIAS further."""
        return Symbols(self.entries, self.origin, self.elf, bias, self.prefixes)

    def find(self, *names):
        """The address of the first of NAMES that is known, or None."""
        return next((self.by_name[n] for n in names if n in self.by_name), None)

    def starting(self, prefixes):
        """{address: name} of all names with one of the prefixes."""
        return {a: n for n, a in self.by_name.items() if n.startswith(prefixes)}

    def at(self, address):
        """ "name" or "name+0x12" of an address, or None."""
        n = bisect.bisect_right(self.addresses, address) - 1
        if n < 0 or address - self.addresses[n] > FAR:
            return None
        start = self.addresses[n]
        name = self.sorted[bisect.bisect_left(self.addresses, start)][-1]
        return name if address == start else f"{name}+{address - start:#x}"

    def line(self, address):
        """ "file:line" by addr2line, or None without debug information."""
        elf = self.elf
        if not elf or not elf.path or ".debug_line" not in elf.section_names \
                or not shutil.which("addr2line"):
            return None
        run = subprocess.run(["addr2line", "-e", elf.path, f"{address - self.bias:#x}"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        text = run.stdout.decode(errors="replace").split(" (")[0].strip()
        if text.startswith("?") or text.endswith((":?", ":0")):
            return None
        path, _, number = text.rpartition(":")
        path = os.path.normpath(path)
        for prefix in self.prefixes:
            if path.startswith(prefix + "/"):
                path = path[len(prefix) + 1:]
        return f"{path}:{number}"


def from_elf(elf, origin, bias=0, prefixes=()):
    """Symbols of an Elf, or None if it was stripped."""
    entries = elf.symbols() if elf else []
    return Symbols(entries, origin, elf, bias, prefixes) if entries else None


def from_map(path):
    """Symbols of a System.map, or None if it is not there or only says where
    the real one is, as Debian's does."""
    try:
        with open(path, encoding="latin-1") as f:
            entries = [(int(a, 16), name, kind.isupper())
                       for a, kind, name in MAP_LINE.findall(f.read())]
    except OSError:
        return None
    return Symbols(entries, os.path.basename(path)) if len(entries) > 100 else None


def map_beside(kernel):
    """The System.map of a kernel image by the distributions' names, or None."""
    folder, name = os.path.split(os.path.realpath(kernel))
    version = name.partition("-")[2]
    return from_map(f"{folder}/System.map-{version}") or from_map(f"{folder}/System.map")
