# SPDX-License-Identifier: GPL-2.0-only
"""Names for addresses, from wherever they can be had: an ELF file, a System.map
or the kernel's own table in memory; and source lines by addr2line."""
import bisect
import os
import re
import shutil
import subprocess

MAP_LINE = re.compile(r"^([0-9a-f]+) \w (\S+)$", re.M)


class Symbols:
    """Sorted (address, name) pairs; ORIGIN says where from, ELF has the lines."""

    def __init__(self, pairs, origin, elf=None, bias=0):
        self.pairs = sorted((a + bias, name) for a, name in pairs
                            if not re.match(r"__pfx_|__cfi_|\.L|\$", name))
        self.origin, self.elf, self.bias = origin, elf, bias
        self.addresses = [a for a, _ in self.pairs]
        self.by_name = {}
        for address, name in self.pairs:
            self.by_name.setdefault(name, address)

    def find(self, *names):
        """The address of the first of NAMES that is known, or None."""
        return next((self.by_name[n] for n in names if n in self.by_name), None)

    def starting(self, prefixes):
        """{address: name} of all names with one of the prefixes."""
        return {a: n for a, n in self.pairs if n.startswith(prefixes)}

    def at(self, address):
        """ "name" or "name+0x12" of an address, or None."""
        n = bisect.bisect_right(self.addresses, address) - 1
        if n < 0 or address - self.addresses[n] > 1 << 20:
            return None
        start = self.addresses[n]
        # Of several names at one place, the one that is no section border
        names = [name for a, name in self.pairs[bisect.bisect_left(self.addresses, start):n + 1]]
        name = min(names, key=lambda s: (s.startswith(("__", "_")) and not s.startswith("__x64"),
                                         len(s)))
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
        return None if text.startswith("?") or text.endswith((":?", ":0")) else text


def from_elf(elf, origin, bias=0):
    """Symbols of an Elf, or None if it was stripped."""
    pairs = elf.symbols() if elf else []
    return Symbols(pairs, origin, elf, bias) if pairs else None


def from_map(path):
    """Symbols of a System.map, or None if it is not there or only says where
    the real one is, as Debian's does."""
    try:
        with open(path, encoding="latin-1") as f:
            pairs = [(int(a, 16), name) for a, name in MAP_LINE.findall(f.read())]
    except OSError:
        return None
    return Symbols(pairs, path) if len(pairs) > 100 else None


def map_beside(kernel):
    """The System.map of a kernel image by the distributions' names, or None."""
    folder, name = os.path.split(os.path.realpath(kernel))
    version = name.partition("-")[2]
    return from_map(f"{folder}/System.map-{version}") or from_map(f"{folder}/System.map")
